"""Clocks: what do time servers and web servers say, and who of them all is alone?

Measured is this computer's clock; the device has its own, and sets it by the network's time servers. Witnesses are the
time servers' answers and the `Date` of plain HTTP answers that no cache kept (RFC 9110 section 6.6.1; a stored answer
carries an `Age`, RFC 9111 section 5.1).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case
from proxycheck.model.cause import Confidence
from proxycheck.model.evidence import Evidence
from proxycheck.wire.http.date import read_date
from proxycheck.wire.http.reply import reply_in
from proxycheck.wire.sntp import read_time

TOLERANCE_S = 300.0
"""Clocks this far apart still agree: certificates are dated by the hour, and hosts are not kept to the second."""
_NONCE = slice(40, 48)
_KEPT = ("Age", "Warning")


class Witness(Struct, frozen=True):
    """Somebody's clock: how many seconds it is ahead of this computer's."""

    who: str
    ahead_s: float


def clock(case: Case, at: datetime) -> Iterator[Finding]:
    """A time server that is alone against all others, or this computer that is."""
    servers, pages = list(_time_servers(case, at)), list(_pages(case, at))
    wrong = [witness for witness in servers if abs(witness.ahead_s) > TOLERANCE_S]
    if not pages:
        if wrong and len(wrong) == len(servers):
            yield _own(wrong, "strong" if len(wrong) > 1 else "weak")
        return
    middle = sorted(page.ahead_s for page in pages)[len(pages) // 2]
    if abs(middle) > TOLERANCE_S:
        agreeing = [w for w in (*servers, *pages) if abs(w.ahead_s - middle) <= TOLERANCE_S]
        if len(agreeing) > 1:
            yield _own(agreeing, "strong")
    elif wrong:
        because = tuple(f"{w.who} tells a time {_words(w.ahead_s)} this computer and the web servers" for w in wrong)
        detail = "The device sets its clock by time servers: one that is wrong makes valid certificates look invalid."
        yield Finding("network.clock-wrong", (), "strong", because, "degraded", detail=detail)


def _own(witnesses: list[Witness], confidence: Confidence) -> Finding:
    because = tuple(f"{w.who} is {_words(w.ahead_s)} this computer's clock" for w in witnesses[:3])
    detail = "It is this computer's clock; the device has its own. Dates of certificates were judged by this one."
    return Finding("network.clock-wrong", (), confidence, because, "info", detail=detail)


def _words(ahead_s: float) -> str:
    amount = timedelta(seconds=round(abs(ahead_s)))
    return f"{amount} {'ahead of' if ahead_s > 0 else 'behind'}"


def _moment(record: Evidence, at: datetime) -> datetime:
    return at + timedelta(seconds=record.started_s + record.duration_s)


def _time_servers(case: Case, at: datetime) -> Iterator[Witness]:
    for record in case.of("network", "network_time"):
        answer = read_time(record.received_bytes, record.sent_bytes[_NONCE])
        if answer is not None and answer.time is not None:
            ahead = answer.time - _moment(record, at)
            yield Witness(f"the time server {(record.endpoint or '').rpartition(':')[0]}", ahead.total_seconds())


def _pages(case: Case, at: datetime) -> Iterator[Witness]:
    for record in case.evidence:
        if record.operation not in ("http", "http_forward", "network_http") or record.failure is not None:
            continue
        reply = reply_in(record)
        told = reply.value("Date")
        if told is None or any(reply.value(name) is not None for name in _KEPT):
            continue
        date = read_date(told)
        if date is None:
            continue
        yield Witness((record.endpoint or "").rpartition(":")[0], (date - _moment(record, at)).total_seconds())
