"""What failed at first, and was asked for again: alone, beside as many others as before, and as every endpoint is.

Too many at once fail whenever there are too many. What failed once and then opens beside as many others as before was a
fault that comes and goes.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

from proxycheck.diagnosis.finding import Finding, isolated
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.connect import answers, denied, may_be_upstream, same_answer, too_much
from proxycheck.diagnosis.rules.unasked import sends_unasked
from proxycheck.diagnosis.upstream_words import upstream_words
from proxycheck.model.cause import Severity
from proxycheck.model.questions import again, alone, crowd, tries_alone
from proxycheck.model.text import printable
from proxycheck.wire.domains import domain_of, owner_of
from proxycheck.wire.http.reply import reply_in

Variant = Callable[[str], str]


def _repeats(case: Case, variant: Variant) -> list[Observation]:
    """What came of every endpoint that was asked for again in this way."""
    found = (case.repeated(o, variant(o.endpoint.host)) for o in case.observations)
    return [observation for observation in found if observation is not None]


def _not_opened(unexplained: Sequence[Observation]) -> list[Observation]:
    return [o for o in unexplained if o.decides == "tunnel" and o.measured and not o.opened]


_CUT = frozenset(("empty", "reset"))
"""A close becomes a reset where something was left unread."""


def _alike(one: Observation, other: Observation) -> bool:
    """Whether both failed in the same way; a connection that is not accepted is no answer."""
    if _cut(one) and _cut(other):
        return True
    if one.failed_tcp or other.failed_tcp:
        return one.failed_tcp and other.failed_tcp
    return same_answer(one, other)


def _cut(observation: Observation) -> bool:
    """Whether the connection was closed without a word, be it before the request was sent."""
    failure = observation.tcp.failure if observation.failed_tcp and observation.tcp is not None else None
    return observation.ended in _CUT or (failure is not None and failure.name == "reset")


def _like_any(observations: Sequence[Observation], others: Sequence[Observation]) -> list[Observation]:
    return [o for o in observations if any(_alike(o, other) for other in others)]


def in_a_crowd(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """What there was too much of: it shows again, or the proxy says so."""
    shown = list(_shown_again(case, unexplained))
    yield from shown
    told = {o.id for finding in shown for o in finding.observations}
    yield from _said_so(case, tuple(o for o in unexplained if o.id not in told))


def _said_so(case: Case, unexplained: Sequence[Observation]) -> Iterator[Finding]:
    """What the proxy itself refused as too much: however often it does so, that is no rule about a host or a port. What
    it took when it was asked a second time works."""
    members = tuple(o for o in _not_opened(unexplained) if too_much(case, o))
    recovered = [o for o in unexplained if _too_many_at_first(o)]
    later = [found for o in members if (found := case.repeated(o, again(o.endpoint.host))) is not None]
    taken = sum(o.opened for o in later)
    because = []
    if members:
        because.append(f"{len(members)} tunnels were refused as too many, and only for now: {answers(members)}")
        because.append(f"{len(case.opened)} other tunnels opened" if case.opened else "no tunnel opened")
    if later:
        because.append(f"{len(later)} of these were asked for again later; {taken} opened")
    if recovered:
        because.append(f"{len(recovered)} tunnels were refused as too many at first, and opened later")
    if members:
        yield Finding("proxy.capacity", members, "strong", tuple(because), detail=_RATE)
    elif recovered:
        yield Finding("proxy.capacity", (), "strong", tuple(because), "degraded", final=False, detail=_RATE)


_RATE = (
    "The answer itself says that there were too many requests in a time, or that the proxy is overloaded. This test "
    "asks for all hosts within seconds; a device that asks for fewer in that time meets such a limit less often."
)
_TOO_MANY_REQUESTS = 429


def _too_many_at_first(observation: Observation) -> bool:
    before = observation.before
    if before is None or before.operation not in ("connect", "auth") or not observation.opened:
        return False
    return reply_in(before).status == _TOO_MANY_REQUESTS


def _shown_again(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """What failed among many at once, opened by itself, and failed among as many once more."""
    left = _not_opened(unexplained)
    beside = [o for o in _repeats(case, crowd) if o.connects or o.failed_tcp]  # the others only waited
    cut = [o for o in beside if not o.opened]
    quiet = _repeats(case, alone)
    tries = sum(len(o.connects) for o in quiet)
    wanted = tries_alone(len(cut), len(beside)) if cut else None
    members = _like_any(left, cut)
    if not members or wanted is None or tries < wanted or not all(o.opened for o in quiet):
        return
    # Where connections were turned away while others were taken, one that is cut without a word was one too many as
    # well: it says nothing of its port or host.
    if any(o.failed_tcp for o in members):
        members += [o for o in left if o not in members and o.connect is not None and not o.connect.received]
    said = f"{len(members)} tunnels failed among many at once ({_ends(members)}); asked for again alone they open"
    more = f"among {len(beside)} at once once more, {len(cut)} failed; {tries} tries of these alone all opened"
    yield Finding("proxy.capacity", tuple(members), "strong", (said, more))


def _ends(members: Sequence[Observation]) -> str:
    turned_away = sum(o.failed_tcp for o in members)
    told = [f"{turned_away} connections were not accepted"] if turned_away else []
    asked = [o for o in members if not o.failed_tcp]
    return ", ".join((*told, *([answers(asked)] if asked else [])))


def unsteady(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """What failed at first and opened when it was measured again, and what failed each time by the very answer that
    others got which opened later. In reports that know of no second time, what opened again alone: nothing shows that
    there were too many."""
    recovered = tuple(o for o in unexplained if _recovered(o) and not _as_the_device_asks(case, o))
    if recovered:
        yield from _comes_and_goes(case, recovered, _by_the_same_fault(case, unexplained, recovered))
    left = _not_opened(unexplained)
    reopened = [o for o in left if (found := case.repeated(o, again(o.endpoint.host))) is not None and found.opened]
    if reopened and not recovered and not _repeats(case, crowd):
        members = tuple(_like_any(left, reopened))
        said = f"{len(members)} tunnels failed at first ({_ends(members)}); asked for again alone they open"
        yield Finding("endpoint.unsteady", members, "weak", (said,), "degraded")


def _recovered(observation: Observation) -> bool:
    return observation.before is not None and observation.opened and not _too_many_at_first(observation)


def _as_the_device_asks(case: Case, observation: Observation) -> bool:
    """Whether only the attempt that opened was made as the device makes each: with credentials before any are asked
    for. What was refused without them says nothing of the device."""
    earlier = observation.earlier
    return sends_unasked(case) and observation.credentials_sent and earlier is not None and not earlier.credentials_sent


def _by_the_same_fault(
    case: Case, unexplained: Sequence[Observation], recovered: Sequence[Observation]
) -> tuple[Observation, ...]:
    """What would be blamed on a rule about the host, and was refused as others were that opened later. Where all of a
    port, an owner or a domain were refused more often than such a fault explains, there is a rule besides."""
    faults = [o.earlier for o in recovered if o.earlier is not None]
    left = [o for o in _not_opened(unexplained) if _blamed(case, o) and any(_alike(o, other) for other in faults)]
    tries = sum(o.attempts for o in case.tunnels)
    failed = sum(o.attempts - 1 for o in recovered) + sum(o.attempts for o in left)
    share = failed / max(tries, 1)
    ruled = [
        members
        for group in (_port, _owner, _domain)
        for members in _groups(case, group)
        if all(o in left for o in members) and share ** sum(o.attempts for o in members) < _BY_CHANCE
    ]
    return tuple(o for o in left if not any(o in members for members in ruled))


def _blamed(case: Case, observation: Observation) -> bool:
    """Whether a refusal would be taken for a rule, or for a failure to reach the host for which no reason is given."""
    if denied(case, observation):
        return True
    unreached = may_be_upstream(observation) and upstream_words(observation) is None
    beside = (case.outside(observation.id, operation) for operation in ("control_dns", "control_tcp"))
    return unreached and not any(record is not None and record.failure is not None for record in beside)


_BY_CHANCE = 0.00001
"""How likely chance must be to explain that all of a kind failed each time; there are many kinds."""


def _port(observation: Observation) -> Hashable:
    return observation.endpoint.port


def _owner(observation: Observation) -> Hashable:
    return owner_of(observation.endpoint.host)


def _domain(observation: Observation) -> Hashable:
    return domain_of(observation.endpoint.host)


def _groups(case: Case, key: Callable[[Observation], Hashable]) -> Iterable[list[Observation]]:
    groups: dict[Hashable, list[Observation]] = defaultdict(list)
    for observation in case.tunnels:
        groups[key(observation)].append(observation)
    return groups.values()


def _comes_and_goes(
    case: Case, recovered: tuple[Observation, ...], still: tuple[Observation, ...]
) -> Iterator[Finding]:
    """A fault that came once degrades; one that keeps coming, and meets more than a few, does what any cause does."""
    more = [o for o in recovered if o.attempts > _TWICE]
    often = bool(more or still) and _far_and_wide(case, (*recovered, *still))
    because = [f"{len(recovered)} tunnels failed at first, and opened when they were asked for again in the same way"]
    because += [f"{len(more)} of these failed more than once before"] if more else []
    because += _first_ends(recovered)
    if still:
        because.append(f"{len(still)} failed each time, by the same answer that others got and then opened")
    severity: Severity = "blocker" if often else "degraded"
    detail = _OFTEN if often else None
    words = tuple(because)
    yield Finding("endpoint.unsteady", recovered, "strong", words, severity, final=False, detail=detail)
    if still:
        yield Finding("endpoint.unsteady", still, "strong", words, severity, detail=detail)


_TWICE = 2
_OFTEN = (
    "It comes so often that the device will not work reliably: tunnels failed when they were asked for again as well."
)


_MANY = 3
"""From one in so many of all tunnels on, a fault that comes and goes is not one of the few hosts that met it."""


def _far_and_wide(case: Case, failed: Sequence[Observation]) -> bool:
    """Whether a fault met so many that what is required meets it as well, though by chance it may not have."""
    required = [o for o in case.tunnels if o.endpoint.tier == "required" and o.endpoint.confidence != "unverified"]
    lost = [o for o in failed if o in required]
    return len(failed) * _MANY > len(case.tunnels) or (bool(lost) and not isolated(lost, required))


_ENDED = {
    "eof": "closed without an answer",
    "reset": "connection reset",
    "timeout": "no answer",
    "refused": "no connection",
}


def _first_ends(recovered: Sequence[Observation]) -> Iterator[str]:
    ends = [o.before.failure for o in recovered if o.before is not None and o.before.failure is not None]
    words = {f.detail if f.name == "refused-by-peer" else _ENDED.get(f.name, f.name) for f in ends}
    if words:
        yield f"at first: {printable(', '.join(sorted(words)[:3]), 160)}"
