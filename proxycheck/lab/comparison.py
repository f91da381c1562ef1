"""What a report says beside what was due: every difference in words, none where they agree."""

from collections import Counter
from collections.abc import Iterable
from fnmatch import fnmatchcase

from proxycheck.model.cause import Cause
from proxycheck.model.files.scenario import SOME, DueCause, Expectation
from proxycheck.model.report import EndpointReport, Report

_NAMED = 4
_TEAMVIEWER = 5938


def differences(report: Report, due: Expectation) -> tuple[str, ...]:
    """What the report says otherwise: the verdict, a cause too few or too many, endpoints of a cause."""
    found: list[str] = []
    if report.verdict != due.verdict:
        found.append(f"the verdict is {report.verdict}, due is {due.verdict}")
    wanted = Counter((cause.code, cause.severity) for cause in due.causes)
    told = Counter((cause.code, cause.severity) for cause in report.causes)
    found += [f"missing: {code} ({severity})" for code, severity in (wanted - told).elements()]
    found += [f"not due: {code} ({severity})" for code, severity in (told - wanted).elements()]
    for cause in due.causes:
        members = [each for each in report.causes if (each.code, each.severity) == (cause.code, cause.severity)]
        if members:
            found += _endpoints(report, cause, members)
    return tuple(found)


def _endpoints(report: Report, due: DueCause, members: list[Cause]) -> list[str]:
    """Every endpoint that is meant must be named, and none that is not meant. One of several alternatives may be left
    out where it works, or where another does."""
    named = {endpoint for cause in members for endpoint in cause.endpoints}
    meant = {endpoint.id for endpoint in report.endpoints if matches(endpoint, due)}
    wanted = {endpoint.id for endpoint in report.endpoints if endpoint.id in meant and _must_be_named(endpoint)}
    if SOME in due.endpoints:
        return [] if named else [f"{due.code} names no endpoint"]
    if meant == {endpoint.id for endpoint in report.endpoints} and not named:
        return []
    found = []
    if missing := wanted - named:
        found.append(f"{due.code} leaves out {_few(missing)}")
    if extra := named - meant:
        found.append(f"{due.code} names {_few(extra)} as well")
    return found


def _must_be_named(endpoint: EndpointReport) -> bool:
    if endpoint.any_of is not None:  # asked for beside the others of its group, or not, as these are quick or late
        return endpoint.verdict not in ("skipped", "pass", "warn")
    return endpoint.verdict != "skipped"


def _few(endpoints: Iterable[str]) -> str:
    ordered = sorted(endpoints)
    rest = len(ordered) - _NAMED
    return ", ".join(ordered[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def matches(endpoint: EndpointReport, due: DueCause) -> bool:
    """Whether the cause is due on this endpoint."""
    chosen = any(_matches(endpoint, pattern) for pattern in due.endpoints)
    return chosen and not any(_matches(endpoint, pattern) for pattern in due.excluded)


def _matches(endpoint: EndpointReport, pattern: str) -> bool:
    return pattern in ("all", spoken(endpoint)) or fnmatchcase(endpoint.id, pattern)


def spoken(endpoint: EndpointReport) -> str:
    """What is said inside this endpoint's tunnel: `tls`, `http` or `teamviewer`."""
    if endpoint.scheme == "http":
        return "http"
    return "teamviewer" if endpoint.port == _TEAMVIEWER else "tls"
