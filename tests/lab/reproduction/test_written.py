"""What is written is read back as the same scenario, and shows nothing to a terminal that could steer it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxycheck.catalogue.scenarios import load_scenario, read_scenario, scenario_names
from proxycheck.lab.reproduction.written import toml_of
from proxycheck.model.files.scenario import (
    Behaviour,
    Beside,
    Client,
    DueCause,
    Expectation,
    OptionValue,
    Scenario,
    Table,
)

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
BYTES = st.binary(max_size=60).map(lambda data: data.decode("latin-1"))
TABLES: st.SearchStrategy[Table] = st.dictionaries(
    TEXT,
    st.one_of(BYTES, TEXT, st.booleans(), st.integers(0, 65535), st.lists(st.integers(0, 65535)), st.lists(TEXT)),
    max_size=4,
)
OPTIONS: st.SearchStrategy[dict[str, OptionValue]] = st.dictionaries(
    st.sampled_from(["raw_connect", "listener", "x-y", 'q"uo\n']),
    st.one_of(TEXT, st.booleans(), st.integers(0, 9), st.lists(st.one_of(TEXT, TABLES), max_size=3)),
    max_size=2,
)
SCENARIOS = st.builds(
    Scenario,
    title=TEXT,
    source=TEXT,
    note=st.none() | TEXT,
    behaviour=st.lists(st.builds(Behaviour, addon=st.just("raw_connect"), options=OPTIONS), max_size=1).map(tuple),
    client=st.builds(Client, timeout=st.sampled_from([0.1, 2.0, 7.3]), only=st.lists(TEXT, max_size=2).map(tuple)),
    beside=st.lists(
        st.builds(Beside, endpoint=TEXT, operation=st.just("control_dns"), failure=st.just("timeout") | st.none()),
        max_size=2,
    ).map(tuple),
    expect=st.just(
        Expectation(verdict="incompatible", causes=(DueCause(code="tls.inspected", excluded=("*.example:443",)),))
    ),
)


@given(scenario=SCENARIOS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_it_is_read_back_as_it_was(scenario: Scenario, tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    data = toml_of(scenario)
    file.write_bytes(data)
    assert read_scenario(file) == scenario
    assert all(byte == 0x0A or 0x20 <= byte <= 0x7E for byte in data)


@pytest.mark.parametrize("name", scenario_names()[::10])
def test_the_librarys_own_scenarios_as_well(name: str, tmp_path: Path) -> None:
    file = tmp_path / "scenario.toml"
    file.write_bytes(toml_of(load_scenario(name)))
    assert read_scenario(file) == load_scenario(name)


def test_hostile_bytes_and_large_pages() -> None:
    page = "\x00\x1b]0;owned\x07\u009b31m\u2028\"'\\\r\n" + "\u00ff" * 65536
    rule: Table = {"reply": page, "ports": [80, 443]}
    scenario = Scenario(
        title="\u202ex",
        source="s",
        behaviour=(Behaviour(addon="raw_connect", options={"raw_connect": [rule]}),),
        expect=Expectation(verdict="compatible"),
    )
    text = toml_of(scenario).decode("ascii")
    assert "ports = [80, 443]\n" in text
    assert "\\u001b]0;owned\\u0007\\u009B31m\\u2028" in text
    assert "\x1b" not in text
