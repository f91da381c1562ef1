"""Reads what came back, tolerantly, and records every deviation from HTTP/1.1.

The head is read here (RFC 9112 section 4 and 5) in time linear in its length, the content by h11
(`proxycheck.wire.http.content`). What had to be mended is recorded, because the device's parser may not be as patient:
bare LF (section 2.2), folded lines (section 5.2), bytes no field may carry (RFC 9110 section 5.5), a missing reason
phrase, `Content-Length` or `Transfer-Encoding` on a 2xx to CONNECT (RFC 9110 section 9.3.6), bytes right behind it.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

from proxycheck.model.evidence import Evidence
from proxycheck.model.failure import Operation
from proxycheck.wire.http.grammar import BODY_LIMIT, FIELD_NAME, FORBIDDEN

if TYPE_CHECKING:
    from proxycheck.wire.http.content import Content

HEAD_LIMIT = 65536
"""Bytes of all heads of an answer, interim ones and blank lines before them included."""

Method = Literal["CONNECT", "GET"]
"""The method of a request, as far as the reading of its answer depends on it (RFC 9112 section 6.3)."""
Deviation = Literal[
    "http-1.0",
    "no-reason-phrase",
    "status-not-200",
    "interim-1xx",
    "lf-only",
    "leading-blank-line",
    "odd-status-line",
    "folded-header",
    "forbidden-byte-in-header",
    "illegal-header-line",
    "content-length-on-2xx",
    "transfer-encoding-on-2xx",
    "early-bytes",
    "bad-body-framing",
    "bytes-after-204",
    "bytes-after-content",
]
Problem = Literal["empty", "incomplete", "malformed", "head-too-large"]
Phase = Literal["head", "body", "complete"]

_HEAD_END = re.compile(rb"\n\r?\n")
_BARE_LF = re.compile(rb"(?<!\r)\n")
_USUAL = re.compile(rb"HTTP/1\.[01] [1-9]\d{2}(?: |$)")
"""How a status line of HTTP/1 is written (RFC 9112 section 4); without its reason it may end with the status."""
_STATUS_LINE = re.compile(rb"HTTP/(\d)\.(\d)([ \t]+)([1-9]\d{2})(?:([ \t]+)(.*)|)$", re.IGNORECASE | re.DOTALL)


_FAILURES = 400
_FOR_NOW = frozenset((429, 503))
_LONGEST_LENGTH = 19
"""Digits from which on a number is none to a stack that counts in 64 bits."""


class Reply(Struct, frozen=True):
    """An HTTP answer as far as it came.

    `status` is 0 when there was no readable status line; `problem` then says why. `early` are bytes of the tunnel
    that arrived together with the answer. `body` holds at most `BODY_LIMIT` bytes, as they came where the framing is
    wrong; `complete` says that the end of the body was seen. Header names keep the peer's spelling."""

    status: int = 0
    reason: str = ""
    version: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    early: bytes = b""
    interim: tuple[int, ...] = ()
    deviations: tuple[Deviation, ...] = ()
    problem: Problem | None = None
    complete: bool = False

    @property
    def success(self) -> bool:
        """Whether this is a 2xx answer (RFC 9110 section 15.3)."""
        return 200 <= self.status < 300

    @property
    def fails(self) -> bool:
        """Whether this is a 4xx or 5xx answer (RFC 9110 sections 15.5 and 15.6)."""
        return self.status >= _FAILURES

    @property
    def for_now(self) -> bool:
        """Whether it refuses in a way that may be over in a moment (RFC 6585 section 4, RFC 9110 section 15.6.4)."""
        return self.status in _FOR_NOW

    def values(self, name: str) -> tuple[str, ...]:
        """All values of one field, in order; the name is compared without case."""
        wanted = name.lower()
        return tuple(value for field, value in self.headers if field.lower() == wanted)

    def value(self, name: str) -> str | None:
        """The first value of one field, or None."""
        return next(iter(self.values(name)), None)

    @property
    def counted(self) -> int:
        """How many bytes of content a stack skips that goes by the last `Content-Length` alone; what is no number
        counts nothing."""
        length = (self.values("Content-Length") or ("",))[-1].strip().removeprefix("+")
        return int(length) if length.isascii() and length.isdecimal() and len(length) < _LONGEST_LENGTH else 0

    @property
    def own_content(self) -> bytes:
        """The content of an answer that opens a tunnel, where it announces some and all of it came, before anything
        was said in the tunnel; empty otherwise. No tunnel has content (RFC 9110 section 9.3.6)."""
        return self.early[: self.counted] if self.counted <= min(len(self.early), BODY_LIMIT) else b""

    @property
    def raw_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """The header fields as bytes, names and values as the peer spelt them."""
        return tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers)

    @property
    def keeps_alive(self) -> bool:
        """Whether the connection may carry another request (RFC 9112 section 9.3, and the older Proxy-Connection)."""
        tokens = " ".join((*self.values("Connection"), *self.values("Proxy-Connection"))).lower()
        if not self.complete or "close" in tokens:
            return False
        return self.version != "1.0" or "keep-alive" in tokens


