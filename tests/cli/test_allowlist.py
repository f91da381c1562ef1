"""`proxycheck allowlist`: the list alone on standard output, all else on standard error."""

import json
from pathlib import Path
from typing import get_args

import pytest

from proxycheck.cli.allowlist import FORMATS
from proxycheck.model.files.allowlist import FormatName
from proxycheck.report.json import encode
from tests.cli.conftest import Invoke
from tests.report import factory

SQUID = ("allowlist", "--device", "sendpro-c", "--format", "squid")


def test_every_format_can_be_asked_for() -> None:
    assert get_args(FormatName) == FORMATS


def test_standard_output_has_the_list_alone(invoke: Invoke) -> None:
    outcome = invoke("allowlist", "--device", "connectplus", "--format", "zscaler")
    assert outcome.code == 0
    assert ".teamviewer.com" in outcome.stdout.splitlines()
    assert all("." in line and " " not in line for line in outcome.stdout.splitlines())
    assert "not tried with the product" in outcome.stderr
    assert "The list names no ports" in outcome.stderr
    assert outcome == invoke("allowlist", "--device", "connectplus", "--format", "zscaler")


def test_the_list_goes_to_a_file(invoke: Invoke, tmp_path: Path) -> None:
    file, aside = tmp_path / "squid.conf", tmp_path / "list.json"
    outcome = invoke(*SQUID, "-o", str(file), "--json", str(aside))
    assert (outcome.code, outcome.stdout) == (0, "")
    assert file.read_text() == invoke(*SQUID).stdout
    assert json.loads(aside.read_text())[0]["serviceArea"] == "sendpro-c"


def test_the_tier_limits_the_list(invoke: Invoke) -> None:
    assert "teamviewer" in invoke(*SQUID).stdout
    assert "teamviewer" not in invoke(*SQUID, "--tier", "required").stdout


def test_a_report_gives_only_what_it_found(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(encode(factory.port_denied()))
    outcome = invoke("allowlist", "--from", str(file), "--format", "plain")
    assert set(outcome.stdout.splitlines()) == {
        each.id for each in factory.port_denied().endpoints if "connect.port-denied" in each.causes
    }
    inspected = invoke("allowlist", "--from", str(file), "--format", "plain", "--purpose", "no-inspect")
    assert (inspected.code, inspected.stdout) == (0, "")
    assert "found nothing inspected" in inspected.stderr


def test_hosts_that_a_login_stops_are_a_list_and_a_dead_proxy_is_told_as_such(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    endpoint = factory.endpoint("a.example", 443, "fail", causes=("auth.required",))
    report = factory.report(
        "incompatible", (endpoint,), (factory.cause("auth.required", endpoints=("a.example:443",)),)
    )
    file.write_bytes(encode(report))
    outcome = invoke("allowlist", "--from", str(file), "--format", "plain")
    assert (outcome.code, outcome.stdout) == (0, "a.example:443\n")
    assert "Use the list to let these hosts pass without authentication." in outcome.stderr
    file.write_bytes(encode(factory.refused_login()))
    outcome = invoke("allowlist", "--from", str(file), "--format", "plain")
    assert (outcome.code, outcome.stdout) == (0, "")
    assert "What fails, a list of hosts does not mend: The proxy" in outcome.stderr
    assert "(auth.rejected, " in outcome.stderr


def test_a_pac_file_names_the_proxy_of_the_report(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.write_bytes(encode(factory.port_denied()))
    outcome = invoke("allowlist", "--from", str(file), "--format", "pac")
    report = factory.port_denied()
    assert report.proxy is not None
    assert f'var proxy = "PROXY {report.proxy.url.removeprefix("http://")}"' in outcome.stdout
    named = invoke("allowlist", "--device", "sendpro-c", "--format", "pac", "--proxy", "gw.example:3128")
    assert 'var proxy = "PROXY gw.example:3128"' in named.stdout


@pytest.mark.parametrize("form", ["squid", "csv", "json", "plain", "zscaler"])
def test_a_list_is_replaced_by_itself_and_nobody_else_s(invoke: Invoke, tmp_path: Path, form: str) -> None:
    file, aside = tmp_path / "list", tmp_path / "list.json"
    words = ("allowlist", "--device", "sendpro-c", "--format", form, "-o", str(file), "--json", str(aside))
    assert [invoke(*words).code, invoke(*words).code] == [0, 0]
    file.write_text("mine.example\n")
    assert invoke(*words).code == 2
    assert file.read_text() == "mine.example\n"
    assert invoke(*words, "--force").code == 0
    aside.write_text('[\n  {\n    "id": 1,\n    "serviceArea": "Exchange"\n  }\n]\n')
    told = invoke(*words)
    assert (told.code, "Exchange" in aside.read_text()) == (2, True)
    assert f"{aside} is there already" in told.stderr
    assert invoke(*words, "--force").code == 0


@pytest.mark.parametrize("form", ["squid", "csv", "pac", "json"])
def test_a_shorter_list_replaces_an_earlier_one_where_that_has_a_heading(
    invoke: Invoke, tmp_path: Path, form: str
) -> None:
    file = tmp_path / "list"
    words = ("allowlist", "--device", "sendpro-c", "--format", form, "-o", str(file))
    assert invoke(*words).code == 0
    assert invoke(*words, "--tier", "required").code == 0
    assert "teamviewer" not in file.read_text()


def test_netskope_is_told_which_ports_its_list_does_not_name(invoke: Invoke) -> None:
    words = ("allowlist", "--device", "sendpro-c", "--format", "netskope")
    allowed = invoke(*words).stderr
    assert "The list does not name port 80 or 443. Beside 443 open 80 for " in allowed
    assert "5938 for" not in allowed, "those are in the list"
    spared = invoke(*words, "--purpose", "no-inspect").stderr
    assert "The list names no ports. Beside 443 open 80 for " in spared
    assert "5228 for mobile-gtalk.l.google.com; 5938 for" in spared


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--format", "squid"), "--device sendpro-c"),
        (("--device", "sendpro-c", "--format", "pfsense", "--purpose", "no-inspect"), "serves --purpose allow alone"),
        (("--device", "sendpro-c", "--from", "x.json", "--format", "squid"), "leave out --device"),
        (("--from", "nothing.json", "--format", "squid"), "nothing.json"),
        (("--device", "sendpro-c", "--format", "squid", "-o", "/nowhere/at/all"), "does not exist"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(invoke: Invoke, words: tuple[str, ...], told: str) -> None:
    outcome = invoke("allowlist", *words)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert told in outcome.stderr
    assert outcome.stderr.count("\n") == 1
