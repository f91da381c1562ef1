"""The simulated proxy is not believed on its word: the same check says the same of the real one."""

import pytest

from proxycheck.catalogue.scenarios import load_scenario, scenario_names
from tests.lab.library import Library
from tests.real.pairs import Pair
from tests.real.pairs.alike import assert_alike
from tests.real.pairs.alone import ALONE
from tests.real.pairs.run import check_real
from tests.real.pairs.table import PAIRS, with_stacks
from tests.real.scenarios import logins
from tests.real.test_scenarios import SCENARIOS
from tests.real.world import World


@pytest.mark.real
@pytest.mark.scenarios
@pytest.mark.parametrize("pair", [pair for pair in PAIRS if not with_stacks(pair)], ids=lambda pair: pair.name)
def test_the_real_proxy_and_the_simulated_one_are_told_alike(real_world: World, library: Library, pair: Pair) -> None:
    """Where the devices' stacks are tried behind the real one, `tests/real/device_stack/test_engines.py` does it."""
    scenario = load_scenario(pair.scenario)
    outcome, logs = check_real(real_world, pair, scenario)
    print(outcome.terminal, logs)  # noqa: T201  shown where the test fails
    assert_alike(pair, scenario, outcome, library.outcome("as_it_is", pair.scenario).report)


def test_every_scenario_is_paired_or_alone() -> None:
    """A new scenario has to be decided on: which engine shows it, or why none does."""
    paired = {pair.scenario for pair in PAIRS}
    assert paired | set(ALONE) == set(scenario_names())
    assert not paired & set(ALONE)


def test_every_cause_of_a_real_engine_has_a_simulated_twin() -> None:
    """But for hosts that are down: only a comparison beside the proxy tells them, and the lab makes none."""
    played = {due.code for name in scenario_names() for due in load_scenario(name).expect.causes}
    real = {due.code for scenario in SCENARIOS for due in scenario.causes}
    real |= {due.code for login in logins.SCENARIOS for due in login.scenario.causes}
    assert real - played == {"endpoint.down"}


def test_names_are_told_apart() -> None:
    names = [pair.name for pair in PAIRS]
    assert sorted(set(names)) == sorted(names)


def test_every_reason_says_something() -> None:
    assert all(len(reason) > 20 for reason in ALONE.values())
