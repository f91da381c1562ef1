"""Every scenario gets the verdict, the causes and the endpoints that are due, and none when its fault is taken out."""

import sys
import time
from collections.abc import Callable

import pytest

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.catalogue.scenarios import load_scenario, scenario_names
from proxycheck.lab.scenario import Rehearsed, customer, rehearse_all
from proxycheck.model.report import Report
from proxycheck.model.scenario import Outcome, Scenario, without_fault
from tests.lab.told import Shelf

pytestmark = pytest.mark.scenarios

SCENARIOS = {name: load_scenario(name) for name in scenario_names()}
LONGEST_S = 240.0
MOST_BYTES = 500 * 1024 * 1024


Keep = Callable[[str, Report], object]


def rehearsed(scenarios: dict[str, Scenario], keep: Keep | None = None) -> dict[str, Outcome]:
    devices = {name: load_device(name) for name in {scenario.device for scenario in scenarios.values()}}
    done: tuple[Rehearsed, ...] = rehearse_all(scenarios.items(), devices, load_knowledge(), lambda _: None)
    if keep is not None:
        for each in done:
            keep(each.outcome.name, each.report)
    return {each.outcome.name: each.outcome for each in done}


def clean_forms() -> dict[str, Scenario]:
    """The clean forms that differ: most scenarios without their fault are the same plain proxy."""
    forms: dict[str, tuple[str, Scenario]] = {}
    for name, scenario in SCENARIOS.items():
        clean = without_fault(scenario)
        played = customer("", clean)
        forms.setdefault(repr((played.addons, played.options, clean.client, clean.device)), (name, clean))
    return dict(forms.values())


@pytest.fixture(scope="module")
def outcomes(
    record_testsuite_property: Callable[[str, object], None], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Outcome]:
    began = time.perf_counter()
    found = rehearsed(SCENARIOS, Shelf(tmp_path_factory).keep)
    seconds = time.perf_counter() - began
    record_testsuite_property("scenarios_per_second", round(len(found) / seconds, 2))
    assert seconds < LONGEST_S
    return found


@pytest.fixture(scope="module")
def clean_outcomes() -> dict[str, Outcome]:
    return rehearsed(clean_forms())


@pytest.mark.parametrize("name", SCENARIOS)
def test_what_is_due_is_told(outcomes: dict[str, Outcome], name: str) -> None:
    assert outcomes[name].differences == ()


@pytest.mark.parametrize("name", clean_forms())
def test_without_its_fault_there_is_no_cause(clean_outcomes: dict[str, Outcome], name: str) -> None:
    assert clean_outcomes[name].differences == ()
    assert clean_outcomes[name].causes == ()


@pytest.mark.skipif(sys.platform != "linux", reason="counts as Linux does")
@pytest.mark.usefixtures("outcomes")
def test_the_whole_library_fits_into_memory() -> None:
    import resource

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 < MOST_BYTES
