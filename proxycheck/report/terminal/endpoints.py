"""The endpoints one by one, for those who want them all; and those that no cause tells of, for everybody."""

from collections import defaultdict
from collections.abc import Iterable

from proxycheck.model.report import EndpointReport, EndpointVerdict, Report
from proxycheck.report.page import Page, listed
from proxycheck.report.reading.facts import tally_words
from proxycheck.report.reading.needs import needs, tally
from proxycheck.report.texts import texts
from proxycheck.report.words import endpoint_label

_INDENT = 10
_ALIKE_SHOWN = 3
_ORDER: tuple[EndpointVerdict, ...] = ("fail", "inconclusive", "warn", "pass")


def add_endpoints(page: Page, report: Report, *, verbose: bool) -> None:
    """With `verbose` every endpoint that was measured, by tier; else those that failed or are undecided without a
    cause that says so."""
    if report.run.command == "pac":
        return
    if not verbose:
        unexplained = [e for e in report.endpoints if e.verdict in ("fail", "inconclusive") and not e.causes]
        if unexplained:
            page.heading(texts().sections.endpoints)
        _add_rows(page, unexplained, limit=_ALIKE_SHOWN)
        return
    page.heading(texts().sections.endpoints)
    for tier in report.summary.by_tier:
        members = [need for need in needs(report) if need.shown.tier == tier]
        if members:
            page.block(f"{texts().matrix.tiers[tier].capitalize()}: {tally_words(tally(members))}")
            _add_rows(page, [each for need in members for each in need.members], limit=None)
            _add_notes(page, [each for need in members for each in need.members])


def _add_rows(page: Page, members: Iterable[EndpointReport], *, limit: int | None) -> None:
    """A row for each reason, and for each endpoint where nothing is shortened."""
    rows: dict[tuple[EndpointVerdict, str], list[str]] = defaultdict(list)
    for endpoint in members:
        if endpoint.verdict in _ORDER:
            rows[endpoint.verdict, endpoint.reason].append(endpoint.id)
    for (verdict, reason), names in sorted(rows.items(), key=lambda row: _ORDER.index(row[0][0])):
        ids = [(name, "bold") for name in listed(names, limit)]
        page.block(*ids, ": ", reason, label=endpoint_label(verdict), start=2, indent=_INDENT)


def _add_notes(page: Page, members: Iterable[EndpointReport]) -> None:
    notes: dict[str, list[str]] = defaultdict(list)
    for endpoint in members:
        for note in endpoint.notes:
            notes[note].append(endpoint.id)
    for note, names in notes.items():
        page.block(note.rstrip("."), ": ", *listed(names, None), label="note", start=2, indent=_INDENT)
