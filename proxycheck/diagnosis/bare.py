"""What was answered to CONNECT without credentials, beside the same with them: as a device begins that sends none
unasked. Read off the records of the variant `bare`, which stand for the owner of their host, and its port."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.observation.hearing import Place, place_of
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import BARE
from proxycheck.wire.domains import owner_of


def is_bare(record: Evidence) -> bool:
    """Whether this asked without credentials, to see what they meet that begin so."""
    return record.variant == BARE and record.operation == "connect"


def bare_records(case: Case) -> tuple[Evidence, ...]:
    """Every such record."""
    return tuple(record for record in case.of("authentication", "connect") if is_bare(record))


def place_in(name: str) -> Place:
    """The place of an endpoint by its `host:port`."""
    host, _, port = name.rpartition(":")
    return owner_of(host.strip("[]")), int(port) if port.isdecimal() else 0


def needing(case: Case, names: Collection[str] | None) -> tuple[Observation, ...]:
    """The endpoints that were opened with credentials and are told of by what these were answered, or all where None is
    given: those at a place where all that were asked and opened so are among them, else these alone. TeamViewer brings
    a client of its own."""
    opened = [o for o in case.opened if o.decides == "tunnel" and o.credentials_sent]
    members = [o for o in opened if o.endpoint.speaks != "teamviewer"]
    if names is None:
        return tuple(members)
    asked = {record.endpoint or "" for record in bare_records(case)}.intersection(o.id for o in opened)
    places = {place_in(name) for name in names} - {place_in(name) for name in asked.difference(names)}
    return tuple(o for o in members if place_of(o) in places or o.id in names)


def share_of_turns(met: Sequence[tuple[str, bool]]) -> float | None:
    """How many of all answers break the device's attempt, where one host gave both kinds; None where none did: each is
    the name of an endpoint, and whether its answer does."""
    kinds: dict[str, set[bool]] = defaultdict(set)
    for name, broken in met:
        kinds[name].add(broken)
    if all(len(found) == 1 for found in kinds.values()):
        return None
    return sum(broken for _, broken in met) / len(met)
