"""What is tested where a guide leaves a choice or contradicts itself, and what the devices can do."""

import pytest

from proxycheck.catalogue.devices import load_device
from proxycheck.model.device import Device, Endpoint

DEVICES = {name: load_device(name) for name in ("sendpro-c", "connectplus")}
BOTH = pytest.mark.parametrize("name", list(DEVICES))


def by_id(device: Device) -> dict[str, Endpoint]:
    return {endpoint.id: endpoint for endpoint in device.endpoints}


def ports(device: Device, host: str) -> dict[int, Endpoint]:
    return {endpoint.port: endpoint for endpoint in device.endpoints if endpoint.host == host}


@BOTH
def test_teamviewer_is_port_5938_or_its_urls(name: str) -> None:
    device = DEVICES[name]
    hosts = {endpoint.host for endpoint in device.endpoints if endpoint.speaks == "teamviewer"}
    assert hosts == {host for wildcard in device.wildcards for host in wildcard.stands}
    for host in hosts:
        members = [endpoint for endpoint in device.endpoints if endpoint.host == host]
        said = [(member.port, member.scheme, member.speaks) for member in members]
        assert said == [(5938, "tcp", "teamviewer"), (443, "https", "tls"), (80, "http", "http")]
        assert {member.any_of for member in members} == {f"teamviewer {host}"}
        assert {member.tier for member in members} == {"recommended"}
    assert [(item.method, item.path.split("?")[0]) for item in device.url_patterns] == [
        ("GET", "/din.aspx"),
        ("GET", "/dout.aspx"),
        ("POST", "/dout.aspx"),
    ]


def test_time_servers_are_no_endpoints() -> None:
    device = DEVICES["sendpro-c"]
    assert {(server.host, server.any_of) for server in device.network.time_servers} == {
        ("pool.ntp.org", "time"),
        ("time.apple.com", "time"),
    }
    assert not {"pool.ntp.org", "time.apple.com"} & {endpoint.host for endpoint in device.endpoints}
    assert ports(device, "captive.apple.com").keys() == {443, 80}


def test_ports_by_transport() -> None:
    needs = {name: {need.port: need.transports for need in DEVICES[name].network.ports} for name in DEVICES}
    common = {53: ("udp", "tcp"), 80: ("tcp",), 443: ("tcp",), 5938: ("tcp",)}
    assert needs == {"connectplus": common, "sendpro-c": common | {123: ("udp",), 5228: ("tcp",)}}


@BOTH
def test_bandwidth(name: str) -> None:
    network = DEVICES[name].network
    assert (network.bandwidth_required_kbit_s, network.bandwidth_recommended_kbit_s) == (384, 1000)


def test_the_explicit_dns_server() -> None:
    (server,) = DEVICES["sendpro-c"].network.dns_servers
    assert (server.address, server.tier) == ("8.8.8.8", "required")
    assert DEVICES["connectplus"].network.dns_servers == ()


def test_the_connectivity_test_expects_204() -> None:
    endpoint = by_id(DEVICES["sendpro-c"])["connectivitycheck.gstatic.com:80"]
    assert (endpoint.expect, endpoint.path, endpoint.tier) == ("generate_204", "/generate_204", "required")


def test_gtalk_is_tls_on_5228_and_only_recommended() -> None:
    endpoint = by_id(DEVICES["sendpro-c"])["mobile-gtalk.l.google.com:5228"]
    assert (endpoint.scheme, endpoint.speaks, endpoint.tier) == ("tcp", "tls", "recommended")
    assert endpoint.note


def test_a_host_that_strict_idna_refuses_loads() -> None:
    assert ports(DEVICES["sendpro-c"], "r1---sn-8pgbpohxqp5-auol.gvt1.com").keys() == {443, 80}


def test_comet_is_tested_under_both_names() -> None:
    endpoints = by_id(DEVICES["connectplus"])
    for host in ("cometservc1.pb.com", "cometservp1.pb.com"):
        assert endpoints[f"{host}:443"].any_of is None
        assert endpoints[f"{host}:443"].tier == "required"
        assert endpoints[f"{host}:80"].any_of == "comet port 80"


