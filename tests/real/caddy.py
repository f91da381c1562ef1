"""Configurations of Caddy 2.6, a web server."""

from tests.real.engines import Software
from tests.real.programs import PORT

_BASE = """
{
    admin off
    auto_https off
}
"""


def caddy(*lines: str) -> Software:
    """Caddy with one site that has these lines, for every name."""
    site = "\n".join(("bind 10.77.0.1", *lines))
    return Software("caddy", f"{_BASE}http://:{PORT} {{\n{site}\n}}\n")
