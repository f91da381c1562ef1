"""From the verdicts on TLS to causes: one finding for each cause, and a wrong clock for many wrong dates at once."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.dates import this_hour
from proxycheck.diagnosis.rules.interception import ONLY_GIVEN, Judgement
from proxycheck.diagnosis.tls.identities import Identities
from proxycheck.diagnosis.tls.identity import Identity
from proxycheck.diagnosis.tls.proof import wrong_date
from proxycheck.model.cause import CauseCode, Confidence, Severity
from proxycheck.model.text import counted, printable

_PROOFS_TOLD = 4
_BY_CONNECTION = (
    "Which certificate comes depends on the connection and not on the host, as it does with several exits of which not "
    "all inspect, or where the decision changes with time. Any host may be hit the next time, so it does not help to "
    "exempt those named here alone: exempt the device's address, on every exit."
)


def interception(case: Case, found: Identities, verdicts: Mapping[str, Judgement]) -> Iterator[Finding]:
    """The findings of a run; selective inspection is told host by host."""
    hour = this_hour(case, found, verdicts)
    groups: dict[tuple[CauseCode, Confidence, bool], list[Observation]] = defaultdict(list)
    for observation in case.observations:
        judgement = verdicts.get(observation.id)
        if judgement is None or judgement.cause is None or not observation.opened:
            continue
        late = judgement.cause == "tls.expired"
        if late and hour.explains(found.by_endpoint[observation.id]):
            groups["network.clock-wrong", "strong", False].append(observation)
        else:
            confidence: Confidence = "weak" if late and hour.doubtful else judgement.confidence
            groups[judgement.cause, confidence, judgement.without_proxy].append(observation)
    for (code, confidence, without_proxy), members in groups.items():
        product = next((p for o in members if (p := verdicts[o.id].product) is not None), None)
        because = (*_because(code, members, found, verdicts), *hour.told(code))
        # A clock that is suspected leaves open what a right one would say of these certificates, and whether a root
        # that a person gave is a public one is that person's to know.
        dated = code == "network.clock-wrong" or (code == "tls.expired" and hour.doubtful)
        open_question = dated or all(verdicts[o.id].row == ONLY_GIVEN for o in members)
        severity: Severity | None = "degraded" if open_question else None
        chance = code == "tls.inspected" and found.by_connection
        yield Finding(
            code,
            tuple(members),
            confidence,
            because,
            severity,
            product,
            detail=_BY_CONNECTION if chance else None,
            without_proxy=without_proxy,
            any_host=chance,
        )
    untrusted = tuple(_device_untrusted(case, found, verdicts))
    if untrusted:
        issuers = dict.fromkeys(found.by_endpoint[o.id].leaf.issuer for o in untrusted)
        said = tuple(f"issued under {issuer}" for issuer in list(issuers)[:_PROOFS_TOLD])
        yield Finding("tls.device-untrusted", untrusted, "strong", said, "info", final=False)


def _because(
    code: CauseCode, members: list[Observation], found: Identities, verdicts: Mapping[str, Judgement]
) -> tuple[str, ...]:
    if code in ("tls.expired", "network.clock-wrong"):
        dates = (wrong_date(found.by_endpoint[o.id]) for o in members)
        beside = (verdicts[o.id].beside for o in members)
        return (*tuple(dict.fromkeys(dates))[:_PROOFS_TOLD], *dict.fromkeys(words for words in beside if words))
    told = dict.fromkeys(_told(code, found.by_endpoint.get(o.id), verdicts[o.id]) for o in members)
    proofs = tuple(told)[:_PROOFS_TOLD]
    spared = sum(judgement.verdict == "passthrough" for judgement in verdicts.values())
    if code == "tls.inspected" and spared and found.by_connection:
        return (*proofs, f"{counted(spared, 'other endpoint')} came through unchanged this time")
    if code == "tls.inspected" and spared:
        return (*proofs, f"not all are inspected: {spared} other endpoints come through unchanged")
    return proofs


def _told(code: CauseCode, identity: Identity | None, judgement: Judgement) -> str:
    """The proof of a verdict; of a host that comes through unchanged, what is wrong with its chain all the same."""
    if judgement.verdict != "passthrough" or identity is None:
        return judgement.proof
    issuer = printable(identity.leaf.issuer, 120)
    wrong = "which was not sent" if code == "tls.incomplete-chain" else "under no public root"
    return f"issued by {issuer}, {wrong}; nobody reads this TLS: {identity.sct_logs[0]} vouches for the certificate"


def _device_untrusted(case: Case, found: Identities, verdicts: Mapping[str, Judgement]) -> Iterator[Observation]:
    """Hosts that reach the device unchanged, under a root that the device does not have."""
    for observation in case.observations:
        judgement, identity = verdicts.get(observation.id), found.by_endpoint.get(observation.id)
        if judgement is None or identity is None or identity.device is None:
            continue
        known = identity.device.anchored or identity.device.undecided is not None
        if judgement.verdict == "passthrough" and identity.anchored and not known:
            yield observation
