"""HTTP messages in a stream of bytes: where a head ends, what it says, and how its content is framed."""

import re
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

Fields = list[tuple[str, str]]
Mode = Literal["head", "body", "chunk", "chunk-data", "trailer", "rest", "held", "tunnel"]
"""What is read next: `held` waits for the reply to a CONNECT, `rest` is no HTTP any more."""

_HEAD_LIMIT = 65536
_LINE_LIMIT = 4096
_HEAD_END = re.compile(rb"\r?\n\r?\n")
HOST_NAME = re.compile(r"\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,253})")
_SCHEME = re.compile(r"(?:basic|bearer|digest|kerberos|negotiate|ntlm)(?![^\s])", re.IGNORECASE)


class Messages:
    """Finds the heads of HTTP messages in a stream and passes over what stands between them, in bounded memory.

    `on_head` gets each head and says how the stream goes on, and for how many bytes."""

    def __init__(self, on_head: Callable[[bytes], tuple[Mode, int]], on_rest: Callable[[bytes], None]) -> None:
        self._on_head = on_head
        self._on_rest = on_rest
        self.buffer = bytearray()
        self.mode: Mode = "head"
        self.on_body: Callable[[bytes], None] | None = None
        self._left = 0

    def feed(self, data: bytes) -> None:
        """Takes the next bytes."""
        self.buffer += data
        while self.buffer and self._step():
            pass

    def _step(self) -> bool:
        """Takes one thing from the buffer; whether there may be another."""
        if self.mode == "head":
            return self._head()
        if self.mode in ("body", "chunk-data"):
            return self._body()
        if self.mode in ("chunk", "trailer"):
            return self._line()
        if self.mode == "held":
            del self.buffer[_HEAD_LIMIT:]
            return False
        data, self.buffer = bytes(self.buffer), bytearray()
        if self.mode == "tunnel":
            self._on_rest(data)
        elif self.on_body is not None:
            self.on_body(data)
        return False

    def _head(self) -> bool:
        blank = len(self.buffer) - len(self.buffer.lstrip(b"\r\n"))
        del self.buffer[:blank]
        found = _HEAD_END.search(self.buffer)
        if found is None and len(self.buffer) < _HEAD_LIMIT and not self._foreign():
            return False
        end = _HEAD_LIMIT if found is None else found.end()
        head = bytes(self.buffer[:end])
        del self.buffer[:end]
        self.mode, self._left = self._on_head(head)
        return True

    def _foreign(self) -> bool:
        """Whether this can no longer become a head: bytes that no line of text has."""
        return bool(self.buffer) and self.buffer[0] < 32

    def _body(self) -> bool:
        data = bytes(self.buffer[: self._left])
        del self.buffer[: len(data)]
        self._left -= len(data)
        if self.on_body is not None:
            self.on_body(data)
        if not self._left:
            self.mode = "head" if self.mode == "body" else "trailer" if self.mode == "trailer" else "chunk"
        return True

    def _line(self) -> bool:
        line, newline, _ = bytes(self.buffer[:_LINE_LIMIT]).partition(b"\n")
        if not newline:
            self.mode = "rest" if len(self.buffer) >= _LINE_LIMIT else self.mode
            return self.mode == "rest"
        del self.buffer[: len(line) + 1]
        text = line.strip()
        if self.mode == "trailer":
            self.mode = "trailer" if text else "head"
        elif text:  # an empty line ends the chunk before
            size = text.partition(b";")[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", size):
                self.mode = "rest"
            else:
                self._left = int(size, 16)
                self.mode = "chunk-data" if self._left else "trailer"
        return True


def parsed(head: bytes) -> tuple[str, Fields]:
    """The first line, and the fields; folded lines are joined."""
    first, *lines = head.decode("latin-1").strip().replace("\r\n", "\n").split("\n")
    fields: Fields = []
    for line in lines:
        name, colon, value = line.partition(":")
        if line[:1] in (" ", "\t") and fields:
            fields[-1] = (fields[-1][0], f"{fields[-1][1]} {line.strip()}")
        elif colon:
            fields.append((name.strip(), value.strip()))
    return first, fields


def by_name(fields: Fields) -> dict[str, str]:
    return {name.lower(): value for name, value in fields}


def framing(fields: dict[str, str], otherwise: Mode) -> tuple[Mode, int]:
    """How a message's content ends (RFC 9112 section 6.3)."""
    if "transfer-encoding" in fields:
        return "chunk", 0
    length = fields.get("content-length", "")
    if not length:
        return otherwise, 0
    if not re.fullmatch(r"[0-9]{1,18}", length):
        return "rest", 0
    return ("body", int(length)) if int(length) else ("head", 0)


def target_of(method: str, target: str) -> str | None:
    """`host:port` of a request; None for what is no such thing."""
    try:
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        host, port = parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80)
    except ValueError:
        return None
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{port}" if HOST_NAME.fullmatch(name) else None


def scheme_of(value: str | None) -> str | None:
    if value is None:
        return None
    found = _SCHEME.match(value.strip())
    return found[0].lower() if found else "other"
