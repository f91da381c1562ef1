"""The words for verdicts, severities and endpoints, with the colours they have on a terminal."""

from proxycheck.model.cause import Severity
from proxycheck.model.report import EndpointVerdict, Report, Verdict
from proxycheck.report.page import Fragment
from proxycheck.report.reading.functions import FunctionState
from proxycheck.report.reading.headline import headline
from proxycheck.report.texts import texts

_VERDICTS: dict[Verdict, str] = {
    "compatible": "bold green",
    "degraded": "bold yellow",
    "incompatible": "bold red",
    "inconclusive": "bold magenta",
}
_SEVERITIES: dict[Severity, str] = {"blocker": "bold red", "degraded": "bold yellow", "info": "bold cyan"}
_ENDPOINTS: dict[EndpointVerdict, str] = {
    "fail": "red",
    "inconclusive": "magenta",
    "warn": "yellow",
    "skipped": "dim",
    "pass": "green",
}
_ANSWERS: dict[FunctionState, str] = {"works": "green", "partly": "yellow", "lost": "red", "unknown": "magenta"}


def verdict_label(verdict: Verdict) -> tuple[str, str]:
    """The word for a verdict, and its style."""
    return texts().verdict.labels[verdict], _VERDICTS[verdict]


def severity_label(severity: Severity) -> tuple[str, str]:
    """The word for a severity, and its style."""
    return texts().causes.severities[severity], _SEVERITIES[severity]


def endpoint_label(verdict: EndpointVerdict) -> tuple[str, str]:
    """The word for an endpoint's verdict, and its style."""
    return texts().endpoint_verdicts[verdict], _ENDPOINTS[verdict]


def answer_label(answer: FunctionState) -> tuple[str, str]:
    """The word for what works of a function, and its style."""
    return texts().functions.answers[answer], _ANSWERS[answer]


def verdict_line(report: Report) -> tuple[Fragment, str]:
    """The label and the sentence of the first line: what is true of this device here, and for what reason."""
    line = headline(report)
    return (line.label, verdict_label(report.verdict)[1]), line.sentence
