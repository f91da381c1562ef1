"""Tunnels that fail only while another one to the same host is open: no rule about the host, but a limit for each."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.connect import answers
from proxycheck.model.evidence import Evidence
from proxycheck.model.text import counted

Span = tuple[float, float]
"""From when until when, in seconds since the run began."""
_NOTICED_S = 0.25
"""How long a proxy may need to notice that a tunnel was closed."""
_BY_CHANCE = 0.01


def one_at_a_time(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Every failure fell beside an open tunnel to the same host, more often than chance has it; and what was asked for
    by itself opened."""
    failures = _failures(case)
    members = tuple(o for o in unexplained if o.decides == "tunnel" and o.id in failures)
    if not any(o.opened for o in members) or not all(o.opened or o.attempts > 1 for o in members):
        return
    spans = _open_tunnels(case)
    if not all(_beside(record, spans) for records in failures.values() for record in records):
        return
    firsts = [o.connects[0] for o in case.tunnels if o.attempts == 1 and o.connects]
    crowded = sum(_beside(record, spans, but=record.endpoint) for record in firsts) + len(failures)
    if (crowded / max(len(firsts) + len(failures), 1)) ** len(failures) >= _BY_CHANCE:
        return
    refused = [o.earlier or o for o in members]
    failed = f"{counted(len(members), 'tunnel')} failed ({answers(refused)})"
    because = (
        f"{failed}, each time while another one to the same host was open",
        f"asked for by themselves {sum(o.opened for o in members)} of them opened",
    )
    yield Finding("tunnel.concurrency", members, "strong", because, "degraded", detail=_ONE)


_ONE = "The limit is one for each host: what failed opened as soon as no other tunnel to the same host was open."


def _failures(case: Case) -> Mapping[str, Sequence[Evidence]]:
    """The CONNECTs of each endpoint that brought no tunnel, where it was measured more than once."""
    again = {o.id for o in case.tunnels if o.attempts > 1}
    found: dict[str, list[Evidence]] = defaultdict(list)
    for record in case.evidence:
        asked = record.check == "endpoints" and record.operation in ("connect", "auth") and record.variant is None
        if asked and record.endpoint in again and record.failure is not None and case.challenge(record) is None:
            found[record.endpoint].append(record)
    return found


def _open_tunnels(case: Case) -> Mapping[str, Sequence[tuple[str, Span]]]:
    """When tunnels to each host were open, with the endpoint of each."""
    found: dict[str, list[tuple[str, Span]]] = defaultdict(list)
    last: dict[tuple[str, str, str | None], int] = {}
    for record in sorted((e for e in case.evidence if e.endpoint is not None), key=lambda e: e.started_s):
        endpoint = record.endpoint or ""
        host, end = endpoint.rpartition(":")[0], record.started_s + record.duration_s
        key = (record.check, endpoint, record.variant if record.check != "endpoints" else None)
        if record.operation in ("connect", "auth") and record.failure is None:
            last[key] = len(found[host])
            found[host].append((endpoint, (record.started_s, end)))
        elif record.operation in ("tls", "http", "tunnel") and key in last:
            name, (start, before) = found[host][last[key]]
            found[host][last[key]] = (name, (start, max(before, end)))
    return found


def _beside(record: Evidence, spans: Mapping[str, Sequence[tuple[str, Span]]], but: str | None = None) -> bool:
    """Whether a tunnel to the same host was open while this was asked for; not one of the endpoint `but`."""
    start, end = record.started_s, record.started_s + record.duration_s
    others = spans.get((record.endpoint or "").rpartition(":")[0], ())
    return any(name != but and opened <= end and start <= closed + _NOTICED_S for name, (opened, closed) in others)
