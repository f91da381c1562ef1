"""Builds the finished report from evidence and diagnosis: counted once, before any renderer runs."""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Literal

from msgspec import Struct, structs

from proxycheck.diagnosis.answers.asked import Asked
from proxycheck.diagnosis.answers.by_hand import reproduce, roots_given
from proxycheck.diagnosis.answers.entry import device_settings, from_pac
from proxycheck.diagnosis.answers.registry import answers
from proxycheck.diagnosis.answers.stages import stages
from proxycheck.diagnosis.guard import Guard
from proxycheck.diagnosis.judgement import Diagnosis, EndpointJudgement, diagnose
from proxycheck.diagnosis.observation import Case, Observation, open_case
from proxycheck.diagnosis.products.recognition import products_seen
from proxycheck.diagnosis.rules.authentication import schemes
from proxycheck.diagnosis.tls.identities import Identities
from proxycheck.diagnosis.triangulation import credentials_answer
from proxycheck.diagnosis.trust import Trust
from proxycheck.model.device import Device, Endpoint, Tier
from proxycheck.model.evidence import Evidence
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.report import (
    SCHEMA,
    AuthReport,
    Counts,
    DeviceReference,
    DeviceSettings,
    EndpointReport,
    EndpointVerdict,
    FunctionReference,
    PacReport,
    ProxyReport,
    Report,
    Run,
    SettingsReport,
    Summary,
    TlsReport,
    Tool,
)
from proxycheck.model.target import ProxyAddress
from proxycheck.model.text import printable
from proxycheck.runner.trust import told
from proxycheck.wire.certificates.facts import to_pem
from proxycheck.wire.command_line import shell_of

_TIERS: tuple[Tier, ...] = ("required", "recommended", "optional")


class Material(Struct, frozen=True):
    """All that a report is made of besides the diagnosis."""

    tool: Tool
    run: Run
    device: Device
    endpoints: tuple[Endpoint, ...]
    proxy: ProxyAddress | None
    address: str | None
    username: str | None
    evidence: tuple[Evidence, ...]


class Judged(Struct, frozen=True):
    """A finished report, with what it was concluded from."""

    report: Report
    case: Case
    diagnosis: Diagnosis


def assemble(material: Material, knowledge: Knowledge, trust: Trust) -> Judged:
    """Judges the evidence and builds the finished report."""
    guard = Guard(material.tool.fault)
    case = _opened(material, knowledge, guard)
    diagnosis = diagnose(case, trust, interrupted=material.run.interrupted, command=material.run.command, guard=guard)
    return Judged(_report(material, case, diagnosis, trust), case, diagnosis)


def _opened(material: Material, knowledge: Knowledge, guard: Guard) -> Case:
    """The evidence sorted by endpoint; where a fault of ours stops that, without what is known of the endpoints at
    which it does."""

    def opened(evidence: tuple[Evidence, ...], endpoints: tuple[Endpoint, ...] = material.endpoints) -> Case:
        return open_case(material.device, endpoints, material.proxy, evidence, knowledge)

    readable = guard.attempt(None, (), opened, material.evidence)
    if readable is not None:
        return readable
    left = material.evidence
    for endpoint in material.endpoints:
        own = tuple(record for record in left if record.endpoint == endpoint.id)
        if guard.attempt(None, (endpoint.id,), opened, own, (endpoint,)) is None:
            left = tuple(record for record in left if record.endpoint != endpoint.id)
    return guard.attempt(None, (), opened, left) or opened(())


def _report(material: Material, case: Case, diagnosis: Diagnosis, trust: Trust) -> Report:
    attempt = diagnosis.guard.attempt
    setup = attempt(_Setup(), (), _how_pcs_get_along, case)
    by_hand = partial(
        reproduce,
        proxy=material.proxy,
        roots=roots_given(material.run.options),
        shells=shell_of(material.tool.platform),
    )
    endpoints = tuple(_endpoint(e, diagnosis, by_hand) for e in diagnosis.endpoints)
    asked = Asked(case, diagnosis.causes, diagnosis.endpoints, material.run.request, material.username is not None)
    checks = answers(asked, material.run.command, diagnosis.guard)
    proxy = attempt(_unread(material), (), _proxy, material, case)
    enter = attempt(DeviceSettings(), (), _enter, material, diagnosis, setup.pac, proxy)
    return Report(
        schema=SCHEMA,
        tool=structs.replace(material.tool, fault=tuple(diagnosis.guard.faults)),
        run=material.run,
        device=_device(material.device),
        proxy=proxy,
        verdict=diagnosis.guard.verdict(diagnosis.verdict),
        summary=_summary(diagnosis.endpoints),
        causes=diagnosis.causes,
        endpoints=endpoints,
        checks=checks,
        evidence=material.evidence,
        trust=told(trust, diagnosis.identities),
        pac=setup.pac,
        settings=setup.settings,
        enter=enter,
    )


