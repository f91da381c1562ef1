"""Where bytes came out of TLS, by owner and port."""

from collections.abc import Sequence

from msgspec import Struct

from proxycheck.diagnosis.observation.endpoint import Observation
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import ANSWER_INSIDE
from proxycheck.wire.domains import owner_of

Place = tuple[str, int]
"""An owner of hosts, and a port."""


class Hearing(Struct, frozen=True):
    """Where bytes came out of TLS. `asked` are the places at which hosts were asked for some, `answered` those where
    one answered, `excused` those where the hosts asked are as silent without the proxy, `owed` those where one that
    answers without the proxy does not answer through it."""

    asked: frozenset[Place] = frozenset()
    answered: frozenset[Place] = frozenset()
    excused: frozenset[Place] = frozenset()
    owed: frozenset[Place] = frozenset()

    def proves(self, observation: Observation) -> bool:
        """Whether it is known that bytes pass inside TLS to hosts like this one. A report from before this was asked
        is judged by what it has."""
        return not self.asked or place_of(observation) in self.answered | self.excused

    def cut_short(self, observation: Observation) -> bool:
        """Whether the run ended before this was asked of any host like this one."""
        speaks = observation.endpoint.speaks == "tls" and observation.proved and observation.inside is None
        return speaks and bool(self.asked) and place_of(observation) not in self.asked


def place_of(observation: Observation) -> Place:
    """The owner of an endpoint's host, and its port."""
    return owner_of(observation.endpoint.host), observation.endpoint.port


def hearing(observations: Sequence[Observation], outside: Sequence[Evidence]) -> Hearing:
    """Reads what hosts said when they were asked for bytes inside TLS, and what they say without the proxy."""
    asked = {o.id: o for o in observations if o.heard is not None}
    answered = {place_of(o) for o in asked.values() if o.heard is not None and o.heard.failure is None}
    directly = [(place_of(asked[e.endpoint]), e) for e in outside if e.endpoint in asked and e.variant == ANSWER_INSIDE]
    owed = {place for place, record in directly if record.failure is None} - answered
    return Hearing(
        asked=frozenset(place_of(o) for o in asked.values()),
        answered=frozenset(answered),
        excused=frozenset(place for place, _ in directly) - owed - answered,
        owed=frozenset(owed),
    )
