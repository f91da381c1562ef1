"""What is seen of a tunnel from outside: TLS records as far as they pass in clear, bytes and times."""

import base64
from collections.abc import Iterator
from typing import Any, Literal

from .messages import HOST_NAME
from .redaction import Secrets

_RECORDS = 16
_FLIGHT = 16 * 1024


class Records:
    """The first TLS records of one direction: `[type, length]`, and an alert in clear as `[21, 2, level, what]`."""

    def __init__(self) -> None:
        self.seen: list[list[int]] = []
        self.clear = bytearray()
        self._head = bytearray()
        self._left = 0
        self._encrypted = False
        self._lost = False

    def feed(self, data: bytes) -> None:
        """Takes the next bytes; those that are not TLS end it."""
        view = memoryview(data)
        while view and not self._lost and (self._left or len(self.seen) < _RECORDS):
            taken = min(len(view), self._left or 5 - len(self._head))
            if self._left:
                self._fragment(bytes(view[:taken]))
            else:
                self._head += view[:taken]
                if len(self._head) == 5:
                    self._begin()
            view = view[taken:]

    def _begin(self) -> None:
        kind, version, self._left = self._head[0], self._head[1], int.from_bytes(self._head[3:5], "big")
        self._lost = kind not in range(20, 24) or version != 3
        if not self._lost:
            self.seen.append([kind, self._left])
            self._encrypted = self._encrypted or kind in (20, 23)
            self._keep(bytes(self._head))
        self._head = bytearray() if self._left or self._lost else self._head[:0]

    def _fragment(self, data: bytes) -> None:
        self._left -= len(data)
        self._keep(data)
        last = self.seen[-1]
        if last[0] == 21 and last[1] == 2 and not self._encrypted:
            last += data
        self._head = bytearray()

    def _keep(self, data: bytes) -> None:
        if not self._encrypted:
            self.clear += data[: max(0, _FLIGHT - len(self.clear))]


class Tunnel:
    """What is seen of a tunnel from outside."""

    def __init__(self, opened_s: float) -> None:
        self.told: dict[str, Any] = {"opened_s": opened_s, "bytes_up": 0, "bytes_down": 0}
        self._records = {"up": Records(), "down": Records()}
        self._first = {"up": b"", "down": b""}

    def feed(self, way: Literal["up", "down"], data: bytes, now: float) -> None:
        """Takes bytes of the device (`up`) or of the far end."""
        self.told[f"bytes_{way}"] += len(data)
        self.told.setdefault(f"first_{way}_s", now)
        self.told[f"last_{way}_s"] = now
        if len(self._first[way]) < 128:
            self._first[way] += data[:128]
        self._records[way].feed(data)

    def line(self, secrets: Secrets) -> dict[str, Any]:
        """The tunnel as it is written."""
        up, down = self._records["up"], self._records["down"]
        for way, records in self._records.items():
            self.told[f"kind_{way}"] = _kind(self._first[way])
            self.told[f"records_{way}"] = records.seen
        if _kind(self._first["up"]) == "tls":
            self.told["server_name"] = server_name(bytes(up.clear))
        if _kind(self._first["down"]) == "http":
            line = self._first["down"].lstrip().splitlines()[0]
            self.told["answer"] = secrets.clean(line.decode("latin-1"))[:120]
        if _kind(self._first["down"]) == "tls":
            self.told["flight"] = base64.b64encode(down.clear).decode()
        return self.told


def _kind(first: bytes) -> str | None:
    if not first:
        return None
    if first[0] in range(20, 24) and first[1:2] in (b"", b"\x03"):
        return "tls"
    text = first.lstrip().upper()
    words = (b"HTTP/", b"<HTML", b"<!DOCTYPE", b"GET ", b"POST ", b"HEAD ", b"PUT ", b"OPTIONS ")
    return "http" if text.startswith(words) else "other"


def server_name(records: bytes) -> str | None:
    """The host name in a ClientHello (RFC 6066 section 3), None where there is none that could be read."""
    message = b"".join(_fragments(records))
    try:
        at = 4 + 2 + 32
        at += 1 + message[at]
        at += 2 + int.from_bytes(message[at : at + 2], "big")
        at += 1 + message[at]
        end = at + 2 + int.from_bytes(message[at : at + 2], "big")
        at += 2
        while at + 4 <= min(end, len(message)):
            kind, size = int.from_bytes(message[at : at + 2], "big"), int.from_bytes(message[at + 2 : at + 4], "big")
            if kind == 0:
                name = message[at + 9 : at + 4 + size].decode("ascii")
                return name.lower() if HOST_NAME.fullmatch(name) else None
            at += 4 + size
    except (IndexError, UnicodeDecodeError):
        return None
    return None


def _fragments(records: bytes) -> Iterator[bytes]:
    at = 0
    while len(records) - at > 5 and records[at] == 22:
        size = int.from_bytes(records[at + 3 : at + 5], "big")
        yield records[at + 5 : at + 5 + size]
        at += 5 + size
