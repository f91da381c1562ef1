"""Why a device did not reach what it tried: by the rules that judge a measured run, as far as they apply.

What those rules expect of the device does not count: it was there itself. That it breaks off TLS is told by the
certificates where they passed in clear, and else as a suspicion.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import structs

from proxycheck.diagnosis.judgement import diagnose
from proxycheck.diagnosis.observation import Case, Observation, open_case
from proxycheck.diagnosis.rules.authentication import schemes
from proxycheck.diagnosis.rules.certificates import interception
from proxycheck.diagnosis.rules.interception import judgements
from proxycheck.diagnosis.templates import fields
from proxycheck.diagnosis.tls.identities import Identities, identities
from proxycheck.diagnosis.trust import Trust
from proxycheck.diagnosis.wording import cause_of
from proxycheck.model.cause import Cause, Severity
from proxycheck.model.device import Device, Endpoint, Scheme, Speaks
from proxycheck.model.evidence import Evidence
from proxycheck.model.files.knowledge import FORMAT_FIELDS, CauseText, CauseWords, Knowledge
from proxycheck.model.observed import ObservedConnection
from proxycheck.model.target import ProxyAddress
from proxycheck.model.text import counted, printable
from proxycheck.observed.attempts import Attempt, flight_of, reply_of
from proxycheck.observed.evidence import certificates_of, evidence_of, unreached
from proxycheck.observed.groups import Group, issuer_of, without_silent_ends

NOT_LISTED = "Not in the guide"
_SPOKEN: dict[int, tuple[Scheme, Speaks]] = {80: ("http", "http"), 443: ("https", "tls")}
_WEIGHT: dict[Severity, int] = {"blocker": 0, "degraded": 1, "info": 2}
_FAILING = frozenset(("failed", "lost"))
_MANY_HOSTS = 3
_ANOTHER = "another server than the host answered"


def _endpoint(group: Group) -> Endpoint:
    if group.listing.endpoint is not None:
        return group.listing.endpoint
    target = group.listing.target
    scheme, speaks = _SPOKEN.get(target.port, ("tcp", "tls"))
    return Endpoint(
        host=target.host,
        port=target.port,
        scheme=scheme,
        tier=group.listing.tier or "optional",
        function=group.listing.function or NOT_LISTED,
        speaks=speaks,
        confidence="unverified",
    )


def case_of(
    device: Device, groups: Mapping[str, Group], connections: Sequence[ObservedConnection], knowledge: Knowledge
) -> Case:
    """What was seen, as the rules look at it; there is at least one connection."""
    began = min(datetime.fromisoformat(each.started_at) for each in connections)
    evidence: list[Evidence] = list(unreached(connections))
    for key, group in groups.items():
        speaker = group.speaker
        if speaker is not None and (speaker.tunnel is not None or speaker.kind == "answer" or _counts(group)):
            evidence += evidence_of(key, speaker, began)
    endpoints = tuple(_endpoint(group) for group in groups.values())
    case = open_case(device, endpoints, _proxy(connections), evidence, _of_devices(knowledge))
    observations = tuple(_as_asked(each, groups[each.id]) for each in case.observations)
    return structs.replace(case, observations=observations)


def _as_asked(observation: Observation, group: Group) -> Observation:
    """What decides is the way that the device took, whatever is known of its kind."""
    speaker = group.speaker
    forwarded = speaker is not None and speaker.exchange.method != "CONNECT"
    return structs.replace(observation, decides="forward" if forwarded else "tunnel")


def _of_devices(knowledge: Knowledge) -> Knowledge:
    """The knowledge with the words that are for a device which was watched, and without lists of hosts: those are made
    from the report of a check."""
    texts = {code: _said_of(text, text.observed or text) for code, text in knowledge.causes.items()}
    return structs.replace(knowledge, causes=texts)


def _said_of(text: CauseText, words: CauseText | CauseWords) -> CauseText:
    remedies = tuple(remedy for remedy in words.remedies if not fields(remedy.text) & FORMAT_FIELDS)
    return structs.replace(text, title=words.title, explanation=words.explanation, remedies=remedies)


def _counts(group: Group) -> bool:
    """Whether a request without a tunnel may count: one that the device gave up too soon may not."""
    return group.verdict != "undecided"


def _proxy(connections: Sequence[ObservedConnection]) -> ProxyAddress | None:
    host, _, port = (connections[0].proxy if connections else "").rpartition(":")
    return ProxyAddress("http", host.strip("[]"), int(port)) if host and port.isdecimal() else None


def comparable(groups: Mapping[str, Group]) -> dict[str, Group]:
    """What the rules compare: all that the guide lists, and of the rest what did not fail. Why a host fails that the
    device needs not is no concern of the guide; that one is reached tells of the others."""
    return {key: group for key, group in groups.items() if group.listing.listed or group.verdict not in _FAILING}


def of_the_guide(causes: Iterable[Cause], groups: Mapping[str, Group]) -> Iterator[Cause]:
    """The causes as far as they are about hosts of the guide, or about the whole set-up."""
    for cause in causes:
        members = tuple(key for key in cause.endpoints if groups[key].listing.listed)
        if members or not cause.endpoints:
            yield structs.replace(cause, endpoints=members)


def explained(case: Case, groups: Mapping[str, Group], trust: Trust) -> Iterator[Cause]:
    """What the rules say of what failed. What they expect of the device does not count: it was there itself.

    Raises RuntimeError where a rule breaks by a fault of ours: what it would have said might be what matters."""
    found = diagnose(case, trust)
    if found.guard.faults:
        raise RuntimeError(found.guard.faults[0].error)
    for cause in found.causes:
        if not cause.endpoints and case.knowledge.causes[cause.code].about in ("proxy", "setup"):
            yield cause
        members = tuple(key for key in cause.endpoints if _may_fail(groups[key], cause))
        if members:
            yield _no_more_than_seen(case, structs.replace(cause, endpoints=members), groups)


def _no_more_than_seen(case: Case, cause: Cause, groups: Mapping[str, Group]) -> Cause:
    """The words of a test are not those of a device that was watched; and that everything is refused is weak evidence
    where the device tried little."""
    hosts = {groups[key].listing.target.host for key in cause.endpoints}
    known = case.knowledge.causes[cause.code]
    if known.about == "login" and "dialect" not in known.answers:
        return structs.replace(cause, because=_asked([groups[key] for key in cause.endpoints]))
    if not known.sweeping or len(hosts) >= _MANY_HOSTS:
        return cause
    said = f"the device tried no more than {counted(len(hosts), 'host')}: others may well open"
    return structs.replace(cause, confidence="weak", because=(*cause.because, said))


def _asked(groups: Sequence[Group]) -> tuple[str, ...]:
    """What the proxy wanted, and what the device gave."""
    tries = [each for group in groups for each in group.tries if each.outcome in ("login", "failed")]
    offered = schemes(reply for each in tries if (reply := reply_of(each.exchange)) is not None)
    words = [f"the proxy offers {', '.join(offered)}"] if offered else []
    given = Counter(each.exchange.authorization for each in tries)
    for scheme, count in given.most_common(3):
        credentials = "no credentials" if scheme is None else f"credentials ({scheme})"
        words.append(f"{counted(count, 'refused request')} of the device had {credentials}")
    return tuple(words)


def _may_fail(group: Group, cause: Cause) -> bool:
    """Whether a cause may speak of this endpoint: it failed, or it is plain HTTP, whose answer may be another's."""
    if cause.severity == "info":
        return False
    foreign = cause.code.startswith("http.") or group.verdict == "undecided"
    return group.verdict in _FAILING or (foreign and _plain(group))


