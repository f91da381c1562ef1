"""The functions a PAC script may call, asked one by one in the engine itself."""

import fnmatch
import json
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network

import pytest
import quickjs  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from proxycheck.routes.pac.child import Evaluator

ADDRESSES = {
    "www.corp.example": ["10.1.2.3"],
    "both.corp.example": ["2001:db8::1", "192.0.2.1", "192.0.2.2"],
    "six.corp.example": ["2001:db8::2"],
}
BERLIN = timezone(timedelta(hours=1))


def engine(now: datetime = datetime(2026, 3, 4, 12, 30, 15, tzinfo=UTC), own: tuple[str, ...] = ()) -> Evaluator:
    """An engine whose "script" answers with the value of whatever expression it is given as the URL."""
    offset = now.utcoffset() or timedelta()
    environment = {
        "addresses": ADDRESSES,
        "own": own,
        "now_ms": round(now.timestamp() * 1000),
        "utc_offset_minutes": round(offset.total_seconds() / 60),
    }
    evaluator = Evaluator({"memory_bytes": 64 << 20, "time_s": 5.0, "environment": environment}, quickjs)
    evaluator.load("function FindProxyForURL(expression, host) { return JSON.stringify((0, eval)(expression)) }")
    return evaluator


def value(evaluator: Evaluator, expression: str) -> object:
    answer = evaluator.ask(expression, "")
    assert answer["kind"] == "string", answer
    return json.loads(str(answer["value"]))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("isPlainHostName('www')", True),
        ("isPlainHostName('www.corp.example')", False),
        ("isPlainHostName('::1')", False),
        ("dnsDomainIs('www.corp.example', '.corp.example')", True),
        ("dnsDomainIs('www.corp.example', 'corp.example')", True),
        ("dnsDomainIs('notcorp.example', 'corp.example')", True),
        ("dnsDomainIs('www.corp.example', '.CORP.example')", False),
        ("dnsDomainIs('www', '.corp.example')", False),
        ("localHostOrDomainIs('www.corp.example', 'www.corp.example')", True),
        ("localHostOrDomainIs('www', 'www.corp.example')", True),
        ("localHostOrDomainIs('home.corp.example', 'www.corp.example')", False),
        ("localHostOrDomainIs('ww', 'www.corp.example')", False),
        ("dnsDomainLevels('www')", 0),
        ("dnsDomainLevels('www.corp.example')", 2),
        ("isResolvable('www.corp.example')", True),
        ("isResolvable('WWW.corp.example.')", True),
        ("isResolvable('six.corp.example')", False),
        ("isResolvable('unknown.example')", False),
        ("isResolvable('192.0.2.7')", True),
        ("isResolvableEx('six.corp.example')", True),
        ("isResolvableEx('unknown.example')", False),
        ("dnsResolve('both.corp.example')", "192.0.2.1"),
        ("dnsResolve('unknown.example')", None),
        ("dnsResolve('localhost')", "127.0.0.1"),
        ("dnsResolve('10.9.8.7')", "10.9.8.7"),
        ("dnsResolveEx('both.corp.example')", "2001:db8::1;192.0.2.1;192.0.2.2"),
        ("dnsResolveEx('unknown.example')", ""),
        ("isInNet('10.1.2.3', '10.1.0.0', '255.255.0.0')", True),
        ("isInNet('10.2.2.3', '10.1.0.0', '255.255.0.0')", False),
        ("isInNet('www.corp.example', '10.0.0.0', '255.0.0.0')", True),
        ("isInNet('unknown.example', '0.0.0.0', '0.0.0.0')", False),
        ("isInNet('10.1.2.3', '10.0.0.0', '8')", False),
        ("isInNet('256.1.2.3', '0.0.0.0', '0.0.0.0')", False),
        ("convert_addr('10.1.2.3')", 0x0A010203),
        ("convert_addr('255.255.255.255')", -1),
        ("isInNetEx('2001:db8::17', '2001:db8::/32')", True),
        ("isInNetEx('2001:db9::17', '2001:db8::/32')", False),
        ("isInNetEx('10.1.2.3', '10.0.0.0/8')", True),
        ("isInNetEx('10.1.2.3', '2001:db8::/32')", False),
        ("isInNetEx('10.1.2.3', '10.0.0.0/33')", False),
        ("isInNetEx('10.1.2.3', '10.0.0.0')", False),
        ("isInNetEx('::ffff:10.1.2.3', '::ffff:10.0.0.0/104')", True),
        ("isInNetEx('', '0.0.0.0/0')", False),
        ("myIpAddress()", "127.0.0.1"),
        ("myIpAddressEx()", ""),
        ("sortIpAddressList('10.2.3.9;2001:4898:28:3:201:2ff:feea:fc14;::1;127.0.0.1;::9')",
         "::1;::9;2001:4898:28:3:201:2ff:feea:fc14;10.2.3.9;127.0.0.1"),
        ("sortIpAddressList('10.2.3.9;nonsense')", ""),
        ("sortIpAddressList('')", ""),
        ("getClientVersion()", "1.0"),
        ("shExpMatch('http://home.corp.example/people/ari/index.html', '*/ari/*')", True),
        ("shExpMatch('http://home.corp.example/people/montulli/index.html', '*/ari/*')", False),
        ("shExpMatch('wwwXcorp.example', 'www.corp.example')", False),
        ("shExpMatch('a1.corp.example', 'a?.corp.example')", True),
        ("shExpMatch('www.corp.example', '*.CORP.example')", False),
        ("shExpMatch('a.org', '*.com|*.org')", True),
        ("typeof alert('said')", "undefined"),
    ],
)  # fmt: skip
def test_function(expression: str, expected: object) -> None:
    assert value(engine(), expression) == expected


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (("192.0.2.10",), ["192.0.2.10", "192.0.2.10"]),
        (("2001:db8::a", "192.0.2.10"), ["192.0.2.10", "2001:db8::a;192.0.2.10"]),
        (("2001:db8::a",), ["127.0.0.1", "2001:db8::a"]),
    ],
)
def test_own_addresses(own: tuple[str, ...], expected: list[str]) -> None:
    assert value(engine(own=own), "[myIpAddress(), myIpAddressEx()]") == expected


