"""Protocols as values: bytes in, facts out. No sockets, no clock, no randomness; those are passed in.

A new protocol gets a module here with its rules and RFC clauses at the top, and tests that feed it whole, byte by
byte and with trailing data.
"""
