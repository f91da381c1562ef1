"""The content of an answer, framed by h11 (RFC 9112 section 6): `Content-Length`, chunks, or the end of the connection.

h11 is strict and gets a mended head. What breaks the framing anyway is kept as it came: somebody has to read it.
"""

from collections.abc import Iterable, Sequence

import h11

from proxycheck.wire.http.grammar import BODY_LIMIT, FIELD_NAME, FORBIDDEN

_LONGEST_LENGTH = 18
"""Digits of a `Content-Length`: more than any content has."""
_HEAD_ROOM = 4 * 65536


class Content:
    """What follows the head of an answer to `method`. `sound` says that the framing is as it should be, `finished` that
    no more is read, `ended` that the end was seen where the framing puts it."""

    def __init__(self, method: str, version: str, status: int, fields: Sequence[tuple[str, str]]) -> None:
        self._raw = bytearray()
        self._read = bytearray()
        self._kept = self._read
        self.sound = True
        self.finished = False
        self.ended = False
        self._h11 = h11.Connection(our_role=h11.CLIENT, max_incomplete_event_size=_HEAD_ROOM)
        self._h11.send(h11.Request(method=method, target="/", headers=[("Host", "h")]))
        self._h11.send(h11.EndOfMessage())
        if any(_endless(name, value) for name, value in fields) or not self._pump(_mended(version, status, fields)):
            self._unframe()

    @property
    def body(self) -> bytes:
        """The content without its framing; with it, where it is broken. At most `BODY_LIMIT` bytes."""
        return bytes(self._kept[:BODY_LIMIT])

    @property
    def exceeded(self) -> bool:
        """Whether more came than the framing announces."""
        return self.ended and bool(self._h11.trailing_data[0])

    def feed(self, data: bytes) -> None:
        """Takes the next bytes, until `finished`."""
        _keep(self._raw, data)
        if data and self._kept is self._read and not self._pump(data):  # no bytes would mean the end to h11
            self._unframe()
        if len(self._kept) > BODY_LIMIT:
            self.finished = True

    def end(self) -> None:
        """The peer closed."""
        if self._kept is self._read and not self._pump(b""):
            self.sound = False
            self._kept = self._read or self._raw
        self.finished = True

    def _unframe(self) -> None:
        self.sound = False
        self._kept = self._raw

    def _pump(self, data: bytes) -> bool:
        """Whether the framing can be followed so far."""
        try:
            self._h11.receive_data(data)
            while not self.finished:
                event = self._h11.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    break
                if isinstance(event, h11.Data):
                    _keep(self._read, event.data)
                    self.finished = len(self._read) > BODY_LIMIT
                elif isinstance(event, h11.EndOfMessage):
                    self.finished = self.ended = True
        except h11.RemoteProtocolError:
            return False
        return True


def _keep(kept: bytearray, data: bytes) -> None:
    """One byte more than the limit tells content that is longer from content that just fits."""
    kept += data[: max(0, BODY_LIMIT + 1 - len(kept))]


def _endless(name: str, value: str) -> bool:
    return name.lower() == "content-length" and len(value) > _LONGEST_LENGTH


def _mended(version: str, status: int, fields: Iterable[tuple[str, str]]) -> bytes:
    """The head as h11 takes it: without what no field may carry, and without lines that are none."""
    lines = [f"HTTP/{'1.0' if version == '1.0' else '1.1'} {status} x".encode()]
    for name, value in fields:
        encoded = name.encode("latin-1")
        if FIELD_NAME.match(encoded):
            lines.append(encoded + b": " + FORBIDDEN.sub(b"", value.encode("latin-1")).strip())
    return b"\r\n".join(lines) + b"\r\n\r\n"
