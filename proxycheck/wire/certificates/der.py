"""As much of DER (ITU-T X.690) as it takes to cut bytes out of a certificate unchanged."""

from collections.abc import Iterator
from typing import NamedTuple

_LONG_FORM = 0x80


class Element(NamedTuple):
    """One value: its tag octet, its content, and all of its bytes as they stood."""

    tag: int
    content: bytes
    encoded: bytes


def elements(data: bytes) -> Iterator[Element]:
    """The values that stand one after another in `data`. Raises ValueError when a length runs past the
    end."""
    at = 0
    while at < len(data):
        header = data[at : at + 2]
        if len(header) < 2:
            raise ValueError("DER ends inside a value")
        size, start = header[1], at + 2
        if size & _LONG_FORM:
            octets = size & ~_LONG_FORM
            size, start = int.from_bytes(data[start : start + octets], "big"), start + octets
        if start + size > len(data):
            raise ValueError("DER ends inside a value")
        yield Element(header[0], data[start : start + size], data[at : start + size])
        at = start + size
