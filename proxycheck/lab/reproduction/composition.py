"""From a report to the scenario that plays it, with what could not be carried over."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from proxycheck.diagnosis.judgement import Diagnosis
from proxycheck.diagnosis.observation import Case
from proxycheck.lab.reproduction import carried as carrying
from proxycheck.lab.reproduction.authorities import authority_rules, led_elsewhere, sends_twice
from proxycheck.lab.reproduction.connects import PASSWORD, USER, connect_rules, credentials_of
from proxycheck.lab.reproduction.expectation import expectation, listed
from proxycheck.lab.reproduction.greetings import stopped_greetings
from proxycheck.lab.reproduction.groups import Groups
from proxycheck.lab.reproduction.requests import page_of, request_rules
from proxycheck.lab.reproduction.told import told
from proxycheck.lab.reproduction.tunnels import tunnel_rules
from proxycheck.model.device import Device, Tier
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.files.scenario import Behaviour, Client, Scenario, Table
from proxycheck.model.questions import BAD_PASSWORD, control_of
from proxycheck.model.report import Report
from proxycheck.model.target import Probes, Target
from proxycheck.model.text import printable
from proxycheck.runner import reopen
from proxycheck.wire.address import stored_proxy

_TIERS: tuple[Tier, ...] = ("required", "recommended", "optional")
_WAITING_S = 2.0
"""The deadline where something never answers: a lab on one computer needs no more."""
_PATIENT_S = 5.0
_LONGEST_S = 60.0
_WAITS = ("stall", "silence")


class Reproduction(Struct, frozen=True):
    """The scenario, in words what of the report is in it, and what could not be carried over."""

    scenario: Scenario
    played: tuple[str, ...]
    lost: tuple[str, ...]


def reproduce(report: Report, device: Device, knowledge: Knowledge) -> Reproduction:
    """Reproduces a report, as today's rules judge it. Raises UsageError for one that no lab can play."""
    whole = reopen(report, device, knowledge)
    carrying.refuse_unplayable(whole.report)
    part = carrying.carried(whole.report)
    played = whole if part.report == whole.report else reopen(part.report, device, knowledge)
    judged, case, diagnosis = played.report, played.case, played.diagnosis
    behaviour = tuple(behaviours(judged, case, diagnosis))
    closed = any(cause.code == "proxy.refused" for cause in judged.causes)
    lost = (
        *_judged_otherwise(report, whole.report),
        *part.lost,
        *carrying.replaced(judged, behaviour),
        *(("that the interceptor sends one certificate twice: here it comes once",) if sends_twice(diagnosis) else ()),
        *carrying.vanished(whole.report.causes, judged.causes),
    )
    scenario = Scenario(
        title=_title(judged),
        source=_source(report),
        tags=("reproduced", *(("waits",) if _waits(behaviour) else ())),
        device=device.name,
        listener="closed" if closed else "open",
        behaviour=() if closed else behaviour,
        client=client(judged, case, device, behaviour),
        beside=part.beside,
        expect=expectation(judged, carrying.NOT_DUE),
        note=_note(lost),
    )
    return Reproduction(scenario, tuple(told(scenario)), tuple(lost))


def behaviours(report: Report, case: Case, diagnosis: Diagnosis) -> Iterator[Behaviour]:
    """The addons in the order in which they are asked: who comes first decides."""
    passing = _passing(report, case)
    foreign = _answered_by_others(report, case)
    stopped = stopped_greetings(case)
    yield from request_rules(case, diagnosis.identities.at, foreign)
    connect = connect_rules(report, case, passing)
    if connect is not None:
        yield connect
    if stopped.rules:
        yield Behaviour(addon="hello_filter", options={"hello_filter": [*stopped.rules]})
    tunnel = tunnel_rules(case, diagnosis.identities.at, foreign, stopped.explained)
    if tunnel is not None:
        yield tunnel
    authorities = authority_rules(diagnosis)
    if authorities:
        yield Behaviour(addon="tls_authorities", options={"tls_authorities": [*authorities]})
    pages = _pages(case, diagnosis)
    if pages:
        yield pages
    elsewhere = list(led_elsewhere(diagnosis))
    if elsewhere:
        yield Behaviour(addon="names", options={"names_elsewhere": [*elsewhere]})


def _passing(report: Report, case: Case) -> frozenset[str]:
    """Endpoints that failed in some turns only: at first, at the end, or beside as many others as at first."""
    named = {e.id for e in report.endpoints if _TURNS & {*e.causes}}
    crowded = any(cause.code == "proxy.capacity" for cause in report.causes)
    beside = [e for e in case.of("controls", "connect") if (control_of(e.variant) or ("", ""))[0] in _AGAIN]
    return frozenset(named | {e.endpoint for e in beside if crowded and e.failure is not None and e.endpoint})


