"""A fault that comes and goes: what failed at first was measured again, as every endpoint is, and opened.

An answer that others got and then opened is no rule about the host that still gets it.
"""

from collections.abc import Iterator, Sequence

from proxycheck.diagnosis.finding import Finding, isolated
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.observation.endpoint import SAID_INSIDE, reply_of, silent
from proxycheck.diagnosis.rules.connect import denied, may_be_upstream
from proxycheck.diagnosis.rules.repeats import (
    ALONE,
    BY_CHANCE,
    by_domain,
    by_owner,
    by_port,
    ends,
    failed_alike,
    grouped,
    like_any,
    not_opened,
    reopened,
    repeated,
    too_many_at_first,
)
from proxycheck.diagnosis.upstream_words import upstream_words
from proxycheck.model.cause import Severity
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import crowd
from proxycheck.model.text import counted, printable
from proxycheck.wire.http.reply import Reply


def unsteady(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """What failed at first and opened when it was measured again, and what failed each time by the very answer that
    others got which opened later. In reports that know of no second time, what opened again alone: nothing shows that
    there were too many."""
    recovered = tuple(o for o in unexplained if _recovered(o) and not _as_the_device_asks(case, o))
    if recovered:
        yield from _comes_and_goes(case, recovered, _by_the_same_fault(case, unexplained, recovered))
    left = not_opened(unexplained)
    later = reopened(case, left)
    if later and not recovered and not repeated(case, crowd):
        members = tuple(like_any(left, later))
        said = f"{counted(len(members), 'tunnel')} failed at first ({ends(members)}); {ALONE[len(members) > 1]}"
        yield Finding("endpoint.unsteady", members, "weak", (said,), "degraded")


def refused_for_now(_: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Ordinary requests that were refused for now, and answered when they were made again in the same way."""
    came = [(o, said) for o in unexplained if (said := _refused_at_first(o)) is not None]
    if came:
        words = dict.fromkeys(printable(f"{said.status} {said.reason}".strip(), 80) for _, said in came)
        number = counted(len(came), "ordinary request")
        told = f"{number} failed at first, and brought another answer when made again in the same way"
        because = (told, f"at first: {', '.join(list(words)[:3])}")
        yield Finding("endpoint.unsteady", tuple(o for o, _ in came), "strong", because, "degraded", final=False)


def _refused_at_first(observation: Observation) -> Reply | None:
    before, last = reply_of(observation.forward_before), observation.forward_answer
    if observation.decides != "forward" or before is None or last is None or last.problem is not None:
        return None
    return before if before.for_now and not last.for_now else None


def _recovered(observation: Observation) -> bool:
    before = observation.before
    if before is None or not observation.opened or too_many_at_first(observation):
        return False
    return observation.proved or before.operation not in SAID_INSIDE


_CUTS = frozenset(("eof", "reset"))


def _lost_inside(record: Evidence | None) -> str:
    """How what was said in an open tunnel was lost: it was cut, or nothing came. Empty where it was not."""
    if record is None or record.failure is None or record.operation not in SAID_INSIDE:
        return ""
    return "silent" if silent(record) else "cut" if record.failure.name in _CUTS else ""


def _as_the_device_asks(case: Case, observation: Observation) -> bool:
    """Whether only the attempt that opened was made as the device makes each: with credentials before any are asked
    for. What was refused without them says nothing of the device."""
    earlier = observation.earlier
    if earlier is None or not case.device.proxy.sends_unasked:
        return False
    return observation.credentials_sent and not earlier.credentials_sent


def _by_the_same_fault(
    case: Case, unexplained: Sequence[Observation], recovered: Sequence[Observation]
) -> tuple[Observation, ...]:
    """What would be blamed on a rule about the host, and was refused as others were that opened later; and what failed
    as they did no more often than by chance. Where all of a port, an owner or a domain were refused more often than
    such a fault explains, there is a rule besides."""
    faults = [o.earlier for o in recovered if o.earlier is not None]
    alike = [o for o in not_opened(unexplained) if any(failed_alike(o, other) for other in faults)]
    left = [o for o in alike if _blamed(case, o)]
    lost = {_lost_inside(o.before) for o in recovered} - {""}
    left += [o for o in unexplained if o.decides == "tunnel" and o.opened and _lost_inside(o.payload) in lost]
    tries = sum(o.attempts for o in case.tunnels)
    failed = sum(o.attempts - 1 for o in recovered) + sum(o.attempts for o in left)
    cut = [o for o in alike if o not in left]
    share = (failed + sum(o.attempts for o in cut)) / max(tries, 1)
    left += [o for o in cut if len(case.tunnels) * share**o.attempts > _ONCE_IN]
    ruled = [
        members
        for kind in (by_port, by_owner, by_domain)
        for members in grouped(case, kind)
        if all(o in left for o in members) and share ** sum(o.attempts for o in members) < BY_CHANCE
    ]
    return tuple(o for o in left if not any(o in members for members in ruled))


_ONCE_IN = 0.05
"""How many may be expected to fail each time by chance before one that does is taken for one of these."""


def _blamed(case: Case, observation: Observation) -> bool:
    """Whether a refusal would be taken for a rule, or for a failure to reach the host for which no reason is given."""
    if denied(case, observation):
        return True
    unreached = may_be_upstream(observation) and upstream_words(observation) is None
    beside = (case.outside(observation.id, operation) for operation in ("control_dns", "control_tcp"))
    return unreached and not any(record is not None and record.failure is not None for record in beside)


def _comes_and_goes(
    case: Case, recovered: tuple[Observation, ...], still: tuple[Observation, ...]
) -> Iterator[Finding]:
    """A fault that came once degrades; one that keeps coming, and meets more than a few, does what any cause does."""
    more = [o for o in recovered if o.attempts > _TWICE]
    often = bool(more or still) and _is_no_rare_chance(case, recovered, still)
    often = often and _far_and_wide(case, (*recovered, *still))
    asked = "it was" if len(recovered) == 1 else "they were"
    tunnels = counted(len(recovered), "tunnel")
    because = [f"{tunnels} failed at first, and opened when {asked} asked for again in the same way"]
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


_RARE = 0.08
"""Of so many attempts a line that loses packets spoils one now and then, and some twice."""


def _is_no_rare_chance(case: Case, recovered: Sequence[Observation], still: Sequence[Observation]) -> bool:
    """Whether more attempts failed than a poor line explains."""
    failed = sum(o.attempts - 1 for o in recovered) + sum(o.attempts for o in still)
    return failed > _RARE * sum(o.attempts for o in case.tunnels)


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