def test_a_domain_without_a_url_needs_443_or_80() -> None:
    for host in ("pbdlspp1.pb.com", "ftp.novell.com"):
        members = ports(DEVICES["connectplus"], host)
        assert members.keys() == {443, 80}
        assert {member.any_of for member in members.values()} == {host}


def test_the_misprinted_googleusercontent_host_is_an_alternative() -> None:
    group = [item for item in DEVICES["sendpro-c"].endpoints if item.any_of == "lh3.googleusercontent.com"]
    assert [(item.host[:3], item.port) for item in group] == [
        ("lh3", 443),
        ("lh3", 80),
        ("ih3", 443),
        ("ih3", 80),
    ]


def test_a_host_named_only_by_domain_lines_cannot_block() -> None:
    tiers = {item.port: item.tier for item in ports(DEVICES["connectplus"], "www.pitneybowes.com").values()}
    assert tiers == {80: "recommended", 443: "optional"}


def test_optional_exceptions_know_whether_they_are_enabled() -> None:
    for device in DEVICES.values():
        for endpoint in device.endpoints:
            assert endpoint.enabled_by_default == (endpoint.tier != "optional")


def test_one_endpoint_may_serve_several_functions() -> None:
    endpoints = by_id(DEVICES["connectplus"])
    assert len(endpoints["www.pb.com:80"].urls) == 4
    assert endpoints["www.pb.com:80"].also == ("Presort Savings and Services", "Buy Supplies", "Apps & Tools")
    assert endpoints["www.google.com:80"].tier == "required"


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("sendpro-c", "filtered or cached"),
        ("sendpro-c", "Ih3.googleusercontent.com"),
        ("sendpro-c", "443 or 80"),
        ("connectplus", "filtered or cached"),
        ("connectplus", "cometservc1 and cometservp1"),
        ("connectplus", "pbdlspp1.pb.com"),
        ("connectplus", "www.pitneybowes.us and www.pitneybowes.com"),
    ],
)
def test_contradictions_are_told_with_a_decision(name: str, subject: str) -> None:
    (note,) = (item for item in DEVICES[name].notes if item.subject == subject)
    assert note.text
    assert note.decision


def test_what_the_proxy_support_can_do() -> None:
    sendpro, connect = DEVICES["sendpro-c"].proxy, DEVICES["connectplus"].proxy
    assert (sendpro.plain_http, sendpro.plain_http_confidence) == ("tunnel", "guide")
    assert (connect.plain_http, connect.plain_http_confidence) == ("forward", "assumption")
    for proxy in (sendpro, connect):
        assert proxy.auth_schemes == ("basic",)
        assert not (proxy.socks or proxy.pac or proxy.exclusions or proxy.tls_to_proxy)
        assert proxy.connect.confidence == "assumption"
        assert "..." not in dict(proxy.connect.headers)["User-Agent"]
    assert not sendpro.connect.host_port_443
    assert connect.connect.host_port_443


def test_how_the_devices_read_replies() -> None:
    android = DEVICES["sendpro-c"].proxy.dialect
    assert android is not None
    assert android.success.value == "200"
    assert android.interim.value == (100,)
    assert android.success_body.value == "discarded"
    assert android.early_bytes.value == "fatal"
    assert android.basic_challenge.value == "quoted-realm-first"
    assert android.retry_after_close is not None
    assert android.retry_after_close.value == "never"
    assert android.attempts_limited is not None
    assert android.attempts_limited.value is False
    assert android.credentials_encoding is not None
    assert "ü".encode(android.credentials_encoding.value) == b"\xfc"
    curl = DEVICES["connectplus"].proxy.dialect
    assert curl is not None
    assert curl.credentials_encoding is None
    assert "high" not in {curl.success.confidence, curl.interim.confidence, curl.early_bytes.confidence}
