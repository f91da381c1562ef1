"""From evidence to causes and verdicts. Pure: a report saved years ago is judged again with today's rules."""

import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct, structs

from proxycheck.diagnosis.finding import Finding, Rule, isolated
from proxycheck.diagnosis.guard import Guard
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.passing import proofs
from proxycheck.diagnosis.rules import LISTENER, RULES, WITHOUT_PROXY
from proxycheck.diagnosis.rules.beside import beside
from proxycheck.diagnosis.rules.beside_exclusions import in_disguise
from proxycheck.diagnosis.rules.canary import canary
from proxycheck.diagnosis.rules.certificates import interception
from proxycheck.diagnosis.rules.interception import Judgement, judgements
from proxycheck.diagnosis.rules.plain_proofs import unproved
from proxycheck.diagnosis.tls.identities import Identities, identities, no_identities
from proxycheck.diagnosis.triangulation import undecided
from proxycheck.diagnosis.trust import Trust
from proxycheck.diagnosis.wording import cause_of
from proxycheck.model.cause import Cause, CauseCode, Severity
from proxycheck.model.files.knowledge import CauseText
from proxycheck.model.questions import SPARED
from proxycheck.model.report import Command, EndpointVerdict, Verdict

_WEIGHT: Mapping[Severity, int] = {"blocker": 0, "degraded": 1, "info": 2}
_EXCUSES: frozenset[CauseCode] = frozenset(("endpoint.down", "tunnel.dead"))
"""Information that says why an endpoint that is not proved is nobody's fault, or not known to be."""
_NOTEWORTHY = re.compile(r"tls\.(blocked|inspected)|connect\.host-denied|tunnel\..*")
"""Causes that are told even where every endpoint that they name has an alternative that works: somebody on the way
does this on purpose, and the next host without an alternative is lost to it."""
_SEVERAL = 2
"""So many hosts are more than one that is odd by itself."""
_COSTS_NOTHING = "Here it costs nothing: each of these hosts has an alternative that works."
_BROKEN = "could not tell: a fault of this program stopped the test of it"
_UNDECIDED = "user name and password go no further before one answer shows that they are right"


class EndpointJudgement(Struct, frozen=True):
    """The verdict on one endpoint, the causes that name it, and the reason in words. `proved` says that it is known to
    work, by more than that nothing was found against it."""

    observation: Observation
    verdict: EndpointVerdict
    causes: tuple[CauseCode, ...]
    reason: str
    tls: Judgement | None
    proved: bool


class Diagnosis(Struct, frozen=True):
    """Everything concluded from one run."""

    verdict: Verdict
    causes: tuple[Cause, ...]
    endpoints: tuple[EndpointJudgement, ...]
    identities: Identities
    guard: Guard


def diagnose(
    case: Case,
    trust: Trust,
    *,
    interrupted: bool = False,
    command: Command = "check",
    guard: Guard | None = None,
) -> Diagnosis:
    """Judges one run by the question it was to answer. `guard` has the faults that came before this."""
    guard = Guard() if guard is None else guard
    everything = _ids(case.observations)
    found = guard.attempt(no_identities(trust), everything, identities, case, trust)
    verdicts = guard.attempt({}, everything, judgements, case, found)
    findings = _findings(case, found, verdicts, guard)
    findings = guard.attempt(findings, everything, in_disguise, case, findings)
    proved = guard.attempt({}, everything, proofs, case, verdicts)
    satisfied = _satisfied_groups(case, findings, proved)
    passing = _passing(case, findings, satisfied, proved)
    findings += guard.attempt([], (), _beside, case, trust, passing)
    grave = frozenset(finding.code for finding in findings if _stands_against_needs(finding, satisfied))
    counted = [each for finding in findings if (each := _counted(finding, satisfied, grave)) is not None]
    told = (
        guard.attempt(None, _ids(finding.observations), cause_of, finding, case, _severity(case, finding, satisfied))
        for finding in counted
    )
    causes = sorted(
        (cause for cause in told if cause is not None),
        key=lambda cause: (_WEIGHT[cause.severity], -len(cause.endpoints)),
    )
    ended = _UNDECIDED if undecided(case) else "the run ended before its turn came"
    whole = _Whole(case, causes, satisfied, proved, ended, guard)
    endpoints = tuple(_judge(o, whole, verdicts.get(o.id)) for o in case.observations)
    if command == "check":
        verdict = _verdict(causes, endpoints, satisfied, interrupted=interrupted)
    else:
        verdict = _verdict_beside(causes, decided=_answered(case, command) and not interrupted)
    return Diagnosis(guard.verdict(verdict), tuple(causes), endpoints, found, guard)


