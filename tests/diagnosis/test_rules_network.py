"""The rules about the network, on evidence made by hand: when each speaks, with which weight, and when it is silent."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import dns.flags
import dns.message
import dns.rrset

from proxycheck.catalogue.devices import load_device
from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case
from proxycheck.diagnosis.rules.clock import clock
from proxycheck.diagnosis.rules.network import network
from proxycheck.model.evidence import Evidence
from proxycheck.model.failure import Failure, FailureName, Operation
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.questions import CheckId
from proxycheck.model.target import ProxyAddress
from tests.real.time_server import answer as time_answer

_PROXY = ProxyAddress("http", "10.0.0.1", 3128)
_AT = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
_OWN = "10.0.0.53"
_NAMED = "8.8.8.8"
_HOST = "distservp1.pb.com"


def _record(
    operation: Operation,
    endpoint: str | None,
    *,
    failure: FailureName | None = None,
    variant: str | None = None,
    note: str | None = None,
    sent: bytes = b"",
    received: bytes = b"",
    check: CheckId = "network",
) -> Evidence:
    return Evidence(
        id="e1",
        check=check,
        operation=operation,
        endpoint=endpoint,
        started_s=0.0,
        duration_s=0.0,
        sent=sent.decode("latin-1"),
        received=received.decode("latin-1"),
        ended="closed",
        failure=None if failure is None else Failure(failure, operation, ""),
        variant=variant,
        note=note,
    )


def _resolvers(*addresses: str) -> Evidence:
    return _record("network_route", None, variant="resolvers", note=", ".join(addresses))


def _asked(server: str, transport: str, name: str, *addresses: str, cut: bool = False) -> Evidence:
    response = dns.message.make_response(dns.message.make_query(name, "A", use_edns=False))
    if addresses:
        response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "A", *addresses))
    if cut:
        response.flags |= dns.flags.TC
    return _record(
        "network_dns",
        f"{server}:53",
        variant=f"{transport}:A:{name}",
        received=response.to_wire(),
        note=", ".join(addresses) or None,
    )


def _silent(server: str, transport: str, name: str = _HOST, failure: FailureName = "timeout") -> Evidence:
    return _record("network_dns", f"{server}:53", variant=f"{transport}:A:{name}", failure=failure)


def _good(*servers: str) -> list[Evidence]:
    return [_asked(server, transport, _HOST, "203.0.113.1") for server in servers for transport in ("udp", "tcp")]


def _judge(*evidence: Evidence, proxy: ProxyAddress | None = None, device: str = "sendpro-c") -> list[Finding]:
    case = Case(load_device(device), proxy, (), evidence, Knowledge({}, ()))
    return [*network(case), *clock(case, _AT)]


def _found(findings: list[Finding]) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.severity) for finding in findings]


def test_servers_that_answer_are_nothing_to_tell() -> None:
    assert _judge(_resolvers(_OWN), *_good(_OWN, _NAMED)) == []
    assert _judge(_resolvers(_OWN), *_good(_OWN, _NAMED), proxy=_PROXY) == []
    assert _judge() == []


def test_one_dead_resolver_of_two_breaks_nothing() -> None:
    dead = [_silent("10.0.0.54", "udp"), _silent("10.0.0.54", "tcp")]
    assert _judge(_resolvers("10.0.0.54", _OWN), *dead, *_good(_OWN, _NAMED)) == []


def test_an_answer_that_says_no_is_an_answer_behind_a_proxy() -> None:
    """In many offices the DNS servers know internal names only; the proxy resolves the others."""
    inside = [_asked(_OWN, transport, _HOST) for transport in ("udp", "tcp")]
    assert _judge(_resolvers(_OWN), *inside, *_good(_NAMED), proxy=_PROXY) == []
    only = _judge(_resolvers(_OWN), *inside, device="connectplus")
    assert _found(only) == [("network.dns-udp-blocked", "blocker")]
    assert only[0].because == ("the DNS servers answer and do not know the only needed name",)


def test_blocked_dns_is_information_behind_a_proxy() -> None:
    lost = [_silent(server, "udp") for server in (_OWN, _NAMED)]
    heard = [_asked(server, "tcp", _HOST, "192.0.2.7") for server in (_OWN, _NAMED)]
    assert _found(_judge(_resolvers(_OWN), *lost, *heard)) == [("network.dns-udp-blocked", "blocker")]
    behind = _judge(_resolvers(_OWN), *lost, *heard, proxy=_PROXY)
    assert _found(behind) == [("network.dns-udp-blocked", "info")]
    assert "names to the proxy" in (behind[0].detail or "")


def test_where_only_the_proxy_answers_the_way_out_is_not_judged() -> None:
    lost = [_silent(server, transport) for server in (_OWN, _NAMED) for transport in ("udp", "tcp")]
    assert _found(_judge(_resolvers(_OWN), *lost)) == [("network.dns-udp-blocked", "blocker")]
    assert _judge(_resolvers(_OWN), *lost, proxy=_PROXY) == []


def test_the_server_that_the_device_asks_itself_counts_alone() -> None:
    lost = [_silent(_NAMED, "udp"), _silent(_NAMED, "tcp")]
    findings = _judge(_resolvers(_OWN), *_good(_OWN), *lost)
    assert _found(findings) == [("network.dns-udp-blocked", "blocker")]
    assert findings[0].because == ("the DNS server that the device asks itself, 8.8.8.8: no answer on UDP port 53",)
    assert _judge(_resolvers(_OWN), *_good(_OWN), *lost, device="connectplus") == []


def test_tcp_weighs_more_where_an_answer_is_cut() -> None:
    udp = [_asked(_OWN, "udp", _HOST, "203.0.113.1"), *_good(_NAMED)]
    assert _found(_judge(_resolvers(_OWN), *udp, _silent(_OWN, "tcp"))) == [("network.dns-tcp-blocked", "degraded")]
    cut = _asked(_OWN, "udp", "api.precisely.com", "203.0.113.2", cut=True)
    findings = _judge(_resolvers(_OWN), *udp, cut, _silent(_OWN, "tcp", failure="refused"))
    assert _found(findings) == [("network.dns-tcp-blocked", "blocker")]
    assert "refused on TCP port 53" in findings[0].because[0]


def test_an_invented_name_has_no_address() -> None:
    invented = _asked(_OWN, "udp", "proxycheck-0123456789ab.com", "203.0.113.66")
    assert _found(_judge(_resolvers(_OWN), *_good(_OWN, _NAMED), invented)) == [("network.dns-hijacked", "degraded")]
    honest = _asked(_OWN, "udp", "proxycheck-0123456789ab.invalid")
    assert _judge(_resolvers(_OWN), *_good(_OWN, _NAMED), honest) == []


def test_the_gateway_must_not_be_the_devices_own() -> None:
    inside = _record("network_route", None, variant="gateways", note="10.0.0.1, 192.168.10.96")
    assert _found(_judge(inside)) == [("network.gateway-conflict", "blocker")]
    assert _found(_judge(inside, proxy=_PROXY)) == [("network.gateway-conflict", "blocker")]
    assert _judge(inside, device="connectplus") == []


def _ipv6(*, gateway: str = "", six: FailureName | None = None, four: FailureName | None = None) -> list[Evidence]:
    return [
        _record("network_route", None, variant="addresses6", note="2001:db8::2"),
        _record("network_route", None, variant="gateways6", note=gateway),
        _record("network_tcp", f"{_HOST}:443", variant="ipv6", failure=six, note="2001:db8::9"),
        _record("network_tcp", f"{_HOST}:443", variant="ipv4", failure=four, note="203.0.113.1"),
    ]


def test_ipv6_is_broken_only_against_ipv4() -> None:
    assert _found(_judge(*_ipv6())) == [("network.ipv6-broken", "degraded")]
    assert _found(_judge(*_ipv6(gateway="fe80::1", six="timeout"))) == [("network.ipv6-broken", "degraded")]
    assert _judge(*_ipv6(gateway="fe80::1")) == []
    # Where IPv4 gets nowhere either, the way out is closed, and nothing is known of IPv6.
    assert _judge(*_ipv6(gateway="fe80::1", six="timeout", four="timeout"), proxy=_PROXY) == []


def test_a_closed_port_is_normal_behind_a_proxy() -> None:
    closed = _record("network_tcp", "master3.teamviewer.com:5938", failure="timeout", note="203.0.113.7")
    opened = _record("network_tcp", f"{_HOST}:443", note="203.0.113.1")
    assert _judge(closed, proxy=_PROXY) == []
    assert _found(_judge(closed, opened)) == [("network.port-blocked", "info")]
    unknown = _record("network_tcp", "mobile-gtalk.l.google.com:5228", failure="unresolvable")
    assert _judge(unknown, opened) == []


def test_a_portal_answers_in_place_of_the_test() -> None:
    portal = b"HTTP/1.1 302 Found\r\nLocation: http://login.guest.example/\r\nContent-Length: 0\r\n\r\n"
    name = "connectivitycheck.gstatic.com:80"
    assert _found(_judge(_record("network_http", name, received=portal))) == [("http.captive-portal", "blocker")]
    assert _judge(_record("network_http", name, received=b"HTTP/1.1 204 No Content\r\n\r\n")) == []


def _told(ahead_s: float, host: str = "pool.ntp.org") -> Evidence:
    request = b"\x23" + bytes(39) + b"12345678"
    now = datetime.now(UTC)
    reply = time_answer(request, (_AT - now).total_seconds() + ahead_s)
    return _record("network_time", f"{host}:123", sent=request, received=reply)


def _page(host: str, ahead_s: float, *, age: bool = False) -> Evidence:
    date = format_datetime(_AT + timedelta(seconds=ahead_s), usegmt=True)
    head = f"HTTP/1.1 204 No Content\r\nDate: {date}\r\n" + ("Age: 9000\r\n" if age else "") + "\r\n"
    return _record("http", f"{host}:80", received=head.encode(), check="endpoints")


def test_clocks_that_agree_are_nothing_to_tell() -> None:
    assert _judge(_told(2.0), _page("a.example", -3.0), _page("b.example", 100.0), proxy=_PROXY) == []
    assert _judge(_page("a.example", -9000.0, age=True), proxy=_PROXY) == []


def test_this_computers_clock_against_all_others() -> None:
    findings = _judge(_told(-86400.0), _page("a.example", -86400.0), _page("b.example", -86399.0), proxy=_PROXY)
    assert _found(findings) == [("network.clock-wrong", "info")]
    assert "1 day, 0:00:00 behind this computer's clock" in findings[0].because[0]
    # One page alone may come from anywhere.
    assert _judge(_page("a.example", -86400.0), proxy=_PROXY) == []


def test_a_time_server_against_all_others() -> None:
    findings = _judge(_told(3600.0), _page("a.example", 1.0), proxy=_PROXY)
    assert _found(findings) == [("network.clock-wrong", "degraded")]
    assert "sets its clock by time servers" in (findings[0].detail or "")


def test_time_servers_are_alternatives() -> None:
    dead = _record("network_time", "time.apple.com:123", failure="timeout")
    assert _judge(_told(0.0), dead) == []
    both = _judge(dead, _record("network_time", "pool.ntp.org:123", failure="unresolvable"))
    assert _found(both) == [("network.ntp-blocked", "degraded")]
    assert both[0].because[0] == "pool.ntp.org: its name is not known to the DNS servers here"


def test_a_network_without_any_way_out_is_told_once() -> None:
    dns = [_silent(_NAMED, transport) for transport in ("udp", "tcp")]
    ports = [_record("network_tcp", f"{_HOST}:{port}", failure="timeout") for port in (80, 443, 5228, 5938)]
    clocks = [_record("network_time", f"{host}:123", failure="timeout") for host in ("pool.ntp.org", "time.apple.com")]
    found = _judge(_resolvers(_OWN), *_good(_OWN), *dns, *ports, *clocks)
    assert _found(found) == [("network.port-blocked", "blocker")]
    assert "Nothing outside this network answers" in (found[0].detail or "")
    assert len(found[0].because) == 3
    assert not any("while others" in words for words in found[0].because)


def test_time_servers_without_a_name_are_a_matter_of_dns() -> None:
    dead = [_silent(server, transport) for server in (_OWN, _NAMED) for transport in ("udp", "tcp")]
    clocks = [
        _record("network_time", f"{host}:123", failure="unresolvable") for host in ("pool.ntp.org", "time.apple.com")
    ]
    assert _found(_judge(_resolvers(_OWN), *dead, *clocks)) == [("network.dns-udp-blocked", "blocker")]
