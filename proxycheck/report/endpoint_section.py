"""The endpoints by tier: what fails and why, what passes by function, and what was not measured and why."""

from collections import Counter, defaultdict

from proxycheck.model.report import EndpointReport, EndpointVerdict, Report
from proxycheck.report.page import Page, counted, listed
from proxycheck.report.words import ENDPOINT_LABELS, tally, total

_INDENT = 10
_ALIKE_SHOWN = 3
_REASONS_SHOWN = 3
_SKIPPED_SHOWN = 4
_FUNCTION_LENGTH = 48
_TROUBLED: tuple[EndpointVerdict, ...] = ("fail", "inconclusive", "warn")


def add_endpoints(page: Page, report: Report, *, verbose: bool) -> None:
    """One part for each tier that occurs, the gravest first."""
    if not report.endpoints or report.run.command == "pac":
        return
    page.heading("Endpoints")
    for tier, counts in report.summary.by_tier.items():
        members = [endpoint for endpoint in report.endpoints if endpoint.tier == tier]
        if not members:
            continue
        title = f"{tier.capitalize()}, {counted(total(counts), 'endpoint')}: "
        page.block(title, tally(counts), indent=0)
        _add_rows(page, members, verbose=verbose)
        _add_functions(page, members)
        if verbose:
            _add_notes(page, members)


def add_skipped(page: Page, report: Report, *, verbose: bool) -> None:
    """What was not measured, by reason; nothing when everything was."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for endpoint in report.endpoints:
        if endpoint.verdict == "skipped":
            reasons[endpoint.reason].append(endpoint.id)
    if report.run.command == "pac":
        return
    if reasons:
        page.heading("Not measured")
    for reason, names in reasons.items():
        sentence = reason.removeprefix("not measured: ").rstrip(".")
        page.block(sentence, ": ", *listed(names, None if verbose else _SKIPPED_SHOWN), indent=2)


def _add_rows(page: Page, members: list[EndpointReport], *, verbose: bool) -> None:
    verdicts = (*_TROUBLED, "pass") if verbose else _TROUBLED
    by_causes: dict[tuple[str, tuple[str, ...]], list[EndpointReport]] = defaultdict(list)
    for verdict in verdicts:
        for endpoint in members:
            if endpoint.verdict == verdict:
                by_causes[verdict, endpoint.causes].append(endpoint)
    for alike in by_causes.values():
        _add_alike(page, alike, verbose=verbose)


def _add_alike(page: Page, alike: list[EndpointReport], *, verbose: bool) -> None:
    """Endpoints with the same verdict and causes: a row for each reason."""
    reasons: dict[str, list[str]] = defaultdict(list)
    for endpoint in alike:
        reasons[endpoint.reason].append(endpoint.id)
    shown = len(reasons) if verbose else _REASONS_SHOWN
    for reason, names in list(reasons.items())[:shown]:
        ids = [(name, "bold") for name in listed(names, None if verbose else _ALIKE_SHOWN)]
        label = ENDPOINT_LABELS[alike[0].verdict]
        page.block(*ids, ": ", reason, label=label, start=2, indent=_INDENT)
    rest = sum(map(len, list(reasons.values())[shown:]))
    if rest:
        codes = ", ".join(alike[0].causes) or "other reasons"
        page.block((f"and {rest} more with {codes}", "dim"), indent=_INDENT)


def _add_functions(page: Page, members: list[EndpointReport]) -> None:
    measured = Counter(endpoint.function for endpoint in members if endpoint.verdict != "skipped")
    passed = Counter(endpoint.function for endpoint in members if endpoint.verdict in ("pass", "warn"))
    failed = Counter(endpoint.function for endpoint in members if endpoint.verdict == "fail")
    for label, chosen in (
        (("lost", "red"), [name for name in measured if failed[name] == measured[name]]),
        (ENDPOINT_LABELS["pass"], [name for name in measured if passed[name]]),
    ):
        parts = [f"{_short(name)} {passed[name]} of {measured[name]}" for name in chosen]
        separated = [f"{part}; " for part in parts[:-1]] + parts[-1:]
        page.block(*separated, label=label, start=2, indent=_INDENT)


def _add_notes(page: Page, members: list[EndpointReport]) -> None:
    notes: dict[str, list[str]] = defaultdict(list)
    for endpoint in members:
        for note in endpoint.notes:
            notes[note].append(endpoint.id)
    for note, names in notes.items():
        page.block(note.rstrip("."), ": ", *listed(names, None), label="note", start=2, indent=_INDENT)


def _short(function: str) -> str:
    if len(function) <= _FUNCTION_LENGTH:
        return function
    return function[:_FUNCTION_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;(") + "..."
