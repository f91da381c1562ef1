"""Credentials that a proxy wants and never asks for."""

from collections.abc import Iterator, Sequence

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.connect import answers, same_answer
from proxycheck.diagnosis.triangulation import CHECK, answer_of
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import NOT_ASKED_FOR
from proxycheck.model.text import were


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


def _opened_with_credentials(case: Case, bare: Sequence[Observation]) -> list[Observation]:
    sent = {record.endpoint: record for record in case.of(CHECK, "auth") if record.variant == NOT_ASKED_FOR}
    return [o for o in bare if o.id in sent and _opens(sent[o.id])]


def _opens(record: Evidence) -> bool:
    reply = answer_of(record)
    return reply is not None and reply.success


def _refused_as(one: Observation, other: Observation) -> bool:
    return one.endpoint.port == other.endpoint.port and same_answer(one, other)
