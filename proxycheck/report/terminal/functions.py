"""What works for the people at the device: a line a function."""

from proxycheck.model.report import Report
from proxycheck.report.page import Page
from proxycheck.report.reading.causes import the_one_reason
from proxycheck.report.reading.functions import functions, nothing_works
from proxycheck.report.texts import texts
from proxycheck.report.words import answer_label

_INDENT = 10
_WIDEST = 40


def add_functions(page: Page, report: Report) -> None:
    """All functions, required ones first; one line where one cause stops everything; nothing for a PAC file alone."""
    found = functions(report)
    if not found or report.run.command == "pac":
        return
    words = texts()
    page.heading(words.sections.functions)
    if the_one_reason(report) is not None:
        page.block(nothing_works(report), indent=2)
        return
    width = min(_WIDEST, max(len(each.name) for each in found))
    for each in found:
        count = words.functions.count.format(works=each.tally.works, total=each.tally.total)
        tier = "" if each.tier == "required" else f", {words.matrix.tiers[each.tier]}"
        page.block(each.name.ljust(width), f"  {count}{tier}", label=answer_label(each.answer), start=1, indent=_INDENT)
