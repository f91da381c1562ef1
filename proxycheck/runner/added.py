"""Endpoints that a person names beside those of the catalogue."""

from proxycheck.model.device import Endpoint, Scheme, Speaks
from proxycheck.wire.address import parse_target

ADDED = "Added by --add"
_SPOKEN: dict[int, tuple[Scheme, Speaks]] = {80: ("http", "http"), 443: ("https", "tls")}


def added_endpoint(text: str) -> Endpoint:
    """The endpoint HOST:PORT; what is spoken there follows from the port. Raises UsageError for what is no address."""
    target = parse_target(text.strip())
    scheme, speaks = _SPOKEN.get(target.port, ("tcp", "tls"))
    return Endpoint(
        host=target.host,
        port=target.port,
        scheme=scheme,
        tier="recommended",
        function=ADDED,
        speaks=speaks,
        confidence="unverified",
    )
