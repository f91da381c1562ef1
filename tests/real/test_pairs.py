"""The simulated proxy is not believed on its word: the same check says the same of the real one."""

import pytest

from proxycheck.catalogue.scenarios import load_scenario, scenario_names
from tests.lab.library import Library
from tests.lab.told import told
from tests.real.checkrun import basic_token
from tests.real.pairs import Pair
from tests.real.pairs.alone import ALONE
from tests.real.pairs.run import check_real
from tests.real.pairs.table import PAIRS
from tests.real.scenarios import Login, logins
from tests.real.test_scenarios import SCENARIOS
from tests.real.world import World


@pytest.mark.real
@pytest.mark.scenarios
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_the_real_proxy_and_the_simulated_one_are_told_alike(real_world: World, library: Library, pair: Pair) -> None:
    scenario = load_scenario(pair.scenario)
    outcome, logs = check_real(real_world, pair, scenario)
    print(outcome.terminal, logs)  # noqa: T201  shown where the test fails
    played = library.outcome("as_it_is", pair.scenario).report
    real, simulated = told(outcome.report, beside=played), told(played, beside=outcome.report)
    assert real.without_endpoints() == simulated.without_endpoints()
    if not pair.varying:
        assert real == simulated
    client = scenario.client
    if client.user is not None and client.password is not None:
        token = basic_token(Login(client.user, client.password)).decode()
        assert token not in outcome.text + outcome.terminal


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
