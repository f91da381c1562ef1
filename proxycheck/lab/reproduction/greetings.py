"""Which TLS greetings do not pass: rules for the addon `hello_filter`."""

import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

from proxycheck.catalogue.client_hellos import load_client_hello
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.lab.reproduction.targets import NO_SUCH_NAME, hosts_pattern, names_of
from proxycheck.model.evidence import Evidence
from proxycheck.model.files.scenario import Table
from proxycheck.model.questions import control_of, hello_of
from proxycheck.model.target import Target

_TLS_13, _HYBRID = 0x0304, 0x11EC
_DEAD = {"eof": "close", "reset": "reset", "timeout": "silence"}
_FATAL = "\x15\x03"
_RECORD_HEADER = 5


class Hello(Struct, frozen=True):
    """One greeting and what became of it: `end` is how it was ended, None where it was answered in kind."""

    host: str
    length: int
    newest: bool
    hybrid: bool
    pieces: bool
    end: str | int | None


class Condition(Struct, frozen=True):
    """Which greetings are stopped, as the addon has it: one field and its value."""

    field: str
    value: int | bool

    def holds(self, hello: Hello) -> bool:
        """Whether it is true of a greeting."""
        match self.field:
            case "offers":
                return hello.newest
            case "lacks":
                return not hello.newest
            case "in_pieces":
                return hello.pieces
            case "group":
                return hello.hybrid
            case _:
                return hello.length > self.value


class Stopped(Struct, frozen=True):
    """The rules, and the endpoints whose own handshake they explain."""

    rules: tuple[Table, ...] = ()
    explained: frozenset[str] = frozenset()


def stopped_greetings(case: Case) -> Stopped:
    """Names that are cut in any tunnel, then kinds of greetings that do not pass where others do."""
    named, by_name = _by_name(case)
    rules, by_kind = _by_kind(case, by_name)
    return Stopped((*named, *rules), frozenset((*by_name, *by_kind)))


def end_of(record: Evidence) -> str | int | None:
    """How a handshake was ended before anything was said, in the addon's words; None where it was not."""
    failure = record.failure
    if failure is None or (record.tls is not None and record.tls.version is not None):
        return None
    if record.received.startswith(_FATAL) and len(record.received) == 7:
        return ord(record.received[6])
    return _DEAD.get(failure.name) if not record.received else None


def _died(observation: Observation) -> str | int | None:
    payload = observation.payload
    if payload is None or payload.operation != "tls" or not observation.opened:
        return None
    return end_of(payload)


def _by_name(case: Case) -> tuple[list[Table], list[str]]:
    """Hosts whose name alone, in another host's tunnel, is cut. Those are meant that ended as the asked ones."""
    asked = ((control_of(e.variant), e) for e in case.of("controls", "tls"))
    named = [(control, e) for control, e in asked if control is not None]
    told = {host: e for (kind, host), e in named if kind == "server-name"}
    strangers = {end_of(e) for (kind, _), e in named if kind == "no-such-name"}
    ends: dict[str | int, list[Observation]] = {}
    for observation in case.observations:
        end = _died(observation)
        if end is not None:
            ends.setdefault(end, []).append(observation)
    rules: list[Table] = []
    explained: list[str] = []
    for end, members in ends.items():
        records = [told[o.endpoint.host] for o in members if o.endpoint.host in told]
        if records and all(end_of(record) == end for record in records):
            hosts = {o.endpoint.host for o in members}
            others = {o.endpoint.host for o in case.observations if o.payload is not None} - hosts
            origin = names_of(Target(host, 0) for host in sorted(hosts))
            names = hosts_pattern(hosts, others)
            names = f"{names}|{NO_SUCH_NAME}" if end in strangers else names
            rules.append({"from": origin, "names": names, "then": end})
            explained += [o.id for o in members]
    return rules, explained


def _names(record: Evidence) -> bool:
    return (control_of(record.variant) or ("", ""))[0] == "server-name"


