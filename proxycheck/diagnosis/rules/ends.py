"""How what was said in an open tunnel ended, and what else may explain that: the words of the rules about tunnels."""

from collections.abc import Sequence

from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.model.questions import server_name

DEAD = frozenset(("eof", "reset", "timeout"))
"""The failures in which nothing was answered."""
_END_WORDS = {
    "eof": "closed",
    "reset": "reset",
    "timeout": "no answer",
    "malformed": "not an HTTP answer",
    "tls-alert": "a TLS alert",
    "tls-protocol": "broken TLS",
}


def failure_of(observation: Observation) -> str:
    """The name of the failure of what was said in the tunnel, empty where there was none."""
    payload = observation.payload
    return payload.failure.name if payload is not None and payload.failure is not None else ""


def decided(unexplained: tuple[Observation, ...]) -> list[Observation]:
    """Tunnels that opened, and in which the far end did not answer in kind."""
    return [o for o in unexplained if o.decides == "tunnel" and o.opened and o.finished and not o.proved]


def ends(observations: list[Observation]) -> str:
    """How they ended, in words."""
    return ", ".join(sorted({_END_WORDS.get(failure_of(o), failure_of(o)) for o in observations}))


def names_pass(case: Case, observations: Sequence[Observation]) -> bool:
    """Whether the names of these hosts were said in another host's tunnel, and none was cut there."""
    said = {server_name(o.endpoint.host) for o in observations}
    records = [record for variant in said for record in case.compared(variant, "tls")]
    return bool(records) and all(record.failure is None or record.failure.name not in DEAD for record in records)


def ambiguous(case: Case) -> bool:
    """Whether tunnels are opened before it is known whether the host can be reached: then a host that is gone ends in
    the same way. Without a proxy nothing tells a broken host from one that is cut off."""
    return case.proxy is None or any(
        control is not None and control.reply.success and control.payload is not None and control.payload.failure
        for control in (case.nonexistent, case.own_address)
    )


def directly(case: Case, observation: Observation) -> bool | None:
    """Whether the handshake completes without the proxy; None where that was not tried."""
    record = case.outside(observation.id, "control_tls")
    return None if record is None else record.failure is None


def is_down(case: Case, observation: Observation) -> bool:
    """Whether it fails without the proxy as well. That a name or an address fails here counts only where the proxy may
    not have reached the host either."""
    return directly(case, observation) is False or (ambiguous(case) and is_gone(case, observation))


def is_gone(case: Case, observation: Observation) -> bool:
    """Whether the host was not found or not reached without the proxy. One silence is no sign of that."""
    name, direct = case.outside(observation.id, "control_dns"), case.outside(observation.id, "control_tcp")
    failures = [control.failure.name for control in (name, direct) if control and control.failure]
    return (bool(failures) and failures[0] != "timeout") or len(failures) > 1
