"""What comes back for a ClientHello, up to where a server of TLS 1.2 and older waits for us (RFC 5246 section
7.3).

Everything until ServerHelloDone is clear text, so a raw probe sees the server's answer exactly as a device
would. A server that chooses TLS 1.3 encrypts after its ServerHello (RFC 8446 section 2): that is where
reading ends.
"""

from typing import Literal

from proxycheck.wire.tls.alerts import Alert
from proxycheck.wire.tls.records import (
    ALERT,
    CONTENT_TYPES,
    HANDSHAKE,
    MAJOR_VERSION,
    Record,
    RecordReader,
    TlsFormatError,
)
from proxycheck.wire.tls.server_messages import (
    TLS_13,
    ServerHello,
    certificate_list,
    ocsp_response,
    server_hello,
)

FlightKind = Literal[
    "incomplete",  # more bytes are needed
    "complete",  # TLS 1.2 or older, up to ServerHelloDone
    "tls-1.3",  # ServerHello of TLS 1.3; what follows is encrypted
    "hello-retry",  # TLS 1.3 asks for another key share
    "alert",  # a TLS alert ended it
    "http",  # an HTTP reply or a page instead of TLS
    "not-tls",  # other bytes instead of TLS
    "malformed",  # began as TLS and broke its rules
]

MOST_BYTES = 256 * 1024
_LONGEST_MESSAGE = 128 * 1024
_HEADER_LENGTH = 4
_ALERT_LENGTH = 2
_HEAD_KEPT = 16 * 1024

_SERVER_HELLO = 2
_CERTIFICATE = 11
_KEY_EXCHANGE = 12
_CERTIFICATE_REQUEST = 13
_HELLO_DONE = 14
_STATUS = 22


class ServerFlight:
    """Reads a server's answer from a byte stream, however it is cut. Nothing in the bytes makes it raise.

    `kind` says how far it came, `problem` what was wrong with bytes that are `malformed`. `head` are the
    first 16 KiB as received; what arrives after the end of the flight is counted in `received` and otherwise
    ignored."""

    def __init__(self) -> None:
        self.kind: FlightKind = "incomplete"
        self.hello: ServerHello | None = None
        self.certificates: tuple[bytes, ...] = ()
        self.ocsp_response: bytes | None = None
        self.key_exchange: bytes | None = None
        self.alert: Alert | None = None
        self.problem: str | None = None
        self.head = b""
        self.received = 0
        self._records = RecordReader()
        self._messages = bytearray()

    @property
    def finished(self) -> bool:
        """Whether more bytes would tell no more."""
        return self.kind != "incomplete"

    def feed(self, data: bytes) -> None:
        """Takes the next bytes from the server."""
        self.received += len(data)
        if len(self.head) < _HEAD_KEPT:
            self.head += data[: _HEAD_KEPT - len(self.head)]
        if self.kind == "not-tls" or not _like_tls(self.head):
            self.kind = "http" if _like_http(self.head) else "not-tls"
        elif not self.finished:
            self._take(data)

    def _take(self, data: bytes) -> None:
        try:
            for record in self._records.feed(data):
                self._take_record(record)
                if self.finished:
                    return
            self._limit()
        except TlsFormatError as error:
            self.kind, self.problem = "malformed", str(error)

    def _limit(self) -> None:
        if self.received > MOST_BYTES:
            raise TlsFormatError(f"more than {MOST_BYTES} bytes, and the server is not done")

    def _take_record(self, record: Record) -> None:
        if record.content_type == ALERT:
            self._take_alert(record.fragment)
        elif record.content_type == HANDSHAKE:
            if not record.fragment:
                raise TlsFormatError("an empty handshake record")
            self._messages += record.fragment
            while not self.finished and (message := self._next_message()):
                self._take_message(*message)
        else:
            raise TlsFormatError(f"a record of type {record.content_type} before the server was done")

    def _take_alert(self, fragment: bytes) -> None:
        if len(fragment) != _ALERT_LENGTH:
            raise TlsFormatError(f"an alert of {len(fragment)} bytes instead of {_ALERT_LENGTH}")
        self.alert = Alert(fragment[0], fragment[1])
        if not self.alert.warning:
            self.kind = "alert"

    def _next_message(self) -> tuple[int, bytes] | None:
        if len(self._messages) < _HEADER_LENGTH:
            return None
        end = _HEADER_LENGTH + int.from_bytes(self._messages[1:_HEADER_LENGTH], "big")
        if end > _LONGEST_MESSAGE:
            raise TlsFormatError(f"a handshake message of {end} bytes")
        if len(self._messages) < end:
            return None
        message = self._messages[0], bytes(self._messages[_HEADER_LENGTH:end])
        del self._messages[:end]
        return message

    def _take_message(self, number: int, body: bytes) -> None:
        if number == _SERVER_HELLO and self.hello is None:
            self._take_hello(body)
        elif self.hello is None:
            raise TlsFormatError(f"handshake message {number} before ServerHello")
        elif number == _CERTIFICATE and not self.certificates:
            self.certificates = certificate_list(body)
        elif number == _STATUS and self.ocsp_response is None:
            self.ocsp_response = ocsp_response(body)
        elif number == _KEY_EXCHANGE and self.key_exchange is None:
            self.key_exchange = body
        elif number == _HELLO_DONE:
            self.kind = "complete"
        elif number != _CERTIFICATE_REQUEST:
            raise TlsFormatError(f"handshake message {number} where none is due")

    def _take_hello(self, body: bytes) -> None:
        self.hello = server_hello(body)
        if self.hello.version >= TLS_13:
            self.kind = "hello-retry" if self.hello.retry else "tls-1.3"


def _like_tls(head: bytes) -> bool:
    return not head or (head[0] in CONTENT_TYPES and head[1:2] in {b"", MAJOR_VERSION})


def _like_http(head: bytes) -> bool:
    """An HTTP reply (RFC 9112 section 4), or a page without its head."""
    return head.lstrip().upper().startswith((b"HTTP/", b"<HTML", b"<!DOCTYPE"))