def _ids(observations: Iterable[Observation]) -> tuple[str, ...]:
    return tuple(observation.id for observation in observations)


def _findings(case: Case, found: Identities, verdicts: dict[str, Judgement], guard: Guard) -> list[Finding]:
    for rule in LISTENER if case.proxy is not None else ():
        whole = _said(guard, rule, case, case.observations)
        if whole:
            return [structs.replace(finding, observations=case.observations) for finding in whole]
    result: list[Finding] = []
    explained = {key for key in found.by_greeting if key in verdicts and verdicts[key].cause is not None}
    for rule in RULES if case.proxy is not None else WITHOUT_PROXY:
        _take(_said(guard, rule, case, tuple(o for o in case.observations if o.id not in explained)), result, explained)
    shown = [key for key in verdicts if key not in explained]
    _take(guard.attempt((), shown, _interception, case, found, verdicts), result, explained)
    _take(guard.attempt((), (), _canary, case, result), result, explained)
    return _merged(_widened(case, finding) for finding in result)


def _said(guard: Guard, rule: Rule, case: Case, observations: tuple[Observation, ...]) -> tuple[Finding, ...]:
    def findings() -> tuple[Finding, ...]:
        return tuple(rule(case, observations))

    return guard.attempt((), _ids(observations), findings)


def _interception(case: Case, found: Identities, verdicts: dict[str, Judgement]) -> tuple[Finding, ...]:
    return tuple(interception(case, found, verdicts))


