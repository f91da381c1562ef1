"""How CONNECT is answered: rules for the addon `raw_connect`."""

import re
from collections.abc import Hashable, Iterator, Sequence

from msgspec import Struct, structs

from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.lab.reproduction.groups import Groups
from proxycheck.lab.reproduction.replies import SLOW_S, RecordedAnswer, connect_answer, likeness, target_of
from proxycheck.lab.reproduction.targets import NO_SUCH_NAME, Selector
from proxycheck.model.evidence import Evidence
from proxycheck.model.files.scenario import Behaviour, Table
from proxycheck.model.questions import (
    BAD_PASSWORD,
    NONE_AFTER,
    NONEXISTENT,
    NOT_ASKED_FOR,
    OWN_ADDRESS,
    OWN_PORT,
    UNASKED,
    after_407,
    login_of,
    nonexistent_at,
)
from proxycheck.model.report import Report
from proxycheck.model.target import Target
from proxycheck.wire.auth.refusal import REFUSED
from proxycheck.wire.http.reply import read_reply

USER, PASSWORD, OTHER_PASSWORD = "clerk", "example", "another"
_LOOPBACK = "^127[.]0[.]0[.]1$"
COMPARED = (
    (NONEXISTENT, Selector(NO_SUCH_NAME)),
    (OWN_ADDRESS, Selector(_LOOPBACK, (443,))),
    (OWN_PORT, Selector(_LOOPBACK)),
)
"""The comparisons that a run makes: a name that cannot exist, and the proxy's own address, whose port is not known
beforehand and comes last."""


class Login(Struct, frozen=True):
    """Whether credentials were given in the run, and whether the proxy took them."""

    given: bool
    accepted: bool


def credentials_of(report: Report, case: Case) -> Login:
    """What became of the run's credentials."""
    sent = [e for e in case.evidence if with_credentials(e) and e.variant in (None, UNASKED)]
    given = bool(sent) or any(e.check == "authentication" and login_of(e.variant) is not None for e in case.evidence)
    named = report.proxy is not None and report.proxy.auth.username is not None
    statuses = [read_reply("CONNECT", e.received_bytes, closed=True).status for e in sent]
    return Login(given or named, any(status not in (0, *REFUSED) for status in statuses))


def with_credentials(record: Evidence) -> bool:
    """Whether a request carried credentials by Basic."""
    if record.operation not in ("connect", "auth", "http_forward"):
        return False
    return "\r\nproxy-authorization: basic" in record.sent.lower()


def connect_rules(report: Report, case: Case, passing: frozenset[str]) -> Behaviour | None:
    """All of them; `passing` are endpoints that failed at first and opened when they were asked for again."""
    login = credentials_of(report, case)
    measured = [*_endpoints(case, login, passing)]
    rules = [*_told_apart(_controls(report, case), measured), *_other_schemes(case), *_probes(case, login), *measured]
    if not rules:
        return None
    right = PASSWORD if login.accepted else OTHER_PASSWORD
    options: dict[str, str | list[str | Table]] = {"raw_connect": [*rules]}
    if login.given or any("authorization" in rule for rule in rules):
        options["raw_connect_credentials"] = f"{USER}:{right}"
    return Behaviour(addon="raw_connect", options={**options})


def _told_apart(asked: Iterator[Table], measured: list[Table]) -> Iterator[Table]:
    """The controls that were answered otherwise than everything for which there is no rule of its own."""
    default = {key: value for key, value in measured[-1].items() if key not in _PLACES} if measured else {}
    for rule in asked:
        if {key: value for key, value in rule.items() if key not in _PLACES} != default:
            yield rule


_PLACES = ("from", "hosts", "ports")


def _rule(selector: Selector, answer: RecordedAnswer, **more: str) -> Table:
    return {**selector.fields, **more, **answer.fields}


