"""Scenarios and how their rehearsals went, for the terminal."""

from collections.abc import Iterable, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from proxycheck.model.files.scenario import Scenario, ScenarioOutcome
from proxycheck.model.text import counted
from proxycheck.report.texts import texts
from proxycheck.report.words import verdict_label


def scenario_listing(scenarios: Iterable[tuple[str, Scenario]], tags: Iterable[str]) -> RenderableType:
    """Name, what is due below it, and the title of each scenario; the tags of all below. Where there is none, `tags`
    are shown, by which another search may find some.

    Names and codes stand in one column, so that at 80 columns there is room for both whole, and for a title."""
    shown = tuple(scenarios)
    if not shown:
        return Text(texts().rehearsals.nothing.format(tags=", ".join(sorted(set(tags)))))
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    words = texts().rehearsals
    table.add_column(_above(words.scenario, [words.due]), no_wrap=True)
    table.add_column(words.title)
    for name, scenario in shown:
        due: list[str] = [cause.code for cause in scenario.expect.causes] or [scenario.expect.verdict]
        table.add_row(_above(name, due), Text(scenario.title))
    found = sorted({tag for _, scenario in shown for tag in scenario.tags})
    count = counted(len(shown), "scenario")
    return Group(table, Text(words.found.format(scenarios=count, tags=", ".join(found) or texts().counts.nothing)))


def rehearsal_table(outcomes: Sequence[ScenarioOutcome], seconds: float) -> RenderableType:
    """A row for each scenario with its causes below the name, the differences in full, and the count."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    words = texts().rehearsals
    for heading in (_above(words.scenario, [words.causes]), words.verdict, words.holds):
        table.add_column(heading, no_wrap=True)
    table.add_column(words.seconds, justify="right", no_wrap=True)
    for outcome in outcomes:
        table.add_row(
            _above(outcome.name, outcome.causes),
            Text(*verdict_label(outcome.verdict)),
            Text(words.yes, style="green") if outcome.holds else Text(words.no, style="bold red"),
            f"{outcome.duration_s:.1f}",
        )
    wrong = [outcome for outcome in outcomes if not outcome.holds]
    return Group(table, *(_difference(outcome) for outcome in wrong), _count(outcomes, len(wrong), seconds))


def _above(name: str, below: Iterable[str]) -> Text:
    return Text.assemble((name, "bold"), *(f"\n  {each}" for each in below))


def _difference(outcome: ScenarioOutcome) -> Text:
    return Text("\n").join((Text(f"{outcome.name}: {outcome.title}", style="bold"), *map(_point, outcome.differences)))


def _point(words: str) -> Text:
    return Text(f"  - {words}")


def _count(outcomes: Sequence[ScenarioOutcome], wrong: int, seconds: float) -> Text:
    rate = len(outcomes) / seconds if seconds else 0.0
    held, took, pace = len(outcomes) - wrong, f"{seconds:.1f}", f"{rate:.1f}"
    return Text(texts().rehearsals.count.format(held=held, total=len(outcomes), seconds=took, rate=pace))
