"""Bytes and structures made worse, by a generator with a seed."""

from copy import deepcopy
from random import Random
from typing import Any

NASTY = (
    *(b"\x00", b"\xff\xfe", b"\r\n", b"\n\n", b"\x1b[2J\x1b]0;owned\x07", b"\xe2\x80\xae", b"%00", b"%n%s", b"../../"),
    *(b"-1", b"9" * 40, b"1e999", b"NaN", b"null", b"{" * 300, b"[" * 300, b"A" * 5000, b"'\"\\", b"\xf4\x90\x80\x80"),
    *(
        b"$(id)",
        b"<script>",
        b"\x80" * 64,
        b"Infinity",
        b"\xed\xa0\x80",
        b"=",
        b":" * 100,
        b";" * 100,
        b"Content-Length: 0",
    ),
)
_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 10**30, 1e308, "", "\x1b[2J", "\u202e", "\ud800", "x" * 3000, [], {}, [[]], {"": ""}),
    *("443", "host:", ":443", "[::1]:0", "a..b:80", "\x00", "https://", "-----BEGIN CERTIFICATE-----", [None] * 50),
)


def mutated(chance: Random, data: bytes, most: int = 8) -> bytes:
    """`data` with a few changes: bytes flipped, cut, doubled, moved, or something nasty put in."""
    for _ in range(chance.randint(1, most)):
        at, size = chance.randint(0, len(data)), chance.choice((1, 1, 2, 8, 64, 1024))
        match chance.randrange(6):
            case 0 if data:
                at = min(at, len(data) - 1)
                data = data[:at] + bytes([data[at] ^ 1 << chance.randrange(8)]) + data[at + 1 :]
            case 1:
                data = data[:at] + data[at + size :]
            case 2:
                data = data[:at] + data[at : at + size] * chance.choice((2, 3, 50)) + data[at + size :]
            case 3:
                data = data[:at] + chance.choice(NASTY) + data[at:]
            case 4:
                data = data[:at] + chance.randbytes(size) + data[at + size :]
            case _ if chance.random() < 0.2:
                data = data[:at]
    return data


def altered(chance: Random, value: Any, most: int = 3) -> Any:
    """A JSON value in which a few parts are something else, are gone, or stand twice. `value` is changed in place."""
    for _ in range(chance.randint(1, most)):
        _alter(chance, value)
    return value


def _alter(chance: Random, value: Any) -> None:
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = chance.choice(keys)
        inside = value[key]
        if isinstance(inside, dict | list) and inside and chance.random() < 0.85:
            value = inside
            continue
        if isinstance(value, list) and chance.random() < 0.2:
            value.insert(key, inside)
        elif chance.random() < 0.15:
            del value[key]
        elif isinstance(inside, str) and chance.random() < 0.6:
            value[key] = mutated(chance, inside.encode("utf-8", "replace"), 3).decode("latin-1")
        else:
            value[key] = deepcopy(chance.choice(_VALUES))  # it may be altered in its turn
        return
