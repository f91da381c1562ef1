"""The words and colours for verdicts, and the sentence that sums a report up."""

from proxycheck.model.cause import Cause, Severity
from proxycheck.model.report import Counts, EndpointVerdict, Report, Verdict
from proxycheck.report.page import counted
from proxycheck.report.texts import texts

VERDICT_LABELS: dict[Verdict, tuple[str, str]] = {
    "compatible": ("COMPATIBLE", "bold green"),
    "degraded": ("DEGRADED", "bold yellow"),
    "incompatible": ("INCOMPATIBLE", "bold red"),
    "inconclusive": ("COULD NOT TELL", "bold magenta"),
}
SEVERITY_LABELS: dict[Severity, tuple[str, str]] = {
    "blocker": ("BLOCKER", "bold red"),
    "degraded": ("DEGRADES", "bold yellow"),
    "info": ("NOTE", "bold cyan"),
}
ENDPOINT_LABELS: dict[EndpointVerdict, tuple[str, str]] = {
    "fail": ("FAIL", "red"),
    "inconclusive": ("UNSURE", "magenta"),
    "warn": ("WARN", "yellow"),
    "skipped": ("SKIP", "dim"),
    "pass": ("pass", "green"),
}
"""In the order in which endpoints are shown."""

_SEVERITIES = tuple(SEVERITY_LABELS)
_OUTCOMES: dict[Verdict, str] = {
    "compatible": "{device} will work {route}",
    "degraded": "{device} will work {route}, but not everything on it",
    "incompatible": "{device} will not work {route}",
    "inconclusive": "whether {device} works {route}",
}
_ABOUT_NETWORK: dict[Verdict, str] = {
    "compatible": "this network gives {device} what no proxy carries",
    "degraded": "this network gives {device} what it cannot do without, but not all that it needs",
    "incompatible": "{device} will not work on this network",
    "inconclusive": "whether this network gives {device} what it needs",
}
_ABOUT_PAC: dict[Verdict, str] = {
    "compatible": "the PAC file gives every host of {device} one and the same HTTP proxy",
    "degraded": "the PAC file gives every host that {device} cannot do without one HTTP proxy, but not all hosts",
    "incompatible": "{device} cannot do what the PAC file has PCs do",
    "inconclusive": "whether {device} can get along where the PAC file sends PCs",
}


def by_weight(causes: tuple[Cause, ...]) -> list[Cause]:
    """Blockers, then what degrades, then notes; within one severity as the diagnosis ordered them."""
    return sorted(causes, key=lambda cause: _SEVERITIES.index(cause.severity))


def verdict_line(report: Report) -> tuple[tuple[str, str], str]:
    """The label and the sentence of the first line: what is true of this device here, and for what reason."""
    route = f"through {report.proxy.url}" if report.proxy else "on this network without a proxy"
    unknown = report.device.proxy_support == "unknown" and report.proxy is not None
    about_device = texts().verdict.proxy_unknown if unknown else _OUTCOMES
    outcomes = {"check": about_device, "network": _ABOUT_NETWORK, "pac": _ABOUT_PAC}[report.run.command]
    outcome = outcomes[report.verdict].format(device=report.device.title, route=route)
    return VERDICT_LABELS[report.verdict], f"{outcome}: {_reason(report)}{_interruption(report)}"


def tally(counts: Counts) -> str:
    """`51 pass, 44 fail`: every verdict that occurs, in words."""
    parts = (
        (counts.passed, "pass"),
        (counts.warn, "warn"),
        (counts.fail, "fail"),
        (counts.inconclusive, "undecided"),
        (counts.skipped, "not measured"),
    )
    return ", ".join(f"{number} {word}" for number, word in parts if number) or "none"


def total(counts: Counts) -> int:
    """All endpoints, measured or not."""
    return counts.passed + counts.warn + counts.fail + counts.inconclusive + counts.skipped


def _reason(report: Report) -> str:
    weighty = [cause for cause in by_weight(report.causes) if cause.severity != "info"]
    if weighty:
        more = len(weighty) - 1
        return weighty[0].title.rstrip(".") + (f" (and {counted(more, 'more cause')})" if more else "")
    if report.verdict == "compatible" and report.run.command != "check":
        return report.pac.enter or "" if report.pac is not None else "nothing that was asked for is missing"
    if report.verdict == "compatible":
        counts = report.summary.endpoints
        return f"{counts.passed + counts.warn} of {counted(total(counts) - counts.skipped, 'endpoint')} pass"
    if report.causes:
        return report.causes[0].title.rstrip(".")
    if report.run.command == "check":
        return "the endpoints were not measured"
    return "; ".join(check.reason for check in report.checks) or "nothing was found to ask"


def _interruption(report: Report) -> str:
    return " (interrupted, so this is part of the answer)" if report.run.interrupted else ""
