"""Scenarios that are incompatible stay so, or become unclear, whatever bytes come on top: they are never compatible."""

from random import Random

import pytest
from msgspec import structs

from proxycheck.lab.rehearsal import Rehearsed
from proxycheck.model.evidence import Evidence
from proxycheck.model.report import Report
from proxycheck.runner import judge_again
from tests.hostile.mutation import NASTY
from tests.lab.library import SCENARIOS, Library, played
from tests.support import known
from tests.support.known import knowledge

_OF_A_RUN = 0.3
"""How many of a run's records get something on top."""
_SEEDS = range(4)


@pytest.fixture
def rehearsed(request: pytest.FixtureRequest, library: Library) -> Rehearsed:
    """The scenario as it was played."""
    return library.outcome(*request.param)


@pytest.mark.parametrize("rehearsed", played("as_it_is", SCENARIOS), indirect=True)
def test_a_scenario_that_is_incompatible_is_not_made_good_by_bytes(rehearsed: Rehearsed) -> None:
    saved = rehearsed.report
    if saved.verdict != "incompatible":
        return
    device = known.device(SCENARIOS[rehearsed.outcome.name].device)
    for seed in _SEEDS:
        judged = judge_again(_with_bytes(saved, Random(f"{rehearsed.outcome.name} {seed}")), device, knowledge())
        assert judged.verdict != "compatible", seed
        assert not judged.tool.fault, seed


def _with_bytes(report: Report, chance: Random) -> Report:
    """The report when more had been received: before, behind, and between what was."""
    return structs.replace(report, evidence=tuple(_longer(record, chance) for record in report.evidence))


def _longer(record: Evidence, chance: Random) -> Evidence:
    if chance.random() >= _OF_A_RUN:
        return record
    more, size = chance.choice(NASTY).decode("latin-1"), len(record.received)
    at = chance.choice((0, size, size // 2))
    return structs.replace(record, received=record.received[:at] + more + record.received[at:])
