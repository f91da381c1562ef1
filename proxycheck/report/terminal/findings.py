"""What was measured and found good, what is still open, what was not measured: no silence means a pass."""

from proxycheck.model.report import Report
from proxycheck.model.text import counted
from proxycheck.report.page import Page, listed
from proxycheck.report.reading.causes import the_one_reason
from proxycheck.report.reading.findings import good, open_questions, proofs, unasked, untried
from proxycheck.report.texts import texts
from proxycheck.report.words import endpoint_label

_INDENT = 10
_HOSTS_SHOWN = 4


def add_findings(page: Page, report: Report, *, verbose: bool) -> None:
    """The sentences; `verbose` adds every proof about TLS, and the questions that were not asked."""
    words = texts().sections
    sentences = good(report)
    if sentences:
        page.heading(words.good)
    for sentence in sentences:
        page.block(sentence, indent=2)
    _add_tls(page, report, verbose=verbose)
    if report.run.command == "check":
        _add_questions(page, report, verbose=verbose)
    _add_untried(page, report, verbose=verbose)


def _add_tls(page: Page, report: Report, *, verbose: bool) -> None:
    """Why TLS is judged so: what is not proved, and in full everything."""
    shown = [proof for proof in proofs(report) if verbose or proof.verdict != "passthrough"]
    if shown:
        page.heading(texts().sections.tls)
    for proof in shown:
        hosts = listed(proof.endpoints, None if verbose else 2)
        page.block(f"{counted(len(proof.endpoints), 'host')}: ", *hosts, ": ", (proof.proof, "bold"), indent=2)


def _add_questions(page: Page, report: Report, *, verbose: bool) -> None:
    found = [check for check in report.checks if check.verdict != "skipped"] if verbose else open_questions(report)
    if found:
        page.heading(texts().sections.questions)
    for check in found:
        page.block(check.question, " ", check.reason, label=endpoint_label(check.verdict), start=2, indent=_INDENT)


def _add_untried(page: Page, report: Report, *, verbose: bool) -> None:
    if report.run.command == "pac":
        return
    hosts = () if the_one_reason(report) is not None and not verbose else untried(report)
    questions = unasked(report) if verbose else ()
    if hosts or questions:
        page.heading(texts().sections.untried)
    for each in hosts:
        page.block(each.reason, ": ", *listed(each.endpoints, None if verbose else _HOSTS_SHOWN), indent=2)
    for check in questions:
        page.block(check.question, " ", check.reason, indent=2)
