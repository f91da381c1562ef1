"""What an origin of the lab says once a connection stands: plain HTTP, TLS, or TeamViewer, told by the
first byte.

Every voice is a value: bytes in, bytes out, `finished` when the connection is to be closed. No sockets
here.
"""

from typing import Protocol

from OpenSSL import SSL

from proxycheck.lab.internet.certificates import Certificates
from proxycheck.wire.domains import domain_of

_TLS_HANDSHAKE = 0x16  # RFC 8446 section 5.1, ContentType handshake
_HEAD_LIMIT = 65536
_READ = 65536
_TEAMVIEWER_ANSWER = bytes.fromhex("172411") + bytes(17)
_PAGE = "<!doctype html>\n<title>{host}</title>\n<p>This is {host}.</p>\n"


class Voice(Protocol):
    """One side of a conversation, without a network."""

    @property
    def finished(self) -> bool:
        """Whether the connection is to be closed."""

    def receive(self, data: bytes) -> bytes:
        """What to answer to `data`."""


class Origin:
    """Listens to the first byte, then speaks as a server of that protocol does."""

    def __init__(self, certificates: Certificates) -> None:
        self._certificates = certificates
        self._voice: Voice | None = None

    @property
    def finished(self) -> bool:
        """Whether the connection is to be closed."""
        return self._voice is not None and self._voice.finished

    def receive(self, data: bytes) -> bytes:
        """What to answer to `data`."""
        if self._voice is None:
            self._voice = self._choose(data[0])
        return self._voice.receive(data)

    def _choose(self, first: int) -> Voice:
        if first == _TLS_HANDSHAKE:
            return TlsOrigin(self._certificates)
        if chr(first).isascii() and chr(first).isalpha():
            return HttpOrigin()
        return TeamViewerOrigin()


class TeamViewerOrigin:
    """Answers every greeting with a message that begins as TeamViewer's do (0x17 0x24)."""

    finished = False

    def receive(self, _data: bytes) -> bytes:
        """The answer, whatever the greeting."""
        return _TEAMVIEWER_ANSWER


class HttpOrigin:
    """HTTP/1.1 (RFC 9112): `/generate_204` is 204 and empty, everything else is a small page of the host."""

    def __init__(self) -> None:
        self.finished = False
        self._buffer = b""
        self._body_left = 0

    def receive(self, data: bytes) -> bytes:
        """The answers to all requests that are complete by now."""
        self._buffer += data
        answers = b""
        while not self.finished and self._skip_body() and b"\r\n\r\n" in self._buffer:
            head, self._buffer = self._buffer.split(b"\r\n\r\n", 1)
            answers += self._answer(head.decode("latin-1").split("\r\n"))
        if len(self._buffer) > _HEAD_LIMIT:
            self.finished = True
        return answers

    def _skip_body(self) -> bool:
        skipped = min(self._body_left, len(self._buffer))
        self._buffer = self._buffer[skipped:]
        self._body_left -= skipped
        return self._body_left == 0

    def _answer(self, lines: list[str]) -> bytes:
        method, _, rest = lines[0].partition(" ")
        target, _, version = rest.partition(" ")
        if not version.startswith("HTTP/1."):
            self.finished = True
            return _response("400 Bad Request", "", "this host", head_only=False, close=True)
        fields = _fields(lines[1:])
        length = fields.get("content-length", "0")
        self._body_left = int(length) if length.isdecimal() else 0
        self.finished = version == "HTTP/1.0" or fields.get("connection", "").lower() == "close"
        host = fields.get("host", "this host")
        if target.partition("?")[0] == "/generate_204":
            return _response("204 No Content", "", host, head_only=True, close=self.finished)
        return _response("200 OK", _PAGE.format(host=host), host, head_only=method == "HEAD", close=self.finished)


def _fields(lines: list[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _response(status: str, body: str, host: str, *, head_only: bool, close: bool) -> bytes:
    """An answer that bears the mark of the host's owner: unrelated owners do not run one and the same server."""
    content = body.encode()
    owner, _, _ = domain_of(host.rpartition(":")[0] or host).partition(".")
    fields = [f"Server: origin of {owner}", "Connection: close" if close else "Connection: keep-alive"]
    if not status.startswith("204"):  # RFC 9110 section 8.6: no Content-Length with 204
        fields += ["Content-Type: text/html; charset=utf-8", f"Content-Length: {len(content)}"]
    head = "\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""]).encode()
    return head if head_only else head + content


class TlsOrigin:
    """TLS 1.2 and 1.3 with the certificate of the host that SNI names, and HTTP inside."""

    def __init__(self, certificates: Certificates) -> None:
        self.finished = False
        self._inside = HttpOrigin()
        self._connection = SSL.Connection(certificates.context, None)
        self._connection.set_accept_state()

    def receive(self, data: bytes) -> bytes:
        """The TLS records to answer with; an alert is the last thing said."""
        self._connection.bio_write(data)
        try:
            self._converse()
        except SSL.WantReadError:
            pass
        except SSL.ZeroReturnError:
            self._end()
        except SSL.Error:
            self.finished = True
        return self._pending()

    def _converse(self) -> None:
        while not self.finished:
            answer = self._inside.receive(self._connection.recv(_READ))
            if answer:
                self._connection.sendall(answer)
            if self._inside.finished:
                self._end()

    def _end(self) -> None:
        self._connection.shutdown()
        self.finished = True

    def _pending(self) -> bytes:
        parts = []
        while True:
            try:
                parts.append(self._connection.bio_read(_READ))
            except SSL.WantReadError:
                return b"".join(parts)