WEDNESDAY_NOON = datetime(2026, 3, 4, 12, 30, 15, tzinfo=UTC)
LATE_IN_BERLIN = datetime(2026, 12, 31, 23, 45, 0, tzinfo=timezone(timedelta(hours=-2)))
"""Thursday there, already Friday and the next year in Greenwich."""


@pytest.mark.parametrize(
    ("now", "expression", "expected"),
    [
        (WEDNESDAY_NOON, "weekdayRange('WED')", True),
        (WEDNESDAY_NOON, "weekdayRange('wed')", True),
        (WEDNESDAY_NOON, "weekdayRange('MON', 'FRI')", True),
        (WEDNESDAY_NOON, "weekdayRange('SAT', 'SUN')", False),
        (WEDNESDAY_NOON, "weekdayRange('FRI', 'WED')", True),
        (WEDNESDAY_NOON, "weekdayRange('FRI', 'TUE')", False),
        (WEDNESDAY_NOON, "weekdayRange('MITTWOCH')", False),
        (WEDNESDAY_NOON, "weekdayRange()", False),
        (LATE_IN_BERLIN, "weekdayRange('THU')", True),
        (LATE_IN_BERLIN, "weekdayRange('THU', 'GMT')", False),
        (LATE_IN_BERLIN, "weekdayRange('FRI', 'SAT', 'GMT')", True),
        (WEDNESDAY_NOON, "dateRange(4)", True),
        (WEDNESDAY_NOON, "dateRange(5)", False),
        (WEDNESDAY_NOON, "dateRange(1, 15)", True),
        (WEDNESDAY_NOON, "dateRange(20, 5)", True),
        (WEDNESDAY_NOON, "dateRange('MAR')", True),
        (WEDNESDAY_NOON, "dateRange('JAN', 'MAR')", True),
        (WEDNESDAY_NOON, "dateRange('APR', 'NOV')", False),
        (WEDNESDAY_NOON, "dateRange('NOV', 'MAR')", True),
        (WEDNESDAY_NOON, "dateRange(2026)", True),
        (WEDNESDAY_NOON, "dateRange(2020, 2025)", False),
        (WEDNESDAY_NOON, "dateRange(4, 'MAR')", True),
        (WEDNESDAY_NOON, "dateRange(4, 'MAR', 2026)", True),
        (WEDNESDAY_NOON, "dateRange(4, 'MAR', 2025)", False),
        (WEDNESDAY_NOON, "dateRange(1, 'JUN', 15, 'AUG')", False),
        (WEDNESDAY_NOON, "dateRange(15, 'DEC', 5, 'MAR')", True),
        (WEDNESDAY_NOON, "dateRange('OCT', 2025, 'MAR', 2026)", True),
        (WEDNESDAY_NOON, "dateRange(5, 'MAR', 2026, 1, 'JAN', 2027)", False),
        (WEDNESDAY_NOON, "dateRange(4, 'MAR', 2026, 4, 'MAR', 2026)", True),
        (WEDNESDAY_NOON, "dateRange(1, 'JUN', 'AUG', 15)", False),
        (WEDNESDAY_NOON, "dateRange()", False),
        (LATE_IN_BERLIN, "dateRange(2026)", True),
        (LATE_IN_BERLIN, "dateRange(2026, 'GMT')", False),
        (LATE_IN_BERLIN, "dateRange(1, 'JAN', 2027, 'GMT')", True),
        (WEDNESDAY_NOON, "timeRange(12)", True),
        (WEDNESDAY_NOON, "timeRange(13)", False),
        (WEDNESDAY_NOON, "timeRange(9, 17)", True),
        (WEDNESDAY_NOON, "timeRange(17, 9)", False),
        (WEDNESDAY_NOON, "timeRange(12, 30, 12, 30)", True),
        (WEDNESDAY_NOON, "timeRange(12, 31, 13, 0)", False),
        (WEDNESDAY_NOON, "timeRange(12, 30, 15, 12, 30, 15)", True),
        (WEDNESDAY_NOON, "timeRange(12, 30, 16, 12, 30, 20)", False),
        (WEDNESDAY_NOON, "timeRange('noon')", False),
        (LATE_IN_BERLIN, "timeRange(23)", True),
        (LATE_IN_BERLIN, "timeRange(1, 'GMT')", True),
        (LATE_IN_BERLIN, "timeRange(22, 5)", True),
        (LATE_IN_BERLIN, "[new Date().getFullYear(), new Date().getDay(), new Date().getHours()]", [2026, 4, 23]),
        (LATE_IN_BERLIN, "[new Date().getUTCFullYear(), new Date().getTimezoneOffset()]", [2027, 120]),
        (LATE_IN_BERLIN, "new Date(2026, 11, 31, 23, 45).getTime() === Date.now()", True),
        (LATE_IN_BERLIN, "new Date() instanceof Date && new Date().constructor === Date", True),
    ],
)
def test_clock(now: datetime, expression: str, expected: object) -> None:
    assert value(engine(now), expression) == expected


