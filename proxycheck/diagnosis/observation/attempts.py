"""Sorts recorded evidence by endpoint, and within that by attempt: the last one counts."""

from collections.abc import Sequence

from proxycheck.diagnosis.observation.case import Case
from proxycheck.diagnosis.observation.endpoint import Observation, last_of
from proxycheck.model.device import Device, Endpoint
from proxycheck.model.evidence import Evidence
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.questions import ANSWER_INSIDE, BEYOND_THE_PACE, INSIDE_TLS, REFUSED_WITH
from proxycheck.model.target import ProxyAddress

_MEASURED = "endpoints"
_SET_ASIDE = frozenset((BEYOND_THE_PACE, REFUSED_WITH))


def _finished(records: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """The requests of one endpoint, none when the run was interrupted before the last one was answered: a 407 to which
    no credentials followed says nothing of them then."""
    cut = any(e.failure is not None and e.failure.name == "cancelled" for e in records)
    return () if cut else tuple(records)


_OF_AN_ATTEMPT = frozenset(("proxy_tcp", "connect", "auth", "tls", "http", "tunnel"))


def _ends_an_attempt(record: Evidence, following: str) -> bool:
    """Whether nothing follows this record but a second attempt: it failed, and the request that follows is no answer to
    a login that was asked for."""
    failure = record.failure
    if failure is None or record.operation not in _OF_AN_ATTEMPT:
        return False
    if failure.detail.startswith("407") and following == "auth":
        return False
    return failure.name != "cancelled" and record.variant not in (INSIDE_TLS, ANSWER_INSIDE)


def _last_attempt(own: Sequence[Evidence]) -> tuple[Sequence[Evidence], tuple[Evidence, ...]]:
    """The records of the last time that an endpoint was measured, and how the times before failed."""
    last, failed = own, list[Evidence]()
    for index, record in enumerate(own):
        following = next((e.operation for e in own[index + 1 :] if e.operation in ("connect", "auth")), None)
        if following is not None and _ends_an_attempt(record, following):
            last = own[index + 1 :]
            failed.append(record)
    return last, tuple(failed)


def _observe(endpoint: Endpoint, device: Device, records: Sequence[Evidence]) -> Observation:
    own, failed = _last_attempt([e for e in records if e.check == _MEASURED and e.variant not in _SET_ASIDE])
    straight = any(e.operation in ("host_dns", "host_tcp") for e in own)
    tunnels = endpoint.speaks != "http" or endpoint.port != 80 or device.proxy.plain_http == "tunnel"
    asked = (e for e in records if e.check == "plain-http" and e.variant not in _SET_ASIDE)
    plain = [e for e in asked if e.operation in ("http_forward", "auth")]
    return Observation(
        endpoint=endpoint,
        decides="tunnel" if tunnels or straight else "forward",
        tcp=last_of(own, ("proxy_tcp",)),
        connects=_finished([e for e in own if e.operation in ("connect", "auth")]),
        payload=last_of([e for e in own if e.variant is None], ("tls", "http", "tunnel")),
        forward=last_of(_finished(plain), ("http_forward", "auth")),
        forward_before=last_of([e for e in plain if e.failure is None][:-1], ("http_forward",)),
        inside=next((e for e in own if e.variant == INSIDE_TLS), None),
        heard=next((e for e in reversed(own) if e.variant == ANSWER_INSIDE), None),
        reached=last_of(own, ("host_dns", "host_tcp")),
        before=failed[-1] if failed else None,
        attempts=len(failed) + 1,
    )


def open_case(
    device: Device,
    endpoints: Sequence[Endpoint],
    proxy: ProxyAddress | None,
    evidence: Sequence[Evidence],
    knowledge: Knowledge,
) -> Case:
    """Sorts the evidence of a run by endpoint."""
    by_endpoint: dict[str, list[Evidence]] = {}
    for record in evidence:
        if record.endpoint is not None:
            by_endpoint.setdefault(record.endpoint, []).append(record)
    observations = tuple(_observe(e, device, by_endpoint.get(e.id, ())) for e in endpoints)
    return Case(device, proxy, observations, tuple(evidence), knowledge)
