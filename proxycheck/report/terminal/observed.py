"""What a real device did, for the engineer beside it: the answer, what failed and why, and the rest by what it came to.

Only ASCII of its own, so that it looks the same in every encoding; colour comes from the console alone.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from rich.console import Console

from proxycheck.model.cause import Cause
from proxycheck.model.observed_report import ObservedReport, ObservedVerdict, Use, UseVerdict
from proxycheck.model.text import counted
from proxycheck.report.page import Page, listed
from proxycheck.report.reading.causes import basis_of
from proxycheck.report.terminal.causes import shortened
from proxycheck.report.words import severity_label

_INDENT = 10
_HOSTS_SHOWN = 12
_WIDEST_NAME = 44
_LABELS: dict[ObservedVerdict, tuple[str, str]] = {
    "reached": ("REACHED", "bold green"),
    "degraded": ("DEGRADED", "bold yellow"),
    "failed": ("FAILED", "bold red"),
    "inconclusive": ("COULD NOT TELL", "bold magenta"),
}
_USES: dict[UseVerdict, tuple[str, str]] = {
    "failed": ("FAIL", "red"),
    "lost": ("FAIL", "red"),
    "unsteady": ("WARN", "yellow"),
    "undecided": ("UNSURE", "magenta"),
    "reached": ("pass", "green"),
    "not-seen": ("-", "dim"),
}


def show(report: ObservedReport, console: Console) -> None:
    """Prints `report` to `console`. Raises OSError when the console's file cannot be written."""
    page = Page(console)
    label = _LABELS[report.verdict]
    if console.is_terminal:
        page.block(report.sentence, label=label, indent=len(label[0]) + 2)
    else:
        page.unwrapped(label, "  ", report.sentence)
    _add_facts(page, report)
    for cause in report.causes:
        _add_cause(page, cause)
    _add_troubled(page, report)
    _add_reached(page, report)
    _add_not_seen(page, report)
    _add_unlisted(page, report)
    page.print()


def _add_facts(page: Page, report: ObservedReport) -> None:
    log, tally = report.log, report.tally
    page.blank()
    span = f" from {log.first_at} to {log.last_at}" if log.first_at is not None else ""
    page.block(f"{counted(log.connections, 'connection')}{span}", label="Log", start=1, indent=_INDENT)
    if log.clients:
        page.block(*listed(log.clients, 4), label="Device", start=1, indent=_INDENT)
        page.block(*listed(log.proxies, 4), label="Proxy", start=1, indent=_INDENT)
    for number, noun, words in (
        (log.unanswered, "connection", "that the proxy did not take"),
        (log.idle, "connection", "on which nothing was asked"),
        (log.unreadable, "request", "that no HTTP proxy understands (TLS, SOCKS or else)"),
        (log.left_out, "request", "not written, being too many on one connection"),
    ):
        if number:
            page.block(f"{counted(number, noun)} {words}", start=1, indent=_INDENT)
    parts = (
        (tally.reached, "reached"),
        (tally.unsteady, "not every time"),
        (tally.lost, "no more"),
        (tally.failed, "failed"),
        (tally.undecided, "undecided"),
        (tally.not_seen, "not seen"),
    )
    counts = ", ".join(f"{number} {word}" for number, word in parts if number)
    page.block(f"{counts}; {len(report.unlisted)} used besides", label="Guide", start=1, indent=_INDENT)


def _add_cause(page: Page, cause: Cause) -> None:
    page.blank()
    confidence = "" if cause.confidence == "conclusive" else f", {cause.confidence} evidence"
    title = (cause.title.rstrip("."), "bold")
    page.block(title, (f"  ({cause.code}{confidence})", "dim"), label=severity_label(cause.severity), indent=_INDENT)
    for paragraph in cause.explanation.splitlines():
        page.block(paragraph, indent=_INDENT)
    for number, sentence in enumerate(cause.because[:4]):
        page.block(sentence, label="" if number else "Seen", start=1, indent=_INDENT)
    if cause.endpoints:
        shown = listed(cause.endpoints, _HOSTS_SHOWN)
        page.block(*shown, label="Affects", start=1, indent=_INDENT)
    if cause.product is not None:
        page.block(cause.product.name, f" ({cause.product.because})", label="Product", start=1, indent=_INDENT)
    for number, remedy in enumerate(cause.remedies):
        product = (f"{remedy.product}: ", "bold") if remedy.product else ""
        basis = f" ({told})" if (told := basis_of(remedy)) else ""
        page.block(
            product, remedy.text, (basis, "dim"), label=("" if number else "Change", "bold"), start=1, indent=_INDENT
        )
        page.code("\n".join(shortened(tuple((remedy.config or "").splitlines()), "--json FILE")), _INDENT + 2)


