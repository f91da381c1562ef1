"""`proxycheck reproduce`: one file in, one file out, and every mistake in one sentence."""

import sys
from pathlib import Path

import pytest
from msgspec import structs

from proxycheck.catalogue.scenarios import read_scenario
from proxycheck.report.json import encode
from proxycheck.resources import fixtures
from tests.cli.conftest import Invoke
from tests.real.recordings import load

pytest.importorskip("tomli_w", reason="needs the [lab] extra")


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    file = tmp_path / "report.json"
    file.write_bytes(encode(load("squid-basic-behind-stock-rules")))
    return file


def test_the_scenario_is_written_and_what_is_in_it_told(invoke: Invoke, saved: Path, tmp_path: Path) -> None:
    output = tmp_path / "customer.toml"
    output.write_text("one that a person wrote")
    refused = invoke("reproduce", str(saved), "-o", str(output))
    assert (refused.code, output.read_text()) == (2, "one that a person wrote")
    assert "add --force to replace it" in refused.stderr
    outcome = invoke("reproduce", str(saved), "-o", str(output), "--force")
    assert invoke("reproduce", str(saved), "-o", str(output)).code == 0
    assert (outcome.code, outcome.stderr) == (0, "")
    assert read_scenario(output).expect.causes[0].code == "connect.port-denied"
    carried, _, lost = outcome.stdout.partition("Not carried over:\n")
    assert "  - how CONNECT is answered, byte for byte: " in carried
    assert "  - what is due: incompatible, connect.port-denied (blocker)" in carried
    assert "  - user name and password, which a report does not hold: made-up ones stand for them" in lost
    assert f"  proxycheck lab check {output}" in lost.splitlines()


def test_on_standard_output_the_scenario_is_alone(invoke: Invoke, saved: Path, tmp_path: Path) -> None:
    outcome = invoke("reproduce", "-", "--output", "-", stdin=saved.read_bytes())
    assert outcome.code == 0
    assert outcome.stderr.startswith("Carried over:\n")
    assert "lab check" not in outcome.stderr
    (tmp_path / "customer.toml").write_text(outcome.stdout)
    assert read_scenario(tmp_path / "customer.toml").behaviour


def test_a_report_about_a_device_of_ones_own_takes_its_file(invoke: Invoke, tmp_path: Path) -> None:
    """The scenario names the file: the lab then has its hosts."""
    report, saved, output = load("squid-basic-behind-stock-rules"), tmp_path / "report.json", tmp_path / "customer.toml"
    saved.write_bytes(encode(structs.replace(report, device=structs.replace(report.device, name="mine"))))
    own = tmp_path / "mine.toml"
    listed = (fixtures() / "devices/sendpro-c.toml").read_text(encoding="utf-8")
    own.write_text(listed.replace('name = "sendpro-c"', 'name = "mine"', 1), encoding="utf-8")
    without = invoke("reproduce", str(saved), "-o", str(output))
    assert (without.code, output.exists()) == (2, False)
    assert "write --device FILE.toml" in without.stderr
    assert invoke("reproduce", str(saved), "-o", str(output), "--device", str(own)).code == 0
    assert read_scenario(output).device == str(own)
    assert read_scenario(output).expect.causes[0].code == "connect.port-denied"


def test_what_a_proxy_says_does_not_steer_the_terminal(invoke: Invoke, tmp_path: Path) -> None:
    report = load("squid-denies-all")
    odd = tuple(structs.replace(e, received=e.received.replace("Squid", "\x1b[2J\u009b1m")) for e in report.evidence)
    file = tmp_path / "report.json"
    file.write_bytes(encode(structs.replace(report, evidence=odd)))
    outcome = invoke("reproduce", str(file), "-o", "-")
    assert outcome.code == 0
    assert (outcome.stdout + outcome.stderr).replace("\n", "").isprintable()
    assert outcome.stdout.isascii()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("{saved}",), "Missing option '--output' / '-o'"),
        (("{saved}", "-o", "{folder}/customer"), "a scenario is a .toml file"),
        (("{saved}", "-o", "{folder}"), "a scenario is a .toml file"),
        (("{saved}", "-o", "{folder}/none/customer.toml"), "does not exist"),
        (("{folder}/none.json", "-o", "{folder}/customer.toml"), "cannot be read"),
        (("{folder}/customer.txt", "-o", "{folder}/customer.toml"), "is not JSON"),
    ],
)
def test_a_mistake_is_told_in_a_sentence(
    invoke: Invoke, saved: Path, tmp_path: Path, words: tuple[str, ...], told: str
) -> None:
    (tmp_path / "customer.txt").write_text("title = 'no report'")
    outcome = invoke("reproduce", *(word.format(saved=saved, folder=tmp_path) for word in words))
    assert outcome.code == 2
    assert told in outcome.stderr
    assert not (tmp_path / "customer.toml").exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [({"received": "\u4e2d"}, "holds what are no bytes"), ({"started_s": 1e300}, "holds an impossible time")],
)
@pytest.mark.parametrize("command", [("reproduce", "-o", "-"), ("diagnose", "--json", "-")])
def test_what_was_changed_by_hand_is_refused(
    invoke: Invoke, tmp_path: Path, command: tuple[str, ...], change: dict[str, object], told: str
) -> None:
    report = load("squid-denies-all")
    file = tmp_path / "report.json"
    record = structs.replace(report.evidence[0], **change)
    file.write_bytes(encode(structs.replace(report, evidence=(record,))))
    outcome = invoke(command[0], str(file), *command[1:])
    assert (outcome.code, outcome.stdout) == (2, "")
    assert told in outcome.stderr


def test_without_the_lab_it_is_told_how_to_get_it(invoke: Invoke, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "proxycheck.lab.reproduction.written", None)
    outcome = invoke("reproduce", str(saved), "-o", "-")
    assert outcome.code == 2
    assert f"add it to this checkout with: {sys.executable} -m pip install -e" in outcome.stderr
    assert '[lab]"' in outcome.stderr
