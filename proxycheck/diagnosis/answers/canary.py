"""What the report says of the canary in words: what was proved, what was not tested, and what that leaves open."""

from collections.abc import Iterator, Mapping, Sequence

from proxycheck.diagnosis.answers.asked import Asked, reply, worst
from proxycheck.diagnosis.canary import Seen, Tried, seen
from proxycheck.diagnosis.observation import Case
from proxycheck.diagnosis.rules.canary import canary as canary_findings
from proxycheck.diagnosis.rules.canary_content import STREAMS
from proxycheck.diagnosis.rules.canary_load import rates
from proxycheck.model.report import CheckReport, EndpointVerdict
from proxycheck.model.text import counted, printable
from proxycheck.wire.http.reply import reply_in

_NOT_ASKED = (
    "no canary was named (--canary); so bytes that are not TLS, XML over plain HTTP, stored answers, throughput, quiet "
    "tunnels and many at once were not tested. {proof}"
)
_PROOF = (
    "A completed handshake that is authenticated by the host's own certificate proves by itself that the bytes of that "
    "connection pass unchanged: both ends sign or verify all of the handshake (RFC 8446 section 4.4), and each later "
    "record is authenticated"
)


def canary(asked: Asked) -> CheckReport:
    """What was proved with the canary, through the tested path and beside it."""
    found = seen(asked.case)
    if found is None and asked.request.canary:
        return reply("canary", "skipped", "the run ended before the canary was asked")
    if found is None:
        passthrough = sum(e.tls is not None and e.tls.verdict == "passthrough" for e in asked.endpoints)
        proved = f"{_PROOF}: true of {counted(passthrough, 'endpoint')} here" if passthrough else _PROOF
        return reply("canary", "skipped", _NOT_ASKED.format(proof=proved))
    findings = tuple(canary_findings(asked.case, ()))
    closed = _closed(asked.case)
    codes = [finding.code for finding in findings]
    if not found.answers(found.way):
        return reply("canary", "inconclusive", _unanswered(asked.case, found), codes)
    told = [finding.because[0] for finding in findings]
    words = [
        *told,
        *(line for line in _proved(found) if not any(line in said for said in told)),
        *_untested(found, closed),
    ]
    otherwise: EndpointVerdict = "inconclusive" if closed and not _in_tunnels(found) else "pass"
    verdict = worst((finding.severity for finding in findings), otherwise, degraded="warn")
    return reply("canary", verdict, "; ".join(words), codes)


def _unanswered(case: Case, asked: Seen) -> str:
    through = "through the proxy " if asked.way == "proxy" else ""
    words = [f"the canary did not answer {through}with its signature: {_how(case)}"]
    if asked.way == "proxy" and asked.answers("direct"):
        words.append("without the proxy it does")
    elif asked.way == "proxy":
        tried = any(e.check == "canary" and "direct" in (e.variant or "") for e in case.evidence)
        words.append("nor was it reached without the proxy" if tried else "without the proxy it was not asked")
    if not asked.answers("direct"):
        words.append("is it running, and is the key in its address right?")
    return "; ".join(words)


def _how(case: Case) -> str:
    """The last thing that happened on the way to the canary."""
    for record in reversed(case.evidence):
        if record.check != "canary" or record.failure is None or record.variant is None:
            continue
        if record.operation in ("connect", "auth"):
            answered = reply_in(record)
            said = f"CONNECT is answered {answered.status} {answered.reason}"
            return printable(said if answered.status else record.failure.name, 100)
        if record.operation in ("host_tcp", "host_dns", "proxy_tcp") and "direct" not in record.variant:
            return f"{record.failure.name} ({printable(record.failure.detail, 80)})"
    return "nothing signed came back"


def _proved(asked: Seen) -> Iterator[str]:
    tls = [t for t in asked.tried("tls") if t.canary.sound]
    if tls:
        greetings = _of(tls, asked.tried("tls"))
        yield f"TLS reaches the canary unopened: the same exporter at both ends ({greetings} greetings)"
    raw = [t for t in asked.tried("raw") if t.canary.sound]
    if raw:
        yield f"raw bytes arrive unchanged ({_of(raw, asked.tried('raw'))} streams)"
        yield from (f"nothing comes through a tunnel {STREAMS[t.canary.case]}" for t in asked.tried("raw") if t.cut)
    ways = {t.canary.case for t in asked.tried("http") if t.canary.sound and not _touched(t)}
    if ways:
        names = {"tunnel": "inside CONNECT" if asked.way == "proxy" else "straight", "forward": "in absolute form"}
        told = ", ".join(words for way, words in names.items() if way in ways)
        yield f"XML over plain HTTP arrives unchanged ({told})"
    for tried in asked.tried("concurrency"):
        if tried.canary.sound:
            yield f"{tried.canary.answered} of {counted(tried.canary.wanted or 0, 'tunnel')} at once"
    for tried in asked.tried("throughput"):
        if tried.canary.up_kbit_s is not None:
            yield rates(tried.canary)
    for tried in asked.tried("idle"):
        if tried.canary.sound:
            yield f"a quiet tunnel lived for {tried.canary.held_s:g} s"


def _touched(tried: Tried) -> bool:
    return any(change.kind != "added" for change in tried.canary.fields)


def _of(some: Sequence[Tried], every: Sequence[Tried]) -> str:
    return f"{len(some)} of {len(every)}"


def _closed(case: Case) -> dict[str, str]:
    """Ports of the canary to which no tunnel opened, each with the last answer to CONNECT."""
    asked = [e for e in case.evidence if e.check == "canary" and e.operation in ("connect", "auth") and e.endpoint]
    opened = {e.endpoint for e in asked if e.failure is None}
    answers: dict[str, str] = {}
    for record in asked:
        if record.failure is not None and record.endpoint is not None and record.endpoint not in opened:
            reply_to_it = reply_in(record)
            said = f"{reply_to_it.status} {reply_to_it.reason}".strip()
            answers[record.endpoint] = printable(said if reply_to_it.status else record.failure.name, 80)
    return answers


def _in_tunnels(asked: Seen) -> bool:
    """Whether the canary answered in a tunnel at all."""
    tried = (*asked.tried("tls"), *asked.tried("raw"), *asked.tried("http", "tunnel"))
    return any(each.canary.answer == "signed" for each in tried)


def _untested(asked: Seen, closed: Mapping[str, str]) -> Iterator[str]:
    for answer in dict.fromkeys(closed.values()):
        targets = " and ".join(target for target, its in closed.items() if its == answer)
        yield f"CONNECT to the canary at {targets} is answered {answer}: allow it to test what passes in a tunnel there"
    dropped = ", ".join(tried.canary.case for tried in asked.greetings[1])
    if dropped:
        yield f"TLS greetings that do not pass: {dropped}"
    if closed and not _in_tunnels(asked):
        yield "without a tunnel, quiet ones (--idle), many at once and throughput could not be tested"
    elif not asked.tried("idle"):
        yield "quiet tunnels were not tested (--idle)"
    busy = [record for record in asked.records if record.canary is not None and record.canary.answer == "busy"]
    if busy:
        yield f"the canary had no room for {counted(len(busy), 'probe')}"
