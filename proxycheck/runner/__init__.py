"""Runs the checks under limits, has their evidence diagnosed, and builds the report; nothing is judged here."""

import asyncio
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from msgspec import structs

import proxycheck
from proxycheck.checks import ask_all, network
from proxycheck.checks.authentication.credentials import refused_logins
from proxycheck.checks.authentication.login_probes import variants
from proxycheck.checks.session import Observer, Session
from proxycheck.errors import ConfigurationError, UsageError
from proxycheck.model.device import Device, Endpoint, Speaks, one_of_each
from proxycheck.model.evidence import TlsEvidence
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.report import EndpointReport, Report, Run, RunRequest, Tool
from proxycheck.model.target import ProxyAddress, Target
from proxycheck.net.authentication.gate import CredentialGate
from proxycheck.net.budget import EvidenceBudget
from proxycheck.net.computer.descriptors import affordable
from proxycheck.net.direct import DirectRoute
from proxycheck.net.patience import Patience
from proxycheck.net.trace import Trace
from proxycheck.net.tunnel import ProxyRoute
from proxycheck.runner.ahead import ReadingAhead
from proxycheck.runner.early import name_blocker
from proxycheck.runner.interruption import Interruption
from proxycheck.runner.loading import JUDGES, READERS, Loading, Steps, modules
from proxycheck.runner.plan import Plan
from proxycheck.wire.address import stored_proxy
from proxycheck.wire.auth.basic import Basic
from proxycheck.wire.auth.scheme import Unanswerable
from proxycheck.wire.domains import owner_of
from proxycheck.wire.secrets.redaction import Redactor

if TYPE_CHECKING:
    from proxycheck.diagnosis.trust import Trust
    from proxycheck.runner.assembly import Judged
    from proxycheck.wire.certificates.outcome import Verification

__all__ = [
    "Interruption",
    "Observer",
    "Plan",
    "judge_again",
    "most_refused_logins",
    "reopen",
    "run",
    "with_own_commands",
]


def run(
    plan: Plan,
    knowledge: Knowledge | Callable[[], Knowledge],
    observer: Observer,
    interruption: Interruption | None = None,
) -> Report:
    """Measures and judges. An interrupt (Ctrl-C) ends the measuring; the report then says so.

    `knowledge` may be what loads it: that is called beside the proxy's first answer. With an `interruption`
    that is entered, one that comes while the report is made is held back as well.

    Raises UsageError for credentials that Basic cannot carry, ConfigurationError for unreadable roots or logs."""
    load = cache(lambda: knowledge() if callable(knowledge) else knowledge)
    started = datetime.now(UTC)
    trust = cache(lambda: _trust(plan, started))
    session = _session(plan, observer, trust)
    loaded = _Loaded(load, trust)
    interrupted = _measured(session, plan, loaded, interruption or Interruption())
    from proxycheck.runner.assembly import Material, assemble
    from proxycheck.runner.contacts import contacts
    from proxycheck.runner.selection import left_out

    finished = datetime.now(UTC)
    evidence = (*plan.prior, *session.trace.evidence)
    material = Material(
        tool=structs.replace(_tool(), fault=tuple(session.faults)),
        run=Run(
            id=session.nonce,
            started_at=_stamp(started),
            finished_at=_stamp(finished),
            duration_s=round(session.trace.now(), 3),
            interrupted=interrupted,
            options=plan.options,
            command=plan.command,
            host=platform.node() or None,
            evidence_left_out=session.trace.budget.left_out,
            waits_cut_short=session.way.patience.cut_short,
            most_at_once=session.pace.highest,
            slowed_down_by=session.trace.words(session.pace.slowed_by) if session.pace.slowed_by is not None else None,
            fewest_at_once=session.pace.lowest,
            contacted=contacts(plan.device, (endpoint.id for endpoint in plan.endpoints), plan.proxy, evidence),
            request=RunRequest(plan.canary is not None, plan.concurrency, left_out(plan.device, plan.endpoints)),
        ),
        device=plan.device,
        endpoints=plan.endpoints,
        proxy=plan.proxy,
        address=None if session.direct else session.route.address,
        username=_username(plan),
        evidence=evidence,
    )
    return assemble(material, load(), trust()).report


