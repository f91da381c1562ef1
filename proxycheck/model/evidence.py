"""What was seen, byte for byte: the only thing diagnosis may look at.

Bytes are text of U+0000 to U+00FF, one character a byte (ISO-8859-1), so that HTTP stays readable and nothing is
lost. Secrets are removed before an `Evidence` exists (`proxycheck.net.trace`).
"""

from typing import Literal

from msgspec import Struct

from proxycheck.model.canary import CanaryEvidence
from proxycheck.model.failure import Failure, Operation
from proxycheck.model.questions import CheckId

Ended = Literal["open", "eof", "reset", "timeout", "limit", "closed"]
"""How the operation left the connection: still open; closed or reset by the peer; our deadline passed; more bytes
than we read; closed by us."""


_AS_LONG = 1.25
"""How many times as long as before a silence may last that is no longer one, by the clocks of this computer."""


class TlsEvidence(Struct, frozen=True):
    """One TLS handshake inside a tunnel, as far as it came.

    `chain` holds the certificates in the order the peer sent them (PEM, unverified: judging them is the diagnosis's
    work). `authenticated` says that the handshake completed, so the peer holds the leaf's private key (RFC 8446
    section 4.4.3, RFC 5246 section 7.4.3). `alert` is the alert or protocol error in OpenSSL's words. `profile`
    names the ClientHello that was sent.

    A handshake that was only begun, with a ClientHello written by hand, also has a `flight`: how far the server's
    answer came (`proxycheck.wire.tls.flight`). There `possession` is the reason for which `authenticated` is
    true or not (`proxycheck.wire.tls.possession`): the leaf's key signed our random, or nothing in the clear shows
    it."""

    server_name: str
    profile: str = "openssl"
    authenticated: bool = False
    version: str | None = None
    cipher: str | None = None
    alpn: str | None = None
    chain: tuple[str, ...] = ()
    alert: str | None = None
    flight: str | None = None
    possession: str | None = None


class Flow(Struct, frozen=True):
    """How the bytes came of an operation that its deadline ended: in so many pieces, the last of them `last_s` seconds
    after its beginning, and the longest that nothing came before one was `longest_s`."""

    pieces: int
    last_s: float
    longest_s: float


class Evidence(Struct, frozen=True):
    """One operation on the wire.

    `started_s` counts from the start of the run, `duration_s` is the operation's own time, both in seconds.
    `endpoint` is the `host:port` measured, or the `host:port` of a control, or `None` for the proxy itself.
    `size` is the number of bytes received when `received` was cut to stay small. `flow` is there where the deadline
    passed after bytes had come."""

    id: str
    check: CheckId
    operation: Operation
    endpoint: str | None
    started_s: float
    duration_s: float
    sent: str
    received: str
    ended: Ended
    failure: Failure | None = None
    tls: TlsEvidence | None = None
    size: int | None = None
    variant: str | None = None
    note: str | None = None
    canary: CanaryEvidence | None = None
    flow: Flow | None = None

    @property
    def came(self) -> int:
        """How many bytes were received, kept or not."""
        return len(self.received) if self.size is None else self.size

    @property
    def timed_out(self) -> bool:
        """Whether it was the deadline that ended it."""
        return self.failure is not None and self.failure.name == "timeout"

    @property
    def silent(self) -> bool:
        """Whether nothing came until the deadline."""
        return self.timed_out and not self.received

    @property
    def still_came(self) -> bool:
        """Whether bytes may still have come when the deadline passed: it had been as quiet before, and more came."""
        return self.flow is not None and self.duration_s - self.flow.last_s <= self.flow.longest_s * _AS_LONG

    @property
    def received_bytes(self) -> bytes:
        """The received text as the bytes that it stands for."""
        return self.received.encode("latin-1")

    @property
    def sent_bytes(self) -> bytes:
        """The sent text as the bytes that it stands for; secrets are replaced by `<redacted>`."""
        return self.sent.encode("latin-1")
