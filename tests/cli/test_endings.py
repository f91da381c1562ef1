"""Exit codes, and what is said when something other than a verdict ends a command."""

import json
from pathlib import Path

import msgspec
import pytest

from proxycheck.errors import ConfigurationError, LabError
from proxycheck.model.report import Verdict
from proxycheck.report.json import decode, encode
from tests.cli.conftest import CHECK, Invoke, Runner
from tests.report import factory


@pytest.mark.parametrize(
    ("verdict", "code", "strict"),
    [("compatible", 0, 0), ("degraded", 0, 1), ("incompatible", 1, 1), ("inconclusive", 3, 3)],
)
def test_the_verdict_decides(
    invoke: Invoke, runner: Runner, tmp_path: Path, verdict: Verdict, code: int, strict: int
) -> None:
    runner.report = factory.report(verdict, ())
    (tmp_path / "r.json").write_bytes(encode(runner.report))
    for words in (CHECK, ("report", str(tmp_path / "r.json"))):
        assert invoke(*words).code == code
        assert invoke(*words, "--strict").code == strict


def test_an_interrupted_run_is_written_and_shown(invoke: Invoke, runner: Runner, tmp_path: Path) -> None:
    runner.report = factory.report("inconclusive", (), interrupted=True)
    outcome = invoke(*CHECK, "--json", str(tmp_path / "r.json"))
    assert outcome.code == 130
    assert "interrupted" in outcome.stdout
    assert decode((tmp_path / "r.json").read_bytes()).run.interrupted


def test_an_interruption_before_the_run_is_no_traceback(invoke: Invoke, runner: Runner) -> None:
    runner.error = KeyboardInterrupt()
    outcome = invoke(*CHECK)
    assert (outcome.code, outcome.stderr) == (130, "proxycheck: interrupted\n")


@pytest.mark.parametrize(
    ("error", "code"), [(ConfigurationError("The file is wrong."), 2), (LabError("The lab is closed."), 4)]
)
def test_an_error_of_its_own_is_its_sentence(invoke: Invoke, runner: Runner, error: Exception, code: int) -> None:
    runner.error = error
    outcome = invoke(*CHECK)
    assert (outcome.code, outcome.stderr) == (code, f"proxycheck: {error}\n")


def test_a_fault_is_one_sentence_that_asks_for_a_report(invoke: Invoke, runner: Runner) -> None:
    runner.error = KeyError("x\x1b[2J")
    outcome = invoke(*CHECK)
    assert outcome.code == 4
    assert "fault of the tool itself" in outcome.stderr
    assert "KeyError" in outcome.stderr
    assert "report it" in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1
    assert outcome.stderr[:-1].isprintable()


def test_only_a_debugger_gets_a_traceback(invoke: Invoke, runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROXYCHECK_DEBUG", "1")
    runner.error = KeyError("x")
    outcome = invoke(*CHECK)
    assert outcome.code == 4
    assert "Traceback (most recent call last)" in outcome.stderr


def test_what_was_asked_reaches_the_runner(invoke: Invoke, runner: Runner) -> None:
    plain = invoke(*CHECK)
    chosen = invoke(
        *CHECK,
        *("--tier", "required", "--only", "*.pb.com:443", "--add", "www.example.com:80", "--timeout", "2.5"),
        *("--concurrency", "4", "--user-agent", "Test/1", "--no-compare-direct"),
    )
    assert (plain.code, chosen.code) == (0, 0)
    first, second = runner.plans
    assert (first.timeout_s, first.concurrency, first.user_agent, first.controls) == (10.0, 32, None, True)
    assert len(first.endpoints) == len(first.device.endpoints)
    assert (second.timeout_s, second.concurrency, second.user_agent, second.controls) == (2.5, 4, "Test/1", False)
    assert second.endpoints[-1].id == "www.example.com:80"
    assert all(each.host.endswith(".pb.com") and each.port == 443 for each in second.endpoints[:-1])
    assert json.loads(msgspec.json.encode(second.options))["only"] == ["*.pb.com:443"]


def test_a_saved_report_is_read_from_standard_input(invoke: Invoke) -> None:
    outcome = invoke("report", "-", stdin=encode(factory.port_denied()))
    assert outcome.code == 1
    assert outcome.stdout.startswith("INCOMPATIBLE")


def test_no_command_shows_the_help(invoke: Invoke) -> None:
    outcome = invoke()
    assert "Commands:" in outcome.stdout + outcome.stderr
    assert "--password " not in invoke("check", "--help").stdout