def _controls(report: Report, case: Case) -> Iterator[Table]:
    ports = sorted({observation.endpoint.port for observation in case.tunnels})
    at_ports = [(nonexistent_at(port), Selector(NO_SUCH_NAME, (port,))) for port in ports]
    yield from _closed_to_any_name(report, case)
    for variant, selector in (*at_ports, *COMPARED):
        control = case.control(variant)
        if control is not None and control.evidence.endpoint is not None:
            answer = connect_answer(control.evidence, target_of(control.evidence))
            named = structs.replace(selector, origin=control.evidence.endpoint)
            yield _rule(named, structs.replace(answer, delay=0.0))
    for observation in case.tunnels:
        control = case.at_open_port(observation)
        if control is not None and control.evidence.endpoint is not None:
            target = target_of(control.evidence)
            host = f"^{re.escape(target.host)}$"
            named = Selector(host, (target.port,), origin=control.evidence.endpoint)
            yield _rule(named, structs.replace(connect_answer(control.evidence, target), delay=0.0))


def _closed_to_any_name(report: Report, case: Case) -> Iterator[Table]:
    """Ports that were found closed by a report from before a name that cannot exist was asked for there: a proxy that
    looks at ports first refuses that as well."""
    closed = {name for cause in report.causes if cause.code == "connect.port-denied" for name in cause.endpoints}
    told: set[int] = set()
    for observation in case.tunnels:
        port = observation.endpoint.port
        unknown = case.nonexistent_at(port) is None and port not in told
        if observation.id in closed and unknown and observation.shape is not None and observation.connects:
            told.add(port)
            answer = connect_answer(observation.connects[-1], Target(observation.endpoint.host, port))
            yield _rule(Selector(NO_SUCH_NAME, (port,), origin=observation.id), structs.replace(answer, delay=0.0))


def _endpoints(case: Case, login: Login, passing: frozenset[str]) -> Iterator[Table]:
    by_turns: Groups[RecordedAnswer] = Groups()
    states: dict[str, Groups[RecordedAnswer]] = {"missing": Groups(), "given": Groups()}
    slow = _slow(case)
    # Each of these hosts is asked once more beside: without a tunnel there is one greeting.
    greeted = {e.endpoint for e in case.evidence if e.check == "hellos"}
    closing = {e.endpoint for e in case.evidence if e.variant == after_407("closed")}
    for observation in case.observations:
        target = Target(observation.endpoint.host, observation.endpoint.port)
        times = 2 if observation.id in greeted else 1
        records = observation.connects
        turns = _failing_turns(case, observation, times) if observation.id in passing else {}
        if turns:
            answer = _turned_down(next(iter(turns.values())), target)
            by_turns.add(target, structs.replace(answer, numbers=tuple(turns)), (likeness(answer, target), *turns))
            records = _opening_record(case, observation)
        elif observation.failed_tcp:
            # A lab accepts every connection; what it can do is to end it.
            states["missing"].add(target, RecordedAnswer("", "close", first=times), "not accepted")
        last = {"given" if with_credentials(e) else "missing": e for e in records}
        for state, record in last.items():
            answer = connect_answer(record, target)
            if not slow:
                answer = structs.replace(answer, delay=0.0)
            if answer.then == "next" and observation.id in closing:
                answer = structs.replace(answer, then="close")
            states[state].add(target, answer, (likeness(answer, target), bool(answer.delay)))
    others = [Target(o.endpoint.host, o.endpoint.port) for o in case.observations]
    turned = {target for members in by_turns.members().values() for target in members}
    for selector, answer in by_turns.against(target for target in others if target not in turned):
        yield _rule(selector, answer)
    once = {"first": 1} if _remembered(case) else {}
    for state, groups in states.items():
        authorization = _authorization(state, login, asked=len(states["given"]) > 0)
        for selector, answer in groups.with_default(_opening(groups)):
            yield {**_rule(selector, answer, **authorization), **(once if state == "missing" else {})}


def _turned_down(record: Evidence, target: Target) -> RecordedAnswer:
    """What a request got that failed in some turns only."""
    if record.operation == "proxy_tcp":
        return RecordedAnswer("", "close")
    return structs.replace(connect_answer(record, target), delay=0.0)


