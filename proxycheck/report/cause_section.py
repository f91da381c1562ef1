"""The causes: each with what it means, the evidence, what it breaks, and what to change."""

from collections import defaultdict

from proxycheck.model.cause import Cause, Remedy
from proxycheck.model.report import Report
from proxycheck.report.page import Page, counted, listed
from proxycheck.report.reading.causes import basis_of
from proxycheck.report.words import SEVERITY_LABELS, by_weight

_INDENT = 10
_HOSTS_SHOWN = 4
_EVIDENCE_SHOWN = 3
_CONFIG_SHOWN = 12
_CONFIG_LAST = 3
"""The last lines are often the ones that use what the others define."""


def add_causes(page: Page, report: Report, *, verbose: bool) -> None:
    """All causes in order of weight."""
    named = report.proxy.products if report.proxy else ()
    for cause in by_weight(report.causes):
        page.blank()
        label, style = SEVERITY_LABELS[cause.severity]
        confidence = "" if cause.confidence == "conclusive" else f", {cause.confidence} evidence"
        title = (cause.title.rstrip("."), "bold")
        page.block(title, (f"  ({cause.code}{confidence})", "dim"), label=(label, style), indent=_INDENT)
        for paragraph in cause.explanation.splitlines():
            page.block(paragraph, indent=_INDENT)
        _add_evidence(page, cause, verbose=verbose)
        if len(report.endpoints) > 1 and len(cause.endpoints) == len(report.endpoints):
            page.block(f"all {len(report.endpoints)} endpoints", label="Affects", start=1, indent=_INDENT)
        else:
            _add_endpoints(page, cause, verbose=verbose)
        if cause.product and cause.product not in named:
            page.block(cause.product.name, f" ({cause.product.because})", label="Product", start=1, indent=_INDENT)
        for number, remedy in enumerate(cause.remedies):
            _add_remedy(page, remedy, label="" if number else "Change", verbose=verbose)


def add_cause_lines(page: Page, report: Report) -> None:
    """All causes, a line each."""
    for cause in by_weight(report.causes):
        count = f" ({counted(len(cause.endpoints), 'endpoint')})" if cause.endpoints else ""
        page.unwrapped(SEVERITY_LABELS[cause.severity], f"  {cause.code}  ", cause.title.rstrip("."), count)


def _add_evidence(page: Page, cause: Cause, *, verbose: bool) -> None:
    shown = cause.because if verbose else cause.because[:_EVIDENCE_SHOWN]
    for number, sentence in enumerate(shown):
        page.block(sentence, label="" if number else "Seen", start=1, indent=_INDENT)


def _add_endpoints(page: Page, cause: Cause, *, verbose: bool) -> None:
    if not cause.endpoints:
        return
    hosts: dict[str, list[str]] = defaultdict(list)
    for endpoint in cause.endpoints:
        host, _, port = endpoint.rpartition(":")
        hosts[port].append(host)
    for number, (port, names) in enumerate(hosts.items()):
        label = "" if number else "Affects"
        count = f"{counted(len(names), 'host')} on port {port}: "
        page.block(count, *listed(names, None if verbose else _HOSTS_SHOWN), label=label, start=1, indent=_INDENT)


def _add_remedy(page: Page, remedy: Remedy, label: str, *, verbose: bool) -> None:
    product = (f"{remedy.product}: ", "bold") if remedy.product else ""
    basis = basis_of(remedy, whole=verbose)
    page.block(
        product, remedy.text, (f" ({basis})" if basis else "", "dim"), label=(label, "bold"), start=1, indent=_INDENT
    )
    lines = (remedy.config or "").splitlines()
    if verbose or len(lines) <= _CONFIG_SHOWN:
        page.code("\n".join(lines), _INDENT + 2)
        return
    first, last = lines[: _CONFIG_SHOWN // 2], lines[-_CONFIG_LAST:]
    page.code("\n".join(first), _INDENT + 2)
    rest = counted(len(lines) - len(first) - len(last), "further line")
    page.block((f"({rest} to enter: --verbose shows them)", "dim"), indent=_INDENT + 2)
    page.code("\n".join(last), _INDENT + 2)
