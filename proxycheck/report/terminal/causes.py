"""The causes: each with what it means, the evidence, what it breaks, and what to change."""

from itertools import groupby

from proxycheck.model.report import Report
from proxycheck.model.text import counted
from proxycheck.report.page import Page, listed
from proxycheck.report.reading.causes import Change, Reason, basis_of, reasons
from proxycheck.report.texts import texts
from proxycheck.report.words import severity_label

_INDENT = 10
_HOSTS_SHOWN = 4
_EVIDENCE_SHOWN = 3
_ALIKE_SHOWN = 3
_CONFIG_SHOWN = 12


def add_causes(page: Page, report: Report, *, verbose: bool) -> None:
    """All causes in order of weight."""
    words = texts().causes
    for reason in reasons(report):
        page.blank()
        confidence = reason.cause.confidence
        told = "" if confidence == "conclusive" else f", {words.evidence.format(confidence=confidence)}"
        title, code = (reason.title, "bold"), (f"  ({reason.cause.code}{told})", "dim")
        page.block(title, code, label=severity_label(reason.cause.severity), indent=_INDENT)
        for paragraph in reason.paragraphs:
            page.block(paragraph, indent=_INDENT)
        shown = reason.seen if verbose else reason.seen[:_EVIDENCE_SHOWN]
        for number, sentence in enumerate(shown):
            page.block(sentence, label="" if number else words.seen, start=1, indent=_INDENT)
        _add_affected(page, reason, verbose=verbose)
        if reason.product:
            told = f" ({reason.product.because})"
            page.block(reason.product.name, told, label=words.product, start=1, indent=_INDENT)
        for number, (change, remedy) in enumerate(zip(reason.changes, reason.cause.remedies, strict=True)):
            basis = basis_of(remedy, whole=verbose)
            _add_change(page, change, basis, label="" if number else words.change, verbose=verbose)


def add_cause_lines(page: Page, report: Report) -> None:
    """All causes, a line each."""
    for reason in reasons(report):
        count = f" ({reason.count})" if reason.count else ""
        page.unwrapped(severity_label(reason.cause.severity), f"  {reason.cause.code}  ", reason.title, count)


def shortened(lines: tuple[str, ...], where: str) -> list[str]:
    """Configuration for a hurried reader: of many lines that differ in their last word alone, the first is shown with
    the number of the others, and `where` all of them are. No other line is left out, for one of them is what makes the
    rest work."""
    if len(lines) <= _CONFIG_SHOWN:
        return list(lines)
    shown: list[str] = []
    for _, group in groupby(lines, key=lambda line: line.rstrip().rpartition(" ")[0]):
        alike = list(group)
        few = alike if len(alike) <= _ALIKE_SHOWN else alike[:1]
        shown += few
        if len(few) < len(alike):
            blank = " " * (len(few[0]) - len(few[0].lstrip()))
            shown.append(blank + texts().causes.more_lines.format(count=len(alike) - len(few), where=where))
    return shown


def _add_affected(page: Page, reason: Reason, *, verbose: bool) -> None:
    words = texts().causes
    if reason.everything:
        page.block(words.all_endpoints, label=words.affects, start=1, indent=_INDENT)
        return
    lists = [
        (words.hosts_on_port.format(hosts=counted(len(affected.hosts), "host"), port=affected.port), affected.hosts)
        for affected in reason.affected
    ]
    if reason.spare:
        lists.append((words.alternatives.format(alternatives=counted(len(reason.spare), "alternative")), reason.spare))
    for number, (count, names) in enumerate(lists):
        hosts = listed(names, None if verbose else _HOSTS_SHOWN)
        page.block(f"{count}: ", *hosts, label="" if number else words.affects, start=1, indent=_INDENT)


def _add_change(page: Page, change: Change, basis: str, *, label: str, verbose: bool) -> None:
    product = (f"{change.product}: ", "bold") if change.product else ""
    told = (f" ({basis})" if basis else "", "dim")
    page.block(product, change.text, told, label=(label, "bold"), start=1, indent=_INDENT)
    page.code(
        "\n".join(change.config if verbose else shortened(change.config, texts().causes.unshortened)), _INDENT + 2
    )
