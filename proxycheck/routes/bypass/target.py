"""The host that a bypass list is asked about, and the two comparisons that most dialects share."""

import re
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from msgspec import Struct

from proxycheck.routes.bypass.networks import parse_address

_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


class BypassTarget(Struct, frozen=True):
    """A host in lower case, its address if it is written as one, and its port; `explicit` if a URL would show it."""

    host: str
    address: IPv4Address | IPv6Address | None
    port: int
    explicit: bool
    scheme: str

    @property
    def names(self) -> tuple[str, ...]:
        """The host, and `host:port` where a URL would show the port."""
        return (self.host, f"{self.host}:{self.port}") if self.explicit else (self.host,)


def bypass_target(host: str, port: int, scheme: str) -> BypassTarget:
    """What a URL of this scheme, host and port looks like to a bypass list."""
    name = host.strip("[]").rstrip(".").lower()
    return BypassTarget(name, parse_address(name), port, _DEFAULT_PORTS.get(scheme) != port, scheme)


def within_domain(host: str, domain: str) -> bool:
    """Whether `host` is `domain` or below it."""
    return bool(domain) and (host == domain or host.endswith("." + domain))


def glob_match(pattern: str, text: str) -> bool:
    """Whether all of `text` fits `pattern`, in which `*` is any text and `?` any one character."""
    expression = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, text) is not None
