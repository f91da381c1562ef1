"""Where packets leave this computer: its default gateways and its public IPv6 addresses, from the system's own words.

    Linux     /proc/net/route, /proc/net/ipv6_route, /proc/net/if_inet6    (proc(5), net/ipv6/addrconf.c)
    macOS     route -n get default, route -n get -inet6 default, ifconfig
    Windows   route print 0.0.0.0, route print -6, ipconfig                in any language: only numbers are read

An address counts as public where it is a global unicast one (2000::/3, RFC 4291 section 2.4): link-local and unique
local addresses (RFC 4193) announce no way to the internet.
"""

import ipaddress
import re
import struct
from collections.abc import Iterable
from typing import Final

from msgspec import Struct

_UP: Final = 0x1
_REJECT: Final = 0x200
_PUBLIC: Final = ipaddress.IPv6Network("2000::/3")
_WINDOWS_IPV4: Final = re.compile(
    r"^\s*0\.0\.0\.0\s+0\.0\.0\.0\s+(\d+\.\d+\.\d+\.\d+)\s+\d+\.\d+\.\d+\.\d+\s+\d+", re.MULTILINE
)
_WINDOWS_IPV6: Final = re.compile(r"^\s*\d+\s+\d+\s+::/0\s+([0-9A-Fa-f:]+)", re.MULTILINE)
_IPV6_TOKEN: Final = re.compile(
    r"(?<![0-9A-Fa-f:.])([0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?:%\w+)?(?:/\d+)?(?=\s|$)", re.MULTILINE
)


class NetworkPaths(Struct, frozen=True):
    """The default gateways, IPv4 and IPv6, the best first, and the public IPv6 addresses of this computer.

    `notes` say what could not be read."""

    gateways: tuple[str, ...] = ()
    gateways6: tuple[str, ...] = ()
    addresses6: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def linux_gateways(text: str) -> tuple[str, ...]:
    """The default gateways in /proc/net/route, the one with the lowest metric first."""
    found: list[tuple[int, str]] = []
    for fields in (line.split() for line in text.splitlines()[1:]):
        if len(fields) >= 8 and fields[1] == "00000000" and fields[7] == "00000000" and int(fields[3], 16) & _UP:
            gateway = str(ipaddress.IPv4Address(struct.pack("<I", int(fields[2], 16))))
            found.append((int(fields[6]), gateway))
    return _distinct(address for _, address in sorted(found))


def linux_gateways6(text: str) -> tuple[str, ...]:
    """The default gateways in /proc/net/ipv6_route; `::` is one without an address of its own (a tunnel)."""
    found: list[tuple[int, str]] = []
    for fields in (line.split() for line in text.splitlines()):
        if len(fields) < 10 or fields[0] != "0" * 32 or fields[1] != "00":
            continue
        if int(fields[8], 16) & _UP and not int(fields[8], 16) & _REJECT and fields[9] != "lo":
            found.append((int(fields[5], 16), str(ipaddress.IPv6Address(bytes.fromhex(fields[4])))))
    return _distinct(address for _, address in sorted(found))


def linux_addresses6(text: str) -> tuple[str, ...]:
    """The public addresses in /proc/net/if_inet6."""
    fields = (line.split() for line in text.splitlines())
    return _public(str(ipaddress.IPv6Address(bytes.fromhex(words[0]))) for words in fields if len(words) == 6)


def macos_gateway(text: str) -> tuple[str, ...]:
    """The gateway in the output of `route -n get default`, for either family; a link without one gives none."""
    found = re.search(r"^\s*gateway: ([0-9A-Fa-f:.]+)", text, re.MULTILINE)
    return (found[1],) if found and _is_address(found[1]) else ()


def windows_gateways(text: str) -> tuple[str, ...]:
    """The IPv4 gateways in the output of `route print`: rows of five numbers whatever the language."""
    return _distinct(_WINDOWS_IPV4.findall(text))


def windows_gateways6(text: str) -> tuple[str, ...]:
    """The IPv6 gateways in the output of `route print -6`; a long one stands on a line of its own."""
    return _distinct(found for found in _WINDOWS_IPV6.findall(text) if _is_address(found))


def written_addresses6(text: str) -> tuple[str, ...]:
    """The public IPv6 addresses anywhere in the output of `ifconfig` or `ipconfig`."""
    return _public(found for found in _IPV6_TOKEN.findall(text) if _is_address(found))


def within(address: str, first: str, last: str) -> bool:
    """Whether `address` lies in an inclusive range; never where the versions differ."""
    try:
        wanted, low, high = (ipaddress.ip_address(text) for text in (address, first, last))
    except ValueError:
        return False
    return wanted.version == low.version == high.version and int(low) <= int(wanted) <= int(high)


def _public(addresses: Iterable[str]) -> tuple[str, ...]:
    return _distinct(text for text in addresses if ipaddress.IPv6Address(text) in _PUBLIC)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _distinct(addresses: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(addresses))
