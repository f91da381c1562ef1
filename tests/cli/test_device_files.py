"""`--device FILE.toml`: a device of somebody's own."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from proxycheck.catalogue.devices import device_template
from proxycheck.report.json import encode
from tests.cli.conftest import Invoke, Runner
from tests.report import factory


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The template, as it is printed."""
    path = tmp_path / "mine.toml"
    path.write_bytes(device_template())
    return path


def test_the_template_is_printed(invoke: Invoke) -> None:
    assert invoke("devices", "--template").stdout.encode() == device_template()


def test_a_check_takes_it(invoke: Invoke, runner: Runner, file: Path) -> None:
    assert invoke("check", "--proxy", "proxy.example:3128", "--device", str(file)).code == 0
    (plan,) = runner.plans
    assert plan.device.name == "my-device"
    assert {each.id for each in plan.endpoints} >= {"www.example.com:443", "push.example.com:5228"}


def test_a_list_is_made_of_it(invoke: Invoke, file: Path) -> None:
    assert "www.example.com:443" in invoke("allowlist", "--device", str(file), "--format", "plain").stdout.split()


def test_the_verdict_says_that_the_device_itself_is_not_known(invoke: Invoke, tmp_path: Path) -> None:
    report = factory.compatible()
    saved = tmp_path / "report.json"
    saved.write_bytes(encode(replace(report, device=replace(report.device, proxy_support="unknown"))))
    first = invoke("report", str(saved)).stdout.splitlines()[0]
    assert first.startswith("COMPATIBLE  the hosts of SendPro C / SendPro+ are reached through http://")
    assert "whether it can use a proxy itself is not known" in first


def test_a_report_about_it_is_judged_again_with_the_file(invoke: Invoke, tmp_path: Path, file: Path) -> None:
    report = factory.compatible()
    saved = tmp_path / "report.json"
    saved.write_bytes(encode(replace(report, device=replace(report.device, name="my-device"))))
    without = invoke("diagnose", str(saved))
    assert (without.code, without.stdout) == (2, "")
    assert "write --device FILE.toml" in without.stderr
    assert "Traceback" not in invoke("diagnose", str(saved), "--device", str(file)).stderr
    other = invoke("diagnose", str(saved), "--device", "sendpro-c")
    assert other.code == 2
    assert "leave out --device" in other.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sendpro-c", "--template"), "leave out 'sendpro-c', or leave out --template"),
        (("--template", "--format", "csv"), "leave out --format and --json"),
        (("--template", "--json", "-"), "leave out --format and --json"),
        (("--format", "csv", "--json", "-"), "name a file with --json"),
    ],
)
def test_what_the_listing_cannot_do_at_once_is_refused(invoke: Invoke, words: tuple[str, ...], said: str) -> None:
    outcome = invoke("devices", *words)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert said in outcome.stderr
