"""Names of files on the command line: none is empty, and each output has a file of its own."""

import json
import os
from pathlib import Path

import pytest

from proxycheck.report.json import encode
from tests.cli.conftest import CHECK, Invoke, Runner
from tests.report import factory


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old.json").write_bytes(encode(factory.compatible()))


LIST = ("allowlist", "--device", "sendpro-c", "--format", "plain")


@pytest.mark.parametrize(
    ("words", "first", "second"),
    [
        ((*CHECK, "--html", "x", "--json", "x"), "--json", "--html"),
        ((*CHECK, "--html", "./x", "--json", "y/../x"), "--json", "--html"),
        ((*CHECK, "--bundle", "c.zip", "--json", "c.zip"), "--json", "--bundle"),
        ((*CHECK, "--format", "checkmk", "-o", "x", "--json", "x"), "--output", "--json"),
        (("report", "old.json", "--markdown", "x", "--junit", "x"), "--markdown", "--junit"),
        (("diagnose", "old.json", "--markdown", "x", "--junit", "x"), "--markdown", "--junit"),
        (("pac", "x.pac", "--device", "sendpro-c", "--html", "x", "--json", "x"), "--json", "--html"),
        (("network", "--device", "sendpro-c", "--html", "x", "--json", "x"), "--json", "--html"),
        (("compare", "old.json", "old.json", "--html", "x", "--json", "x"), "--json", "--html"),
        ((*LIST, "-o", "x", "--json", "x"), "--output", "--json"),
        (("lab", "check", "healthy", "--json", "x", "--junit", "x"), "--json", "--junit"),
    ],
)
def test_two_outputs_in_one_file_are_refused_before_anything_is_done(
    invoke: Invoke, runner: Runner, tmp_path: Path, words: tuple[str, ...], first: str, second: str
) -> None:
    (tmp_path / "y").mkdir()
    told = invoke(*words)
    assert (told.code, told.stdout, runner.plans) == (2, "", [])
    assert told.stderr.startswith(f"proxycheck: {first} and {second} name the same file, ")
    assert len(told.stderr.splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"old.json", "y"}


@pytest.mark.parametrize(
    "words",
    [
        (*CHECK, "--html", "-", "--json", "-"),
        ("compare", "old.json", "old.json", "--html", "-", "--json", "-"),
        (*LIST, "--json", "-"),
        (*LIST, "-o", "-", "--json", "-"),
        ("lab", "check", "healthy", "--json", "-", "--junit", "-"),
    ],
)
def test_two_outputs_on_standard_output_are_refused(invoke: Invoke, runner: Runner, words: tuple[str, ...]) -> None:
    told = invoke(*words)
    assert (told.code, told.stdout, runner.plans) == (2, "", [])
    assert "both go to standard output (-); name a file for one of them" in told.stderr


def test_a_plugin_hears_of_it_as_plugins_do(invoke: Invoke, runner: Runner) -> None:
    told = invoke(*CHECK, "--format", "nagios", "-o", "x", "--json", "x")
    assert (told.code, runner.plans) == (3, [])
    assert told.stdout.startswith("PROXYCHECK UNKNOWN - --output and --json name the same file, x")


def test_one_file_under_two_names_is_one_file(invoke: Invoke, runner: Runner, tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"")
    os.link(tmp_path / "one", tmp_path / "other")
    told = invoke(*CHECK, "--html", "one", "--json", "other")
    assert (told.code, runner.plans) == (2, [])
    assert "--json and --html name the same file" in told.stderr


@pytest.mark.usefixtures("runner")
def test_other_names_and_the_null_device_are_fine(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke(*CHECK, "--html", os.devnull, "--markdown", os.devnull, "--json", "x").code == 0
    assert invoke(*CHECK, "--json", "-", "--html", "./-").code == 0
    assert json.loads((tmp_path / "x").read_bytes())["schema"] == "proxycheck.report/1"
    assert (tmp_path / "-").read_bytes().startswith(b"<!")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        *(
            ((*CHECK, option, ""), f"the name after {option} is empty; write {option} FILE")
            for option in (
                *("--json", "--html", "--markdown", "--junit", "--bundle", "--password-file", "--roots"),
                *("--ct-log-list", "--output"),
            )
        ),
        ((*CHECK, "-o", ""), "the name after --output is empty"),
        ((*CHECK, "--compare", ""), "write --compare OLD"),
        ((*CHECK, "--pac", ""), "write --pac FILE|URL"),
        (("check", "--proxy", "p:1", "--device", ""), "write --device NAME|FILE.toml"),
        ((*LIST, "-o", ""), "write --output FILE"),
        ((*LIST, "--from", ""), "write --from REPORT"),
        (("report", ""), "an empty name where REPORT belongs"),
        (("compare", "old.json", ""), "an empty name where NEW belongs"),
        (("compare", "old.json", "old.json", "--html", ""), "write --html FILE"),
        (("pac", "", "--device", "sendpro-c"), "an empty name where FILE|URL belongs"),
        (("devices", ""), "an empty name where NAME|FILE.toml belongs"),
        (("devices", "--json", ""), "write --json FILE"),
        (("observed", "", "--device", "sendpro-c"), "an empty name where LOG belongs"),
        (("reproduce", "old.json", "-o", ""), "write --output SCENARIO.toml"),
        (("monitoring", ""), "an empty name where DIR belongs"),
        (("exporter", "--config", ""), "write --config FILE"),
        (("web", "--roots", ""), "write --roots FILE"),
        (("canary", "serve", "--signing-key", ""), "write --signing-key FILE"),
        (("lab", "run", ""), "an empty name where SCENARIO belongs"),
        (("lab", "check", "", "--junit", "x"), "an empty name where SCENARIO belongs"),
        (("lab", "check", "healthy", "--junit", ""), "write --junit FILE"),
    ],
)
def test_an_empty_name_is_refused(
    invoke: Invoke, runner: Runner, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    told = invoke(*words)
    assert (told.code, told.stdout, runner.plans) == (2, "", [])
    assert said in told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["old.json"]
