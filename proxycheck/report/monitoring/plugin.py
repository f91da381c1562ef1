"""The report for monitoring that runs a command: Nagios and Icinga (Monitoring Plugins), and Checkmk's local checks.

Both know four states, and no more: 0 is good, 1 warns, 2 is critical, 3 is unknown. Both divide text from numbers with
`|`, which therefore never stands in a text here. Sources: the guidelines of the Monitoring Plugins project, and
docs.checkmk.com on local checks.
"""

from proxycheck.model.report import Report, Verdict
from proxycheck.model.text import counted, printable
from proxycheck.report.page import listed
from proxycheck.report.reading.causes import by_weight
from proxycheck.report.reading.needs import cost, needs, tally
from proxycheck.report.words import severity_label, verdict_line

UNKNOWN = 3
_STATES: dict[Verdict, int] = {"compatible": 0, "degraded": 1, "incompatible": 2, "inconclusive": UNKNOWN}
_NAMES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
_LONGEST = 1000
_MOST_CAUSES = 20
_MOST_ENDPOINTS = 3


def plugin_state(report: Report) -> int:
    """The state, which is also a plugin's exit code: what was cut short, or broke by a fault of ours, is unknown."""
    return UNKNOWN if report.run.interrupted or report.tool.fault else _STATES[report.verdict]


def nagios(report: Report) -> str:
    """One line with the state and the performance data, then a line for each cause."""
    first = nagios_line(plugin_state(report), _sentence(report))
    numbers = " ".join(f"'{label}'={value}" for label, value in _measures(report, unit="s"))
    return "\n".join((f"{first} | {numbers}", *_details(report), ""))


def nagios_line(state: int, text: str) -> str:
    """The first line of a plugin, without performance data: also for a run that never began."""
    return f"PROXYCHECK {_NAMES[state]} - {_plain(text)}"


def checkmk(report: Report) -> str:
    """One line of a local check: a service for this proxy and this device, with the causes as its details."""
    where = report.proxy.url.partition("://")[2] if report.proxy is not None else "without a proxy"
    service = _plain(f"Proxycheck {report.device.name} {where}").replace('"', "'")
    numbers = "|".join(f"{label}={value}" for label, value in _measures(report, unit=""))
    text = r"\n".join(line.replace("\\", "/") for line in (_plain(_sentence(report)), *_details(report)))
    return f'{plugin_state(report)} "{service}" {numbers} {text}\n'


def _sentence(report: Report) -> str:
    label, sentence = verdict_line(report)
    return f"{label[0].lower()} {sentence}" if report.verdict == "inconclusive" else sentence


def _measures(report: Report, *, unit: str) -> list[tuple[str, str]]:
    """Label and `value;warn;crit;min;max`: a required need that fails is critical, any other one warns."""
    everything = needs(report)
    every, required = tally(everything), tally([need for need in everything if need.shown.tier == "required"])
    inspected = sum(e.tls is not None and e.tls.verdict == "inspected" for e in report.endpoints)
    return [
        ("duration", f"{report.run.duration_s:g}{unit};;;0"),
        ("required_working", f"{required.works};;;0;{required.total}"),
        ("required_failed", f"{required.fails};;0;0;{required.total}"),
        ("required_unknown", f"{required.unknown};;;0;{required.total}"),
        ("failed", f"{every.fails};0;;0;{every.total}"),
        ("unknown", f"{every.unknown};;;0;{every.total}"),
        ("inspected", f"{inspected};;;0;{len(report.endpoints)}"),
    ]


def _details(report: Report) -> list[str]:
    causes, everything = by_weight(report.causes), needs(report)
    lines = [
        _plain(
            f"{severity_label(each.severity)[0]} {each.code}: {each.title}"
            f"{_where(cost(everything, each.endpoints).needed)}"
        )
        for each in causes[:_MOST_CAUSES]
    ]
    return lines + [f"and {counted(len(causes) - _MOST_CAUSES, 'more cause')}"] * (len(causes) > _MOST_CAUSES)


def _where(endpoints: tuple[str, ...]) -> str:
    return f" ({''.join(listed(endpoints, _MOST_ENDPOINTS))})" if endpoints else ""


def _plain(text: str) -> str:
    return printable(text, _LONGEST).replace("|", "/")
