"""What comes on a list: a device's hosts, or what a report found."""

import pytest
from msgspec.structs import replace

from proxycheck.catalogue.allowlists import load_allowlists
from proxycheck.catalogue.devices import load_device
from proxycheck.model.cause import CauseCode
from proxycheck.model.device import Tier
from proxycheck.model.files.allowlist import FormatName, Purpose
from proxycheck.model.report import DeviceReference, Report
from proxycheck.report.allowlist import listing
from proxycheck.report.allowlist.entries import blocked_hosts, device_hosts
from proxycheck.report.reading.lists import nothing_to_list
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
    entries = blocked_hosts(report, LISTS, "allow").entries
    assert due == {(entry.host, port) for entry in entries for port in entry.ports}
    assert {entry.causes for entry in entries} == {("connect.port-denied",)}
    assert not blocked_hosts(report, LISTS, "no-inspect").entries


def test_a_report_gives_what_it_found_inspected() -> None:
    report = factory.inspected()
    entries = blocked_hosts(report, LISTS, "no-inspect").entries
    assert {entry.host for entry in entries} == {each.host for each in report.endpoints if each.causes}
    assert {entry.causes for entry in entries} == {("tls.inspected",)}


def _with_causes(**causes: CauseCode) -> Report:
    endpoints = tuple(
        factory.endpoint(
            f"{host}.example", 443, "fail", causes=(code,), tier="optional" if host == "spare" else "required"
        )
        for host, code in causes.items()
    )
    found = [
        factory.cause(code, title=f"About {code}.", endpoints=tuple(e.id for e in endpoints if code in e.causes))
        for code in dict.fromkeys(causes.values())
    ]
    return factory.report("incompatible", endpoints, tuple(found))


@pytest.mark.parametrize("name", LISTS.formats)
def test_hosts_that_a_login_stops_are_listed_for_its_exemption(name: FormatName) -> None:
    hosts = blocked_hosts(_with_causes(a="auth.required", b="auth.required"), LISTS, "allow")
    assert [entry.host for entry in hosts.entries] == ["a.example", "b.example"]
    product = LISTS.formats[name]
    if product.places[0].purpose != "allow":
        return
    made = listing(hosts, product, "allow")
    assert made.notes[0] == (
        "These hosts fail by auth.required. Use the list to let these hosts pass without authentication."
    )
    own = name in ("plain", "csv", "json", "pac", "squid")
    assert made.where == (product.places[0].where if own else made.where)
    assert (f"the setting of {product.title} to let these hosts pass without authentication" in made.where) != own
    if product.comment:
        assert "let these hosts pass without authentication" in made.text.splitlines()[0]


def test_a_list_for_two_uses_says_which_hosts_each_is_for() -> None:
    hosts = blocked_hosts(_with_causes(a="auth.required", b="connect.host-denied", c="http.cached"), LISTS, "allow")
    assert hosts.exemption is None
    made = listing(hosts, LISTS.formats["squid"], "allow")
    assert made.where == LISTS.formats["squid"].places[0].where
    assert any(note.endswith("without authentication; that is for a.example.") for note in made.notes)
    assert any(note.endswith("caching; that is for c.example.") for note in made.notes)


OTHER = "It found 1 host inspected: for that write --purpose no-inspect."
UNMENDED, SEE = "What fails, a list of hosts does not mend", "See what does: proxycheck report r.json"
ALL_TIERS: tuple[Tier, ...] = ("required", "recommended", "optional")


@pytest.mark.parametrize(
    ("causes", "purpose", "told"),
    [
        (
            {"a": "auth.rejected", "b": "auth.rejected"},
            "allow",
            f"nothing blocked. {UNMENDED}: About auth.rejected (auth.rejected, 2 of 2 needed). {SEE}",
        ),
        (
            {"a": "tls.inspected"},
            "allow",
            f"nothing blocked. {OTHER}",
        ),
        (
            {"a": "connect.reset"},
            "no-inspect",
            "nothing inspected. It found 1 host blocked: for that write --purpose allow.",
        ),
        (
            {"a": "tls.inspected", "b": "tls.expired"},
            "allow",
            f"nothing blocked. {OTHER} {UNMENDED}: About tls.expired (tls.expired, 1 of 2 needed). {SEE}",
        ),
    ],
)
def test_why_a_report_gives_no_list_is_true(causes: dict[str, CauseCode], purpose: Purpose, told: str) -> None:
    report = _with_causes(**causes)
    assert nothing_to_list(report, purpose, ALL_TIERS, "r.json") == f"the list is empty: the report found {told}"


def test_where_nothing_fails_or_nothing_is_decided_that_is_told() -> None:
    good = nothing_to_list(factory.compatible(), "allow", ALL_TIERS, "r.json")
    assert good == "the list is empty: the report found nothing blocked, and nothing that fails."
    weaker = nothing_to_list(_with_causes(a="connect.reset", spare="auth.rejected"), "no-inspect", ("required",), "r")
    assert "auth.rejected" not in weaker
    open_ = factory.report("inconclusive", (factory.endpoint("a.example", 443, "inconclusive"),))
    told = nothing_to_list(open_, "allow", ALL_TIERS, "r.json")
    assert told.endswith("What the report says is 1 needed: 1 undecided; a list of hosts does not change that.")


def test_a_report_by_somebody_else_puts_no_line_of_its_own_on_a_list() -> None:
    evil = "x.example\nhttp_access allow all"
    endpoint = factory.endpoint(evil, 443, "fail", causes=("connect.host-denied",), function='A"\nend')
    good = factory.endpoint("good.example", 443, "fail", causes=("connect.host-denied",), function='A"\nend')
    device = DeviceReference("evil\nhttp_access allow all", "A\nhttp_access allow all", "B\nhttp_access allow all")
    report = replace(factory.port_denied(), device=device, endpoints=(endpoint, good))
    hosts = blocked_hosts(report, LISTS, "allow")
    assert [entry.host for entry in hosts.entries] == ["good.example"]
    for form in LISTS.formats.values():
        made = listing(hosts, form)
        assert not [line for line in made.text.splitlines() if line.strip().startswith(("http_access allow all", "B"))]
        assert any("no host names" in note and "\n" not in note for note in made.notes)
