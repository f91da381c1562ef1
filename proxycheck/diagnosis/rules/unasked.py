"""Credentials that a proxy wants and never asks for, and what it refuses before it asks for any."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from proxycheck.diagnosis.bare import bare_records, needing
from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.behind import ports_of
from proxycheck.diagnosis.rules.connect import answers, same_answer, status, too_much
from proxycheck.diagnosis.triangulation import CHECK, answer_of
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import NOT_ASKED_FOR
from proxycheck.model.text import counted, was, were


def wanted_unasked(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Tunnels that are refused without credentials in words that ask for none, and open with them. What opened without
    them after the same words was refused for another reason."""
    bare = [o for o in unexplained if o.decides == "tunnel" and o.shape is not None and not o.credentials_sent]
    if case.device.proxy.sends_unasked or not bare:
        return
    wanting = _opened_with_credentials(case, bare)
    recovered = [o.earlier for o in case.opened if o.earlier is not None and not o.credentials_sent]
    refusals = [o for o in wanting if not any(same_answer(o, other) for other in recovered)]
    members = tuple(o for o in bare if any(_refused_as(o, other) for other in refusals))
    if not members:
        return
    told = ", ".join(o.id for o in wanting)
    because = (
        f"{were(len(members), 'tunnel')} refused without user name and password: {answers(members)}",
        f"with user name and password, sent without being asked for, they open ({told})",
        "the proxy never asked for them: not one of these answers was 407",
    )
    yield Finding("auth.challenge-missing", members, "conclusive", because, detail=_RIGHT)


_RIGHT = (
    "User name and password are right: the proxy takes them where it asks for them. Make it answer 407 to these "
    "requests as well."
)


def refused_before(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Ports on which a rule refuses every tunnel before a login is asked for, while the same hosts are asked for one on
    another port. A rule that comes first needs no login to be seen."""
    asked = [o for o in case.tunnels if status(o) == _ASKS]
    by_port: dict[int, list[Observation]] = defaultdict(list)
    for observation in case.tunnels if asked and not case.opened else ():
        by_port[observation.endpoint.port].append(observation)
    closed = {port: found for port, found in by_port.items() if all(_forbidden(case, o) for o in found)}
    asking = {o.endpoint.host for o in asked}
    known = [o for found in closed.values() if any(o.endpoint.host in asking for o in found) for o in found]
    alike = [o for found in closed.values() for o in found if any(same_answer(o, other) for other in known)]
    members = tuple(o for o in alike if o in unexplained)
    if not members:
        return
    said = f"{counted(len(members), 'tunnel')} {was(len(members))} refused before any login"
    because = (
        f"port {ports_of(members)}: {said}: {answers(members)}",
        f"port {ports_of(asked)}: a login is asked for (407), also for the same hosts",
    )
    yield Finding("connect.port-denied", members, "strong", because, detail=_ALSO_REFUSED)


_ALSO_REFUSED = (
    "This rule comes before the question for a login, so user name and password alone do not help here. Test again "
    "once the login is settled: what else this proxy refuses shows only then."
)


def _forbidden(case: Case, observation: Observation) -> bool:
    """Whether a tunnel was refused by a client error that asks for nothing, and went out without credentials."""
    error = observation.shape is not None and 400 <= status(observation) < 500
    return error and _turns_away(case, observation) and not observation.credentials_sent


def refused_bare(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """Tunnels that were opened with credentials sent unasked, while the same without them is refused, or not answered,
    and never by a word that asks for some. What others were told that opened later is a fault of the moment."""
    if case.device.proxy.sends_unasked:
        return
    answers_to: dict[str, list[Observation]] = defaultdict(list)
    for record in bare_records(case):
        endpoint = next((o.endpoint for o in case.opened if o.id == record.endpoint and o.credentials_sent), None)
        if endpoint is not None:
            answers_to[endpoint.id].append(Observation(endpoint, "tunnel", None, (record,), None, None))
    recovered = [o.earlier for o in case.observations if o.earlier is not None and o.opened]
    told = {
        name: found
        for name, found in answers_to.items()
        if len(found) >= _TWICE and all(_turns_away(case, o) and not _met_by(o, recovered) for o in found)
    }
    members = needing(case, told)
    if not members:
        return
    refusals = [o for found in told.values() for o in found]
    asked = f"{counted(len(told), 'host')} {was(len(told))} asked again without user name and password"
    because = (
        f"{asked}, as the device begins: {answers(refusals)}",
        "with user name and password, sent without being asked for, these tunnels open",
        "the proxy never asked for them there: not one of these answers was 407",
    )
    yield Finding("auth.challenge-missing", members, "strong", because, final=False, detail=_RIGHT)


_TWICE = 2
"""How often the same was asked for, at least: once may be a fault of the moment."""


def _turns_away(case: Case, bare: Observation) -> bool:
    return status(bare) != _ASKS and not bare.opened and not too_much(case, bare)


_ASKS = 407


def _met_by(bare: Observation, others: Sequence[Observation]) -> bool:
    return any(same_answer(bare, other) for other in others)


def _opened_with_credentials(case: Case, bare: Sequence[Observation]) -> list[Observation]:
    sent = {record.endpoint: record for record in case.of(CHECK, "auth") if record.variant == NOT_ASKED_FOR}
    return [o for o in bare if o.id in sent and _opens(sent[o.id])]


def _opens(record: Evidence) -> bool:
    reply = answer_of(record)
    return reply is not None and reply.success


def _refused_as(one: Observation, other: Observation) -> bool:
    return one.endpoint.port == other.endpoint.port and same_answer(one, other)