def _by_kind(case: Case, by_name: Sequence[str]) -> tuple[list[Table], list[str]]:
    heard = [hello for observation in case.observations for hello in _heard(case, observation)]
    heard = [hello for hello in heard if not any(name.startswith(f"{hello.host}:") for name in by_name)]
    living = {hello.host for hello in heard if hello.end is None}
    passed = [hello for hello in heard if hello.end is None]
    lost = [hello for hello in heard if hello.end is not None and hello.host in living]
    rules: list[Table] = []
    conditions: list[tuple[Condition, str]] = []
    for condition in _conditions(passed, lost):
        members = [hello for hello in lost if condition.holds(hello)]
        if not members:
            continue
        hosts = {hello.host for hello in members}
        others = {hello.host for hello in passed if condition.holds(hello)}
        if hosts & others:
            continue
        names = hosts_pattern(hosts, others) if others else ""
        rules.append(_rule(condition, names, members))
        conditions.append((condition, names))
        lost = [hello for hello in lost if hello not in members]
    explained = [o.id for o in case.observations if _died(o) is not None and _explains(conditions, o)]
    return rules, explained


def _explains(conditions: Sequence[tuple[Condition, str]], observation: Observation) -> bool:
    """Whether an endpoint's own handshake is stopped by one of these conditions, each for some names or for all."""
    own = _hello(observation.payload, observation) if observation.payload is not None else None
    host = observation.endpoint.host
    return own is not None and any(c.holds(own) and re.search(names, host) for c, names in conditions)


def _rule(condition: Condition, names: str, members: Sequence[Hello]) -> Table:
    rule: Table = {"from": names_of(Target(host, 0) for host in sorted({hello.host for hello in members}))}
    rule |= {"names": names} if names else {}
    return {**rule, condition.field: condition.value, "then": members[0].end if members[0].end is not None else "close"}


def _conditions(passed: Sequence[Hello], lost: Sequence[Hello]) -> Iterator[Condition]:
    """What may tell the lost ones, the plainest first."""
    if not lost:
        return
    kinds = [
        Condition("lacks", _TLS_13),
        Condition("offers", _TLS_13),
        Condition("in_pieces", value=True),
        Condition("longer_than", max((hello.length for hello in passed if not hello.pieces), default=0)),
        Condition("group", _HYBRID),
    ]
    whole = [c for c in kinds if not any(c.holds(hello) for hello in passed)]
    yield from sorted(whole, key=lambda c: -sum(c.holds(hello) for hello in lost))
    yield from (c for c in kinds if c not in whole)


def _heard(case: Case, observation: Observation) -> Iterator[Hello]:
    """Every greeting to one host; of a repeated one, the best."""
    best: dict[str, Evidence] = {}
    own = [e for e in case.of("endpoints", "tls") if e.endpoint == observation.id]
    for record in (*case.of("hellos", "tls"), *own):
        if record.endpoint == observation.id and record.tls is not None:
            key = record.variant or record.tls.profile
            if key not in best or best[key].failure is not None:
                best[key] = record
    for record in best.values():
        hello = _hello(record, observation)
        if hello is not None and (record.failure is None or hello.end is not None):
            yield hello


def _hello(record: Evidence, observation: Observation) -> Hello | None:
    if record.tls is None or len(record.sent) < _RECORD_HEADER:
        return None
    length = _RECORD_HEADER + int.from_bytes(record.sent[3:5].encode("latin-1"), "big")
    greeting = hello_of(record.variant)
    pieces = greeting is not None and greeting.split
    newest = record.tls.profile == "openssl"
    hybrid = False
    if not record.tls.profile.startswith("openssl"):
        profile = load_client_hello(record.tls.profile)
        newest, hybrid = _TLS_13 in profile.versions, _HYBRID in profile.groups
    return Hello(observation.endpoint.host, length, newest, hybrid, pieces, end_of(record))
