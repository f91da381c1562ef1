"""Renders a report for the systems that watch many proxies, to the letter of their conventions.

plugin                   one line of a check plugin, for Nagios, Icinga and Checkmk
prometheus, exposition   samples of a report, and the text format that Prometheus reads
"""
