"""First words in SOCKS, and what the answers say. Nothing is ever sent through: a SOCKS proxy is recognised, not used.

SOCKS 5 is RFC 1928 (method selection, section 3) with RFC 1929 for user name and password. SOCKS 4 and its extension
4A, which sends a name in place of an address, are the two memos that came with the original software.
"""

import ipaddress
import struct
from typing import Final, Literal

SocksVersion = Literal["4", "4a", "5"]

_METHODS: Final = {
    0x00: "without authentication",
    0x01: "with GSSAPI",
    0x02: "with user name and password",
    0xFF: "and accepts neither anonymous clients nor a user name and password",
}
_GRANTED: Final = 0x5A
_SOCKS4_REPLIES: Final = range(0x5A, 0x5E)

SOCKS5_GREETING: Final = b"\x05\x02\x00\x02"
"""Version 5 with two methods on offer: none, and user name with password."""


def socks4_request(address: str, port: int) -> bytes | None:
    """CONNECT of SOCKS 4 to an IPv4 address, without a user; None for any other address."""
    try:
        packed = ipaddress.IPv4Address(address).packed
    except ValueError:
        return None
    return struct.pack("!BBH", 4, 1, port) + packed + b"\x00"


def socks4a_request(host: str, port: int) -> bytes:
    """CONNECT of SOCKS 4A to a name: the address 0.0.0.1 says that a name follows."""
    return struct.pack("!BBH", 4, 1, port) + b"\x00\x00\x00\x01\x00" + host.encode("ascii", "replace") + b"\x00"


def read_socks5(answer: bytes) -> str | None:
    """The authentication that a SOCKS 5 server chose, in words; None where this is no SOCKS 5."""
    if len(answer) < 2 or answer[0] != 5:
        return None
    return _METHODS.get(answer[1], f"with method {answer[1]}")


def read_socks4(answer: bytes) -> bool | None:
    """Whether a SOCKS 4 server granted the request; None for what is no SOCKS 4 reply (8 bytes, the first is 0)."""
    if len(answer) < 8 or answer[0] != 0 or answer[1] not in _SOCKS4_REPLIES:
        return None
    return answer[1] == _GRANTED
