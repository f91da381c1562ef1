"""What a real device did behind the observer: what it reached, what failed and why, what it used besides.

A host that the device did not use is not seen: neither a failure nor a pass. The reasons of refusals come from the
rules that judge a measured run. That a device breaks off TLS itself is told as a suspicion, never as proof: it is what
a device does that does not trust an inspecting proxy, and nothing was decrypted.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import get_args

from proxycheck.diagnosis.trust import Trust
from proxycheck.model.cause import Cause
from proxycheck.model.device import Device, Endpoint
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.observed import ObservedConnection
from proxycheck.model.observed_report import (
    REPORT_SCHEMA,
    AttemptTally,
    LogSummary,
    ObservedReport,
    ObservedVerdict,
    Seen,
    Use,
    UseVerdict,
)
from proxycheck.model.report import DeviceReference
from proxycheck.model.text import all_of, counted, printable
from proxycheck.observed.attempts import attempts
from proxycheck.observed.causes import (
    broken_off,
    case_of,
    cleared,
    comparable,
    explained,
    of_the_guide,
    satisfied_groups,
    taken_back,
    weighed,
)
from proxycheck.observed.groups import Group, grouped, issuer_of

_VERDICTS: tuple[UseVerdict, ...] = get_args(UseVerdict)
_ORDER = {verdict: number for number, verdict in enumerate(_VERDICTS)}
_FAILING = ("failed", "lost")


def judge_observed(
    device: Device, connections: Sequence[ObservedConnection], knowledge: Knowledge, trust: Trust
) -> ObservedReport:
    """The answer for one log."""
    tries = [attempt for connection in connections for attempt in attempts(connection)]
    groups = grouped(device, sorted(tries, key=lambda attempt: attempt.at))
    causes: tuple[Cause, ...] = ()
    if connections:
        case = case_of(device, comparable(groups), connections, knowledge)
        told = tuple(explained(case, groups, trust))
        besides = {key for cause in told for key in cause.endpoints if not groups[key].listing.listed}
        groups = taken_back(groups, told)
        if besides:  # what is said of the guide's hosts is not to be about these
            case = case_of(device, comparable(groups), connections, knowledge)
            told = tuple(explained(case, groups, trust))
        groups = cleared(case, groups, trust)
        causes = weighed(device, of_the_guide((*told, *broken_off(case, groups, trust)), groups), groups)
    needed, unlisted = _uses(device, groups, causes)
    verdict = _verdict(needed, causes, connections)
    return ObservedReport(
        schema=REPORT_SCHEMA,
        device=DeviceReference(device.name, device.title, device.document),
        log=_summary(connections),
        verdict=verdict,
        sentence=_sentence(device, verdict, needed, causes, connections),
        tally=_tally(needed),
        causes=causes,
        needed=needed,
        unlisted=unlisted,
    )


def _uses(
    device: Device, groups: Mapping[str, Group], causes: Sequence[Cause]
) -> tuple[tuple[Use, ...], tuple[Use, ...]]:
    by_endpoint: dict[str, list[Cause]] = defaultdict(list)
    for cause in causes:
        for key in cause.endpoints:
            by_endpoint[key].append(cause)
    satisfied = satisfied_groups(device, groups)
    used = [_use(group, by_endpoint[key], satisfied) for key, group in groups.items()]
    listed = {key for key, group in groups.items() if group.listing.listed}
    waiting = [_not_seen(each, satisfied) for each in device.endpoints if each.id not in groups]
    needed = [use for use in used if use.id in listed] + waiting
    needed.sort(key=lambda use: _ORDER[use.verdict])
    return tuple(needed), tuple(sorted((u for u in used if u.id not in listed), key=lambda use: _ORDER[use.verdict]))


def _use(group: Group, causes: Sequence[Cause], satisfied: frozenset[str]) -> Use:
    listing, tries = group.listing, group.tries
    any_of = listing.endpoint.any_of if listing.endpoint is not None else None
    counts = Counter(each.outcome for each in tries)
    login = 0 if counts["reached"] or counts["failed"] or group.verdict != "failed" else counts["login"]
    tunnels = [each.tunnel for each in tries if each.tunnel is not None]
    failed = [each for each in tries if each.outcome == "failed" or (login and each.outcome == "login")]
    words = Counter(each.words for each in failed)
    note = listing.note
    if group.verdict in _FAILING and any_of in satisfied and any_of is not None:
        note = "an alternative was reached" if note is None else f"{note}; an alternative was reached"
    return Use(
        id=group.id,
        host=listing.target.host,
        port=listing.target.port,
        tier=listing.tier,
        function=listing.function,
        any_of=any_of,
        verdict=group.verdict,
        reason=_reason(group, causes),
        causes=tuple(dict.fromkeys(cause.code for cause in causes)),
        listed_as=listing.listed_as,
        note=note,
        reached=counts["reached"],
        failed=counts["failed"] + login,
        undecided=counts["undecided"],
        failures=tuple(Seen(text, count) for text, count in words.most_common(5)),
        first_at=_time(tries[0].at),
        last_at=_time(tries[-1].at),
        bytes_up=sum(tunnel.bytes_up for tunnel in tunnels),
        bytes_down=sum(tunnel.bytes_down for tunnel in tunnels),
        issuer=issuer_of(group),
    )


def _reason(group: Group, causes: Sequence[Cause]) -> str:
    speaker = group.speaker
    if group.verdict in _FAILING and causes:
        return causes[0].title.rstrip(".")
    return speaker.words if speaker is not None else group.tries[-1].words


def _not_seen(endpoint: Endpoint, satisfied: frozenset[str]) -> Use:
    alternative = endpoint.any_of is not None and endpoint.any_of in satisfied
    return Use(
        id=endpoint.id,
        host=endpoint.host,
        port=endpoint.port,
        tier=endpoint.tier,
        function=endpoint.function,
        any_of=endpoint.any_of,
        verdict="not-seen",
        reason="not needed: an alternative was reached" if alternative else "the device did not try it",
    )


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _tally(needed: Sequence[Use]) -> AttemptTally:
    counts = Counter(use.verdict for use in needed)
    return AttemptTally(
        reached=counts["reached"],
        unsteady=counts["unsteady"],
        lost=counts["lost"],
        failed=counts["failed"],
        undecided=counts["undecided"],
        not_seen=counts["not-seen"],
    )


def _summary(connections: Sequence[ObservedConnection]) -> LogSummary:
    times = sorted(datetime.fromisoformat(each.started_at) for each in connections)
    return LogSummary(
        connections=len(connections),
        first_at=_time(times[0]) if times else None,
        last_at=_time(times[-1]) if times else None,
        clients=tuple(dict.fromkeys(printable(each.client, 60) for each in connections)),
        proxies=tuple(dict.fromkeys(printable(each.proxy, 120) for each in connections)),
        unanswered=sum(each.end == "proxy-unreachable" for each in connections),
        idle=sum(each.end != "proxy-unreachable" and not each.exchanges for each in connections),
        unreadable=sum(exchange.target is None for each in connections for exchange in each.exchanges),
        left_out=sum(each.left_out for each in connections),
    )


def _failing(needed: Sequence[Use]) -> list[Use]:
    """What fails and has no alternative that was reached."""
    satisfied = {use.any_of for use in needed if use.verdict in ("reached", "unsteady") and use.any_of is not None}
    return [use for use in needed if use.verdict in _FAILING and use.any_of not in satisfied]


def _verdict(
    needed: Sequence[Use], causes: Sequence[Cause], connections: Sequence[ObservedConnection]
) -> ObservedVerdict:
    failing = _failing(needed)
    if any(use.tier == "required" for use in failing) or any(not cause.endpoints for cause in causes):
        return "failed"
    if not connections or not any(use.verdict in ("reached", "unsteady", *_FAILING) for use in needed):
        return "inconclusive"
    return "degraded" if failing or any(use.verdict == "unsteady" for use in needed) else "reached"


def _sentence(
    device: Device,
    verdict: ObservedVerdict,
    needed: Sequence[Use],
    causes: Sequence[Cause],
    connections: Sequence[ObservedConnection],
) -> str:
    name = device.title
    tried = [use for use in needed if use.verdict not in ("undecided", "not-seen")]
    if verdict == "inconclusive":
        used = "it tried nothing that its guide lists" if connections else "the log holds no connection"
        if any(use.verdict == "undecided" for use in needed):
            used = "what it tried had no outcome that tells"
        return f"what {name} can reach: {used}"
    if verdict == "reached":
        return f"{name} reached {all_of(len(tried), 'endpoint')} of its guide that it tried"
    weighty = [cause.title.rstrip(".") for cause in causes if cause.severity != "info"]
    if not tried:
        return f"{name} reached nothing: {weighty[0]}"
    more = f" (and {len(weighty) - 1} more)" if len(weighty) > 1 else ""
    why = f": {weighty[0]}{more}" if weighty else ""
    return f"{name} {_reached(tried, _failing(needed), why)}"


def _reached(tried: Sequence[Use], failing: Sequence[Use], why: str) -> str:
    """What was reached of those that were tried, some of them not or not always."""
    lost = sum(use.verdict == "lost" for use in failing)
    if len(failing) > lost:
        no_more = f", and {lost} no more" if lost else ""
        some = f"{len(failing) - lost} of {counted(len(tried), 'endpoint')}"
        return f"did not reach {some} that it tried{no_more}{why}"
    reached = f"reached {all_of(len(tried), 'endpoint')} that it tried"
    if lost:
        return f"{reached}, and then {_some(lost, tried)}no more{why}"
    unsteady = sum(use.verdict == "unsteady" for use in tried)
    return f"{reached}, but {_some(unsteady, tried)}not every time"


def _some(number: int, tried: Sequence[object]) -> str:
    """How many of those that were tried; nothing where there was one."""
    return f"{number} of them " if len(tried) > 1 else ""