def _canary(case: Case, result: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(canary(case, result))


def _beside(case: Case, trust: Trust, passing: frozenset[str]) -> list[Finding]:
    return list(beside(case, trust.at, passing))


def _take(findings: Iterable[Finding], result: list[Finding], explained: set[str]) -> None:
    for finding in findings:
        result.append(finding)
        if finding.final:
            explained.update(o.id for o in finding.observations)


def _widened(case: Case, finding: Finding) -> Finding:
    """A refusal of the credentials concerns every endpoint, when nothing was measured behind it."""
    if case.knowledge.causes[finding.code].about == "login" and not case.opened and finding.final:
        return structs.replace(finding, observations=case.observations)
    return finding


def _merged(findings: Iterable[Finding]) -> list[Finding]:
    """Findings that say the same of different endpoints, as one."""
    result: dict[tuple[object, ...], Finding] = {}
    for finding in findings:
        key = (finding.code, finding.severity, finding.confidence, finding.without_proxy, finding.told_as)
        known = result.get(key)
        result[key] = finding if known is None else _joined(known, finding)
    decided = {finding.code for finding in result.values() if finding.final and finding.observations}
    return [f for f in result.values() if f.final or f.observations or f.code not in decided]


def _joined(one: Finding, other: Finding) -> Finding:
    return structs.replace(
        one,
        observations=tuple(dict.fromkeys((*one.observations, *other.observations))),
        because=tuple(dict.fromkeys((*one.because, *other.because))),
    )


def _satisfied_groups(case: Case, findings: Sequence[Finding], proved: Mapping[str, str]) -> frozenset[str]:
    """The `any_of` groups with a member that works."""
    failing = {o.id for f in findings if not _harmless(case, f) for o in f.observations}
    down = {o.id for f in findings if f.code == "endpoint.down" for o in f.observations}
    return frozenset(
        o.endpoint.any_of
        for o in case.observations
        if o.endpoint.any_of is not None and o.id in proved and o.id not in failing | down
    )


def _passing(
    case: Case, findings: Sequence[Finding], satisfied: frozenset[str], proved: Mapping[str, str]
) -> frozenset[str]:
    """The endpoints that the tested path carries, themselves or by an alternative."""
    failing = {o.id for f in findings if not _harmless(case, f) or f.code == "endpoint.down" for o in f.observations}
    works = {o.id for o in case.observations if o.measured and o.id in proved} - failing
    return frozenset(works | {o.id for o in case.observations if o.endpoint.any_of in satisfied})


def _informs(case: Case, finding: Finding) -> bool:
    return case.knowledge.causes[finding.code].informs or finding.severity == "info"


def _harmless(case: Case, finding: Finding) -> bool:
    """Whether what the finding names works all the same, if it is proved."""
    return _informs(case, finding) or case.knowledge.causes[finding.code].passes


def _needed(observation: Observation, satisfied: frozenset[str]) -> bool:
    return observation.endpoint.any_of is None or observation.endpoint.any_of not in satisfied


def _stands_against_needs(finding: Finding, satisfied: frozenset[str]) -> bool:
    return not finding.observations or any(_needed(o, satisfied) for o in finding.observations)


def _counted(finding: Finding, satisfied: frozenset[str], grave: frozenset[str]) -> Finding | None:
    """The finding as it is told. What stands against alternatives alone costs nothing: of that, what somebody does to
    several hosts is worth a note, unless the same is told of others already, and the rest is not told."""
    if _stands_against_needs(finding, satisfied):
        return finding
    hosts = {o.endpoint.host for o in finding.observations}
    if finding.code in grave or not _NOTEWORTHY.fullmatch(finding.code) or len(hosts) < _SEVERAL:
        return None
    words = (finding.detail, _COSTS_NOTHING)
    return structs.replace(finding, severity="info", detail="\n".join(each for each in words if each))


def _severity(case: Case, finding: Finding, satisfied: frozenset[str]) -> Severity:
    if _informs(case, finding):
        return "info"
    counted = [o for o in finding.observations if _needed(o, satisfied)]
    required = any(o.endpoint.tier == "required" and o.endpoint.confidence != "unverified" for o in counted)
    if finding.severity is not None:
        return finding.severity
    return "blocker" if required else "degraded"


class _Whole(Struct, frozen=True):
    """What the run as a whole says: its case and causes, the `any_of` groups that are satisfied, why each endpoint that
    works is known to, and why what was not measured was not."""

    case: Case
    causes: Sequence[Cause]
    satisfied: frozenset[str]
    proved: Mapping[str, str]
    ended: str
    guard: Guard


def _judge(observation: Observation, whole: _Whole, tls: Judgement | None) -> EndpointJudgement:
    naming = [cause for cause in whole.causes if observation.id in cause.endpoints]
    codes = tuple(dict.fromkeys(cause.code for cause in naming))
    verdict, reason = _verdict_of(observation, naming, whole)
    if verdict != "fail" and whole.guard.undecided(observation):
        verdict, reason = "inconclusive", _BROKEN
    excused = any(code in _EXCUSES for code in codes)
    proved = verdict in ("pass", "warn") and observation.id in whole.proved and not excused
    return EndpointJudgement(observation, verdict, codes, reason, tls, proved)


def _verdict_of(observation: Observation, naming: Sequence[Cause], whole: _Whole) -> tuple[EndpointVerdict, str]:
    known, needed = whole.case.knowledge.causes, _needed(observation, whole.satisfied)
    if not observation.finished or whole.case.inside.cut_short(observation):
        return "skipped", _why_skipped(observation, naming, whole)
    failing = [cause for cause in naming if cause.severity != "info"]
    if failing:
        if not needed:
            return "warn", f"{failing[0].title}; not needed: an alternative works"
        if observation.id in whole.proved and all(known[cause.code].passes for cause in failing):
            return "warn", failing[0].title
        unclear = all(_unclear(cause, known[cause.code], observation) for cause in failing)
        return "inconclusive" if unclear else "fail", failing[0].title
    proof = whole.proved.get(observation.id)
    telling = [cause for cause in naming if known[cause.code].about != "setup"]  # the others are about PCs
    if telling and proof is None and not needed:
        return "warn", f"{telling[0].title}; not needed: an alternative works"
    if telling and (proof is not None or any(cause.code in _EXCUSES for cause in telling)):
        return "warn", telling[0].title
    if proof is not None:
        return "pass", proof
    return _unproved(observation, whole, needed=needed)


def _unclear(cause: Cause, known: CauseText, observation: Observation) -> bool:
    """Whether a cause leaves open what became of an endpoint: it always does; or the far end answered in kind, and it
    is not sure by whom or for how long; or a login is not known to be refused, and nobody saw what is behind it."""
    if known.unclear:
        return True
    unsettled = known.about == "login" and cause.severity == "degraded" and not observation.opened
    return cause.confidence == "weak" and (observation.proved or unsettled)


def _unproved(observation: Observation, whole: _Whole, *, needed: bool) -> tuple[EndpointVerdict, str]:
    if not needed:
        return "warn", "it did not pass; not needed: an alternative works"
    viewer = observation.opened and observation.endpoint.speaks == "teamviewer"
    answered = observation.payload is not None and observation.payload.received != ""
    if viewer and not answered:
        said = "the tunnel opens; the far end said nothing, so nothing is proved"
        return "inconclusive" if _fails_otherwise(observation, whole) else "warn", said
    why = unproved(whole.case, observation) if observation.endpoint.speaks == "http" else None
    if why is not None:
        return "inconclusive", why
    if observation.proved or viewer:
        return "inconclusive", "something answered, and nothing proves that it was the host"
    return "inconclusive", "it failed in a way that no rule explains"


def _fails_otherwise(observation: Observation, whole: _Whole) -> bool:
    """Whether an alternative is known to fail: then this one would have to work."""
    group = observation.endpoint.any_of
    named = {key for cause in whole.causes if cause.severity != "info" for key in cause.endpoints}
    return group is not None and any(o.endpoint.any_of == group and o.id in named for o in whole.case.observations)


def _why_skipped(observation: Observation, naming: Sequence[Cause], whole: _Whole) -> str:
    if not _needed(observation, whole.satisfied):
        return "not needed: an alternative works"
    if naming:
        return f"not measured: {naming[0].title}"
    if observation.id in whole.case.spared:
        return f"not asked: {SPARED}; the proxy took them for some hosts and refused them for others"
    group = observation.endpoint.any_of
    answered = (o.id for o in whole.case.observations if group is not None and o.endpoint.any_of == group and o.proved)
    first = next(answered, None)
    if first is not None:
        return f"not tried: an alternative, {first}, was answered, and that may not be by the host"
    return f"not measured: {whole.ended}"


def _verdict(
    causes: Sequence[Cause], endpoints: Sequence[EndpointJudgement], satisfied: frozenset[str], *, interrupted: bool
) -> Verdict:
    severities = {cause.severity for cause in causes}
    if "blocker" in severities:
        return "incompatible"
    unmeasured = any(
        e.verdict == "skipped" and e.observation.endpoint.tier == "required" and _needed(e.observation, satisfied)
        for e in endpoints
    )
    if interrupted or unmeasured or not any(e.verdict in ("pass", "warn") for e in endpoints):
        return "inconclusive"
    required = [e for e in endpoints if _counts(e.observation, satisfied)]
    lost = [e.observation for e in required if e.verdict in ("fail", "inconclusive")]
    if lost and not isolated(lost, (e.observation for e in required)):
        return "inconclusive"
    if any(_mostly_failed_first(found) for found in (required, [e for e in endpoints if e.verdict != "skipped"])):
        return "inconclusive"
    unproved = any(o.endpoint.speaks != "teamviewer" for o in lost)  # whose protocol is not public
    return "degraded" if unproved or "degraded" in severities else "compatible"


def _mostly_failed_first(endpoints: Sequence[EndpointJudgement]) -> bool:
    """Whether more failed at first than did not: that a later time went well does not show then which is the rule."""
    return sum("endpoint.unsteady" in e.causes for e in endpoints) * 2 > len(endpoints)


def _counts(observation: Observation, satisfied: frozenset[str]) -> bool:
    endpoint = observation.endpoint
    return endpoint.tier == "required" and endpoint.confidence != "unverified" and _needed(observation, satisfied)


def _answered(case: Case, command: Command) -> bool:
    """Whether a question about the network got any answer at all, or what a PAC file says is known of every required
    host."""
    if command == "network":
        return any(e.check == "network" and e.operation != "network_route" for e in case.evidence)
    routes = case.of("pac", "pac_route")
    required = {o.id for o in case.observations if o.endpoint.tier == "required"}
    unknown = any(e.failure and e.failure.name == "cancelled" and e.endpoint in required for e in routes)
    return not unknown and any(e.failure is None for e in routes)


def _verdict_beside(causes: Sequence[Cause], *, decided: bool) -> Verdict:
    severities = {cause.severity for cause in causes}
    if "blocker" in severities:
        return "incompatible"
    if not decided:
        return "inconclusive"
    return "degraded" if "degraded" in severities else "compatible"
