"""Bytes that both ends know beforehand, and what became of them on the way.

Everything follows from a seed, so that neither end has to keep or repeat what it sent: each compares what arrives
with what must arrive, and names the first difference.
"""

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from proxycheck.model.canary import Arrival, Difference, DifferenceKind, StreamComparison, Subject

ContentKind = Literal["bytes", "values", "xml"]
"""`bytes`: pseudo-random (SHAKE128). `values`: all 256 byte values in turn. `xml`: a document as the devices send."""

_BLOCK = 65536
_WINDOW = 64
_MATCH = 12
_SHOWN = 24
_XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\r\n<message seed="{seed}">\r\n'
_XML_LINE = "  <item number='{number}'  a = \"1 &lt; 2\">\tZoë &amp; Søren<![CDATA[ <b>  ]]></item>\n"
_XML_TAIL = "</message>"


class Content(Struct, frozen=True):
    """`size` bytes: `prefix`, and then what follows from `kind` and `seed`. A document is padded to its size."""

    kind: ContentKind
    seed: str
    size: int
    prefix: bytes = b""

    def slice(self, start: int, end: int) -> bytes:
        """The bytes from `start` to `end`, or to the end of the content."""
        own, end = len(self.prefix), min(end, self.size)
        if start < own:
            return self.prefix[start:end] + self._slice(0, end - own)
        return self._slice(start - own, end - own)

    def _slice(self, start: int, end: int) -> bytes:
        if start >= end:
            return b""
        if self.kind == "values":
            first = start % 256
            return (bytes(range(256)) * ((end - start) // 256 + 2))[first : first + end - start]
        if self.kind == "xml":
            return _document(self.seed, self.size - len(self.prefix))[start:end]
        blocks = range(start // _BLOCK, (end - 1) // _BLOCK + 1)
        joined = b"".join(_random_block(self.seed, number) for number in blocks)
        offset = start - blocks[0] * _BLOCK
        return joined[offset : offset + end - start]

    def pieces(self) -> Iterator[bytes]:
        """All of it, in order."""
        return (self.slice(start, start + _BLOCK) for start in range(0, self.size, _BLOCK))

    def arrived_as(self, subject: Subject, arrived: Arrival) -> StreamComparison:
        """This content beside what became of it."""
        total = hashlib.sha256()
        for piece in self.pieces():
            total.update(piece)
        return StreamComparison(subject, self.size, total.hexdigest(), arrived)


def _random_block(seed: str, number: int) -> bytes:
    return hashlib.shake_128(f"{seed}/{number}".encode()).digest(_BLOCK)


@lru_cache(maxsize=8)
def _document(seed: str, size: int) -> bytes:
    text = _XML_HEAD.format(seed=seed).encode()
    number = 0
    while len(text) + len(_XML_TAIL) < size:
        line = _XML_LINE.format(number=number).encode()
        room = size - len(_XML_TAIL) - len(text)
        text += line if len(line) <= room else b" " * room
        number += 1
    return (text + _XML_TAIL.encode())[:size]


class Comparer:
    """Takes bytes as they arrive and compares them with `content`."""

    def __init__(self, content: Content) -> None:
        self._content = content
        self._hash = hashlib.sha256()
        self._window = b""
        self._differs_at: int | None = None
        self.size = 0

    def feed(self, data: bytes) -> None:
        """The next bytes, however they are cut."""
        self._hash.update(data)
        if self._differs_at is None:
            expected = self._content.slice(self.size, self.size + len(data))
            if expected != data:
                equal = common_prefix(expected, data)
                self._differs_at = self.size + equal
                self._window = data[equal : equal + _WINDOW]
        elif len(self._window) < _WINDOW:
            self._window += data[: _WINDOW - len(self._window)]
        self.size += len(data)

    def arrival(self) -> Arrival:
        """What has arrived, taken as all there is."""
        return Arrival(self.size, self._hash.hexdigest(), self._difference())

    def _difference(self) -> Difference | None:
        at = self._differs_at
        if at is None and self.size == self._content.size:
            return None
        offset = self.size if at is None else at
        expected = self._content.slice(offset, offset + _WINDOW)
        return _described(offset, expected, self._window, at_end=at is None)


def compare(subject: Subject, sent: bytes, arrived: bytes) -> StreamComparison:
    """Compares two short texts, such as the head of a request here and there."""
    digest, found = hashlib.sha256(sent).hexdigest(), hashlib.sha256(arrived).hexdigest()
    difference = None
    if sent != arrived:
        at = common_prefix(sent, arrived)
        ended = at == len(arrived)
        difference = _described(at, sent[at : at + _WINDOW], arrived[at : at + _WINDOW], at_end=ended)
    return StreamComparison(subject, len(sent), digest, Arrival(len(arrived), found, difference))


def common_prefix(left: bytes, right: bytes) -> int:
    """How many bytes at the start are the same."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _described(offset: int, expected: bytes, arrived: bytes, *, at_end: bool) -> Difference:
    kind = _kind(expected, arrived, at_end=at_end)
    return Difference(kind, offset, expected[:_SHOWN].decode("latin-1"), arrived[:_SHOWN].decode("latin-1"))


def _kind(expected: bytes, arrived: bytes, *, at_end: bool) -> DifferenceKind:
    if at_end:
        return "truncated"
    if not expected or (len(expected) >= _MATCH and expected[:_MATCH] in arrived):
        return "injected"
    if len(arrived) >= _MATCH and arrived[:_MATCH] in expected:
        return "removed"
    return "changed"
