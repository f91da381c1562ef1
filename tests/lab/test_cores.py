"""Scenarios on every core: the outcomes are those of one process, and what goes wrong in one is told."""

from collections.abc import Iterator
from unittest import mock

import pytest
from msgspec import structs

from proxycheck.catalogue.scenarios import load_scenario
from proxycheck.errors import ConfigurationError
from proxycheck.lab import cores
from proxycheck.model.files.scenario import Scenario, ScenarioOutcome
from tests.support import known

pytestmark = pytest.mark.scenarios

NAMES = ("clean-tunnel", "limit-refuses", "clean-100-continue")


@pytest.fixture(autouse=True)
def _one_is_worth_a_process() -> Iterator[None]:
    with mock.patch.object(cores, "FEW", 1):
        yield


def _chosen() -> list[tuple[str, Scenario]]:
    few = ("distservp1.pb.com:443", "api.pitneybowes.com:443")
    found = ((name, load_scenario(name)) for name in NAMES)
    return [(name, structs.replace(s, client=structs.replace(s.client, only=few))) for name, s in found]


def test_outcomes_come_in_the_order_given() -> None:
    heard: list[ScenarioOutcome] = []
    chosen = _chosen()
    devices = {scenario.device: known.device(scenario.device) for _, scenario in chosen}
    found = cores.outcomes_of(chosen, devices, heard.append, 2)
    assert [outcome.name for outcome in found] == list(NAMES)
    assert sorted(outcome.name for outcome in heard) == sorted(NAMES)
    assert found[0].verdict == "compatible"


def test_what_goes_wrong_in_a_process_is_told() -> None:
    name, scenario = _chosen()[1]
    broken = structs.replace(scenario.behaviour[0], options={"client_limit": "four"})
    chosen = [*_chosen(), ("broken", structs.replace(scenario, behaviour=(broken,)))]
    devices = {each.device: known.device(each.device) for _, each in chosen}
    with pytest.raises(ConfigurationError, match="client_limit"):
        cores.outcomes_of(chosen, devices, lambda _: None, 2)
    assert name
