"""Raw bytes through a tunnel, both ways at once: how such a stream opens, and what the canary's side does with it.

    client:  opening | header (40 bytes) | content of `up` bytes
    canary:  opening | content of `down` bytes | signed statement, and closes

An opening is what a proxy may take for a protocol, followed by `MAGIC`. The canary sends no more content than it has
received (`AHEAD` bytes at most in advance): it is worth nothing as an amplifier. Neither side closes one
direction alone, because a proxy may then close both (RFC 9110 section 9.3.6).
"""

import struct
from collections.abc import Mapping

from msgspec import Struct

from proxycheck.canary.content import Content, ContentKind

MAGIC = b"\x00proxycheck raw\xff"
AHEAD = 4096
LARGEST = 8 * 1024 * 1024
OPENINGS: Mapping[str, bytes] = {
    "plain": b"",
    "nul": bytes(16),
    "crlf": b"\r\n\r\n",
    "http-reply": b"HTTP/1.1 200 OK\r\n\r\n",
    "tls-hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "tls-alert": b"\x15\x03\x03\x00\x02\x02\x28",
}
_HEADER = struct.Struct(">16sIIB15x")
HEADER_SIZE = _HEADER.size


class RawCase(Struct, frozen=True):
    """One stream to try. `single` sends byte by byte."""

    name: str
    opening: str
    kind: ContentKind
    size: int
    single: bool = False


RAW_CASES: tuple[RawCase, ...] = (
    RawCase("plain", "plain", "bytes", 16385),
    RawCase("nul", "nul", "values", 1024),
    RawCase("crlf", "crlf", "values", 1024),
    RawCase("http-reply", "http-reply", "values", 1024),
    RawCase("tls-hello", "tls-hello", "values", 1024),
    RawCase("tls-alert", "tls-alert", "values", 1024),
    RawCase("single-bytes", "plain", "values", 20, single=True),
)
FULL_DUPLEX = RawCase("full-duplex", "plain", "bytes", 5 * 1024 * 1024)


class RawRequest(Struct, frozen=True):
    """One raw stream as both ends know it. `nonce` is 32 hex digits and the seed of both contents."""

    nonce: str
    opening: str
    kind: ContentKind
    size: int
    single: bool

    @property
    def head(self) -> bytes:
        """What the client sends before the content."""
        flags = (self.kind == "values") | self.single << 1
        return self.start + _HEADER.pack(bytes.fromhex(self.nonce), self.size, self.size, flags)

    @property
    def start(self) -> bytes:
        """What both sides begin with."""
        return OPENINGS[self.opening] + MAGIC

    @property
    def up(self) -> Content:
        """What the client sends."""
        return Content(self.kind, f"{self.nonce}/up", self.size)

    @property
    def down(self) -> Content:
        """What the canary sends before its statement."""
        return Content(self.kind, f"{self.nonce}/down", len(self.start) + self.size, self.start)


def request_of(case: RawCase, nonce: str) -> RawRequest:
    """The stream of one case."""
    return RawRequest(nonce, case.opening, case.kind, case.size, case.single)


def opening_of(data: bytes) -> str | None:
    """The name of the opening that `data` begins with, complete with `MAGIC`; None when there is none."""
    return next((name for name, first in OPENINGS.items() if data.startswith(first + MAGIC)), None)


def may_open(data: bytes) -> bool:
    """Whether `data` is the beginning of an opening that is not complete yet."""
    return any((first + MAGIC).startswith(data) for first in OPENINGS.values())


def read_header(opening: str, header: bytes) -> RawRequest | None:
    """The stream that a header asks for; None for more than the canary gives, or for a header that makes no sense."""
    nonce, up, down, flags = _HEADER.unpack(header)
    if up != down or up > LARGEST or flags > 3 or any(header[-15:]):
        return None
    return RawRequest(nonce.hex(), opening, "values" if flags & 1 else "bytes", up, bool(flags & 2))
