"""Credentials that a proxy wants and never asks for."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from proxycheck.diagnosis.bare import bare_records, needing
from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
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