def _add_troubled(page: Page, report: ObservedReport) -> None:
    uses = [use for use in report.needed if use.verdict in ("failed", "lost", "unsteady", "undecided")]
    if uses:
        page.heading("Not reached, or not every time")
    _add_alike(page, uses)


def _add_alike(page: Page, uses: Sequence[Use]) -> None:
    """Endpoints that fared alike are told together."""
    groups: dict[tuple[object, ...], list[Use]] = defaultdict(list)
    for use in uses:
        groups[use.verdict, tuple(seen.words for seen in use.failures) or use.reason, use.issuer, use.note].append(use)
    for members in groups.values():
        if len(members) == 1:
            names = [f"{members[0].id}  {_counts(members[0])}, {_span(members[0])}{_moved(members[0])}"]
        else:
            names = [f"{use.id} ({_counts(use)})" for use in members]
        page.block(*listed(names, _HOSTS_SHOWN), label=_USES[members[0].verdict], start=2, indent=_INDENT)
        _add_story(page, members)


def _add_story(page: Page, members: Sequence[Use]) -> None:
    first = members[0]
    counts = Counter({seen.words: 0 for seen in first.failures})
    for use in members:
        counts.update({seen.words: seen.count for seen in use.failures})
    for words, count in counts.most_common():
        page.block(words, f" ({count}x)" if count > 1 else "", indent=_INDENT)
    if not counts:
        page.block(first.reason, indent=_INDENT)
    if first.issuer is not None and first.verdict in ("failed", "lost"):
        page.block(f"certificate issued by {first.issuer}", indent=_INDENT)
    if first.note is not None:
        page.block(first.note, indent=_INDENT)


def _counts(use: Use) -> str:
    parts = ((use.reached, "reached"), (use.failed, "failed"), (use.undecided, "undecided"))
    counts = ", ".join(f"{number}x {word}" for number, word in parts if number)
    return counts if use.tier in (None, "required") else f"{counts}; {use.tier}"


def _span(use: Use) -> str:
    first, last = (use.first_at or "")[11:19], (use.last_at or "")[11:19]
    return f"at {first}" if first == last else f"{first} to {last}"


def _add_reached(page: Page, report: ObservedReport) -> None:
    uses = [use for use in report.needed if use.verdict == "reached"]
    if uses:
        page.heading("Reached")
    _add_table(page, uses)


def _add_table(page: Page, uses: Sequence[Use]) -> None:
    width = min(_WIDEST_NAME, max((len(use.id) for use in uses), default=0))
    for use in uses:
        note = f" ({use.note})" if use.note is not None else ""
        fared = f"  {use.reached}x, {_span(use)}{_moved(use)}{note}"
        page.block(use.id.ljust(width), fared, label=_USES[use.verdict], start=2, indent=_INDENT)


def _moved(use: Use) -> str:
    if not (use.bytes_up or use.bytes_down):
        return ""
    return f", {_size(use.bytes_up)} up, {_size(use.bytes_down)} down"


def _size(number: int) -> str:
    if number < 1000:
        return f"{number} B"
    return f"{number / 1000:.1f} kB" if number < 1_000_000 else f"{number / 1_000_000:.1f} MB"


def _add_not_seen(page: Page, report: ObservedReport) -> None:
    missing: dict[str, dict[str, list[Use]]] = defaultdict(lambda: defaultdict(list))
    used = {use.any_of for use in report.needed if use.verdict != "not-seen" and use.any_of is not None}
    for use in report.needed:
        if use.verdict == "not-seen" and use.any_of not in used:
            missing[use.tier or ""][use.any_of or use.id].append(use)
    if missing:
        page.heading("Needed and not seen: the device did not try them while the observer looked on")
    for tier, choices in missing.items():
        names = [_choice(members) for members in choices.values()]
        page.block(*listed(names, _HOSTS_SHOWN), label=(tier, "dim"), start=2, indent=15)


def _choice(members: Sequence[Use]) -> str:
    """Alternatives in one: `host:443 or 80`."""
    first, *others = members
    return " or ".join([first.id, *(str(use.port) if use.host == first.host else use.id for use in others)])


def _add_unlisted(page: Page, report: ObservedReport) -> None:
    if report.unlisted:
        page.heading("Used by the device and not listed by its guide")
    _add_alike(page, [use for use in report.unlisted if use.verdict != "reached"])
    _add_table(page, [use for use in report.unlisted if use.verdict == "reached"])
