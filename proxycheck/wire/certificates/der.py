"""As much of BER (ITU-T X.690) as it takes to cut bytes out of a certificate unchanged.

A certificate ought to be DER, the strict subset; OpenSSL takes one that is not, and so do the clients that use it.
"""

from collections.abc import Iterator
from typing import NamedTuple

_LONG_FORM = 0x80
_CONSTRUCTED = 0x20
_HIGH_TAG = 0x1F
_DEEPEST = 32
_END_OF_CONTENTS = b"\x00\x00"


class Element(NamedTuple):
    """One value: its first tag octet, its content, and all of its bytes as they stood."""

    tag: int
    content: bytes
    encoded: bytes


def elements(data: bytes) -> Iterator[Element]:
    """Yields the values that stand one after another in `data`. Raises ValueError when a value runs past the end, or
    stands deeper in others than any certificate needs."""
    at = 0
    while at < len(data):
        start, end, after = _extent(data, at, _DEEPEST)
        yield Element(data[at], data[start:end], data[at:after])
        at = after


def object_identifier(content: bytes) -> str:
    """The dotted form of an OBJECT IDENTIFIER (section 8.19). Raises ValueError when it ends inside a number."""
    numbers: list[int] = []
    value = 0
    for octet in content:
        value = value << 7 | octet & 0x7F
        if not octet & _LONG_FORM:
            numbers.append(value)
            value = 0
    if not numbers or content[-1] & _LONG_FORM:
        raise ValueError("an object identifier ends inside a number")
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def _extent(data: bytes, at: int, deeper: int) -> tuple[int, int, int]:
    """Where the content of the value at `at` begins and ends, and where the next value begins."""
    start = at + 1
    if data[at] & _HIGH_TAG == _HIGH_TAG:
        while start < len(data) and data[start] & _LONG_FORM:
            start += 1
        start += 1
    if start >= len(data):
        raise ValueError("DER ends inside a value")
    size, start = data[start], start + 1
    if size == _LONG_FORM and data[at] & _CONSTRUCTED:
        return _indefinite(data, start, deeper)
    if size & _LONG_FORM:
        octets = size & ~_LONG_FORM
        size, start = int.from_bytes(data[start : start + octets], "big"), start + octets
    if start + size > len(data):
        raise ValueError("DER ends inside a value")
    return start, start + size, start + size


def _indefinite(data: bytes, start: int, deeper: int) -> tuple[int, int, int]:
    """A value without a length, which two zero octets end (section 8.1.3.6)."""
    if not deeper:
        raise ValueError("values without a length stand too deep in one another")
    end = start
    while data[end : end + 2] != _END_OF_CONTENTS:
        if end >= len(data):
            raise ValueError("DER ends inside a value")
        _, _, end = _extent(data, end, deeper - 1)
    return start, end, end + len(_END_OF_CONTENTS)
