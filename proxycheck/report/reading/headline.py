"""The verdict and its reason in one sentence: the first thing that anybody reads."""

from msgspec import Struct

from proxycheck.model.report import Report, Verdict
from proxycheck.model.text import counted
from proxycheck.report.reading.causes import by_weight
from proxycheck.report.reading.facts import tally_words
from proxycheck.report.reading.needs import needs, tally
from proxycheck.report.reading.proxy import proxy_url
from proxycheck.report.texts import texts


class Headline(Struct, frozen=True):
    """The label of the verdict, what is true of the device here, and why; `sentence` is both in one."""

    verdict: Verdict
    label: str
    outcome: str
    reason: str

    @property
    def sentence(self) -> str:
        """What is true, and why."""
        return f"{self.outcome}: {self.reason}" if self.reason else self.outcome


def headline(report: Report) -> Headline:
    """The headline of a finished report."""
    words, part = texts().verdict, _is_part(report)
    label = words.part_label if part else words.labels[report.verdict]
    outcome = _outcome(report, part=part)
    if report.run.interrupted and report.verdict == "inconclusive" and report.run.command == "check":
        return Headline(report.verdict, label, outcome, _stopped(report))
    stopped = f" {words.interrupted}" if report.run.interrupted else ""
    reason = f"{_reason(report)}{stopped}"
    if part:
        more = f"{len(report.run.request.left_out)} more"
        reason = words.left_out.format(reason=reason, needs=more)
    return Headline(report.verdict, label, outcome, reason)


def _is_part(report: Report) -> bool:
    """Whether what was asked for works, and not all that the device needs was asked for: then it may yet not work."""
    works = report.run.command == "check" and report.verdict in ("compatible", "degraded")
    return works and bool(report.run.request.left_out)


def _outcome(report: Report, *, part: bool) -> str:
    words, url = texts().verdict, proxy_url(report)
    route = words.without_proxy if url is None else words.through.format(proxy=url)
    unknown = report.device.proxy_support == "unknown" and report.proxy is not None
    about_device = words.part if part else words.proxy_unknown if unknown else words.check
    about_pcs = words.settings if report.pac is None else words.pac
    outcomes = {"check": about_device, "network": words.network, "pac": about_pcs}[report.run.command]
    return outcomes[report.verdict].format(device=report.device.title, route=route)


def _stopped(report: Report) -> str:
    counts = tally(needs(report))
    words = texts().verdict
    failures = words.no_failure_so_far if not counts.fails else words.failures_so_far.format(fails=counts.fails)
    return words.stopped.format(done=counts.total - counts.untried, total=counts.total, failures=failures)


def _reason(report: Report) -> str:
    words = texts().verdict
    weighty = [cause for cause in by_weight(report.causes) if cause.severity != "info"]
    if weighty:
        more = len(weighty) - 1
        return weighty[0].title.rstrip(".") + (
            f" ({words.more.format(causes=counted(more, 'more cause'))})" if more else ""
        )
    if report.verdict == "compatible" and report.run.command != "check":
        return report.pac.enter or "" if report.pac is not None else words.nothing_missing
    counts = tally(needs(report))
    if report.verdict == "compatible":
        return tally_words(counts)
    if report.causes:
        return report.causes[0].title.rstrip(".")
    if report.run.command == "check" and counts.works:
        return words.undecided.format(unknown=counts.unknown, total=counts.total)
    if report.run.command == "check":
        return words.not_measured
    return "; ".join(check.reason for check in report.checks) or words.nothing_asked
