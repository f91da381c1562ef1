"""The report for a person in a hurry: the verdict first, then why, what it touches, and what to do by hand.

Only ASCII of its own, so that it looks the same in every encoding; colour comes from the console alone.
"""

import io
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from proxycheck.model.report import EndpointReport, ProxyReport, Report
from proxycheck.report.cause_section import add_cause_lines, add_causes
from proxycheck.report.embedded import sha256
from proxycheck.report.endpoint_section import add_endpoints, add_skipped
from proxycheck.report.entry_section import add_entry
from proxycheck.report.json import encode
from proxycheck.report.pac_section import add_pac, add_settings
from proxycheck.report.page import Page
from proxycheck.report.texts import texts
from proxycheck.report.tls_section import add_tls
from proxycheck.report.words import ENDPOINT_LABELS, tally, total, verdict_line

_INDENT = 10
_ASKED_FOR = frozenset(("canary",))
"""Checks that are made only because a person named something to ask: the answer is always shown."""
_REPRODUCED = 3


def show(report: Report, console: Console, *, quiet: bool = False, verbose: bool = False) -> None:
    """Prints `report` to `console`; `quiet` is the verdict and the causes, a line each.

    Raises OSError when the console's file cannot be written."""
    page = Page(console)
    _add_verdict(page, report, wrap=console.is_terminal and not quiet)
    if quiet:
        add_cause_lines(page, report)
    else:
        _add_body(page, report, verbose=verbose)
        if console.is_terminal and len(page.lines) > console.height:
            page.blank()
            _add_verdict(page, report, wrap=True)
    page.print()


def as_text(report: Report, columns: int) -> str:
    """The whole report as plain text, nothing shortened."""
    written = io.StringIO()
    show(report, Console(file=written, width=columns, color_system=None, force_terminal=False), verbose=True)
    return written.getvalue()


def show_files(report: Report, files: Sequence[tuple[str, str, int]], console: Console) -> None:
    """Prints which files were written, how large, and for whom; `files` are option, name and bytes of each."""
    if not files:
        return
    words, page = texts().files, Page(console)
    page.lines.append(Text())
    page.heading(words.heading)
    for option, name, size in files:
        page.unwrapped(f"  {name}  ", (_size(size), "dim"), f"  {words.whom[option]}")
    page.unwrapped("  ", (words.sha256.format(digest=sha256(encode(report))), "dim"))
    page.print()


def _size(size: int) -> str:
    words = texts().files
    if size < 1000:
        return words.bytes.format(size=size)
    if size < 1_000_000:
        return words.kilobytes.format(size=round(size / 1000))
    return words.megabytes.format(size=round(size / 1_000_000, 1))


def _add_verdict(page: Page, report: Report, *, wrap: bool) -> None:
    label, sentence = verdict_line(report)
    if wrap:
        page.block(sentence, label=label, indent=len(label[0]) + 2)
    else:
        page.unwrapped(label, "  ", sentence)


def _add_body(page: Page, report: Report, *, verbose: bool) -> None:
    _add_facts(page, report)
    add_causes(page, report, verbose=verbose)
    add_pac(page, report, verbose=verbose)
    add_settings(page, report, verbose=verbose)
    add_endpoints(page, report, verbose=verbose)
    add_tls(page, report, verbose=verbose)
    add_skipped(page, report, verbose=verbose)
    _add_checks(page, report, verbose=verbose)
    _add_commands(page, report, verbose=verbose)
    add_entry(page, report)
    if not verbose:
        page.blank()
        page.block(("Everything, unshortened: --verbose, or --json FILE for programs.", "dim"))


def _add_facts(page: Page, report: Report) -> None:
    page.blank()
    page.block(_measured(report), label="Checked", start=1, indent=_INDENT)
    if report.proxy:
        page.block(*_proxy_facts(report.proxy), label="Proxy", start=1, indent=_INDENT)
    page.block(report.device.document, label="Guide", start=1, indent=_INDENT)


def _measured(report: Report) -> str:
    counts, duration = report.summary.endpoints, f"{report.run.duration_s:.1f} s"
    if report.run.command == "network":
        return f"{'; '.join(check.reason for check in report.checks)} (in {duration})"
    return f"{total(counts)} endpoints in {duration}: {tally(counts)}"


def _proxy_facts(proxy: ProxyReport) -> list[str]:
    facts = [proxy.url]
    if proxy.address and proxy.address not in proxy.url:
        facts.append(f" at {proxy.address}")
    facts += [f", {product.name} ({product.because})" for product in proxy.products]
    if proxy.auth.schemes_offered:
        facts.append(f", offers {', '.join(proxy.auth.schemes_offered)}")
    if proxy.auth.username is not None:
        how = f" by {proxy.auth.scheme_used}" if proxy.auth.scheme_used else ""
        facts.append(f", user {proxy.auth.username}{how}")
    return facts


def _add_checks(page: Page, report: Report, *, verbose: bool) -> None:
    # An answer with causes has been told by them.
    settled = ("pass", "skipped")
    named = [each for each in report.checks if each.id in _ASKED_FOR and each.verdict != "skipped"]
    checks = [c for c in report.checks if verbose or c in named or not (c.causes or c.verdict in settled)]
    if checks:
        page.heading("Questions")
    for check in checks:
        page.block(check.question, " ", check.reason, label=ENDPOINT_LABELS[check.verdict], start=2, indent=_INDENT)


def _add_commands(page: Page, report: Report, *, verbose: bool) -> None:
    chosen = [endpoint for endpoint in report.endpoints if endpoint.verdict == "fail" and endpoint.reproduce]
    if not verbose:
        chosen = _one_for_each_cause(chosen)[:_REPRODUCED]
    if chosen:
        page.heading("See it by hand")
    for endpoint in chosen:
        for line in endpoint.reproduce:
            page.code(line, 2)


def _one_for_each_cause(endpoints: list[EndpointReport]) -> list[EndpointReport]:
    first: dict[tuple[str, ...], EndpointReport] = {}
    for endpoint in endpoints:
        first.setdefault(endpoint.causes, endpoint)
    return list(first.values())