def test_what_an_answer_depended_on_is_noted() -> None:
    evaluator = engine()
    assert evaluator.ask("shExpMatch('a', 'b')", "")["consulted"] == []
    asked = (
        "[isInNet('Unknown.Example', '10.0.0.0', '255.0.0.0'), dnsResolve('192.0.2.1'), myIpAddress(), Math.random()]"
    )
    assert evaluator.ask(asked, "")["consulted"] == ["dns:unknown.example", "own-address", "random"]
    assert evaluator.ask("timeRange(8, 17)", "")["consulted"] == ["clock"]
    assert evaluator.ask("new Date().getDay()", "")["consulted"] == ["clock"]


def test_random_numbers_are_the_same_in_every_run() -> None:
    asked = "[Math.random(), Math.random(), Math.random()]"
    first = value(engine(), asked)
    assert isinstance(first, list)
    assert first == value(engine(), asked)
    assert len(set(first)) == 3
    assert all(0 <= number < 1 for number in first)


def test_a_script_may_have_its_own_function_of_the_same_name() -> None:
    evaluator = engine()
    evaluator.load("function isPlainHostName(host) { return 'mine' }")
    assert value(evaluator, "isPlainHostName('x')") == "mine"


addresses_4 = st.ip_addresses(v=4)
addresses = st.ip_addresses()


@given(address=addresses_4, base=addresses_4, length=st.integers(0, 32))
@settings(max_examples=50, deadline=None)
def test_is_in_net_agrees_with_the_network(address: IPv4Address, base: IPv4Address, length: int) -> None:
    network = IPv4Network((int(base), length), strict=False)
    called = f"isInNet('{address}', '{network.network_address}', '{network.netmask}')"
    assert value(engine(), called) == (address in network)


@given(address=addresses, base=addresses, length=st.integers(0, 128))
@settings(max_examples=50, deadline=None)
def test_is_in_net_ex_agrees_with_the_network(
    address: IPv4Address | IPv6Address, base: IPv4Address | IPv6Address, length: int
) -> None:
    expected = False
    if length <= base.max_prefixlen and address.version == base.version:
        expected = address in ip_network(f"{base}/{length}", strict=False)
    assert value(engine(), f"isInNetEx('{address}', '{base}/{length}')") == expected


@given(st.lists(addresses, min_size=1, max_size=6))
@settings(max_examples=50, deadline=None)
def test_sorting_puts_the_new_protocol_first(found: list[IPv4Address | IPv6Address]) -> None:
    text = value(engine(), f"sortIpAddressList('{';'.join(map(str, found))}')")
    assert [ip_address(part) for part in str(text).split(";")] == sorted(found, key=lambda it: (-it.version, int(it)))


@given(text=st.text("ab.x", max_size=8), pattern=st.text("ab.*?", max_size=8))
@settings(max_examples=50, deadline=None)
def test_shell_expressions_are_globs(text: str, pattern: str) -> None:
    called = f"shExpMatch({json.dumps(text)}, {json.dumps(pattern)})"
    assert value(engine(), called) == fnmatch.fnmatchcase(text, pattern)
