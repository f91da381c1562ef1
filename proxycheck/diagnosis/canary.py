"""What was seen with a canary, sorted: by probe, through the proxy and beside it."""

import hashlib
from functools import cached_property

from msgspec import Struct

from proxycheck.diagnosis.observation import Case
from proxycheck.model.canary import CanaryEvidence, Probe, StreamComparison, Way
from proxycheck.model.evidence import Evidence
from proxycheck.model.text import printable
from proxycheck.model.trust import certificates_in

NO_TUNNEL = "refused-by-peer"


class Tried(Struct, frozen=True):
    """One probe: its record, what it found, and the same probe without the proxy where that was made."""

    record: Evidence
    canary: CanaryEvidence
    control: CanaryEvidence | None

    @property
    def opened(self) -> bool:
        """Whether there was a tunnel, and room at the canary: else nothing can be said."""
        refused = self.record.failure is not None and self.record.failure.name == NO_TUNNEL
        return self.canary.answer != "busy" and not refused

    @property
    def excused(self) -> bool:
        """Whether the same fails without the proxy."""
        return self.control is not None and not self.control.sound

    @property
    def confirmed(self) -> bool:
        """Whether the same succeeds without the proxy."""
        return self.control is not None and self.control.sound

    @property
    def differences(self) -> list[StreamComparison]:
        """What arrived otherwise than it was sent. What our own deadline cut short did not."""
        late = self.record.timed_out
        return [c for c in self.canary.comparisons if not c.equal and not (late and _truncated(c))]

    @property
    def cut(self) -> bool:
        """Whether the tunnel opened and nothing of the canary came through it."""
        return self.opened and self.canary.answer != "signed" and not self.differences

    @property
    def leaf_sha256(self) -> str | None:
        """The digest of the certificate that was shown, None without one."""
        chain = self.record.tls.chain if self.record.tls is not None else ()
        try:
            return hashlib.sha256(certificates_in("".join(chain).encode("ascii"))[0]).hexdigest()
        except (IndexError, ValueError):
            return None


def _truncated(comparison: StreamComparison) -> bool:
    difference = comparison.arrived.difference
    return difference is not None and difference.kind == "truncated"


class Seen(Struct, frozen=True, dict=True):
    """Everything that a run asked of its canary."""

    way: Way
    records: tuple[Evidence, ...]

    def tried(self, probe: Probe, case: str | None = None) -> list[Tried]:
        """The probes of one kind, on the way of the run."""
        found = [(r, r.canary) for r in self.records if r.canary is not None and r.canary.probe == probe]
        return [
            Tried(record, canary, self._control(canary))
            for record, canary in found
            if canary.way == self.way and case in (None, canary.case)
        ]

    def _control(self, canary: CanaryEvidence) -> CanaryEvidence | None:
        if self.way == "direct":
            return None
        made = (r.canary for r in self.records if r.canary is not None and r.canary.way == "direct")
        return next((c for c in made if (c.probe, c.case) == (canary.probe, canary.case)), None)

    def answers(self, way: Way) -> list[CanaryEvidence]:
        """What the canary itself answered to, on one way."""
        found = (r.canary for r in self.records if r.canary is not None)
        return [canary for canary in found if canary.way == way and canary.answer == "signed"]

    @property
    def greetings(self) -> tuple[list[str], list[Tried]]:
        """The ClientHellos that were answered by a whole handshake, and those that were not, where others were."""
        tried = [t for t in self.tried("tls") if t.opened]
        passed = [t for t in tried if t.record.tls is not None and t.record.tls.authenticated]
        return [t.canary.case for t in passed], [t for t in tried if t not in passed] if passed else []

    @property
    def crowded(self) -> bool:
        """Whether the canary once had no room: then what is missing may be its own doing."""
        return any(r.canary is not None and r.canary.answer == "busy" for r in self.records)

    @cached_property
    def certificate_sha256(self) -> str | None:
        """The canary's own certificate, by its signed word on any way."""
        signed = (c.certificate_sha256 for c in (*self.answers("proxy"), *self.answers("direct")))
        return next((digest for digest in signed if digest), None)


def seen(case: Case) -> Seen | None:
    """What the canary was asked; None when none was."""
    records = tuple(record for record in case.evidence if record.canary is not None)
    return Seen("direct" if case.proxy is None else "proxy", records) if records else None


_SUBJECTS = {
    "request_head": "the head of a request",
    "request_body": "the XML of a request",
    "response_head": "the head of an answer",
    "response_body": "the content of an answer",
    "opening": "the first bytes of a stream",
    "upload": "bytes to the canary",
    "download": "bytes from the canary",
    "client_hello": "the ClientHello",
    "exporter": "the TLS exporter",
}


def describe(comparison: StreamComparison) -> str:
    """A difference in words: what, where, how."""
    what = _SUBJECTS.get(comparison.subject, comparison.subject)
    difference = comparison.arrived.difference
    sizes = f"{comparison.size} bytes sent, {comparison.arrived.size} arrived"
    if difference is None:
        return f"{what}: {sizes}, with another digest"
    if difference.kind == "truncated":
        return f"{what}: cut off at byte {difference.offset} ({sizes})"
    expected, arrived = printable(difference.expected, 24), printable(difference.arrived, 24)
    return f"{what}: {difference.kind} at byte {difference.offset}: '{arrived}' where '{expected}' was sent ({sizes})"
