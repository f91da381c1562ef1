"""The simplest question that a time server answers: SNTP (RFC 4330 section 5) in NTP's packet (RFC 5905 section 7.3).

The transmit timestamp of a request may be any value: the server gives it back as the origin of its answer, and a random
one ties the answer to the question without telling our own time.
"""

import struct
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

PORT: Final = 123
NONCE_BYTES: Final = 8
_PACKET: Final = struct.Struct("!B39x8s")
_CLIENT: Final = 0x23
"""Leap indicator 0, version 4, mode 3."""
_SERVER_MODE: Final = 4
_UNSYNCHRONISED: Final = 3
_EPOCH: Final = datetime(1900, 1, 1, tzinfo=UTC)
_ERA: Final = 1 << 32


class TimeAnswer(Struct, frozen=True):
    """An answer: the server's time, or why it tells none (`time` is None: it is not synchronised, or says go away)."""

    time: datetime | None
    stratum: int


def time_request(nonce: bytes) -> bytes:
    """A request of 48 bytes with `nonce` (8 bytes) as its transmit timestamp."""
    return _PACKET.pack(_CLIENT, nonce)


def read_time(message: bytes, nonce: bytes) -> TimeAnswer | None:
    """The answer to the request with `nonce`; None for anything else."""
    if len(message) < _PACKET.size or message[0] & 7 != _SERVER_MODE or message[24:32] != nonce:
        return None
    stratum = message[1]
    seconds, fraction = struct.unpack("!II", message[40:48])
    told = stratum != 0 and message[0] >> 6 != _UNSYNCHRONISED and seconds != 0
    return TimeAnswer(_moment(seconds, fraction) if told else None, stratum)


def _moment(seconds: int, fraction: int) -> datetime:
    # The 32 bits run out in 2036: without the top bit a time belongs to the next era (RFC 4330 section 3).
    era = 0 if seconds & 0x80000000 else _ERA
    return _EPOCH + timedelta(seconds=seconds + era, microseconds=fraction * 1_000_000 // _ERA)
