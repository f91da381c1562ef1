"""Configurations of HAProxy 2.6: in front of web servers, or of a proxy."""

from tests.real.engines import Software

BEHIND = 3129
"""The port of the proxy that HAProxy stands in front of."""

_BASE = """
global
    maxconn 1000
defaults
    mode http
    timeout connect 5s
    timeout client 30s
    timeout server 30s
    timeout tunnel 30s
frontend customers
    bind 10.77.0.1:3128
"""


def haproxy(*rules: str, server: str = f"10.77.0.1:{BEHIND}") -> Software:
    """HAProxy with these rules for what comes in, in front of `server`; empty: of none that is alive."""
    lines = "".join(f"    {rule}\n" for rule in rules)
    behind = f"    server behind {server}\n" if server else ""
    return Software("haproxy", f"{_BASE}{lines}    default_backend behind\nbackend behind\n{behind}")
