"""TLS records and the vectors inside them (RFC 5246 sections 4.3 and 6.2.1), read from untrusted bytes."""

from collections.abc import Iterator
from typing import NamedTuple

HEADER_LENGTH = 5
MAJOR_VERSION = b"\x03"
LONGEST_FRAGMENT = 2**14 + 2048

CHANGE_CIPHER_SPEC = 20
ALERT = 21
HANDSHAKE = 22
APPLICATION_DATA = 23
CONTENT_TYPES = frozenset({CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA})


def looks_like_tls(data: bytes) -> bool:
    """Whether bytes begin like a TLS record (RFC 8446 section 5.1); the empty string is undecided and True."""
    return not data or (data[0] in CONTENT_TYPES and data[1:2] in {b"", MAJOR_VERSION})


class TlsFormatError(ValueError):
    """Bytes that are not the TLS structure they stand for; the sentence says which."""


class Record(NamedTuple):
    """One record: its content type, its version field and its fragment."""

    content_type: int
    version: int
    fragment: bytes


class RecordReader:
    """Turns a byte stream, however it is cut, into records."""

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> Iterator[Record]:
        """The records that `data` completes, one at a time.

        Raises TlsFormatError for a header that no TLS record has; records before it are still given."""
        self._pending += data
        while (end := self._end_of_record()) and len(self._pending) >= end:
            version = int.from_bytes(self._pending[1:3], "big")
            record = Record(self._pending[0], version, bytes(self._pending[HEADER_LENGTH:end]))
            del self._pending[:end]
            yield record

    def _end_of_record(self) -> int:
        """Where the first record ends, 0 while its header is incomplete."""
        header = bytes(self._pending[:HEADER_LENGTH])
        if header and header[0] not in CONTENT_TYPES:
            raise TlsFormatError(f"no TLS record has type {header[0]}")
        if header[1:2] not in {b"", MAJOR_VERSION}:
            raise TlsFormatError(f"no TLS record has major version {header[1]}")
        if len(header) < HEADER_LENGTH:
            return 0
        length = int.from_bytes(header[3:], "big")
        if length > LONGEST_FRAGMENT:
            raise TlsFormatError(f"a record of {length} bytes is longer than TLS allows")
        return HEADER_LENGTH + length


class Cursor:
    """Takes numbers and vectors off the front of `data`; `what` names it in errors."""

    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._what = what
        self._at = 0

    @property
    def left(self) -> int:
        """How many bytes have not been taken."""
        return len(self._data) - self._at

    def take(self, length: int) -> bytes:
        """The next `length` bytes. Raises TlsFormatError when there are fewer."""
        if length > self.left:
            raise TlsFormatError(f"{self._what} ends {length - self.left} bytes too early")
        self._at += length
        return self._data[self._at - length : self._at]

    def number(self, octets: int) -> int:
        """The next unsigned number of `octets` bytes, big-endian."""
        return int.from_bytes(self.take(octets), "big")

    def vector(self, octets: int) -> bytes:
        """The next vector: its length in `octets` bytes, then its content."""
        return self.take(self.number(octets))

    def end(self) -> None:
        """Raises TlsFormatError when something is left over."""
        if self.left:
            raise TlsFormatError(f"{self._what} has {self.left} bytes too many")


def vector(octets: int, content: bytes) -> bytes:
    """`content` with its length before it, in `octets` bytes. Raises OverflowError when it is too long."""
    return len(content).to_bytes(octets, "big") + content


def numbers(octets: int, values: tuple[int, ...]) -> bytes:
    """`values` one after another, each in `octets` bytes."""
    return b"".join(value.to_bytes(octets, "big") for value in values)
