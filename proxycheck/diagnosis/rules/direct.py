"""Without a proxy: hosts whose name has no address here, or that do not take a connection.

A port on which nothing opens while others open is a rule of the network. A few hosts that fail while their neighbours
work are no verdict on it: guides age, and there is nothing left to compare with.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.upstream import whole_domain
from proxycheck.model.cause import CauseCode
from proxycheck.model.text import counted, printable

_CODES: dict[str, CauseCode] = {
    "unresolvable": "connect.dns-failure",
    "refused": "connect.upstream-refused",
    "timeout": "connect.timeout",
    "reset": "connect.reset",
}
_WORDS = {
    "unresolvable": "the name has no address",
    "refused": "the connection is refused",
    "timeout": "no answer",
    "reset": "the connection is reset",
    "unreachable": "no way there",
}
_MANY = 1 / 3
"""From this share of all hosts on, the failing ones are no longer an ageing guide's few."""


def unreached(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Blocked ports first; then what is left, by how it ended."""
    lost = [o for o in unexplained if o.reached is not None and not o.opened]
    blocked = [o for o in lost if _port_blocked(case, o)]
    if blocked:
        ports = ", ".join(str(port) for port in sorted({o.endpoint.port for o in blocked}))
        number = len(blocked)
        none = "the only connection did not open" if number == 1 else f"none of {number} connections opened"
        said = f"port {ports}: {none} ({_ends(blocked)})"
        others = f"{counted(len(case.opened), 'connection')} to other ports opened"
        yield Finding("network.port-blocked", tuple(blocked), "strong", (said, others))
    kinds: dict[CauseCode, list[Observation]] = defaultdict(list)
    for observation in lost:
        if observation not in blocked:
            kinds[_code(observation)].append(observation)
    for code, members in kinds.items():
        yield _among_neighbours(case, code, members)


def _failure(observation: Observation) -> str:
    reached = observation.reached
    return reached.failure.name if reached is not None and reached.failure is not None else ""


def _code(observation: Observation) -> CauseCode:
    reached = observation.reached
    if reached is not None and reached.operation == "host_dns":
        return "connect.dns-failure"
    return _CODES.get(_failure(observation), "connect.upstream-error")


def _port_blocked(case: Case, observation: Observation) -> bool:
    """Whether no host answers on this port: several hosts were tried, or one that answers on another port."""
    if not case.opened or _code(observation) == "connect.dns-failure":
        return False
    port = observation.endpoint.port
    here = [o for o in case.tunnels if o.endpoint.port == port and _code(o) != "connect.dns-failure"]
    if any(o.opened for o in here):
        return False
    elsewhere = {o.endpoint.host for o in case.opened}
    return len({o.endpoint.host for o in here}) > 1 or observation.endpoint.host in elsewhere


def _among_neighbours(case: Case, code: CauseCode, members: Sequence[Observation]) -> Finding:
    because = [_ends(members)]
    if not case.opened:
        return Finding(code, tuple(members), "strong", (*because, "not one connection opened"))
    because.append(f"{counted(len(case.opened), 'other connection')} opened")
    if len(members) > _MANY * len(case.tunnels) or whole_domain(case, members):
        return Finding(code, tuple(members), "strong", tuple(because))
    because.append("a host that is gone would look the same")
    return Finding(code, tuple(members), "weak", tuple(because), "degraded")


def _ends(members: Sequence[Observation]) -> str:
    counted = Counter(_failure(o) for o in members).most_common(3)
    detail = next((o.reached.failure.detail for o in members if o.reached and o.reached.failure), "")
    named = ((_WORDS.get(name, name), count) for name, count in counted)
    words = ", ".join(f"{word} ({count}x)" if count > 1 else word for word, count in named)
    return f"{words}: {printable(detail, 100)}" if detail else words
