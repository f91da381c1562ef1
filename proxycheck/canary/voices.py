"""HTTP and raw streams as the canary speaks them. Content never exceeds what the client has sent itself."""

from collections import deque
from collections.abc import Iterator

import h11

from proxycheck.canary import raw
from proxycheck.canary.content import Comparer, Content
from proxycheck.canary.http import (
    HEAD_END,
    HEAD_LIMIT,
    SMALLEST,
    HttpRequest,
    answer_head,
    blanked,
    head_digest,
    read_target,
)
from proxycheck.canary.identity import CHUNK, Canary
from proxycheck.canary.statement import OPENING_SHOWN, Statement, TlsSeen
from proxycheck.canary.tls import TlsSession, exporter_digest

_HEAD_SHOWN = 4096
_NOTHING = Content("bytes", "", 0)


class HttpVoice:
    """HTTP/1.1 (RFC 9112), one request after the other."""

    def __init__(self, canary: Canary, tls: TlsSession | None) -> None:
        self._canary = canary
        self._tls = tls
        self._out: deque[Iterator[bytes]] = deque()
        self._ending = False
        self._begin()

    @property
    def finished(self) -> bool:
        """Whether the connection is to be closed."""
        return self._ending and not self._out

    def _begin(self) -> None:
        self._h11 = h11.Connection(our_role=h11.SERVER, max_incomplete_event_size=HEAD_LIMIT)
        self._held = self._head = b""
        self._request: HttpRequest | None = None
        self._body = Comparer(_NOTHING)

    def receive(self, data: bytes) -> None:
        """Takes requests."""
        while data and not self._ending:
            data = self._take(data)

    def _take(self, data: bytes) -> bytes:
        if not self._head:
            self._held += data
            found = HEAD_END.search(self._held)
            if found is None:
                return self._refuse() if len(self._held) > HEAD_LIMIT else b""
            self._head, data = self._held[: found.end()], self._held
        try:
            self._h11.receive_data(data)
            return self._events()
        except h11.RemoteProtocolError:
            return self._refuse()

    def _events(self) -> bytes:
        """Takes what h11 has; returns what belongs to the next request."""
        while True:
            event = self._h11.next_event()
            if isinstance(event, h11.Request):
                self._open(event)
            elif isinstance(event, h11.Data):
                self._body.feed(bytes(event.data))
                if self._body.size > (self._request.size if self._request else 0) + CHUNK:
                    return self._refuse()
            elif isinstance(event, h11.EndOfMessage):
                self._answer()
                left = self._h11.trailing_data[0]
                self._begin()
                return left
            else:
                return b""

    def _open(self, event: h11.Request) -> None:
        fields = [(bytes(name), bytes(value).lower()) for name, value in event.headers]
        framed = any(name in (b"content-length", b"transfer-encoding") for name, _ in fields)
        self._request = read_target(event.target.decode("latin-1"), body=framed and event.method == b"POST")
        if self._request is not None:
            self._body = Comparer(self._request.up)
        self._last = event.http_version < b"1.1" or (b"connection", b"close") in fields

    def _answer(self) -> None:
        request = self._request
        content = Content("xml", "", SMALLEST) if request is None else request.down(self._body.size)
        said = Statement(
            about="http",
            nonce=request.nonce if request else "",
            head=blanked(self._head)[:_HEAD_SHOWN],
            head_sha256=head_digest(self._head),
            body=self._body.arrival(),
            tls=_seen(self._tls),
        )
        self._out.append(_pieces(request, content, self._canary.say(said)))
        self._ending = self._last

    def _refuse(self) -> bytes:
        """What is no request of ours is told as it came."""
        said = self._canary.say(Statement(about="opening", head=blanked(self._held[:OPENING_SHOWN])))
        head = f"HTTP/1.1 400 Bad Request\r\nContent-Length: {len(said)}\r\nConnection: close\r\n\r\n"
        self._out.append(iter([head.encode("ascii") + said]))
        self._ending = True
        return b""

    def pending(self) -> bytes:
        """The next piece of the answers."""
        while self._out:
            piece = next(self._out[0], b"")
            if piece:
                return piece
            self._out.popleft()
        return b""

    def quiet(self) -> None:
        """An unfinished request is dropped; between requests, silence is what idle tunnels are tested with."""
        self._ending = self._ending or bool(self._held)


def _pieces(request: HttpRequest | None, content: Content, sealed: bytes) -> Iterator[bytes]:
    yield answer_head(request, content.size + len(sealed))
    yield from content.pieces()
    yield sealed


def _seen(tls: TlsSession | None) -> TlsSeen | None:
    if tls is None:
        return None
    hello = tls.hello or b""
    return TlsSeen(len(hello), head_digest(hello), exporter_digest(tls.exporter()), tls.version)


class RawVoice:
    """One raw stream (`proxycheck.canary.raw`)."""

    def __init__(self, canary: Canary, opening: str) -> None:
        self.finished = False
        self._canary = canary
        self._opening = opening
        self._head = b""
        self._head_size = len(raw.OPENINGS[opening]) + len(raw.MAGIC) + raw.HEADER_SIZE
        self._request: raw.RawRequest | None = None
        self._arrived = Comparer(_NOTHING)
        self._sent = 0
        self._out = b""

    def receive(self, data: bytes) -> None:
        """Takes the header and the content."""
        if self._request is None:
            missing = self._head_size - len(self._head)
            self._head, data = self._head + data[:missing], data[missing:]
            if len(self._head) == self._head_size:
                self._open()
        if data and self._request is not None:
            self._arrived.feed(data)

    def _open(self) -> None:
        self._request = raw.read_header(self._opening, self._head[-raw.HEADER_SIZE :])
        if self._request is None:
            self._end("opening")
        else:
            self._arrived = Comparer(self._request.up)

    def pending(self) -> bytes:
        """What may be sent by now: no more content than has come."""
        out, self._out = self._out, b""
        request = self._request
        if out or request is None or self.finished:
            return out
        allowed = min(self._arrived.size + raw.AHEAD, self._sent + (1 if request.single else CHUNK))
        piece = request.down.slice(self._sent, allowed)
        self._sent += len(piece)
        if not piece and self._sent == request.down.size and self._arrived.size >= request.size:
            self._end("raw")
            return self.pending()
        return piece

    def quiet(self) -> None:
        """The stream stalls: the client is told how far it came."""
        if not self.finished:
            self._end("raw" if self._request else "opening")

    def _end(self, about: str) -> None:
        self.finished = True
        said = Statement(
            about="raw" if about == "raw" else "opening",
            nonce=self._request.nonce if self._request else "",
            head=self._head.decode("latin-1"),
            head_sha256=head_digest(self._head),
            body=self._arrived.arrival(),
        )
        self._out += self._canary.say(said)
