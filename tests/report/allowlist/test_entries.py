"""What comes on a list: a device's hosts, or what a report found."""

from msgspec.structs import replace

from proxycheck.catalogue.allowlists import load_allowlists
from proxycheck.catalogue.devices import load_device
from proxycheck.model.report import DeviceReference
from proxycheck.report.allowlist import listing
from proxycheck.report.allowlist.entries import blocked_hosts, device_hosts
from tests.report import factory

LISTS = load_allowlists()


def test_a_host_is_one_entry_with_all_its_ports_and_its_strongest_tier() -> None:
    device = load_device("sendpro-c")
    entries = {entry.name: entry for entry in device_hosts(device, device.endpoints).entries}
    assert entries["distservp1.pb.com"].ports == (80, 443)
    assert entries["*.teamviewer.com"].ports == (80, 443, 5938)
    assert entries["mobile-gtalk.l.google.com"].ports == (5228,)
    assert {entry.tier for entry in entries.values()} == {"required", "recommended"}


def test_patterns_come_with_their_tier_alone() -> None:
    device = load_device("sendpro-c")
    required = [endpoint for endpoint in device.endpoints if endpoint.tier == "required"]
    assert not [entry for entry in device_hosts(device, required).entries if entry.below]


def test_a_report_gives_what_it_found_blocked_with_the_cause() -> None:
    report = factory.port_denied()
    due = {(each.host, each.port) for each in report.endpoints if "connect.port-denied" in each.causes}
    entries = blocked_hosts(report, LISTS.answers["allow"]).entries
    assert due == {(entry.host, port) for entry in entries for port in entry.ports}
    assert {entry.causes for entry in entries} == {("connect.port-denied",)}
    assert not blocked_hosts(report, LISTS.answers["no-inspect"]).entries


def test_a_report_gives_what_it_found_inspected() -> None:
    report = factory.inspected()
    entries = blocked_hosts(report, LISTS.answers["no-inspect"]).entries
    assert {entry.host for entry in entries} == {each.host for each in report.endpoints if each.causes}
    assert {entry.causes for entry in entries} == {("tls.inspected",)}


def test_a_report_by_somebody_else_puts_no_line_of_its_own_on_a_list() -> None:
    evil = "x.example\nhttp_access allow all"
    endpoint = factory.endpoint(evil, 443, "fail", causes=("connect.host-denied",), function='A"\nend')
    good = factory.endpoint("good.example", 443, "fail", causes=("connect.host-denied",), function='A"\nend')
    device = DeviceReference("evil\nhttp_access allow all", "A\nhttp_access allow all", "B\nhttp_access allow all")
    report = replace(factory.port_denied(), device=device, endpoints=(endpoint, good))
    hosts = blocked_hosts(report, LISTS.answers["allow"])
    assert [entry.host for entry in hosts.entries] == ["good.example"]
    for form in LISTS.formats.values():
        made = listing(hosts, form)
        assert not [line for line in made.text.splitlines() if line.strip().startswith(("http_access allow all", "B"))]
        assert any("no host names" in note and "\n" not in note for note in made.notes)