def _plain(group: Group) -> bool:
    speaker = group.speaker
    return speaker is not None and speaker.kind == "answer" and (speaker.tunnel is None or _says_http(speaker))


def _says_http(attempt: Attempt) -> bool:
    return attempt.tunnel is not None and attempt.tunnel.kind_down == "http"


def taken_back(groups: Mapping[str, Group], causes: Iterable[Cause]) -> dict[str, Group]:
    """Plain HTTP that another server than the host answered did not reach the host."""
    named = {key for cause in causes for key in cause.endpoints}
    return {
        key: _failed(group) if key in named and group.verdict not in _FAILING else group
        for key, group in groups.items()
    }


def _failed(group: Group) -> Group:
    """The same, not reached; outside the guide no cause says why."""
    listing = group.listing
    if not listing.listed:
        said = _ANOTHER if listing.note is None else f"{listing.note}; {_ANOTHER}"
        listing = structs.replace(listing, note=said)
    return structs.replace(group, verdict="failed", listing=listing)


def broken_off(case: Case, groups: Mapping[str, Group], trust: Trust) -> Iterator[Cause]:
    """Why the device broke off TLS: by the certificates where they passed in clear, else as a suspicion. Certificates
    that show inspection are told as a note where the device went on all the same."""
    broken = {key for key, group in groups.items() if _broken_off(group)}
    seen = _with_certificates(case, groups)
    found = identities(seen, trust)
    left = set(broken)
    for finding in interception(seen, found, judgements(seen, found)):
        members = tuple(each for each in finding.observations if each.id in left and finding.severity != "info")
        if members:
            left -= {each.id for each in members}
            because = (*finding.because, *_ends(groups[each.id] for each in members))
            yield cause_of(structs.replace(finding, observations=members, because=because), seen, "blocker")
        others = tuple(each for each in finding.observations if each.id not in broken)
        if others and finding.code == "tls.inspected":
            because = (*finding.because, "the device did not break off TLS with these hosts")
            yield cause_of(structs.replace(finding, observations=others, because=because), seen, "info")
    genuine = {key for key in left if _is_genuine(found, key)}
    if genuine:
        yield _refused_although_public([groups[key] for key in sorted(genuine)])
    if left - genuine:
        yield _suspicion([groups[key] for key in sorted(left - genuine)])


