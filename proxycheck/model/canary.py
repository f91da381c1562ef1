"""What a canary proves: an origin of one's own, to which the same bytes are known on both sides.

A canary signs every answer (Ed25519, RFC 8032); its public key is part of its address, so nobody on the way can
speak for it, only keep it silent.
"""

from typing import Literal

from msgspec import Struct

Probe = Literal["tls", "http", "cache", "raw", "concurrency", "throughput", "idle"]
Way = Literal["proxy", "direct"]
Subject = Literal[
    "client_hello",
    "exporter",
    "certificate",
    "request_head",
    "request_body",
    "response_head",
    "response_body",
    "opening",
    "upload",
    "download",
]
DifferenceKind = Literal["truncated", "removed", "injected", "changed"]
"""`truncated`: the end is missing. `removed`: bytes are missing in the middle. `injected`: bytes were added."""
CanaryAnswer = Literal["signed", "unsigned", "busy", "none"]
"""Who answered: the canary, with its signature; a peer without its key; the canary, saying that its limits are reached;
no peer at all."""


class CanaryAddress(Struct, frozen=True):
    """Where a canary listens and the key (32 bytes, base64url without padding) that signs what it says.

    `port` is for tunnels and TLS, `plain_port` for plain HTTP; they may be the same."""

    host: str
    port: int
    plain_port: int
    key: str


class Difference(Struct, frozen=True):
    """Where bytes first differ from what was sent, and how; a few bytes of both sides as ISO-8859-1 text."""

    kind: DifferenceKind
    offset: int
    expected: str
    arrived: str


class Arrival(Struct, frozen=True):
    """A stream of bytes as it arrived: how many, their SHA-256, and the first difference from what was sent."""

    size: int
    sha256: str
    difference: Difference | None = None


class StreamComparison(Struct, frozen=True):
    """One thing that both sides saw: what was sent (its size and SHA-256) and how it arrived."""

    subject: Subject
    size: int
    sha256: str
    arrived: Arrival

    @property
    def equal(self) -> bool:
        """Whether it arrived as it was sent."""
        return self.arrived.difference is None and self.arrived.sha256 == self.sha256


class FieldChange(Struct, frozen=True):
    """A field of a forwarded request or answer that a proxy must not touch (RFC 9110 section 7.6), or one it added.

    Only its name: values may be anybody's business."""

    where: Literal["request", "response"]
    name: str
    kind: Literal["removed", "changed", "added"]


class CanaryEvidence(Struct, frozen=True, kw_only=True):
    """The outcome of one probe. Only what the probe measures is filled in.

    `answered` counts the tunnels that the canary answered out of `wanted` at once. `held_s` is for how long a quiet
    tunnel lived, out of `asked_s`. `size` bytes were moved each way; rates are kbit/s of 1000 bit. `serials` are the
    numbers of answers that should all differ. `certificate_sha256` is the canary's own, by its word. `tls` says that
    TLS was spoken inside the tunnel."""

    probe: Probe
    case: str
    way: Way
    answer: CanaryAnswer
    tls: bool = False
    comparisons: tuple[StreamComparison, ...] = ()
    fields: tuple[FieldChange, ...] = ()
    serials: tuple[str, ...] = ()
    certificate_sha256: str | None = None
    wanted: int | None = None
    answered: int | None = None
    asked_s: float | None = None
    held_s: float | None = None
    size: int | None = None
    up_kbit_s: float | None = None
    down_kbit_s: float | None = None

    @property
    def sound(self) -> bool:
        """Whether the canary itself answered, and all that was sent either way arrived. Says nothing of rates, of
        stored answers, or of fields that a forwarding proxy changed."""
        whole = self.answered == self.wanted and (self.asked_s is None or self.held_s == self.asked_s)
        return self.answer == "signed" and whole and all(comparison.equal for comparison in self.comparisons)