def _trust(plan: Plan, started: datetime) -> "Trust":
    from proxycheck.runner.trust import trust_for

    return trust_for(plan, started)


class _Loaded(NamedTuple):
    """What a run needs beside its plan, loaded when it is needed."""

    knowledge: Callable[[], Knowledge]
    trust: "Callable[[], Trust]"


def _measured(session: Session, plan: Plan, loaded: _Loaded, interruption: Interruption) -> bool:
    """Measures until there is nothing left to measure, or to the first interrupt; returns whether it was that."""
    try:
        asyncio.run(_measure(session, plan, loaded, interruption))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return True
    finally:
        interruption.hold()
    return False


def most_refused_logins(plan: Plan) -> int:
    """How many logins this run may cause at most that the proxy refuses."""
    return 0 if plan.proxy is None else refused_logins(plan.credentials, plan.probes)


def _username(plan: Plan) -> str | None:
    if plan.credentials is not None:
        return plan.credentials.username
    return None if plan.proxy is None else plan.proxy.username


def judge_again(report: Report, device: Device, knowledge: Knowledge) -> Report:
    """Judges a saved report's evidence with today's rules; nothing is contacted.

    Tier and function stay those of the report, so that its question stays the same."""
    return reopen(report, device, knowledge).report


def reopen(report: Report, device: Device, knowledge: Knowledge) -> "Judged":
    """The same, with the case and the diagnosis behind the new judgement."""
    from proxycheck.runner.assembly import Material, assemble
    from proxycheck.runner.trust import trust_of

    material = Material(
        tool=structs.replace(_tool(), fault=report.tool.fault),
        run=report.run,
        device=device,
        endpoints=_endpoints(report, device),
        proxy=_proxy(report),
        address=report.proxy.address if report.proxy else None,
        username=report.proxy.auth.username if report.proxy else None,
        evidence=report.evidence,
    )
    return assemble(material, knowledge, trust_of(report, device))


def with_own_commands(report: Report) -> Report:
    """A saved report with the command lines that this program makes for its endpoints: whoever wrote the file may have
    put others in their place."""
    return structs.replace(report, endpoints=tuple(_with_own_commands(entry, report) for entry in report.endpoints))


def _with_own_commands(entry: EndpointReport, report: Report) -> EndpointReport:
    if not entry.reproduce:
        return entry
    from proxycheck.diagnosis.answers.by_hand import reproduce, roots_given
    from proxycheck.wire.command_line import shell_of

    try:
        proxy = _proxy(report)
    except ConfigurationError:
        return structs.replace(entry, reproduce=())
    ways: tuple[Speaks, ...] = ("http",) if entry.scheme == "http" else ("tls", "teamviewer")
    needs = [structs.replace(_endpoint(entry, None), speaks=way) for way in ways]
    shells, roots = shell_of(report.tool.platform), roots_given(report.run.options)
    lines = [
        reproduce(need, proxy, forward=forward, roots=roots, shells=shells)
        for need in needs
        for forward in (False, True)
    ]
    return entry if entry.reproduce in lines else structs.replace(entry, reproduce=lines[0])


def _endpoints(report: Report, device: Device) -> tuple[Endpoint, ...]:
    known = {endpoint.id: endpoint for endpoint in device.endpoints}
    return tuple(_endpoint(entry, known.get(entry.id)) for entry in report.endpoints)


def _proxy(report: Report) -> ProxyAddress | None:
    if report.proxy is None:
        return None
    return structs.replace(stored_proxy(report.proxy.url), username=report.proxy.auth.username)


def _endpoint(entry: EndpointReport, known: Endpoint | None) -> Endpoint:
    return Endpoint(
        host=entry.host,
        port=entry.port,
        scheme=entry.scheme,
        tier=entry.tier,
        function=entry.function,
        any_of=entry.any_of,
        speaks=known.speaks if known is not None else ("http" if entry.scheme == "http" else "tls"),
        path=known.path if known is not None else "/",
        expect=known.expect if known is not None else None,
        confidence=known.confidence if known is not None else "guide",
    )


