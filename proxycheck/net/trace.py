"""The record of a run: every operation with its bytes, its time and its end, secrets removed on the way in."""

from collections.abc import Callable
from typing import Protocol

from msgspec import structs

from proxycheck.model.canary import CanaryEvidence
from proxycheck.model.evidence import Ended, Evidence, Flow, TlsEvidence
from proxycheck.model.failure import Failure, Operation
from proxycheck.model.questions import CheckId
from proxycheck.net.budget import EvidenceBudget

KEPT = 65536
"""Bytes of one direction of one operation that are kept at most; more is counted, not kept."""
_MARGIN = 4096
"""Bytes beyond those kept that are cleaned with them: a secret that a cut has left half of is not recognised."""
_LONGEST_DETAIL = 400
"""Characters of a failure's detail: it repeats what stands in the bytes."""


_INSIDE = frozenset(("tunnel", "tls", "http"))
"""Operations in an open tunnel."""


class Cleaner(Protocol):
    """Removes secrets from bytes before they are kept."""

    def clean(self, data: bytes) -> bytes:
        """`data` without secrets."""


class Recorder:
    """One operation in progress. Feed it what is sent and received, then `finish` once."""

    def __init__(
        self, trace: "Trace", check: CheckId, operation: Operation, endpoint: str | None, variant: str | None
    ) -> None:
        self._trace = trace
        self._identity = (check, operation, endpoint, variant)
        self._started = trace.now()
        self._sent = bytearray()
        self._received = bytearray()
        self._size = 0
        self._pieces = 0
        self._last_s = self._longest_s = 0.0

    @property
    def blank(self) -> bool:
        """Whether nothing came in so far but ends of lines."""
        return not bytes(self._received).strip(b"\r\n")

    def sent(self, data: bytes) -> None:
        """Bytes that went out."""
        self._sent += data[: KEPT + _MARGIN - len(self._sent)]

    def received(self, data: bytes) -> None:
        """Bytes that came in."""
        if data:
            if self._identity[1] in _INSIDE:
                self._trace.moved()
            self._note_arrival(self._trace.now() - self._started)
        self._size += len(data)
        self._received += data[: KEPT + _MARGIN - len(self._received)]

    def _note_arrival(self, at_s: float) -> None:
        self._longest_s = max(self._longest_s, at_s - self._last_s)
        self._last_s = at_s
        self._pieces += 1

    def _flow(self, failure: Failure | None) -> Flow | None:
        """How the bytes came, where it was the deadline that ended them."""
        if failure is None or failure.name != "timeout" or not self._pieces:
            return None
        return Flow(self._pieces, round(self._last_s, 3), round(self._longest_s, 3))

    def finish(
        self,
        ended: Ended,
        failure: Failure | None = None,
        *,
        tls: TlsEvidence | None = None,
        canary: CanaryEvidence | None = None,
        note: str | None = None,
        keep: int = KEPT,
    ) -> Evidence:
        """Closes the record and adds it to the trace. `keep` shortens what is kept of the received bytes."""
        check, operation, endpoint, variant = self._identity
        budget = self._trace.budget
        received = self._trace.text(bytes(self._received), keep)
        kept = budget.text(endpoint, received)
        return self._trace.add(
            Evidence(
                id=self._trace.next_id(),
                check=check,
                operation=operation,
                endpoint=endpoint,
                started_s=round(self._started, 6),
                duration_s=round(self._trace.now() - self._started, 6),
                sent=budget.text(endpoint, self._trace.text(bytes(self._sent), KEPT)),
                received=kept,
                ended=ended,
                failure=self._trace.clean_failure(failure),
                tls=None if tls is None else structs.replace(tls, chain=budget.chain(endpoint, tls.chain)),
                size=self._size if self._size > keep or len(kept) < len(received) else None,
                variant=variant,
                note=None if note is None else self._trace.words(note),
                canary=canary,
                flow=self._flow(failure),
            )
        )


class Trace:
    """All evidence of a run, in the order in which operations finished.

    `clock` gives seconds and may start anywhere; times are counted from the trace's birth. `budget` bounds what is
    kept of all operations together; `watchers` are called with each record that is kept, `moved` when bytes come
    through a tunnel."""

    def __init__(self, clock: Callable[[], float], cleaner: Cleaner, budget: EvidenceBudget | None = None) -> None:
        self._clock = clock
        self.watchers: list[Callable[[Evidence], object]] = []
        self.moved: Callable[[], object] = lambda: None
        self.budget = EvidenceBudget() if budget is None else budget
        self._born = clock()
        self._cleaner = cleaner
        self._count = 0
        self._latest: dict[tuple[Operation, str | None, str | None], Evidence] = {}
        self.evidence: list[Evidence] = []

    def now(self) -> float:
        """Seconds since the run began."""
        return self._clock() - self._born

    def next_id(self) -> str:
        """A fresh evidence id: `e1`, `e2`, …"""
        self._count += 1
        return f"e{self._count}"

    def text(self, data: bytes, keep: int) -> str:
        """Bytes as kept: without secrets, one character a byte, and only after that cut to `keep`."""
        cleaned = self._cleaner.clean(data).decode("latin-1")
        if len(data) <= keep:
            return cleaned
        whole = len(cleaned) - (_MARGIN if len(data) == KEPT + _MARGIN else 0)
        return cleaned[: max(0, min(keep, whole))]

    def clean_failure(self, failure: Failure | None) -> Failure | None:
        """The same failure, its detail without secrets."""
        if failure is None:
            return None
        return Failure(failure.name, failure.operation, self.words(failure.detail)[:_LONGEST_DETAIL])

    def words(self, text: str) -> str:
        """Words without secrets: those of the system are text, those of the peer one character a byte."""
        for encoding in ("latin-1", "utf-8"):
            try:
                data = text.encode(encoding)
            except UnicodeEncodeError:
                continue
            text = self._cleaner.clean(data).decode(encoding, "replace")
        return text

    def add(self, evidence: Evidence) -> Evidence:
        """Keeps a finished record."""
        self.evidence.append(evidence)
        self._latest[evidence.operation, evidence.endpoint, evidence.variant] = evidence
        for watch in self.watchers:
            watch(evidence)
        return evidence

    def set_aside(self, since: int, check: CheckId, endpoint: str, variant: str, *, until: int | None = None) -> None:
        """Gives the records of one endpoint under `check` that have no variant this one, from the number `since` on and
        before `until`: what they say is kept, and is no answer to the question any more."""
        for number, record in enumerate(self.evidence[since:until], start=since):
            if (record.check, record.endpoint, record.variant) == (check, endpoint, None):
                self.evidence[number] = structs.replace(record, variant=variant)
                if self.latest(record.operation, endpoint) is record:
                    self._latest.pop((record.operation, endpoint, None))

    def latest(self, operation: Operation, endpoint: str | None, variant: str | None = None) -> Evidence | None:
        """The record of one operation on one endpoint that finished last."""
        return self._latest.get((operation, endpoint, variant))

    def begin(
        self, check: CheckId, operation: Operation, endpoint: str | None, *, variant: str | None = None
    ) -> Recorder:
        """Starts the record of one operation."""
        return Recorder(self, check, operation, endpoint, variant)
