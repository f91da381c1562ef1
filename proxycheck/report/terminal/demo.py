"""Several proxies side by side: what each one is, the verdict, and the few causes behind it."""

from collections.abc import Iterable

from msgspec import Struct
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from proxycheck.model.report import Report
from proxycheck.report.reading.causes import by_weight
from proxycheck.report.words import verdict_label

_NEXT = """\
The proxies and the hosts behind them were simulated on this machine;
nothing else was contacted. To look at your own proxy:

  proxycheck check --proxy http://HOST:PORT --device {device}

With --verbose it shows every endpoint, with --json FILE all that was seen.
What the device needs of a network: proxycheck devices {device}"""


class Row(Struct, frozen=True):
    """One proxy of the comparison: its name, what it does in a few words, and the report on it."""

    name: str
    title: str
    report: Report


def demo_table(rows: Iterable[Row]) -> Table:
    """The comparison: proxy, verdict, causes, endpoints passed and failed, seconds."""
    table = Table(box=box.SIMPLE_HEAD, show_lines=True, pad_edge=False)
    table.add_column("Proxy", ratio=3)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Why", ratio=4)
    table.add_column("Endpoints", no_wrap=True)
    for row in rows:
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
    return Group(demo_table(shown), Text(), Text(_NEXT.format(device=device), no_wrap=True))


def _why(report: Report) -> Text:
    lines = (Text.assemble((cause.code, "bold"), f"\n{cause.title}") for cause in by_weight(report.causes))
    return Text("\n").join(lines) if report.causes else Text("nothing stands in the way")


def _endpoints(report: Report) -> Text:
    counts = report.summary.endpoints
    return Text(f"{counts.passed + counts.warn:>3} pass\n{counts.fail:>3} fail\nin {report.run.duration_s:.1f} s")
