"""`lab list` and `lab check` around rehearsals that are made up; the lab itself has tests of its own."""

import importlib.util
import json
import sys
from collections.abc import Callable, Iterable
from xml.etree import ElementTree as ET

import pytest

from proxycheck.catalogue.scenarios import load_scenario, scenario_names
from proxycheck.model.files.scenario import Scenario, ScenarioOutcome
from tests.cli.conftest import Invoke

lab = pytest.importorskip("proxycheck.lab.cores", reason="needs the [lab] extra")


class Stage:
    """Stands in for all rehearsals: which scenarios it was given, and which of them do not hold."""

    def __init__(self) -> None:
        self.played: dict[str, Scenario] = {}
        self.wrong: set[str] = set()

    def outcomes_of(
        self,
        scenarios: Iterable[tuple[str, Scenario]],
        devices: object,
        told: Callable[[ScenarioOutcome], None],
        most: int,
    ) -> tuple[ScenarioOutcome, ...]:
        """Outcomes made by hand."""
        assert devices
        assert most > 0
        self.played = dict(scenarios)
        done = [self._outcome(name, each) for name, each in self.played.items()]
        for each in done:
            told(each)
        return tuple(done)

    def _outcome(self, name: str, scenario: Scenario) -> ScenarioOutcome:
        differences = ("missing: tls.inspected (blocker)",) if name in self.wrong else ()
        causes = tuple(cause.code for cause in scenario.expect.causes)
        return ScenarioOutcome(name, scenario.title, "compatible", causes, differences, 0.25)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The rehearsals, made up."""
    substitute = Stage()
    monkeypatch.setattr(lab, "outcomes_of", substitute.outcomes_of)
    return substitute


def test_the_list_is_filtered_by_tag_and_text(invoke: Invoke) -> None:
    whole, squid, text = (
        invoke("lab", "list"),
        invoke("lab", "list", "--tag", "squid"),
        invoke("lab", "list", "umbrella"),
    )
    assert (whole.code, squid.code, text.code) == (0, 0, 0)
    assert "ports-squid" in whole.stdout
    assert "listener-ssh" in whole.stdout
    assert "ports-squid" in squid.stdout
    assert "listener-ssh" not in squid.stdout
    assert "1 scenario. Tags: dns" in text.stdout


@pytest.mark.usefixtures("stage")
def test_eighty_columns_break_no_name_and_no_code(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    scenarios = {name: load_scenario(name) for name in scenario_names()}
    codes = {cause.code for scenario in scenarios.values() for cause in scenario.expect.causes}
    for arguments in (("lab", "list"), ("lab", "check", "--all")):
        shown = invoke(*arguments).stdout
        assert {*scenarios, *codes} <= set(shown.split())
        assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("words", [("no-such-text",), ("--tag", "no-such-tag")])
def test_a_search_that_finds_nothing_says_so_and_names_the_tags(invoke: Invoke, words: tuple[str, ...]) -> None:
    outcome = invoke("lab", "list", *words)
    assert outcome.code == 0
    assert outcome.stdout.startswith("No scenario is found. Tags: all, apache, auth")
    assert json.loads(invoke("lab", "list", *words, "--json", "-").stdout) == []


def test_the_list_as_json(invoke: Invoke) -> None:
    written = json.loads(invoke("lab", "list", "--tag", "socks", "--json", "-").stdout)
    assert {"clean-mixed-port", "listener-socks", "listener-tor"} == {each["name"] for each in written}
    assert all(each["expect"]["verdict"] for each in written)


def test_expectations_that_hold_end_with_0(invoke: Invoke, stage: Stage) -> None:
    outcome = invoke("lab", "check", "ports-squid", "clean-tunnel")
    assert outcome.code == 0
    assert list(stage.played) == ["ports-squid", "clean-tunnel"]
    assert "2 of 2 expectations hold" in outcome.stdout
    assert "scenarios a second" in outcome.stdout


def test_one_that_does_not_hold_ends_with_1_and_says_why(invoke: Invoke, stage: Stage) -> None:
    stage.wrong = {"inspected-zscaler"}
    outcome = invoke("lab", "check", "--tag", "inspection")
    assert outcome.code == 1
    assert "missing: tls.inspected (blocker)" in outcome.stdout


def test_results_for_machines(invoke: Invoke, stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> None:
    stage.wrong = {"ports-squid"}
    junit = tmp_path_factory.mktemp("results") / "junit.xml"
    outcome = invoke("lab", "check", "ports-squid", "clean-tunnel", "--json", "-", "--junit", str(junit))
    assert [each["name"] for each in json.loads(outcome.stdout)] == ["ports-squid", "clean-tunnel"]
    cases = list(ET.parse(junit).getroot().iter("testcase"))  # noqa: S314  written by this test
    told = {each.get("name"): each.get("value") for each in cases[0].iter("property")}
    assert (told["verdict"], told["causes"]) == ("compatible", "connect.port-denied")
    assert cases[0].findtext("system-out") == "compatible: connect.port-denied"
    assert cases[0].find("failure[@type='expectation']") is not None
    assert [(case.get("name"), len(case.findall("failure"))) for case in cases] == [
        ("ports-squid", 1),
        ("clean-tunnel", 0),
    ]


@pytest.mark.parametrize("option", ["--json", "--junit"])
def test_results_replace_earlier_ones_and_nobody_else_s(
    invoke: Invoke, stage: Stage, tmp_path_factory: pytest.TempPathFactory, option: str
) -> None:
    file = tmp_path_factory.mktemp("results") / "results"
    words = ("lab", "check", "ports-squid", option, str(file))
    assert invoke(*words).code == 0
    stage.wrong = {"ports-squid"}
    assert invoke(*words).code == 1
    file.write_text("mine")
    told = invoke(*words)
    assert (told.code, file.read_text()) == (2, "mine")
    assert "proxycheck did not write it" in told.stderr
    assert invoke(*words, "--force").code == 1
    assert "ports-squid" in file.read_text()


def test_the_fault_can_be_taken_out_and_the_device_changed(invoke: Invoke, stage: Stage) -> None:
    assert invoke("lab", "check", "ports-squid", "--clean", "--device", "connectplus").code == 0
    scenario = stage.played["ports-squid"]
    assert (scenario.clean, scenario.behaviour, scenario.device) == (True, (), "connectplus")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("check",), "write --all"),
        (("check", "--tag", "no-such-tag"), "no scenario has all these tags"),
        (("check", "port-squid"), "did you mean 'ports-squid'"),
        (("run", "port-squid"), "did you mean 'ports-squid'"),
        (("check", "no/such.toml"), "cannot be read"),
        (("check", "--all", "--device", "sendpro-x"), "there is no device"),
        (("check", "--all", "--junit", "no/such/folder.xml"), "does not exist"),
    ],
)
def test_mistakes_are_one_sentence(invoke: Invoke, words: tuple[str, ...], sentence: str) -> None:
    outcome = invoke("lab", *words)
    assert outcome.code == 2
    assert sentence in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("module", "words"), [("cores", ("check", "clean-tunnel")), ("stand", ("run", "clean-tunnel"))]
)
def test_without_the_lab_the_command_says_what_to_install(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch, module: str, words: tuple[str, ...]
) -> None:
    monkeypatch.setitem(sys.modules, f"proxycheck.lab.{module}", None)
    outcome = invoke("lab", *words)
    assert outcome.code == 2
    assert f"add it to this checkout with: {sys.executable} -m pip install -e" in outcome.stderr
    assert '[lab]"' in outcome.stderr


def test_without_the_lab_its_page_is_refused_before_anything_is_served(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    outcome = invoke("web", "--lab", "--no-browser")
    assert (outcome.code, outcome.stdout) == (2, "")
    assert '[lab]"' in outcome.stderr


def test_the_list_cuts_no_cause_off(invoke: Invoke) -> None:
    assert "\u2026" not in invoke("lab", "list").stdout
