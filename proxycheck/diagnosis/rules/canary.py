"""What a canary proves: whether bytes arrive as they were sent, in time, and for how long.

A canary speaks for the way to itself and for nothing else: that its TLS is opened is told, and no host of the device
is accused of it. Whatever fails in the same way without the proxy is not the proxy's doing.
"""

from collections.abc import Callable, Iterator, Sequence

from msgspec import structs

from proxycheck.diagnosis.canary import Seen, seen
from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case
from proxycheck.diagnosis.rules.canary_content import altered, cached, http_altered
from proxycheck.diagnosis.rules.canary_load import concurrency, idle, slow
from proxycheck.model.cause import Confidence
from proxycheck.model.text import counted

_ONLY_HERE = "This was seen on the canary alone; each host of the device is judged by the certificate it shows itself."


def canary(case: Case, found: Sequence[Finding]) -> Iterator[Finding]:
    """Every finding of a canary that answered; `found` are those of the device's own hosts."""
    asked = seen(case)
    if asked is None or not (asked.answers("proxy") or asked.answers("direct")):
        return
    for rule in _RULES:
        for finding in rule(case, asked):
            if asked.crowded and finding.confidence != "conclusive":
                continue
            yield from _beside(finding, found)


def _beside(finding: Finding, found: Sequence[Finding]) -> Iterator[Finding]:
    """What is known of the device's hosts already is not told a second time; the proof is added to it."""
    known = next((f for f in found if f.code == finding.code), None)
    if known is None or finding.code not in ("tls.inspected", "tls.hello-rejected", "tunnel.tls-only"):
        yield finding
    else:
        yield structs.replace(known, observations=(), because=finding.because)


def _inspected(case: Case, asked: Seen) -> Iterator[Finding]:
    """TLS ends before the canary: two sessions, two exporters; or another certificate than its own."""
    handshakes = [t for t in asked.tried("tls") if t.record.tls is not None and t.record.tls.authenticated]
    exported = [t for t in handshakes if any(c.subject == "exporter" and not c.equal for c in t.canary.comparisons)]
    own = asked.certificate_sha256
    foreign = [t for t in handshakes if t.canary.answer != "signed" and own and t.leaf_sha256 not in (None, own)]
    opened = exported or foreign
    if not opened:
        return
    count = f"{len(opened)} of {counted(len(handshakes), 'handshake')}"
    if exported:
        because = [f"TLS to the canary has another exporter at the far end than here ({count}): there are two sessions"]
    else:
        because = [f"the certificate shown is not the canary's own, as the canary itself says, signed ({count})"]
    if any(not t.differences and t.canary.answer == "signed" for t in asked.tried("raw")):
        because.append("bytes that are not TLS reach the canary unchanged: it is TLS that is opened")
    both_ways = all(t.excused for t in opened)
    yield Finding("tls.inspected", (), "conclusive", tuple(because), "info", detail=_ONLY_HERE, without_proxy=both_ways)


def _hello_rejected(case: Case, asked: Seen) -> Iterator[Finding]:
    """The greeting that is most like the device's is dropped, and another passes."""
    passed, dropped = asked.greetings
    lost = [t for t in dropped if t.canary.case == "tls12" and not t.excused]
    if passed and lost:
        because = f"to the canary a small TLS 1.2 greeting does not pass; these do: {', '.join(passed)}"
        confidence: Confidence = "conclusive" if lost[0].confirmed else "strong"
        yield Finding("tls.hello-rejected", (), confidence, (because,), "degraded")


_RULES: tuple[Callable[[Case, Seen], Iterator[Finding]], ...] = (
    _inspected,
    _hello_rejected,
    altered,
    http_altered,
    cached,
    idle,
    concurrency,
    slow,
)
