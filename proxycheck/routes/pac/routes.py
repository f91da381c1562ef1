"""A PAC script's answers: their grammar, and what a device that knows one HTTP proxy can make of them.

The grammar is `keyword [host[:port]]`, separated by `;`, keywords in any case (Netscape's "Proxy Auto-Config File
Format", 1996; MDN "Proxy Auto-Configuration (PAC) file"; Chromium `net/docs/proxy.md` for the default ports). Where a
browser silently drops a part it cannot read, this keeps it as `unrecognised`.
"""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from proxycheck.routes.pac.answers import PacAnswer, Route, RouteKind

_KEYWORDS: Final[dict[str, RouteKind]] = {
    "PROXY": "http",
    "HTTP": "http",
    "HTTPS": "https",
    "SOCKS": "socks",
    "SOCKS4": "socks4",
    "SOCKS5": "socks5",
    "QUIC": "quic",
}
_DEFAULT_PORTS: Final[dict[RouteKind, int]] = {
    "http": 80,
    "https": 443,
    "quic": 443,
    "socks": 1080,
    "socks4": 1080,
    "socks5": 1080,
}
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_LONGEST_NAME: Final = 253
_ADDRESS: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s:/\[\]@,]+)(?::(?P<port>\d{1,5}))?")


class PacRoutes(Struct, frozen=True):
    """Answers by what a device that knows one HTTP proxy can make of them.

    A browser takes the first route that works, so an answer counts by its first one; `mixed` are those of `proxied`
    that also offer something else behind it. `proxies` holds every HTTP proxy named anywhere, each with the hosts
    (`host:port`) it may serve; `shared` are those that may serve every host that has an HTTP proxy at all, the best
    first: the one to enter on the device is `shared[0]`, if there is one."""

    direct: tuple[PacAnswer, ...] = ()
    socks: tuple[PacAnswer, ...] = ()
    tls: tuple[PacAnswer, ...] = ()
    proxied: tuple[PacAnswer, ...] = ()
    mixed: tuple[PacAnswer, ...] = ()
    failed: tuple[PacAnswer, ...] = ()
    unknown: tuple[PacAnswer, ...] = ()
    proxies: tuple[tuple[Route, tuple[str, ...]], ...] = ()
    shared: tuple[Route, ...] = ()


def parse_route(part: str) -> Route:
    """One element of an answer. A missing port is the keyword's default, as in browsers."""
    words = part.split()
    if [word.upper() for word in words] == ["DIRECT"]:
        return Route("direct")
    kind = _KEYWORDS.get(words[0].upper()) if len(words) == 2 else None
    address = _ADDRESS.fullmatch(words[1]) if kind else None
    if kind is None or address is None:
        return Route("unrecognised", text=part.strip())
    port = int(address["port"]) if address["port"] else _DEFAULT_PORTS[kind]
    host = address["host"].strip("[]").rstrip(".").lower()
    if not (0 < port < 65536 and _is_host(host)):
        return Route("unrecognised", text=part.strip())
    return Route(kind, host, port)


def _is_host(text: str) -> bool:
    """Whether this can be connected to: an address, or a name of labels that DNS can carry (RFC 1035 section 2.3.4)."""
    if ":" in text or text.rpartition(".")[2].isdigit():
        try:
            ipaddress.ip_address(text.partition("%")[0])
        except ValueError:
            return False
        return True
    try:
        name = text if text.isascii() else text.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    return len(name) <= _LONGEST_NAME and all(map(_LABEL.fullmatch, name.split(".")))


def parse_routes(text: str) -> tuple[Route, ...]:
    """The elements of an answer in the script's order. An empty answer means DIRECT, as in browsers."""
    parts = [part for part in re.split(r"[;\r\n]", text) if part.strip()]
    return tuple(parse_route(part) for part in parts) or (Route("direct"),)


def by_use(answers: Iterable[PacAnswer]) -> PacRoutes:
    """Sorts answers by what a device with one HTTP proxy can make of them; see `PacRoutes`."""
    groups: dict[str, list[PacAnswer]] = {
        "direct": [],
        "socks": [],
        "tls": [],
        "proxied": [],
        "failed": [],
        "unknown": [],
    }
    offers: dict[Route, list[str]] = {}
    for answer in answers:
        groups[_use(answer)].append(answer)
        for route in dict.fromkeys(route for route in answer.routes if route.kind == "http"):
            offers.setdefault(route, []).append(f"{answer.host}:{answer.port}")
    proxied = groups["proxied"]
    return PacRoutes(
        **{name: tuple(found) for name, found in groups.items()},
        mixed=tuple(answer for answer in proxied if any(route.kind != "http" for route in answer.routes)),
        proxies=tuple((route, tuple(hosts)) for route, hosts in offers.items()),
        shared=_shared(proxied),
    )


def _use(answer: PacAnswer) -> str:
    if answer.unknown:
        return "unknown"
    first = next((route for route in answer.routes if route.kind != "unrecognised"), None)
    if answer.error is not None or first is None:
        return "failed"
    return {"direct": "direct", "http": "proxied", "https": "tls", "quic": "tls"}.get(first.kind, "socks")


def _shared(proxied: list[PacAnswer]) -> tuple[Route, ...]:
    """The HTTP proxies in all of these answers; ordered by the sum of their places, so the first choice of most."""
    if not proxied:
        return ()
    common = set(proxied[0].routes).intersection(*(answer.routes for answer in proxied[1:]))
    places = {route: sum(answer.routes.index(route) for answer in proxied) for route in common if route.kind == "http"}
    return tuple(sorted(places, key=lambda route: (places[route], route)))
