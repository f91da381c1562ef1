"""Every scenario gets the verdict, the causes and the endpoints that are due, and none when its fault is taken out."""

from collections.abc import Callable

import pytest

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.catalogue.scenarios import load_scenario, scenario_names
from proxycheck.lab.rehearsal import Rehearsed, customer, rehearse_all
from proxycheck.model.report import Report
from proxycheck.model.scenario import Scenario, without_fault
from tests.lab.reproducing import reproduced, told
from tests.lab.told import Shelf

# In one process: each would play the whole library for itself.
pytestmark = [pytest.mark.scenarios, pytest.mark.xdist_group("scenarios"), pytest.mark.timeout(900)]

SCENARIOS = {name: load_scenario(name) for name in scenario_names()}


Keep = Callable[[str, Report], object]


def rehearsed(scenarios: dict[str, Scenario], keep: Keep | None = None) -> dict[str, Rehearsed]:
    devices = {name: load_device(name) for name in {scenario.device for scenario in scenarios.values()}}

    def told_of(each: Rehearsed) -> None:
        if keep is not None:
            keep(each.outcome.name, each.report)

    done: tuple[Rehearsed, ...] = rehearse_all(scenarios.items(), devices, load_knowledge(), told_of)
    return {each.outcome.name: each for each in done}


def clean_forms() -> dict[str, Scenario]:
    """The clean forms that differ: most scenarios without their fault are the same plain proxy."""
    forms: dict[str, tuple[str, Scenario]] = {}
    for name, scenario in SCENARIOS.items():
        clean = without_fault(scenario)
        played = customer("", clean)
        forms.setdefault(repr((played.addons, played.options, clean.client, clean.device)), (name, clean))
    return dict(forms.values())


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rehearsed]:
    return rehearsed(SCENARIOS, Shelf(tmp_path_factory).keep)


@pytest.fixture(scope="module")
def clean_outcomes() -> dict[str, Rehearsed]:
    return rehearsed(clean_forms())


@pytest.fixture(scope="module")
def reproductions(outcomes: dict[str, Rehearsed], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rehearsed]:
    """What each proxy's reproduction does, made from the report of the proxy itself."""
    folder = tmp_path_factory.mktemp("reproduced")
    return rehearsed({n: reproduced(each.report, folder / f"{n}.toml") for n, each in outcomes.items()})


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_is_due_is_told(outcomes: dict[str, Rehearsed], name: str) -> None:
    assert outcomes[name].outcome.differences == ()


@pytest.mark.parametrize("name", SCENARIOS)
def test_its_report_is_reproduced(
    outcomes: dict[str, Rehearsed], reproductions: dict[str, Rehearsed], name: str
) -> None:
    """The same verdict, causes and endpoints; and the file says so itself."""
    assert told(reproductions[name].report) == told(outcomes[name].report)
    assert reproductions[name].outcome.differences == ()


@pytest.mark.parametrize("name", clean_forms())
def test_without_its_fault_there_is_no_cause(clean_outcomes: dict[str, Rehearsed], name: str) -> None:
    assert clean_outcomes[name].outcome.differences == ()
    assert clean_outcomes[name].outcome.causes == ()