_AGAIN = frozenset(("again", "crowd"))
_TURNS = frozenset(("proxy.capacity", "endpoint.unsteady"))


def _answered_by_others(report: Report, case: Case) -> frozenset[str]:
    """Endpoints where plain HTTP was answered by somebody else than the host."""
    answered = {o.id for o in case.observations if o.decides == "forward" or o.opened}
    return frozenset(
        e.id
        for e in report.endpoints
        if any(c.startswith(_PAGES) or (c.startswith("connect.") and e.id in answered) for c in e.causes)
    )


_PAGES = ("http.", "tunnel.block-page")


def _pages(case: Case, diagnosis: Diagnosis) -> Behaviour | None:
    """Pages inside TLS, by host alone: that is how the addon chooses."""
    shown: Groups[Table] = Groups()
    inside = [j.observation for j in diagnosis.endpoints if j.tls is not None and j.tls.row in _PAGE_ROWS]
    hosts = {observation.endpoint.host for observation in inside}
    for observation in inside:
        page = page_of(observation, diagnosis.identities.at)
        if page is not None:
            shown.add(Target(observation.endpoint.host, 0), page, tuple(map(str, page.values())))
    others = {Target(o.endpoint.host, 0) for o in case.observations if o.endpoint.host not in hosts}
    rules = [{**selector.fields, **page} for selector, page in shown.against(others)]
    return Behaviour(addon="http_pages", options={"http_pages": [*rules]}) if rules else None


_PAGE_ROWS = ("page-only", "one-page-for-all", "one-key-for-many-hosts")


def client(report: Report, case: Case, device: Device, behaviour: Iterable[Behaviour]) -> Client:
    """How the check has to be made to ask the same."""
    login = credentials_of(report, case)
    measured = {endpoint.id for endpoint in report.endpoints}
    tier = next((t for n, t in enumerate(_TIERS, 1) if measured == _within(device, n)), None)
    known = {endpoint.id for endpoint in device.endpoints}
    probed = any(e.variant == BAD_PASSWORD for e in case.of("authentication", "auth"))
    return Client(
        user=USER if login.given else None,
        password=PASSWORD if login.given else None,
        scheme=stored_proxy(report.proxy.url).scheme if report.proxy is not None else "http",
        timeout=_timeout(behaviour),
        concurrency=min(max(report.run.request.concurrency, 1), 256),
        tier=tier or "optional",
        only=() if tier else listed([e for e in device.endpoints if e.id in measured], device.endpoints),
        add=tuple(sorted(measured - known)),
        probes=Probes(bad_password=probed),
    )


def _within(device: Device, tiers: int) -> set[str]:
    return {endpoint.id for endpoint in device.endpoints if endpoint.tier in _TIERS[:tiers]}


def _rules(behaviour: Iterable[Behaviour]) -> Iterator[Table]:
    for each in behaviour:
        for value in each.options.values():
            if isinstance(value, list):
                yield from (rule for rule in value if isinstance(rule, dict))


def _waits(behaviour: Iterable[Behaviour]) -> bool:
    return any(rule.get("then") in _WAITS or rule.get("after") in _WAITS for rule in _rules(behaviour))


def _timeout(behaviour: Iterable[Behaviour]) -> float:
    rules = list(_rules(behaviour))
    slowest = max((delay for rule in rules if isinstance(delay := rule.get("delay"), float)), default=0.0)
    return min(_LONGEST_S, max(_WAITING_S if _waits(behaviour) else _PATIENT_S, 2 * slowest))


def _title(report: Report) -> str:
    titles = dict.fromkeys(cause.title for cause in report.causes if cause.severity != "info")
    return printable("; ".join(titles) or "A proxy through which everything works", 200)


def _source(report: Report) -> str:
    url = report.proxy.url if report.proxy is not None else "no proxy"
    device = f"{report.device.title} ({report.device.document})"
    return printable(f"report {report.run.id} of {report.run.started_at} about {device}, {url}", 400)


def _judged_otherwise(saved: Report, today: Report) -> Iterator[str]:
    def judgement(report: Report) -> tuple[str, list[str]]:
        return report.verdict, sorted(f"{cause.code} ({cause.severity})" for cause in report.causes)

    if judgement(saved) != judgement(today):
        verdict, codes = judgement(saved)
        yield f"the saved judgement ({verdict}: {', '.join(codes) or 'no cause'}): today's rules judge otherwise"


def _note(lost: Iterable[str]) -> str | None:
    text = "; ".join(lost)
    return f"Not carried over: {printable(text, 2000)}." if text else None
