"""The report for a person in a hurry: the verdict and its reason, what works, why not, and what to change.

Ten seconds are enough for the first page of it; what is not shown stands in the files. Only ASCII of its own, so that
it looks the same in every encoding; colour comes from the console alone.
"""

import io
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.text import Text

from proxycheck.model.report import Report
from proxycheck.report.page import Page
from proxycheck.report.reading.by_hand import by_hand
from proxycheck.report.reading.facts import facts
from proxycheck.report.terminal.causes import add_cause_lines, add_causes
from proxycheck.report.terminal.endpoints import add_endpoints
from proxycheck.report.terminal.entry import add_entry
from proxycheck.report.terminal.findings import add_findings
from proxycheck.report.terminal.functions import add_functions
from proxycheck.report.terminal.pac import add_pac, add_settings
from proxycheck.report.texts import texts
from proxycheck.report.words import verdict_line

_INDENT = 12


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


def show_files(files: Sequence[tuple[str, str, int]], digest: Callable[[], str], console: Console) -> None:
    """Prints which files were written, how large, and for whom; `files` are option, name and bytes of each, and
    `digest` gives the SHA-256 of the report they were made of."""
    if not files:
        return
    words, page = texts().files, Page(console)
    page.lines.append(Text())
    page.heading(words.heading)
    for option, name, size in files:
        page.unwrapped(f"  {name}  ", (_size(size), "dim"), f"  {words.whom[option]}")
    page.unwrapped("  ", (words.sha256.format(digest=digest()), "dim"))
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
    add_functions(page, report)
    add_causes(page, report, verbose=verbose)
    add_pac(page, report, verbose=verbose)
    add_settings(page, report, verbose=verbose)
    add_endpoints(page, report, verbose=verbose)
    add_findings(page, report, verbose=verbose)
    _add_commands(page, report, verbose=verbose)
    add_entry(page, report)
    _add_facts(page, report)
    if not verbose:
        page.blank()
        page.block((texts().sections.shortened, "dim"))


def _add_facts(page: Page, report: Report) -> None:
    page.heading(texts().sections.facts)
    for fact in facts(report):
        page.block(fact.text, label=fact.label, start=1, indent=_INDENT)


def _add_commands(page: Page, report: Report, *, verbose: bool) -> None:
    failing = tuple(endpoint for endpoint in report.endpoints if endpoint.verdict == "fail" and endpoint.reproduce)
    chosen = failing if verbose else by_hand(report)
    if chosen:
        page.heading(texts().sections.by_hand)
    for endpoint in chosen:
        for line in endpoint.reproduce:
            page.code(line, 2)
