"""Scenarios and how their rehearsals went, for the terminal."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from proxycheck.model.files.scenario import Scenario, ScenarioOutcome
from proxycheck.report.words import verdict_label


def scenario_listing(scenarios: Iterable[tuple[str, Scenario]], tags: Iterable[str]) -> RenderableType:
    """Name, what is due, and the title of each scenario; their tags below. Where there is none, `tags` are shown, by
    which another search may find some."""
    shown = tuple(scenarios)
    if not shown:
        return Text(f"No scenario is found. Tags: {', '.join(sorted(set(tags)))}")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Scenario", no_wrap=True)
    table.add_column("Due", ratio=2)
    table.add_column("What it is", ratio=3)
    for name, scenario in shown:
        due = ", ".join(cause.code for cause in scenario.expect.causes) or scenario.expect.verdict
        table.add_row(Text(name, style="bold"), Text(due), Text(scenario.title))
    count = "1 scenario" if len(shown) == 1 else f"{len(shown)} scenarios"
    found = sorted({tag for _, scenario in shown for tag in scenario.tags})
    return Group(table, Text(f"{count}. Tags: {', '.join(found) or 'none'}"))


def rehearsal_table(outcomes: Sequence[ScenarioOutcome], seconds: float) -> RenderableType:
    """One row for each scenario, the differences in full, and the count."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("Scenario", "Verdict", "Causes", "Holds"):
        table.add_column(heading, no_wrap=heading != "Causes", overflow="fold")
    table.add_column("s", justify="right")
    for outcome in outcomes:
        table.add_row(
            Text(outcome.name),
            Text(*verdict_label(outcome.verdict)),
            Text(", ".join(outcome.causes)),
            Text("yes", style="green") if outcome.holds else Text("NO", style="bold red"),
            f"{outcome.duration_s:.1f}",
        )
    wrong = [outcome for outcome in outcomes if not outcome.holds]
    return Group(table, *(_difference(outcome) for outcome in wrong), _count(outcomes, len(wrong), seconds))


def _difference(outcome: ScenarioOutcome) -> Text:
    return Text("\n").join((Text(f"{outcome.name}: {outcome.title}", style="bold"), *map(_point, outcome.differences)))


def _point(words: str) -> Text:
    return Text(f"  - {words}")


def _count(outcomes: Sequence[ScenarioOutcome], wrong: int, seconds: float) -> Text:
    rate = len(outcomes) / seconds if seconds else 0.0
    held = f"{len(outcomes) - wrong} of {len(outcomes)} expectations hold"
    return Text(f"{held}; {seconds:.1f} s, {rate:.1f} scenarios a second")
