"""Reads what came back, tolerantly, and records every deviation from HTTP/1.1.

The head is first put into a form that h11 takes (RFC 9112 section 4 and 5); h11 then owns framing and interim
answers. What had to be mended is recorded, because the device's parser may not be as patient:
bare LF (section 2.2), folded lines (section 5.2), bytes no field may carry (RFC 9110 section 5.5), a missing reason
phrase, `Content-Length` or `Transfer-Encoding` on a 2xx to CONNECT (RFC 9110 section 9.3.6), bytes right behind it.
"""

import re
from typing import Literal

import h11
from msgspec import Struct

HEAD_LIMIT = 65536
BODY_LIMIT = 65536

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
]
Problem = Literal["empty", "incomplete", "malformed", "head-too-large"]
Phase = Literal["head", "body", "complete"]

_HEAD_END = re.compile(rb"\n\r?\n")
_STATUS_LINE = re.compile(rb"HTTP/(\d)\.(\d)([ \t]+)(\d{3})(?:([ \t]+)(.*)|)$", re.IGNORECASE | re.DOTALL)
_FIELD_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+$")
_FORBIDDEN = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


class Reply(Struct, frozen=True):
    """An HTTP answer as far as it came.

    `status` is 0 when there was no readable status line; `problem` then says why. `early` are bytes of the tunnel
    that arrived together with the answer. `body` holds at most `BODY_LIMIT` bytes; `complete` says that the end of
    the body was seen. Header names keep the peer's spelling."""

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

    def values(self, name: str) -> tuple[str, ...]:
        """All values of one field, in order; the name is compared without case."""
        wanted = name.lower()
        return tuple(value for field, value in self.headers if field.lower() == wanted)

    def value(self, name: str) -> str | None:
        """The first value of one field, or None."""
        return next(iter(self.values(name)), None)

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

    def __init__(self, method: Literal["CONNECT", "GET"]) -> None:
        self._method = method
        self._buffer = bytearray()
        self._deviations: list[Deviation] = []
        self._interim: list[int] = []
        self._fields: list[tuple[str, str]] = []
        self._line = (0, "", "")
        self._body = b""
        self._early = b""
        self._problem: Problem | None = None
        self._h11: h11.Connection | None = None
        self._unframed = False
        self.phase: Phase = "head"

    @property
    def complete(self) -> bool:
        """Whether the answer has ended, well or badly."""
        return self.phase == "complete"

    @property
    def reply(self) -> Reply:
        """The answer as far as it came."""
        version, reason = self._line[1], self._line[2]
        problem = self._problem
        if self._line[0] == 0 and problem is None:
            problem = "incomplete" if self._buffer.strip() else "empty"
        return Reply(
            status=self._line[0],
            reason=reason,
            version=version,
            headers=tuple(self._fields),
            body=self._body if self._line[0] else bytes(self._buffer[:BODY_LIMIT]),
            early=self._early,
            interim=tuple(self._interim),
            deviations=tuple(dict.fromkeys(self._deviations)),
            problem=problem,
            complete=self.phase == "complete" and problem is None,
        )

    def feed(self, data: bytes) -> None:
        """Takes the next bytes; after `phase` is `complete` further bytes to a tunnel are early bytes."""
        if self.phase == "complete":
            return
        if self.phase == "body":
            self._feed_body(data)
            return
        settled = len(self._buffer) >= 8 and b"\n" not in data
        self._buffer += data
        if settled and len(self._buffer) <= HEAD_LIMIT:
            return  # nothing new to find: keeps single bytes cheap
        while self.phase == "head" and self._take_head():
            pass

    def end(self) -> None:
        """The peer closed: a body without a length ends here (RFC 9112 section 6.3)."""
        if self.phase != "body":
            return
        if self._h11 is not None and not self._unframed:
            self._pump(b"", at_end=True)
        if self._unframed:
            self.phase = "complete"

    def _fail(self, problem: Problem) -> bool:
        self._problem = problem
        self.phase = "complete"
        return False

    def _take_head(self) -> bool:
        stripped = bytes(self._buffer).lstrip(b"\r\n")
        if stripped and not b"HTTP/".startswith(stripped[:5].upper()):
            return self._fail("malformed")
        found = _HEAD_END.search(stripped)
        if found is None:
            return self._fail("head-too-large") if len(self._buffer) > HEAD_LIMIT else False
        if len(stripped) != len(self._buffer):
            self._deviations.append("leading-blank-line")
        head, rest = stripped[: found.start()], stripped[found.end() :]
        if b"\r\n" not in stripped[: found.end()] or re.search(rb"(?<!\r)\n", stripped[: found.end()]):
            self._deviations.append("lf-only")
        lines = [line.removesuffix(b"\r") for line in head.split(b"\n")]
        if not self._take_status_line(lines[0]):
            return self._fail("malformed")
        status = self._line[0]
        if 100 <= status < 200:
            self._interim.append(status)
            self._deviations.append("interim-1xx")
            self._line, self._buffer = (0, "", ""), bytearray(rest)
            return bool(rest)
        self._take_fields(lines[1:])
        self._buffer.clear()
        self._begin_body(rest)
        return False

    def _take_status_line(self, line: bytes) -> bool:
        matched = _STATUS_LINE.match(line)
        if matched is None:
            return False
        major, minor, gap, status, _, reason = matched.groups()
        version = f"{major.decode()}.{minor.decode()}"
        if version == "1.0":
            self._deviations.append("http-1.0")
        if gap != b" " or not line.startswith(b"HTTP/1."):
            self._deviations.append("odd-status-line")
        if not (reason or b"").strip():
            self._deviations.append("no-reason-phrase")
        self._line = (int(status), version, (reason or b"").decode("latin-1").strip())
        return True

    def _take_fields(self, lines: list[bytes]) -> None:
        unfolded: list[bytes] = []
        for line in lines:
            if line[:1] in (b" ", b"\t") and unfolded:
                self._deviations.append("folded-header")
                unfolded[-1] += b" " + line.strip()
            else:
                unfolded.append(line)
        for line in unfolded:
            name, colon, value = line.partition(b":")
            if _FORBIDDEN.search(line):
                self._deviations.append("forbidden-byte-in-header")
            if not colon or not _FIELD_NAME.match(name):
                self._deviations.append("illegal-header-line")
            self._fields.append((name.decode("latin-1"), value.strip().decode("latin-1")))

    def _begin_body(self, rest: bytes) -> None:
        status = self._line[0]
        if self._method == "CONNECT" and 200 <= status < 300:
            self._begin_tunnel(rest)
            return
        self.phase = "body"
        self._h11 = h11.Connection(our_role=h11.CLIENT, max_incomplete_event_size=HEAD_LIMIT * 2)
        self._h11.send(h11.Request(method=self._method.encode(), target=b"/", headers=[(b"Host", b"h")]))
        self._h11.send(h11.EndOfMessage())
        self._pump(self._clean_head())
        self._feed_body(rest)

    def _begin_tunnel(self, rest: bytes) -> None:
        names = {name.lower() for name, _ in self._fields}
        if self._line[0] != 200:
            self._deviations.append("status-not-200")
        if "content-length" in names:
            self._deviations.append("content-length-on-2xx")
        if "transfer-encoding" in names:
            self._deviations.append("transfer-encoding-on-2xx")
        if rest:
            self._deviations.append("early-bytes")
        self._early = rest
        self.phase = "complete"

    def _clean_head(self) -> bytes:
        lines = [f"HTTP/{'1.0' if self._line[1] == '1.0' else '1.1'} {self._line[0]} x".encode()]
        for name, value in self._fields:
            field = _FORBIDDEN.sub(b"", value.encode("latin-1")).strip()
            if _FIELD_NAME.match(name.encode("latin-1")):
                lines.append(name.encode("latin-1") + b": " + field)
        return b"\r\n".join(lines) + b"\r\n\r\n"

    def _feed_body(self, data: bytes) -> None:
        if self._unframed:
            self._keep(data)
        elif data:
            self._pump(data)

    def _keep(self, data: bytes) -> None:
        self._body += data[: BODY_LIMIT - len(self._body)]
        if len(self._body) >= BODY_LIMIT:
            self.phase = "complete"

    def _pump(self, data: bytes, *, at_end: bool = False) -> None:
        connection = self._h11
        if connection is None:
            return
        try:
            if data or at_end:
                connection.receive_data(data)
            while self.phase == "body":
                event = connection.next_event()
                if event is h11.NEED_DATA or event is h11.PAUSED:
                    return
                if isinstance(event, h11.Data):
                    self._keep(bytes(event.data))
                elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
                    self.phase = "complete"
        except h11.RemoteProtocolError:
            self._deviations.append("bad-body-framing")
            self._unframed = True
            self._keep(data)
            if at_end:
                self.phase = "complete"


def read_reply(method: Literal["CONNECT", "GET"], received: bytes, *, closed: bool) -> Reply:
    """The answer in `received`; `closed` says that the peer closed after it."""
    reader = ReplyReader(method)
    reader.feed(received)
    if closed:
        reader.end()
    return reader.reply