def _session(plan: Plan, observer: Observer, trust: "Callable[[], Trust]") -> Session:
    nonce = f"proxycheck-{os.urandom(6).hex()}"
    redactor = Redactor(plan.credentials, variants(plan.credentials, plan.probes, nonce))
    trace = Trace(plan.clock, redactor, EvidenceBudget(len(plan.endpoints)))
    patience = Patience(plan.timeout_s, learns=not plan.patient, elapsed_s=trace.now)

    def seen(tls: TlsEvidence) -> "tuple[Verification, bool] | None":
        from proxycheck.diagnosis.tls.identity import glance

        return glance(tls, trust())

    def foreign(tls: TlsEvidence) -> bool:
        found = seen(tls)
        return bool(tls.chain) and (found is None or not found[0].anchored)

    def doubtful(tls: TlsEvidence) -> bool:
        found = seen(tls)
        return bool(tls.chain) and (found is None or not (found[0].ok and found[1]))

    session = Session(
        device=plan.device,
        endpoints=plan.endpoints,
        way=_way(plan, trace, patience),
        trace=trace,
        observer=observer,
        concurrency=affordable(plan.concurrency),
        grows=plan.grows,
        nonce=nonce,
        outside=plan.controls,
        foreign=foreign,
        doubtful=doubtful,
        credentials=plan.credentials,
        probes=plan.probes,
        roots_given=plan.roots is not None,
        network=plan.network,
        canary=plan.canary,
        idle_s=plan.idle_s,
    )
    trace.moved = session.limit.moved
    trace.watchers += [patience.learn, session.pace.learn, session.heard]
    return session


def _way(plan: Plan, trace: Trace, patience: Patience) -> ProxyRoute | DirectRoute:
    dialect = plan.device.proxy.connect
    if plan.proxy is None:
        return DirectRoute(dialect, trace, patience, plan.user_agent, plan.dialler)
    credentials, proxy = plan.credentials, Target(plan.proxy.host, plan.proxy.port)
    answer = None if credentials is None else Basic(credentials).answer(None, proxy)
    if isinstance(answer, Unanswerable):
        raise UsageError(f"the device cannot send these credentials: {answer.detail}")
    return ProxyRoute(
        proxy=plan.proxy,
        dialect=dialect,
        gate=CredentialGate(answer),
        trace=trace,
        patience=patience,
        user_agent=plan.user_agent,
        dialler=plan.dialler,
        unasked=plan.device.proxy.sends_unasked,
        content_grace_s=plan.device.proxy.content_grace_s,
    )


def _needed(session: Session, plan: Plan, loaded: _Loaded) -> Steps:
    """Loads what many answers at once need, and what may be missing or unreadable; nothing for a run that has ended."""
    if session.halted:
        return
    for endpoint in one_of_each(plan.endpoints, lambda each: each.host.rpartition(".")[2]):
        owner_of(endpoint.host)  # reads the part of a list that is about this top level
        yield
    yield from modules(READERS)
    from proxycheck.runner.trust import ready

    yield from ready(plan)
    loaded.knowledge()


def _later(plan: Plan) -> Steps:
    """Loads what is needed when the answers are in."""
    yield from modules(JUDGES)
    yield from modules(plan.shows)
    if plan.network:
        from proxycheck.checks.network import needs  # noqa: F401  DNS


async def _measure(session: Session, plan: Plan, loaded: _Loaded, interruption: Interruption) -> None:
    loading = Loading(_needed(session, plan, loaded), _later(plan))
    chains = ReadingAhead(loaded.trust)
    session.trace.watchers.append(chains.add)
    reading = asyncio.create_task(chains.run())
    try:
        interruption.ends_this_task()
        if plan.command == "check":
            watching = asyncio.create_task(name_blocker(session, plan, loaded.knowledge, loaded.trust))
            try:
                await ask_all(session, loading.done)
            finally:
                watching.cancel()
        elif plan.command == "network":
            await network.run(session)
    finally:
        reading.cancel()
        loading.stop()
        for task in session.tasks:
            task.cancel()
        for stream in [] if session.direct else session.route.waiting:
            await stream.close()


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _tool() -> Tool:
    return Tool(
        "proxycheck",
        proxycheck.__version__,
        platform.python_version(),
        f"{platform.system()} {platform.release()} ({sys.platform})",
    )