def cleared(case: Case, groups: Mapping[str, Group], trust: Trust) -> dict[str, Group]:
    """That a device leaves the handshake without a word proves nothing where it was shown the host's own public
    certificate."""
    found = identities(_with_certificates(case, groups), trust)
    return {key: without_silent_ends(group) if _is_genuine(found, key) else group for key, group in groups.items()}


def _with_certificates(case: Case, groups: Mapping[str, Group]) -> Case:
    """The same endpoints, with nothing but the certificates that were last seen in clear."""
    evidence: list[Evidence] = []
    for key, group in groups.items():
        shown = next((each for each in reversed(group.tries) if _shows_certificates(each)), None)
        if shown is not None:
            evidence += certificates_of(key, shown)
    endpoints = tuple(observation.endpoint for observation in case.observations)
    return open_case(case.device, endpoints, case.proxy, evidence, case.knowledge)


def _is_genuine(found: Identities, key: str) -> bool:
    identity = found.by_endpoint.get(key)
    return identity is not None and identity.genuine and identity.names


def _refused_although_public(groups: Sequence[Group]) -> Cause:
    issuers = dict.fromkeys(filter(None, (issuer_of(group) for group in groups)))
    shown = tuple(f"the certificate is issued by {printable(issuer, 120)}" for issuer in issuers)
    return Cause(
        code="tls.device-untrusted",
        severity="degraded",
        confidence="weak",
        title="The device refuses a public certificate",
        explanation=(
            "The certificates that passed are the hosts' own and public, so nobody opened TLS here; and yet the device "
            "ended the handshake with an alert. Its list of authorities may lack this one, or its clock may be wrong."
        ),
        because=(*_ends(groups), *shown[:3]),
        endpoints=tuple(group.id for group in groups),
    )


