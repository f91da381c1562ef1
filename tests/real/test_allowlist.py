"""Exported lists in a real Squid that lets nothing else pass: every host of the device works."""

import pytest

from proxycheck.catalogue.allowlists import load_allowlists
from proxycheck.catalogue.devices import device_names, load_device
from proxycheck.model.files.allowlist import Hosts, Purpose
from proxycheck.report.allowlist import listing
from proxycheck.report.allowlist.entries import blocked_hosts, device_hosts
from tests.real.checkrun import Outcome, check
from tests.real.engines import Software, running
from tests.real.namespaces import CUSTOMER_RESOLVER
from tests.real.scenarios import Scenario
from tests.real.squid import ALLOW_ALL, INSPECTING_LISTENER, PLAIN_LISTENER, STOCK_RULES, squid, squid_with_users
from tests.real.world import World

pytestmark = pytest.mark.real

LISTS = load_allowlists()
DENY_THE_REST = "acl SSL_ports port 443\nhttp_access deny CONNECT !SSL_ports\nhttp_access deny all"
BUMP_THE_REST = "ssl_bump peek step1\nssl_bump bump all"


@pytest.mark.parametrize("device", device_names())
def test_a_squid_that_denies_all_but_the_list(real_world: World, device: str) -> None:
    software = squid(PLAIN_LISTENER, _list(_all(device), "allow"), DENY_THE_REST)
    report = _check(real_world, software, device).report
    assert (report.verdict, report.causes) == ("compatible", ())


@pytest.mark.parametrize("device", device_names())
def test_a_squid_that_bumps_all_but_the_list(real_world: World, device: str) -> None:
    software = squid(INSPECTING_LISTENER, ALLOW_ALL, _list(_all(device), "no-inspect"), BUMP_THE_REST)
    report = _check(real_world, software, device).report
    assert (report.verdict, report.causes) == ("compatible", ())
    verdicts = {each.tls.verdict for each in report.endpoints if each.tls and each.verdict != "skipped"}
    assert verdicts == {"passthrough"}


def test_what_a_report_found_blocked_is_enough(real_world: World) -> None:
    before = _check(real_world, squid(PLAIN_LISTENER, STOCK_RULES), "sendpro-c").report
    assert before.verdict == "incompatible"
    found = blocked_hosts(before, LISTS, "allow")
    assert {port for entry in found.entries for port in entry.ports} == {80, 5228, 5938}
    after = _check(real_world, squid(PLAIN_LISTENER, _list(found, "allow"), STOCK_RULES), "sendpro-c").report
    assert (after.verdict, after.causes) == ("compatible", ())


def test_hosts_that_a_login_stops_pass_without_one_above_its_rule(real_world: World) -> None:
    before = _check(real_world, squid_with_users({"meter": "s3cret"}), "sendpro-c").report
    assert [cause.code for cause in before.causes] == ["auth.required"]
    found = blocked_hosts(before, LISTS, "allow")
    assert found.exemption is not None
    after = _check(real_world, squid_with_users({"meter": "s3cret"}, _list(found, "allow")), "sendpro-c").report
    assert (after.verdict, after.causes) == ("compatible", ())


def test_a_device_of_somebodys_own(real_world: World) -> None:
    file = real_world.folder / "own.toml"
    file.write_text(_OWN, encoding="utf-8")
    software = squid(PLAIN_LISTENER, _list(_all(str(file)), "allow"), DENY_THE_REST)
    outcome = _check(real_world, software, str(file))
    assert (outcome.report.verdict, outcome.report.causes) == ("compatible", ())
    assert "whether it can use a proxy itself is not known" in outcome.terminal


_OWN = """
name = "own"
title = "A machine of another maker"
document = "its maker"
endpoints = [
  { host = "www.google.com", port = 443 },
  { host = "distservp1.pb.com", port = 80, scheme = "http", speaks = "http" },
  { host = "mobile-gtalk.l.google.com", port = 5228, scheme = "tcp", tier = "recommended", function = "Push" },
]
"""


def _all(device: str) -> Hosts:
    entry = load_device(device)
    return device_hosts(entry, entry.endpoints)


def _list(hosts: Hosts, purpose: Purpose) -> str:
    return listing(hosts, LISTS.formats["squid"], purpose).text.replace("$", "$$")


def _check(world: World, software: Software, device: str) -> Outcome:
    world.network.client.use_resolver(CUSTOMER_RESOLVER)
    with running(world, software) as engine:
        outcome = check(world, Scenario("allowlist", software, "compatible", device=device))
        log = (engine.folder / "cache.log").read_text(errors="replace")
        print(outcome.terminal, engine.logs())  # noqa: T201  shown where the test fails
    assert "WARNING" not in log.replace("WARNING: no_suid", ""), log
    return outcome