def _opening_record(case: Case, observation: Observation) -> tuple[Evidence, ...]:
    """How the tunnel of such an endpoint opens in the other turns: as it did once, or as any other did."""
    opened = [e for e in case.evidence if e.operation in ("connect", "auth") and e.failure is None]
    own = [e for e in opened if e.endpoint == observation.id]
    return tuple((own or opened)[:1])


def _failing_turns(case: Case, observation: Observation, times: int) -> dict[int, Evidence]:
    """Which of the requests for an endpoint failed, counted from 1 on, with their records. Where a greeting was sent
    beside the measuring, either may come first."""
    asked = [e for e in case.evidence if e.endpoint == observation.id and _is_request(e)]
    asked.sort(key=lambda record: record.started_s)
    turns = _failed(asked)
    first = next(iter(turns), 0)
    if not 0 < first <= times:
        return turns
    # As it is played, that greeting has no tunnel, and then no other is sent.
    greeting = next((e for e in asked if e.check == "hellos"), None)
    played = _failed([e for e in asked if e.check != "hellos" or e is greeting])
    return {**dict.fromkeys(range(1, times + 1), turns[first]), **played}


def _failed(asked: Sequence[Evidence]) -> dict[int, Evidence]:
    """Those that failed by their number; a question for credentials is no failure."""
    return {n: e for n, e in enumerate(asked, 1) if e.failure is not None and not e.failure.detail.startswith("407")}


def _is_request(record: Evidence) -> bool:
    """Whether this asked for a tunnel; a connection that was not accepted stands for the request on it."""
    return record.operation in ("connect", "auth") or (record.operation == "proxy_tcp" and record.failure is not None)


def _authorization(state: str, login: Login, *, asked: bool) -> dict[str, str]:
    if not asked:
        return {}
    if state == "missing":
        return {"authorization": "missing"}
    return {"authorization": "right" if login.accepted else "wrong"}


def _opening(groups: Groups[RecordedAnswer]) -> Hashable | None:
    """The most common answer that opens a tunnel, None where none does."""
    opening = [key for key in groups.members() if _always(groups.of(key))]
    return max(opening, key=lambda key: len(groups.members()[key]), default=None)


def _always(answer: RecordedAnswer) -> bool:
    """Whether the answer opens a tunnel each time."""
    return answer.then == "judged" and answer.first is None and not answer.numbers


def _slow(case: Case) -> bool:
    """Whether delays are the proxy's own: some answers took long, and not because everything did for a moment."""
    took = [o.connect.duration_s for o in case.observations if o.connect is not None and o.connect.received]
    return bool(took) and (min(took) >= SLOW_S or sum(t < SLOW_S / 2 for t in took) * 2 > len(took))


def _remembered(case: Case) -> bool:
    found = next((e for e in case.of("authentication", "auth") if e.variant == NONE_AFTER), None)
    return found is not None and found.failure is None


def _probes(case: Case, login: Login) -> Iterator[Table]:
    """What credentials got that were sent unasked, or that were wrong on purpose."""
    states = {
        UNASKED: "right" if login.accepted else "wrong",
        NOT_ASKED_FOR: "right",
        BAD_PASSWORD: "wrong",
    }
    for record in case.of("authentication", "auth"):
        if record.variant in states and record.endpoint is not None and record.sent:
            answer = connect_answer(record, target_of(record))
            asked = Selector(origin=record.endpoint)
            yield _rule(asked, structs.replace(answer, delay=0.0), authorization=states[record.variant])


def _other_schemes(case: Case) -> Iterator[Table]:
    """A login by another scheme than Basic, message by message."""
    said = [e for e in case.of("authentication", "auth") if login_of(e.variant) is not None and e.sent]
    for number, record in enumerate(said, 1):
        message = login_of(record.variant)
        scheme = message.scheme if message is not None else ""
        answer = connect_answer(record, target_of(record))
        answer = structs.replace(answer, delay=0.0, first=1 if number < len(said) else None)
        if "\r\nproxy-authorization:" in record.sent.lower():
            asked = Selector(origin=record.endpoint or "")
            yield _rule(asked, answer, authorization="other", pattern=f"Authorization: *{scheme} ")
