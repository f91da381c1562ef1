"""Several proxies side by side: what each one is, the verdict, and the few causes behind it."""

from collections.abc import Iterable

from msgspec import Struct
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from proxycheck.model.report import Report
from proxycheck.report.reading.causes import by_weight
from proxycheck.report.reading.needs import needs, tally
from proxycheck.report.texts import texts
from proxycheck.report.words import verdict_label


class Row(Struct, frozen=True):
    """One proxy of the comparison: its name, what it does in a few words, and the report on it."""

    name: str
    title: str
    report: Report


def demo_table(rows: Iterable[Row]) -> Table:
    """The comparison: proxy, verdict, causes, endpoints passed and failed, seconds."""
    shown, words = tuple(rows), texts().demo
    table = Table(box=box.SIMPLE_HEAD, show_lines=True, pad_edge=False)
    table.add_column(words.proxy, ratio=3)
    table.add_column(words.verdict, no_wrap=True)
    table.add_column(words.why, ratio=4, min_width=_longest_code(shown))
    table.add_column(words.endpoints, no_wrap=True)
    for row in shown:
        table.add_row(
            Text.assemble((row.name, "bold"), f"\n{row.title}"),
            Text(*verdict_label(row.report.verdict)),
            _why(row.report),
            _endpoints(row.report),
        )
    return table


def demo_page(rows: Iterable[Row]) -> Group:
    """The comparison, and below it what to do next."""
    shown = tuple(rows)
    device = shown[0].report.device.name if shown else "NAME"
    return Group(demo_table(shown), Text(), Text(texts().demo.next.format(device=device), no_wrap=True))


def _longest_code(rows: Iterable[Row]) -> int:
    """Columns that no code is broken in."""
    return max((len(cause.code) for row in rows for cause in row.report.causes), default=0)


def _why(report: Report) -> Text:
    lines = (Text.assemble((cause.code, "bold"), f"\n{cause.title}") for cause in by_weight(report.causes))
    return Text("\n").join(lines) if report.causes else Text(texts().demo.nothing)


def _endpoints(report: Report) -> Text:
    counts, seconds = tally(needs(report)), f"{report.run.duration_s:.1f}"
    return Text(texts().demo.counts.format(passed=f"{counts.works:>3}", failed=f"{counts.fails:>3}", seconds=seconds))
