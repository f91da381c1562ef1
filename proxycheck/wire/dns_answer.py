"""The head of a DNS message, which is all that the diagnosis needs of one (RFC 1035 section 4.1.1)."""

import struct
from typing import Final

from msgspec import Struct

_HEAD: Final = struct.Struct("!6H")
_RESPONSE: Final = 0x8000
_TRUNCATED: Final = 0x0200
_RCODES: Final = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")


class DnsHead(Struct, frozen=True):
    """What a response says of itself: its code, whether it was cut to fit UDP, and its number of answers."""

    rcode: int
    truncated: bool
    answers: int

    @property
    def code(self) -> str:
        """The response code's name (RFC 1035), or its number."""
        return _RCODES[self.rcode] if self.rcode < len(_RCODES) else f"RCODE {self.rcode}"


def read_head(message: bytes) -> DnsHead | None:
    """The head of a response; None for anything that is no DNS response."""
    if len(message) < _HEAD.size:
        return None
    _, flags, _, answers, _, _ = _HEAD.unpack_from(message)
    if not flags & _RESPONSE:
        return None
    return DnsHead(flags & 0xF, bool(flags & _TRUNCATED), answers)