class ReplyReader:
    """Feeds on the bytes after a request of `method` and tells when the answer is all there.

    Never raises on what the peer sends. Feed it whole or byte by byte: the result is the same."""

    def __init__(self, method: Method) -> None:
        self._method = method
        self._buffer = bytearray()
        self._searched = 0
        self._before = 0
        self._deviations: dict[Deviation, None] = {}
        self._interim: list[int] = []
        self._fields: list[tuple[str, str]] = []
        self._line = (0, "", "")
        self._early = bytearray()
        self._problem: Problem | None = None
        self._content: Content | None = None
        self.phase: Phase = "head"

    @property
    def complete(self) -> bool:
        """Whether the answer has ended, well or badly."""
        return self.phase == "complete"

    @property
    def reply(self) -> Reply:
        """The answer as far as it came."""
        status, version, reason = self._line
        problem = self._problem
        if status == 0 and problem is None:
            problem = "incomplete" if self._buffer or self._interim else "empty"
        content = self._content
        return Reply(
            status=status,
            reason=reason,
            version=version,
            headers=tuple(self._fields),
            body=bytes(self._buffer[:BODY_LIMIT]) if content is None else content.body,
            early=bytes(self._early),
            interim=tuple(self._interim),
            deviations=tuple(self._deviations),
            problem=problem,
            complete=self.complete and problem is None and (content is None or content.ended),
        )

    def feed(self, data: bytes) -> None:
        """Takes the next bytes; after `phase` is `complete` further bytes to a tunnel are early bytes."""
        if self.phase == "head":
            self._buffer += data
            while self.phase == "head" and self._take_head():
                pass
        elif self.phase == "body":
            self._feed_content(data)
        elif data:
            self._feed_beyond(data)

    def end(self) -> None:
        """The peer closed: a body without a length ends here (RFC 9112 section 6.3)."""
        if self.phase == "body" and self._content is not None:
            self._content.end()
            self._look_at_content()

    def _note(self, deviation: Deviation) -> None:
        self._deviations[deviation] = None

    def _fail(self, problem: Problem) -> bool:
        self._problem = problem
        self.phase = "complete"
        return False

    def _take_head(self) -> bool:
        """Takes one head from the buffer; whether there may be another."""
        blank = len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))
        if blank:
            self._note("leading-blank-line")
            self._drop(blank)
        if self._buffer and not b"HTTP/".startswith(self._buffer[:5].upper()):
            return self._fail("malformed")
        found = _HEAD_END.search(self._buffer, max(0, self._searched - 2))
        end = found.end() if found is not None else len(self._buffer)
        if self._before + end > HEAD_LIMIT:
            return self._fail("head-too-large")
        if found is None:
            self._searched = end
            return False
        head = bytes(self._buffer[:end])
        if _BARE_LF.search(head):
            self._note("lf-only")
        lines = [line.removesuffix(b"\r") for line in head[: found.start()].split(b"\n")]
        if not self._take_status_line(lines[0]):
            return self._fail("malformed")
        self._drop(end)
        if self._line[0] < 200:
            self._interim.append(self._line[0])
            self._note("interim-1xx")
            self._line = (0, "", "")
            return True
        self._take_fields(lines[1:])
        self._begin(bytes(self._buffer))
        return False

    def _drop(self, size: int) -> None:
        del self._buffer[:size]
        self._before += size
        self._searched = 0

    def _take_status_line(self, line: bytes) -> bool:
        matched = _STATUS_LINE.match(line)
        if matched is None:
            return False
        major, minor, _, status, _, reason = matched.groups()
        version = f"{major.decode()}.{minor.decode()}"
        if version == "1.0":
            self._note("http-1.0")
        if not _USUAL.match(line):
            self._note("odd-status-line")
        if not (reason or b"").strip():
            self._note("no-reason-phrase")
        self._line = (int(status), version, (reason or b"").decode("latin-1").strip())
        return True

    def _take_fields(self, lines: list[bytes]) -> None:
        unfolded: list[list[bytes]] = []
        for line in lines:
            if line[:1] in (b" ", b"\t") and unfolded:
                self._note("folded-header")
                unfolded[-1].append(line.strip())
            else:
                unfolded.append([line])
        for line in map(b" ".join, unfolded):
            name, colon, value = line.partition(b":")
            if FORBIDDEN.search(line):
                self._note("forbidden-byte-in-header")
            if not colon or not FIELD_NAME.match(name):
                self._note("illegal-header-line")
            self._fields.append((name.decode("latin-1"), value.strip().decode("latin-1")))

    def _begin(self, rest: bytes) -> None:
        status, version, _ = self._line
        self._buffer.clear()
        if self._method == "CONNECT" and 200 <= status < 300:
            self._begin_tunnel()
        else:
            from proxycheck.wire.http.content import Content  # noqa: PLC0415  h11 loads with the first content

            self.phase = "body"
            self._content = Content(self._method, version, status, self._fields)
            self._look_at_content()
        if rest:
            self.feed(rest)

    def _begin_tunnel(self) -> None:
        names = {name.lower() for name, _ in self._fields}
        if self._line[0] != 200:
            self._note("status-not-200")
        if "content-length" in names:
            self._note("content-length-on-2xx")
        if "transfer-encoding" in names:
            self._note("transfer-encoding-on-2xx")
        self.phase = "complete"

    def _feed_content(self, data: bytes) -> None:
        if self._content is not None:
            self._content.feed(data)
            self._look_at_content()

    def _look_at_content(self) -> None:
        content = self._content
        if content is not None and not content.sound:
            self._note("bad-body-framing")
        if content is not None and content.finished:
            self.phase = "complete"
            if content.exceeded:
                self._note("bytes-after-content")

    def _feed_beyond(self, data: bytes) -> None:
        if self._problem is not None:
            self._buffer += data[: max(0, BODY_LIMIT - len(self._buffer))]
        elif self._content is None:
            self._note("early-bytes")
            self._early += data
        elif self._line[0] == 204:
            self._note("bytes-after-204")
        elif self._content.ended:
            self._note("bytes-after-content")


