"""What became of open tunnels that the host did not answer in: rules for the addon `tunnel_filter`."""

from collections.abc import Iterator
from datetime import datetime

from msgspec import structs

from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.lab.reproduction.connects import COMPARED
from proxycheck.lab.reproduction.groups import Groups
from proxycheck.lab.reproduction.replies import RecordedAnswer, dated, filled, likeness, moment_of
from proxycheck.lab.reproduction.targets import Selector
from proxycheck.model.evidence import Evidence
from proxycheck.model.files.scenario import Behaviour, Table
from proxycheck.model.target import Target

_ENDS = {"timeout": "silence", "reset": "reset", "limit": "silence", "open": "silence"}


def ending(record: Evidence, target: Target, start: datetime) -> RecordedAnswer:
    """How what was said in a tunnel was answered: `text` is a page, `then` what came after it."""
    then = _ENDS.get(record.ended, "close")
    if record.failure is not None and record.failure.name in ("eof", "reset", "timeout"):
        then = {"eof": "close", "reset": "reset", "timeout": "silence"}[record.failure.name]
    return dated(filled(RecordedAnswer(record.received, then), target), moment_of(record, start))


def tunnel_rules(case: Case, start: datetime, pages: frozenset[str], by_name: frozenset[str]) -> Behaviour | None:
    """All of them, of a run that began at `start`. `pages` are endpoints where plain HTTP was answered by somebody else
    than the host; `by_name` those whose handshake another addon cuts."""
    rules = [*_controls(case, start), *_endpoints(case, start, pages, by_name)]
    return Behaviour(addon="tunnel_filter", options={"tunnel_filter": [*rules]}) if rules else None


def _rule(selector: Selector, answer: RecordedAnswer, payload: str | None = None) -> Table:
    table: Table = {**selector.fields, **({"payload": payload} if payload else {})}
    if not answer.text:
        return {**table, "then": answer.then}
    table |= {"then": "page", "page": answer.written}
    if answer.fill:
        table["fill"] = True
    return {**table, "after": answer.then} if answer.then != "close" else table


def _controls(case: Case, start: datetime) -> Iterator[Table]:
    for variant, selector in COMPARED:
        control = case.control(variant)
        if control is not None and control.payload is not None and control.payload.failure is not None:
            named = structs.replace(selector, origin=control.evidence.endpoint or "")
            yield _rule(named, ending(control.payload, Target(control.host, 443), start))


def _endpoints(case: Case, start: datetime, pages: frozenset[str], by_name: frozenset[str]) -> Iterator[Table]:
    ended: dict[str, Groups[RecordedAnswer]] = {"tls": Groups(), "other": Groups()}
    passing: dict[str, list[Target]] = {"tls": [], "other": []}
    for observation in case.observations:
        payload, target = observation.payload, Target(observation.endpoint.host, observation.endpoint.port)
        if not observation.opened or payload is None:
            continue
        kind = "tls" if observation.endpoint.speaks == "tls" else "other"
        if observation.id in by_name or not _ends(observation, pages):
            passing[kind].append(target)
            continue
        answer = ending(payload, target, start)
        ended[kind].add(target, answer, likeness(answer, target, "GET"))
    for kind, groups in ended.items():
        for selector, answer in groups.against(passing[kind]):
            other = "other" if kind == "tls" else "tls"
            alone = not passing[other] and not len(ended[other])
            yield _rule(selector, answer, None if alone else kind)


def _ends(observation: Observation, pages: frozenset[str]) -> bool:
    return not observation.proved or (observation.id in pages and observation.endpoint.speaks != "tls")
