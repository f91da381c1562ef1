"""`demo` shows the comparison that the lab's runs give; the lab itself has tests of its own."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from proxycheck.model.device import Device
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.report import Report
from proxycheck.runner import Observer
from tests.cli.conftest import Invoke
from tests.report import factory

demo = pytest.importorskip("proxycheck.lab.demo", reason="needs the [lab] extra")


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[Report]:
    """The reports that the lab's three proxies are said to have given."""
    reports = [factory.compatible(), factory.port_denied(), factory.inspected()]

    def play(device: Device, _: Knowledge, observe: Callable[[object], Observer]) -> tuple[tuple[object, Report], ...]:
        assert device.name == "sendpro-c"
        for customer in demo.customers():
            observe(customer).phase("endpoints", 1)
        return tuple(zip(demo.customers(), reports, strict=False))

    monkeypatch.setattr(demo, "play", play)
    return reports


@pytest.mark.usefixtures("played")
def test_the_verdicts_stand_side_by_side(invoke: Invoke) -> None:
    outcome = invoke("demo")
    assert outcome.code == 0
    for word in ("COMPATIBLE", "INCOMPATIBLE", "connect.port-denied", "tls.inspected", "ports-squid"):
        assert word in outcome.stdout


def test_the_reports_as_json(invoke: Invoke, played: list[Report]) -> None:
    written = json.loads(invoke("demo", "--json", "-").stdout)
    assert [each["proxy"] for each in written] == [customer.name for customer in demo.customers()]
    assert [each["report"]["verdict"] for each in written] == [report.verdict for report in played]


def test_the_json_replaces_an_earlier_one_and_nobody_else_s(
    invoke: Invoke, played: list[Report], tmp_path: Path
) -> None:
    file = tmp_path / "demo.json"
    assert invoke("demo", "--json", str(file)).code == 0
    played[0] = factory.undecided()
    assert invoke("demo", "--json", str(file)).code == 0
    assert json.loads(file.read_bytes())[0]["report"]["verdict"] == "inconclusive"
    file.write_text("mine")
    assert (invoke("demo", "--json", str(file)).code, file.read_text()) == (2, "mine")
    assert invoke("demo", "--json", str(file), "--force").code == 0
    assert len(json.loads(file.read_bytes())) == len(played)


def test_an_interrupted_demo_says_so(invoke: Invoke, played: list[Report]) -> None:
    played[1:] = [factory.report("inconclusive", (), interrupted=True)]
    assert invoke("demo").code == 130


def test_without_the_lab_the_command_says_what_to_install(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "proxycheck.lab.demo", None)
    outcome = invoke("demo")
    assert outcome.code == 2
    assert f"add it to this checkout with: {sys.executable} -m pip install -e" in outcome.stderr
    assert '[lab]"' in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1
