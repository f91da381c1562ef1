"""Addresses and networks as bypass lists write them. Anything that is none is simply not a match, never an error."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that `text` is, or None. A zone (`%eth0`) is ignored."""
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def in_network(address: IPv4Address | IPv6Address, token: str, *, strict: bool = False) -> bool:
    """Whether `token` is this address, or a network `address/length` that holds it.

    `strict` refuses a network with bits set behind its length."""
    _, slash, length = token.partition("/")
    if slash and not length.isdecimal():
        return False
    try:
        network = ip_network(token, strict=strict)
    except ValueError:
        return False
    return address.version == network.version and address in network


def in_partial_network(address: IPv4Address | IPv6Address, token: str) -> bool:
    """Like `in_network`, for IPv4 networks with missing parts: `169.254/16`, `10/8`, `10.1` (which is 10.1.0.0/16)."""
    found = re.fullmatch(r"(\d+(?:\.\d+){0,3})\.?(?:/(\d+|\d+\.\d+\.\d+\.\d+))?", token)
    if found is None:
        return in_network(address, token)
    parts = found[1].split(".")
    length = found[2] or str(8 * len(parts))
    try:
        network = ip_network(".".join(parts + ["0"] * (4 - len(parts))) + "/" + length, strict=False)
    except ValueError:
        return False
    return address.version == 4 and address in network
