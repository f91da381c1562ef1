"""The scenario files: each is well-formed, and together they cover what is known to go wrong."""

import re
import tomllib
from pathlib import Path

import pytest

from proxycheck.catalogue.scenarios import load_scenario, not_simulated, read_scenario, scenario_names
from proxycheck.errors import ConfigurationError, UsageError
from proxycheck.model.files.scenario import Scenario, without_fault

CORPUS = tomllib.loads((Path(__file__).parent.parent / "lab" / "corpus_ids.toml").read_text(encoding="utf-8"))
KNOWN = {*CORPUS["tier_1"], *CORPUS["tier_2"]}
SCENARIOS = {name: load_scenario(name) for name in scenario_names()}

GOOD = """
title = "A title"
source = "RFC 9110"
[[behaviour]]
addon = "tunnel"
[expect]
verdict = "incompatible"
[[expect.causes]]
code = "connect.port-denied"
"""


def read(folder: Path, text: str) -> Scenario:
    path = folder / "some.toml"
    path.write_text(text, encoding="utf-8")
    return read_scenario(path)


def test_there_are_enough_and_enough_good_proxies() -> None:
    assert len(SCENARIOS) >= 100
    assert sum(scenario.clean for scenario in SCENARIOS.values()) >= 12


def test_every_known_failure_is_played_or_said_why_not() -> None:
    played = {entry for scenario in SCENARIOS.values() for entry in scenario.covers}
    assert played | set(not_simulated()) == KNOWN
    assert played & set(not_simulated()) == set()


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_says_what_it_is(name: str) -> None:
    scenario = SCENARIOS[name]
    assert re.fullmatch(r"[a-z0-9][a-z0-9.-]*", name)
    assert scenario.title
    assert scenario.source
    assert scenario.tags


def test_titles_tell_scenarios_apart() -> None:
    titles = [scenario.title for scenario in SCENARIOS.values()]
    assert sorted(titles) == sorted(set(titles))


@pytest.mark.parametrize("name", [name for name, scenario in SCENARIOS.items() if not scenario.clean])
def test_what_is_due_has_a_fault_behind_it(name: str) -> None:
    """Without its fault a scenario is another proxy."""
    scenario = SCENARIOS[name]
    clean = without_fault(scenario)
    assert clean.clean
    proxy = (scenario.behaviour, scenario.mode, scenario.listener)
    login = scenario.client.user is None and scenario.client.password is None
    assert proxy != (clean.behaviour, clean.mode, clean.listener) or not login


def test_a_file_may_lie_anywhere(tmp_path: Path) -> None:
    scenario = read(tmp_path, GOOD)
    assert load_scenario(str(tmp_path / "some.toml")) == scenario
    assert (scenario.device, scenario.expect.causes[0].endpoints) == ("sendpro-c", ("all",))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('title = "A title"', "", "title"),
        ('addon = "tunnel"', 'addon = "tunnel"\nfalt = true', "falt"),
        ('addon = "tunnel"', 'addon = "tunnle"', "got 'tunnle' - at `$.behaviour[0].addon`"),
        ('addon = "tunnel"', f'addon = "{"a" * 5000}"', "expected a file of addons/"),
        ('"connect.port-denied"', '"connect.no-such"', "connect.no-such"),
        ('"connect.port-denied"', '"connect.port-denied"\nendpoints = ["udp"]', "HOST:PORT"),
        ('verdict = "incompatible"', 'verdict = "degraded"', "verdict = 'incompatible'"),
        ("[expect]", '[client]\nuser = "clerk"\n[expect]', "user and password"),
        ("[expect]", '[[behaviour]]\naddon = "tunnel"\n[expect]', "only once"),
        ('"tunnel"', '"tunnel"\n[behaviour.options]\nx = 1\n[[behaviour]]\naddon = "names"\noptions = {x = 2}', "'x'"),
    ],
)
def test_what_does_not_fit_is_one_sentence(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in GOOD
    with pytest.raises(ConfigurationError, match=re.escape(words)) as caught:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert "some.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean 'ports-squid'"):
        load_scenario("port-squid")


@pytest.mark.parametrize("name", ["a" * 5000, "../devices/sendpro-c", ""])
def test_a_name_that_no_scenario_can_have_is_unknown(name: str) -> None:
    with pytest.raises(UsageError, match="there is no scenario"):
        load_scenario(name)
