"""`check --format`: what goes where, and with which exit code."""

from pathlib import Path

import pytest

from proxycheck.errors import ConfigurationError
from proxycheck.model.report import Verdict
from proxycheck.report.json import decode
from tests.cli.conftest import CHECK, Invoke, Runner
from tests.report import factory


@pytest.mark.parametrize(
    ("verdict", "code"), [("compatible", 0), ("degraded", 1), ("incompatible", 2), ("inconclusive", 3)]
)
def test_a_plugin_ends_with_its_state(invoke: Invoke, runner: Runner, verdict: Verdict, code: int) -> None:
    runner.report = factory.report(verdict, ())
    outcome = invoke(*CHECK, "--format", "nagios")
    assert outcome.code == code
    assert outcome.stdout.startswith("PROXYCHECK ")


@pytest.mark.parametrize("form", ["checkmk", "prometheus"])
def test_the_other_forms_end_with_the_verdict(invoke: Invoke, runner: Runner, form: str) -> None:
    runner.report = factory.port_denied()
    outcome = invoke(*CHECK, "--format", form)
    assert outcome.code == 1
    assert "COULD" not in outcome.stdout


def test_part_of_an_answer_is_unknown(invoke: Invoke, runner: Runner) -> None:
    runner.report = factory.report("incompatible", (), interrupted=True)
    assert invoke(*CHECK, "--format", "nagios").code == 3
    assert invoke(*CHECK, "--format", "checkmk").code == 130


@pytest.mark.parametrize("error", [ConfigurationError("The file is wrong."), KeyError("x"), KeyboardInterrupt()])
def test_whatever_stops_it_is_unknown(invoke: Invoke, runner: Runner, error: BaseException) -> None:
    runner.error = error
    outcome = invoke(*CHECK, "--format", "nagios")
    assert outcome.code == 3
    assert outcome.stdout.startswith("PROXYCHECK UNKNOWN - ")
    assert len(outcome.stdout.splitlines()) == 1


@pytest.mark.parametrize("words", [("--format", "nagios", "--bogus"), ("--format=nagios", "--timeout", "x"), ()])
def test_words_that_cannot_be_understood(invoke: Invoke, words: tuple[str, ...]) -> None:
    outcome = invoke("check", *(words or ("--format", "nagios")))
    assert outcome.code == 3
    assert outcome.stdout.startswith("PROXYCHECK UNKNOWN - ")
    assert invoke("check", "--bogus").code == 2


def test_a_textfile_is_written_whole(invoke: Invoke, runner: Runner, tmp_path: Path) -> None:
    target = tmp_path / "proxy.prom"
    outcome = invoke(*CHECK, "--format", "prometheus", "--output", str(target), "--json", str(tmp_path / "r.json"))
    assert (outcome.code, outcome.stdout) == (0, "")
    assert 'probe_success{proxy="10.0.0.1:3128",device="sendpro-c"} 1' in target.read_text()
    assert decode((tmp_path / "r.json").read_bytes()) == runner.report


OLD = "# HELP proxycheck_run_faults Checks that broke.\n"


@pytest.mark.parametrize("form", ["nagios", "checkmk", "prometheus"])
def test_a_run_replaces_the_file_of_the_last_one_and_nobody_else_s(
    invoke: Invoke, runner: Runner, tmp_path: Path, form: str
) -> None:
    target = tmp_path / "proxy.prom"
    words = (*CHECK, "--format", form, "-o", str(target))
    target.touch()
    assert invoke(*words).code == 0, "an empty file holds nothing"
    runner.report = factory.report("degraded", factory.port_denied().endpoints, interrupted=True)
    invoke(*words)
    assert target.read_text() == invoke(*words[:-2]).stdout
    target.write_text("# HELP node_load1 1m load average.\n")
    runner.plans.clear()
    told = invoke(*words)
    assert "holds something else than --output writes here" in told.stdout + told.stderr
    assert (runner.plans, target.read_text()) == ([], "# HELP node_load1 1m load average.\n")
    invoke(*words, "--force")
    assert "node_load1" not in target.read_text()


def test_a_textfile_that_cannot_be_written_leaves_the_old_one(
    invoke: Invoke, runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "proxy.prom"
    target.write_text(OLD)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    outcome = invoke(*CHECK, "--format", "prometheus", "-o", str(target))
    assert outcome.code == 2
    assert "No space left on device" in outcome.stderr
    assert (target.read_text(), [path.name for path in tmp_path.iterdir()]) == (OLD, ["proxy.prom"])
    assert runner.plans


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("-o", "x.txt"), "--output is for what monitoring reads"),
        (("--format", "checkmk", "--json", "-"), "both want standard output"),
    ],
)
def test_what_does_not_go_together(invoke: Invoke, words: tuple[str, ...], sentence: str) -> None:
    outcome = invoke(*CHECK, *words)
    assert outcome.code == 2
    assert sentence in outcome.stderr
