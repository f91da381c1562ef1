"""What a device needs, each need once: an endpoint, or a group of which one is enough."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct, structs

from proxycheck.model.cause import CauseCode
from proxycheck.model.device import Tier
from proxycheck.model.report import EndpointReport, Report

State = Literal["works", "fails", "unknown"]
"""`unknown`: nothing was decided or proved, or nothing was tried and no cause says why."""

_Named = tuple[CauseCode, str]
"""A cause, and an endpoint that it names."""

TIERS: tuple[Tier, ...] = ("required", "recommended", "optional")


class Need(Struct, frozen=True):
    """One endpoint, or the alternatives of one group; `shown` is the member that tells its state."""

    state: State
    shown: EndpointReport
    members: tuple[EndpointReport, ...]
    measured: bool


class NeedsTally(Struct, frozen=True):
    """How many needs work, fail and are unknown; of the unknown, `untried` were not measured. `measured` is how many
    were tried at all: what a cause stops before it is tried fails as well."""

    works: int = 0
    fails: int = 0
    unknown: int = 0
    untried: int = 0
    measured: int = 0

    @property
    def total(self) -> int:
        """All needs."""
        return self.works + self.fails + self.unknown

    def and_unasked(self, more: int) -> "NeedsTally":
        """The same with so many more, of which nothing was asked."""
        return structs.replace(self, unknown=self.unknown + more, untried=self.untried + more)


class Cost(Struct, frozen=True):
    """What a cause costs, as `host:port`: `needed` has one endpoint for each need that it stops, `spare` the
    others that it affects: alternatives, of which one is told already or works."""

    needed: tuple[str, ...]
    spare: tuple[str, ...]


def needs(report: Report) -> tuple[Need, ...]:
    """Every need of the report, in the order in which the guide lists it."""
    told = [(cause, (cause.code, endpoint)) for cause in report.causes for endpoint in cause.endpoints]
    notes = {what for cause, what in told if cause.severity == "info"}
    notes -= {what for cause, what in told if cause.severity != "info"}
    groups: dict[str, list[EndpointReport]] = {}
    for endpoint in report.endpoints:
        groups.setdefault(endpoint.any_of or f"{endpoint.id} alone", []).append(endpoint)
    return tuple(_need(members, notes) for members in groups.values())


def tally(chosen: Sequence[Need]) -> NeedsTally:
    """The needs by state."""
    states = [need.state for need in chosen]
    untried = sum(need.state == "unknown" and not need.measured for need in chosen)
    measured = sum(need.measured for need in chosen)
    return NeedsTally(states.count("works"), states.count("fails"), states.count("unknown"), untried, measured)


def cost(chosen: Sequence[Need], endpoints: Sequence[str]) -> Cost:
    """How these endpoints count among the needs; one that no need knows counts for itself."""
    wanted = frozenset(endpoints)
    spare: set[str] = set()
    for need in chosen:
        hit = [member.id for member in need.members if member.id in wanted]
        told = need.shown.id if need.shown.id in wanted or need.state == "works" else hit[0] if hit else None
        spare.update(each for each in hit if each != told)
    return Cost(tuple(e for e in endpoints if e not in spare), tuple(e for e in endpoints if e in spare))


def _need(members: Sequence[EndpointReport], notes: set[_Named]) -> Need:
    states = [_state(member, notes) for member in members]
    state = _best(members, states)
    measured = any(member.verdict != "skipped" for member in members)
    telling = [member for member, own in zip(members, states, strict=True) if own == state]
    tried = [member for member in telling if member.verdict != "skipped"]
    return Need(state, (tried or telling)[0], tuple(members), measured)


def _best(members: Sequence[EndpointReport], states: Sequence[State]) -> State:
    """The state of several of which one is enough: one that was tried and may work keeps the others from being the
    end of it."""
    if "works" in states:
        return "works"
    open_still = any(e.verdict != "skipped" and own == "unknown" for e, own in zip(members, states, strict=True))
    return "fails" if "fails" in states and not open_still else "unknown"


def _state(endpoint: EndpointReport, notes: set[_Named]) -> State:
    against = any((code, endpoint.id) not in notes for code in endpoint.causes)
    if endpoint.verdict == "pass":
        return "works"
    if endpoint.verdict == "warn" and not against:
        return "unknown" if endpoint.proved is False else "works"
    if endpoint.verdict == "fail" or (endpoint.verdict in ("skipped", "warn") and against):
        return "fails"
    return "unknown"