_SHORT = 2048
"""Bytes of an answer up to which it is kept in mind."""


def read_reply(method: Method, received: bytes, *, closed: bool) -> Reply:
    """The answer in `received`; `closed` says that the peer closed after it."""
    read = _read_short if len(received) <= _SHORT else _read
    return read(method, received, closed=closed)


def _read(method: Method, received: bytes, *, closed: bool) -> Reply:
    reader = ReplyReader(method)
    reader.feed(received)
    if closed:
        reader.end()
    return reader.reply


_read_short = lru_cache(maxsize=512)(_read)
"""A proxy says the same to most requests, and one rule after another reads it."""

_PLAIN: Final[frozenset[Operation]] = frozenset(("http", "http_forward", "proxy_greeting", "network_http"))
"""The operations whose request is answered with content; every other one that HTTP answers is a CONNECT."""


def reply_in(record: Evidence) -> Reply:
    """The answer in a record; `problem` says when it is no well-formed one."""
    forwarded = record.operation == "auth" and record.check == "plain-http"
    method: Method = "GET" if forwarded or record.operation in _PLAIN else "CONNECT"
    reply = read_reply(method, record.received_bytes, closed=record.ended == "eof")
    if reply.problem == "incomplete" and record.size is not None and _was_readable(record):
        lines, end, _ = record.received_bytes.rpartition(b"\n")
        return read_reply(method, lines + end + b"\r\n", closed=False) if end else reply
    return reply


def _was_readable(record: Evidence) -> bool:
    """Whether the whole answer was well-formed when it came; of a long one only the beginning is kept."""
    return record.failure is None or record.failure.name == "refused-by-peer"


def page_in(record: Evidence) -> Reply | None:
    """The HTTP answer that came where something else was spoken, as far as it came; None where there is none."""
    reply = read_reply("GET", record.received_bytes, closed=True)
    return reply if reply.status else None
