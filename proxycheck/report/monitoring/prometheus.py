"""The report as metrics: what `check --format prometheus` writes and the exporter answers.

Names and labels are the outside contract: add, never rename. No certificate, user name or text of the proxy is ever in
a label: labels are few, and belong to nobody. An authority is told apart by a number instead.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from typing import get_args

from proxycheck.model.report import Counts, EndpointReport, EndpointVerdict, Report, Verdict
from proxycheck.report.monitoring.exposition import Family, Sample, gauge, write_exposition
from proxycheck.report.reading.functions import functions
from proxycheck.wire.certificates.distinguished_name import attributes

_WORKING: tuple[Verdict, ...] = ("compatible", "degraded")
_SUCCESS: dict[EndpointVerdict, int] = {"pass": 1, "warn": 1, "fail": 0, "inconclusive": 0}
"""What was not measured has no value: it never counts as a success."""


def textfile(report: Report) -> str:
    """The metrics as a file for the textfile collector of node_exporter.

    Each value carries the proxy and the device, because one folder may hold the files of many runs."""
    proxy = report.proxy.url.partition("://")[2] if report.proxy is not None else "direct"
    return write_exposition(report_families(report), {"proxy": proxy, "device": report.device.name})


def report_families(report: Report) -> tuple[Family, ...]:
    """Every metric of one finished report."""
    return (
        *_run_families(report),
        *_verdict_families(report),
        _function_family(report),
        *_endpoint_families(report.endpoints),
    )


def seconds_of(stamp: str) -> float:
    """An RFC 3339 time as seconds since 1970, to the millisecond."""
    return round(datetime.fromisoformat(stamp).timestamp(), 3)


def _run_families(report: Report) -> Iterator[Family]:
    yield gauge("probe_success", "1 when the device will work (compatible or degraded).", report.verdict in _WORKING)
    yield gauge("probe_duration_seconds", "How long the run took.", report.run.duration_s)
    finished = seconds_of(report.run.finished_at)
    yield gauge("proxycheck_last_run_timestamp_seconds", "When the run that is told here ended.", finished)
    interrupted = "1 when the run was ended before it was through, so that this is part of the answer."
    yield gauge("proxycheck_run_interrupted", interrupted, report.run.interrupted)
    faults = "Checks that broke by a fault of this program; their endpoints could not be decided."
    yield gauge("proxycheck_run_faults", faults, len(report.tool.fault))
    facts = {"version": report.tool.version, "device": report.device.name, "guide": report.device.document}
    yield gauge(
        "proxycheck_build_info", "The program, the device tested for, and the guide its needs are from.", 1, **facts
    )


def _verdict_families(report: Report) -> Iterator[Family]:
    verdicts = (Sample(report.verdict == each, (("verdict", each),)) for each in get_args(Verdict))
    yield Family("proxycheck_verdict", "1 for the verdict of the last run, 0 for the others.", tuple(verdicts))
    causes = {(cause.code, cause.severity): None for cause in report.causes}
    samples = (Sample(1, (("cause", code), ("severity", severity))) for code, severity in causes)
    yield Family("proxycheck_cause", "1 for every cause that the last run found.", tuple(samples))
    counts = (
        Sample(number, (("tier", tier), ("state", state)))
        for tier, counted in report.summary.by_tier.items()
        for state, number in _states(counted)
    )
    yield Family("proxycheck_endpoints", "Endpoints by tier and verdict; skipped were not measured.", tuple(counts))


def _function_family(report: Report) -> Family:
    samples = (
        Sample(round(each.tally.works / each.tally.total, 4), (("function", each.name), ("tier", each.tier)))
        for each in functions(report)
        if each.answer != "unknown"
    )
    text = "How much of what a function of the device needs works: 1 is all of it; absent when that is not known."
    return Family("proxycheck_function_working_ratio", text, tuple(samples))


def _states(counts: Counts) -> tuple[tuple[EndpointVerdict, int], ...]:
    return (
        ("pass", counts.passed),
        ("warn", counts.warn),
        ("fail", counts.fail),
        ("inconclusive", counts.inconclusive),
        ("skipped", counts.skipped),
    )


def _endpoint_families(endpoints: tuple[EndpointReport, ...]) -> Iterator[Family]:
    success = (
        Sample(0 if e.proved is False else _SUCCESS[e.verdict], (*_of(e), ("tier", e.tier)))
        for e in endpoints
        if e.verdict in _SUCCESS
    )
    yield Family(
        "proxycheck_endpoint_success",
        "1 when the endpoint works, 0 when it fails or could not be decided; absent when it was not measured.",
        tuple(success),
    )
    inspected = (
        Sample(e.tls.verdict == "inspected", _of(e))
        for e in endpoints
        if e.tls is not None and e.tls.verdict in ("inspected", "passthrough")
    )
    yield Family(
        "proxycheck_endpoint_inspected",
        "1 when TLS is opened on the way, 0 when it is proved that it is not; absent when neither is known.",
        tuple(inspected),
    )
    authorities = (Sample(number, _of(e)) for e in endpoints if (number := _authority(e)) is not None)
    yield Family(
        "proxycheck_endpoint_authority",
        "A number that stands for the authority that signed the endpoint's certificate: it changes with the authority.",
        tuple(authorities),
    )
    durations = (
        Sample(stage.duration_s, (*_of(e), ("stage", stage.stage)))
        for e in endpoints
        for stage in e.stages
        if stage.duration_s is not None
    )
    yield Family("proxycheck_endpoint_duration_seconds", "How long each stage of the endpoint took.", tuple(durations))


def _of(endpoint: EndpointReport) -> tuple[tuple[str, str], ...]:
    return (("host", endpoint.host), ("port", str(endpoint.port)))


def _authority(endpoint: EndpointReport) -> int | None:
    """The authority as a number of 48 bits, which a floating-point value holds exactly.

    The organisation counts, where the issuer names one: public authorities change between their own certificates with
    every renewal."""
    if endpoint.tls is None or endpoint.tls.issuer is None:
        return None
    named = attributes(endpoint.tls.issuer)
    who = "\n".join(named.get("o") or [endpoint.tls.issuer])
    return int.from_bytes(hashlib.sha256(who.encode("utf-8", "replace")).digest()[:6])
