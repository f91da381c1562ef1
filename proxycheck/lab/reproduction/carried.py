"""What of a report a lab can play, and in words what it cannot."""

from collections.abc import Iterator, Sequence

from msgspec import Struct, structs

from proxycheck.errors import UsageError
from proxycheck.model.cause import Cause
from proxycheck.model.evidence import Evidence
from proxycheck.model.files.scenario import Behaviour, Beside
from proxycheck.model.questions import OTHER_CASE, OTHER_ENCODING, OTHER_FORM, CheckId
from proxycheck.model.report import Report
from proxycheck.wire.secrets.fields import REDACTED

_ELSEWHERE: dict[CheckId, str] = {
    "network": "what the network itself gives (names, time, the way out)",
    "pac": "the PAC file",
    "system-settings": "the proxy settings of that computer",
    "canary": "the canary",
}
"""Checks that contact other servers than the proxy."""
_BESIDE = ("control_dns", "control_tcp", "control_tls")
NOT_DUE = ("tls.device-untrusted",)
"""The lab's own roots count as the device's, so that its hosts are trusted."""


class Carried(Struct, frozen=True):
    """The part of a report that is played; `lost` says in words what is not."""

    report: Report
    beside: tuple[Beside, ...]
    lost: tuple[str, ...]


def refuse_unplayable(report: Report) -> None:
    """Raises UsageError for a report of which nothing can be played, saying why."""
    if report.run.command != "check":
        raise UsageError(f"this is a report of proxycheck {report.run.command}, which tests no proxy; use one of check")
    if report.proxy is None:
        raise UsageError("this report was made without a proxy (--direct), so there is none to reproduce")
    if not report.evidence:
        raise UsageError("this report has no evidence, so there is nothing to reproduce")
    codes = {cause.code for cause in report.causes}
    for code, words in (
        ("proxy.unresolvable", "its name has no address"),
        ("proxy.unreachable", "no connection comes about"),
        ("proxy.reset", "each connection is reset before a word"),
    ):
        if code in codes:
            raise UsageError(f"the proxy of this report was not reached ({words}), and a lab cannot play that")


def carried(report: Report) -> Carried:
    """Leaves out what a lab cannot play. Raises UsageError where nothing is left."""
    lost = [f"{words}: it is not asked in the lab" for check, words in _ELSEWHERE.items() if _ran(report, check)]
    evidence = [_playable(e) for e in report.evidence if e.check not in _ELSEWHERE and e.operation != "control_roots"]
    if any(e.operation == "control_roots" for e in report.evidence):
        lost.append("the roots that only the computer of the run trusts")
    if any(e.operation == "control_tls" and e.tls is not None and e.tls.chain for e in report.evidence):
        lost.append("the certificates that hosts show without the proxy")
    measured = {e.endpoint for e in evidence}
    endpoints = report.endpoints
    if report.run.interrupted:
        endpoints = tuple(e for e in endpoints if e.verdict != "skipped" and e.id in measured)
        if not endpoints:
            raise UsageError("this run was interrupted before anything was measured; there is nothing to reproduce")
        lost.append(f"{len(report.endpoints) - len(endpoints)} endpoints: the run was interrupted before their turn")
    played = structs.replace(
        report, evidence=tuple(evidence), endpoints=endpoints, run=structs.replace(report.run, interrupted=False)
    )
    return Carried(played, tuple(_beside(played)), (*lost, *_cut(report)))


def _ran(report: Report, check: CheckId) -> bool:
    return any(e.check == check for e in report.evidence)


def _playable(record: Evidence) -> Evidence:
    return structs.replace(record, tls=None) if record.operation == "control_tls" else record


def _beside(report: Report) -> Iterator[Beside]:
    for record in report.evidence:
        if record.check == "outside" and record.operation in _BESIDE and record.endpoint is not None:
            yield Beside(
                endpoint=record.endpoint,
                operation=record.operation,  # type: ignore[arg-type]
                failure=record.failure.name if record.failure is not None else None,
                variant=record.variant,
            )


def _cut(report: Report) -> Iterator[str]:
    long = [e for e in report.evidence if e.size is not None and e.failure is not None]
    if long:
        yield f"the ends of {len(long)} long answers: a report keeps their first 64 kB"
    other = sum(e.variant in (OTHER_CASE, OTHER_ENCODING, OTHER_FORM) for e in report.evidence)
    if other:
        yield "other spellings of the user name and password, which were tried in the run"


def replaced(report: Report, behaviour: Sequence[Behaviour]) -> Iterator[str]:
    """What the lab has in the place of things that a report does not hold, or that no lab has."""
    options = {name: value for each in behaviour for name, value in each.options.items()}
    if "raw_connect_credentials" in options:
        yield "user name and password, which a report does not hold: made-up ones stand for them"
    if any(REDACTED in str(value) for value in options.values()):
        yield f"secrets in the proxy's answers: {REDACTED} stands there"
    if "tls_authorities" in options:
        yield "the interceptor's keys, dates and timestamps: the lab's authority has its name and sends chains like its"
    if any(cause.code == "proxy.capacity" for cause in report.causes):
        yield "how many connections are too many: what failed then is refused at the same turns, however few come"
    if any(cause.code == "endpoint.unsteady" for cause in report.causes):
        yield "when the fault comes and goes: what failed then is refused at the same turns"
    answered = [e for e in report.endpoints if e.scheme == "http" and e.verdict == "pass"]
    if answered:
        yield f"what {len(answered)} hosts themselves say in plain HTTP: the lab's hosts have pages of their own"


def vanished(before: tuple[Cause, ...], after: tuple[Cause, ...]) -> Iterator[str]:
    """The causes that rest on what is not played."""
    kept = {(cause.code, cause.severity) for cause in after if cause.code not in NOT_DUE}
    for cause in before:
        if (cause.code, cause.severity) not in kept:
            yield f"the cause {cause.code} ({cause.severity}), which rests on what is not played"
