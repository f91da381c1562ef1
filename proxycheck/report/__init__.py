"""Renders one finished `Report`: for a terminal, as JSON, as commands to type. Nothing is measured or judged here.

A new form is a module with one function of a `Report`; what it needs to know is computed before it runs.
"""