def _shows_certificates(attempt: Attempt) -> bool:
    return attempt.tunnel is not None and bool(flight_of(attempt.tunnel).certificates)


def _broken_off(group: Group) -> bool:
    return group.verdict in _FAILING and group.speaker is not None and group.speaker.kind == "broken-off"


def _ends(groups: Iterable[Group]) -> tuple[str, ...]:
    """How the device broke off, the most frequent first."""
    counts = Counter(each.words for group in groups for each in group.tries if each.kind == "broken-off")
    return tuple(f"{words} ({count}x)" for words, count in counts.most_common(3))


def _suspicion(groups: Sequence[Group]) -> Cause:
    issuers = dict.fromkeys(filter(None, (issuer_of(group) for group in groups)))
    shown = tuple(f"the certificate is issued by {printable(issuer, 120)}" for issuer in issuers)
    hidden = "" if issuers else " The certificates passed encrypted, as in TLS 1.3, and were not seen."
    return Cause(
        code="tls.inspected",
        severity="blocker",
        confidence="weak",
        title="The device itself breaks off TLS, as it does where a proxy opens it",
        explanation=(
            "The tunnel opened, the server answered, and then the device ended the handshake. That is what a device "
            "does that does not trust the certificate it is shown, and an inspecting proxy is the usual reason. It is "
            f"a suspicion: the device may have had others.{hidden}\nTo settle it, run proxycheck check on this "
            "network: it compares the certificates of all hosts."
        ),
        because=(*_ends(groups), *shown[:3]),
        endpoints=tuple(group.id for group in groups),
    )


def weighed(device: Device, causes: Iterable[Cause], groups: Mapping[str, Group]) -> tuple[Cause, ...]:
    """The causes by weight: what something required fails of blocks, unless an alternative was reached."""
    satisfied = satisfied_groups(device, groups)
    result: list[Cause] = []
    for cause in _joined(causes):
        severity: Severity = "degraded"
        failing = [groups[key] for key in cause.endpoints if groups[key].verdict in _FAILING]
        if not cause.endpoints or any(_required(group, satisfied) for group in failing):
            severity = "blocker"
        elif not any(group.listing.listed for group in failing):
            severity = "info"
        result.append(structs.replace(cause, severity=severity))
    return tuple(sorted(result, key=lambda cause: (_WEIGHT[cause.severity], -len(cause.endpoints))))


def _joined(causes: Iterable[Cause]) -> Iterable[Cause]:
    """What two rules say of one cause is told once: what the device met, and what its software is known to do there."""
    result: list[Cause] = []
    for cause in causes:
        number = next((n for n, known in enumerate(result) if _is_the_same(known, cause)), None)
        if number is None:
            result.append(cause)
            continue
        known = result[number]
        of_a_product = known if known.product is not None else cause
        result[number] = structs.replace(
            of_a_product,
            explanation=max(known.explanation, cause.explanation, key=len),
            because=tuple(dict.fromkeys((*known.because, *cause.because))),
            endpoints=tuple(dict.fromkeys((*known.endpoints, *cause.endpoints))),
        )
    return result


def _is_the_same(one: Cause, other: Cause) -> bool:
    """Whether two rules tell one cause. Only one of them may have seen the words that name the product."""
    if (one.code, one.confidence) != (other.code, other.confidence):
        return False
    if (one.severity == "info") != (other.severity == "info"):
        return False
    return one.product == other.product or None in (one.product, other.product)


def satisfied_groups(device: Device, groups: Mapping[str, Group]) -> frozenset[str]:
    """The `any_of` groups of which the device reached a member."""
    reached = {key for key, group in groups.items() if group.verdict in ("reached", "unsteady")}
    return frozenset(each.any_of for each in device.endpoints if each.any_of is not None and each.id in reached)


def _required(group: Group, satisfied: frozenset[str]) -> bool:
    endpoint = group.listing.endpoint
    if endpoint is None:
        return group.listing.tier == "required"
    return endpoint.tier == "required" and endpoint.any_of not in satisfied