def _device(device: Device) -> DeviceReference:
    plain = tuple(FunctionReference(each.name, each.plain) for each in device.functions if each.plain is not None)
    support: Literal["known", "unknown"] = "known" if device.proxy.known else "unknown"
    return DeviceReference(device.name, device.title, device.document, support, plain)


class _Setup(Struct, frozen=True):
    pac: PacReport | None = None
    settings: tuple[SettingsReport, ...] = ()


def _how_pcs_get_along(case: Case) -> _Setup:
    if not any(record.operation in ("settings", "pac_fetch") for record in case.evidence):
        return _Setup()
    from proxycheck.diagnosis.answers import setup  # noqa: PLC0415  most runs look at neither, and it takes time to load

    return _Setup(setup.pac_report(case), setup.settings_report(case))


def _enter(
    material: Material, diagnosis: Diagnosis, pac: PacReport | None, proxy: ProxyReport | None
) -> DeviceSettings:
    support = material.device.proxy
    if material.run.command == "network":
        return DeviceSettings()
    if material.run.command == "pac":
        return from_pac(material.device, pac)
    answer = proxy.auth.credentials if proxy is not None else None
    known = (material.proxy, material.address, material.username, answer)
    return device_settings(support, *known, diagnosis.verdict, diagnosis.causes)


def _unread(material: Material) -> ProxyReport | None:
    """The proxy without anything that it said."""
    if material.proxy is None:
        return None
    return ProxyReport(material.proxy.url, material.address, AuthReport(username=material.username))


def _proxy(material: Material, case: Case) -> ProxyReport | None:
    if material.proxy is None:
        return None
    replies = [o.reply for o in case.observations if o.reply is not None]
    first = [read for e in case.evidence if (read := case.challenge(e)) is not None]
    offered = schemes([*first, *(reply for reply in replies if reply.status == 407)])
    sent = any(o.credentials_sent for o in case.observations)
    known = None if material.username is None else credentials_answer(case)
    auth = AuthReport(offered, "Basic" if sent else None, material.username, known)
    return ProxyReport(material.proxy.url, material.address, auth, products_seen(case))


def _count(judged: Iterable[EndpointJudgement]) -> Counts:
    found: Counter[EndpointVerdict] = Counter(entry.verdict for entry in judged)
    return Counts(found["pass"], found["warn"], found["fail"], found["inconclusive"], found["skipped"])


def _summary(judged: tuple[EndpointJudgement, ...]) -> Summary:
    tiers = {tier: _count(e for e in judged if e.observation.endpoint.tier == tier) for tier in _TIERS}
    return Summary(_count(judged), tiers)


def _endpoint(
    judged: EndpointJudgement, diagnosis: Diagnosis, by_hand: Callable[..., tuple[str, ...]]
) -> EndpointReport:
    observation, endpoint = judged.observation, judged.observation.endpoint
    attempt = diagnosis.guard.attempt
    shown = judged.verdict in ("fail", "inconclusive")
    return EndpointReport(
        id=endpoint.id,
        host=endpoint.host,
        port=endpoint.port,
        scheme=endpoint.scheme,
        tier=endpoint.tier,
        function=endpoint.function,
        any_of=endpoint.any_of,
        verdict=judged.verdict,
        causes=judged.causes,
        reason=judged.reason,
        stages=attempt((), (), stages, observation, judged.tls),
        tls=attempt(None, (), _tls, judged, diagnosis.identities),
        reproduce=by_hand(endpoint, forward=observation.decides == "forward") if shown else (),
        notes=attempt((), (), _other_way, observation),
        proved=judged.proved,
    )


def _tls(judged: EndpointJudgement, identities: Identities) -> TlsReport | None:
    payload = judged.observation.payload
    if payload is None or payload.tls is None:
        return None
    tls, identity, judgement = payload.tls, identities.by_endpoint.get(judged.observation.id), judged.tls
    return TlsReport(
        verdict=judgement.verdict if judgement is not None else "inconclusive",
        proof=judgement.sentence if judgement is not None else "could not tell (because no certificate was shown)",
        version=tls.version,
        cipher=tls.cipher,
        alpn=tls.alpn,
        issuer=identity.leaf.issuer if identity is not None else None,
        leaf_sha256=identity.leaf.sha256 if identity is not None else None,
        chain=tls.chain if identity is None or identity.greeting is None else tuple(map(to_pem, identity.chain)),
        rule=judgement.row if judgement is not None else None,
    )


def _other_way(observation: Observation) -> tuple[str, ...]:
    """Plain HTTP on the way that does not decide, told beside the one that does."""
    if observation.endpoint.speaks != "http":
        return ()
    if observation.decides == "forward":
        reply, name = (observation.answer if observation.opened else observation.reply), "inside CONNECT"
    else:
        reply, name = observation.forward_answer, "as an absolute-form request"
    if reply is None:
        return ()
    said = printable(f"{reply.status or 'no HTTP answer'} {reply.reason}".strip(), 120)
    return (f"plain HTTP {name}: {said}",)
