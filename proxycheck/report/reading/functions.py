"""What works for the people at the device: each of its functions, in plain words, with one of four answers."""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from proxycheck.model.device import Tier
from proxycheck.model.report import Report
from proxycheck.model.text import counted
from proxycheck.report.reading.needs import TIERS, Need, NeedsTally, needs, tally
from proxycheck.report.texts import texts

FunctionState = Literal["works", "partly", "lost", "unknown"]
"""`works`: everything it needs was proved. `lost`: nothing that it needs works. `partly`: some of it fails.
`unknown`: nothing fails, and not everything was decided."""


class Function(Struct, frozen=True):
    """One function of the device: its name in plain words, and how the needs behind it fared."""

    name: str
    tier: Tier
    answer: FunctionState
    tally: NeedsTally
    failing: tuple[str, ...]


def functions(report: Report) -> tuple[Function, ...]:
    """Every function that the report has hosts of, required ones first, else in the order of the guide. Where a run was
    not asked about all that a function needs, the rest of it is unknown."""
    plain = {each.name: each.plain for each in report.device.functions}
    groups: dict[str, list[Need]] = {}
    left_out: dict[str, list[Tier]] = {}
    for need in needs(report):
        groups.setdefault(plain.get(need.shown.function, need.shown.function), []).append(need)
    for missing in report.run.request.left_out if report.run.command == "check" else ():
        left_out.setdefault(plain.get(missing.function, missing.function), []).append(missing.tier)
    names = dict.fromkeys((*groups, *left_out))
    found = [_function(name, groups.get(name, ()), left_out.get(name, ())) for name in names]
    return tuple(sorted(found, key=lambda function: TIERS.index(function.tier)))


def nothing_works(report: Report) -> str:
    """The sentence that stands for all functions where one cause stops everything, often before a host is tried."""
    measured = tally(needs(report)).measured
    words = texts().functions
    return words.nothing_works.format(tried=counted(measured, "host") if measured else words.no_host)


def _function(name: str, members: Sequence[Need], left_out: Sequence[Tier]) -> Function:
    tier = min((*(need.shown.tier for need in members), *left_out), key=TIERS.index)
    counts = tally(members).and_unasked(len(left_out))
    failing = tuple(need.shown.id for need in members if need.state == "fails")
    return Function(name, tier, state_of(counts.works, counts.fails, counts.total), counts, failing)


def state_of(works: int, fails: int, total: int) -> FunctionState:
    """The answer for a function with so many needs."""
    if works == total:
        return "works"
    if not fails:
        return "unknown"
    return "partly" if works else "lost"
