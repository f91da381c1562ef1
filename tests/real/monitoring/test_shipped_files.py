"""The shipped files, read by the programs they are for."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from proxycheck.resources import fixtures
from proxycheck.web.exporter.configuration import read_configuration
from tests.real.monitoring.software import needed

pytestmark = pytest.mark.real
SHIPPED = fixtures() / "monitoring"


def _passes(*command: str | Path, folder: Path | None = None, given: str | None = None) -> str:
    result = subprocess.run(command, input=given, capture_output=True, text=True, check=False, cwd=folder, timeout=60)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def test_prometheus_reads_configuration_and_rules() -> None:
    needed("promtool")
    said = _passes("promtool", "check", "config", SHIPPED / "prometheus/prometheus.yml")
    assert "2 rule files found" in said


def test_the_rules_do_what_they_say(tmp_path: Path) -> None:
    needed("promtool")
    shutil.copytree(SHIPPED / "prometheus", tmp_path / "rules")
    shutil.copy(Path(__file__).with_name("rules.test.yml"), tmp_path / "rules")
    _passes("promtool", "test", "rules", "rules.test.yml", folder=tmp_path / "rules")


def dashboard_expressions() -> list[str]:
    """Every question that the dashboard asks, about every job and every proxy."""
    dashboard = json.loads((SHIPPED / "grafana/proxycheck.json").read_text())
    expressions = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    return [expression.replace("$job", ".*").replace("$instance", ".*") for expression in expressions]


def test_the_dashboard_asks_what_prometheus_understands(tmp_path: Path) -> None:
    needed("promtool")
    rules = [{"record": f"panel:{number}", "expr": text} for number, text in enumerate(dashboard_expressions())]
    (tmp_path / "panels.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    assert f"{len(rules)} rules found" in _passes("promtool", "check", "rules", tmp_path / "panels.yml")


def test_the_dashboard_has_what_a_fleet_needs() -> None:
    dashboard = json.loads((SHIPPED / "grafana/proxycheck.json").read_text())
    titles = {panel["title"] for panel in dashboard["panels"]}
    assert {"Sites and functions", "Causes over time", "Verdict over time"} <= titles
    assert len({panel["id"] for panel in dashboard["panels"]}) == len(dashboard["panels"])
    assert json.dumps(dashboard).count("/report?target=") == 2


def test_the_exporter_reads_its_example() -> None:
    configuration = read_configuration(SHIPPED / "exporter.toml")
    assert set(configuration.modules) == {"sendpro-c"}
    targets = (SHIPPED / "prometheus/targets.yml").read_text()
    assert len(re.findall(r"^- targets:", targets, re.MULTILINE)) == 40
    assert set(re.findall(r"module: ([\w.-]+)", targets)) == {"sendpro-c"}


def test_systemd_reads_its_units(tmp_path: Path) -> None:
    needed("systemd-analyze")
    for unit in (SHIPPED / "systemd").iterdir():
        shutil.copy(unit, tmp_path / unit.name.replace("@.", "@berlin."))
    _passes("systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir()))


def test_the_shell_reads_the_local_check() -> None:
    needed("sh")
    _passes("sh", "-n", SHIPPED / "checkmk/proxycheck")
