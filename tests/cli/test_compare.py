"""`compare OLD NEW`, and `check --compare OLD`: the exit codes of the contract, and the files."""

import json
from pathlib import Path

import pytest

from proxycheck.report.html.page import page
from proxycheck.report.json import encode
from tests.cli.conftest import CHECK, Invoke, Runner
from tests.report import factory


@pytest.fixture
def saved(tmp_path: Path) -> tuple[str, str]:
    """A good report as JSON and a bad one as a page."""
    good, bad = tmp_path / "good.json", tmp_path / "bad.html"
    good.write_bytes(encode(factory.compatible()))
    bad.write_bytes(page(factory.port_denied()))
    return str(good), str(bad)


def test_the_exit_code_says_whether_something_got_worse(invoke: Invoke, saved: tuple[str, str]) -> None:
    good, bad = saved
    assert invoke("compare", good, bad).code == 1
    assert invoke("compare", bad, good).code == 0
    assert invoke("compare", good, good).code == 0
    assert invoke("compare", good, "nothing.json").code == 2
    assert invoke("compare", "-", "-").code == 2


def test_files_are_written_and_one_may_be_standard_output(
    invoke: Invoke, saved: tuple[str, str], tmp_path: Path
) -> None:
    good, bad = saved
    told = invoke("compare", bad, good, "--json", "-", "--html", str(tmp_path / "c.html"))
    assert json.loads(told.stdout)["change"] == "mended"
    assert b"MENDED" in (tmp_path / "c.html").read_bytes()
    assert invoke("compare", bad, good, "--html", str(tmp_path / "c.html")).code == 0
    assert invoke("compare", bad, good, "--json", "-", "--markdown", "-").code == 2
    assert invoke("compare", bad, good, "--markdown", good).code == 2
    assert invoke("compare", bad, good, "--quiet").stdout.count("\n") == 1


def test_a_check_tells_what_changed_since_an_old_report(invoke: Invoke, runner: Runner, saved: tuple[str, str]) -> None:
    runner.report = factory.compatible()
    told = invoke(*CHECK, "--compare", saved[1])
    assert told.code == 0
    assert told.stdout.startswith("COMPATIBLE")
    assert "MENDED  INCOMPATIBLE on" in told.stdout
    assert invoke(*CHECK, "--compare", "nothing.json").code == 2
    assert len(runner.plans) == 1
