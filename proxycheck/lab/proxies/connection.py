"""What one client's connection to a simulated proxy came to, read from the bytes that passed, as one line.

The line says when the connection began, how the proxy answered, how many bytes went either way, who closed it first,
and for which host. Nothing that a client keeps secret is told: of a request only its method and its target, never its
path, its header fields or its content.
"""

import re
import time
from urllib.parse import urlsplit

from proxycheck.model.text import printable

HEADING = "began         answers       up       down  closed  asked for"

_LONGEST = 100
_FIRST_WORDS = 8192
_MOST_ANSWERS = 3
_STATUS = re.compile(rb"(?:\A|\r\n\r\n)HTTP/\d[.]\d +(\d{3})")
_REQUEST = re.compile(r"([A-Z]{2,12}) +(\S+) +HTTP/")
_PORTS = {"http": 80, "https": 443, "ftp": 21}
_TUNNEL = re.compile(r"2\d\d")
_HANDSHAKE = b"\x16"


class Connection:
    """One connection, from its first byte to its end. `began` is seconds since the epoch."""

    def __init__(self, began: float) -> None:
        self.began = began
        self.closed_by = ""
        self._up = self._down = 0
        self._unread = b""
        self._asked: list[str] = []
        self._answers: list[str] = []
        self._notes: list[str] = []
        self._tunnel = False

    def heard(self, data: bytes) -> None:
        """The client's bytes."""
        self._up += len(data)
        if not self._tunnel and len(self._unread) < _FIRST_WORDS:
            self._unread += data

    def said(self, data: bytes) -> None:
        """Bytes to the client, the proxy's own or those of the host."""
        self._down += len(data)
        if self._tunnel:
            return
        self._read_request()
        found = [status.decode("ascii") for status in _STATUS.findall(data)]
        self._answers += found
        connect = bool(self._asked) and self._asked[-1].startswith("CONNECT ")
        self._tunnel = connect and any(map(_TUNNEL.fullmatch, found))

    def note(self, words: str) -> None:
        """Something to tell beside it, once."""
        if words not in self._notes:
            self._notes.append(words)

    def closed(self, who: str) -> None:
        """`who` ended it: `client`, `proxy` or `host`; the first one counts."""
        self.closed_by = self.closed_by or who

    def line(self) -> str:
        """The connection in one line, below `HEADING`."""
        self._read_request()
        answers = ", ".join(self._answers[-_MOST_ANSWERS:]) or "none"
        asked = "; ".join(dict.fromkeys(self._asked)).removeprefix("CONNECT ") or "nothing"
        notes = f" ({'; '.join(self._notes)})" if self._notes else ""
        sizes = f"{size(self._up):>8} {size(self._down):>9}"
        what = f"{printable(asked, _LONGEST)}{printable(notes, 2 * _LONGEST)}"
        return f"{clock(self.began)}  {answers:<9} {sizes}  {self.closed_by or 'proxy':<6}  {what}"

    def _read_request(self) -> None:
        data, self._unread = self._unread, b""
        if data:
            self._asked.append(asked_for(data))


def asked_for(data: bytes) -> str:
    """What first words ask for: a method and a target, or the kind of words where they are no request."""
    if data.startswith(_HANDSHAKE):
        return "TLS"
    found = _REQUEST.match(data.split(b"\n", 1)[0].decode("latin-1"))
    if found is None:
        return f"{len(data)} bytes: {data[:12].hex(' ')}"
    method, target = found.groups()
    return f"{method} {target if method == 'CONNECT' else _authority(target)}"


def _authority(target: str) -> str:
    """Host and port of a target in absolute form, without a user's name, path or query."""
    try:
        parts = urlsplit(target)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "what is no address"
    return f"{parts.hostname}:{port}" if parts.hostname else "a page of the proxy itself"


def clock(moment: float) -> str:
    """The time of day here, to the millisecond."""
    return f"{time.strftime('%H:%M:%S', time.localtime(moment))}.{int(moment * 1000) % 1000:03}"


def size(count: int) -> str:
    """A number of bytes in few characters."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"
