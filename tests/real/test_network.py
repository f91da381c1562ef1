"""The network a device needs, in a real one: dnsmasq, nftables, routes and addresses, and what is said of each."""

import contextlib
import sys
from collections.abc import Iterator

import pytest

from proxycheck.model.report import Report
from proxycheck.report.json import decode
from tests.real.engines import running
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.office import HOST_WITH_IPV6, office
from tests.real.programs import PORT
from tests.real.squid import ALLOW_ALL, PLAIN_LISTENER, squid
from tests.real.world import REPOSITORY, World

pytestmark = pytest.mark.real

_LONGEST_S = 60.0


def _proxycheck(world: World, *arguments: str) -> Report:
    """The report of a command in the client's namespace; its exit code must be the verdict's."""
    file = world.folder / "network-report.json"
    file.unlink(missing_ok=True)
    result = world.network.client.run(
        sys.executable, "-m", "proxycheck", *arguments, "--json", str(file), timeout_s=_LONGEST_S, directory=REPOSITORY
    )
    assert file.exists(), result.stdout + result.stderr
    print(result.stdout, result.stderr)  # noqa: T201  shown where the test fails
    report = decode(file.read_bytes())
    codes = {"compatible": 0, "degraded": 0, "incompatible": 1, "inconclusive": 3}
    assert result.returncode == codes[report.verdict]
    return report


def _network(world: World, device: str = "sendpro-c") -> Report:
    return _proxycheck(world, "network", "--device", device)


def _found(report: Report) -> set[tuple[str, str]]:
    return {(cause.code, cause.severity) for cause in report.causes}


@pytest.mark.parametrize("device", ["sendpro-c", "connectplus"])
def test_an_open_office_has_all_that_is_needed(real_world: World, device: str) -> None:
    with office(real_world):
        report = _network(real_world, device)
    assert (report.verdict, report.causes) == ("compatible", ())
    assert report.run.duration_s < 5.0


@pytest.mark.parametrize(
    ("blocked", "due", "verdict"),
    [
        (("udp dport 53",), {("network.dns-udp-blocked", "blocker")}, "incompatible"),
        (("tcp dport 53",), {("network.dns-tcp-blocked", "degraded")}, "degraded"),
        (("ip daddr 8.8.8.8",), {("network.dns-udp-blocked", "blocker")}, "incompatible"),
        (("tcp dport 5228",), {("network.port-blocked", "degraded")}, "degraded"),
        (("tcp dport 5938",), {("network.port-blocked", "info")}, "compatible"),
        (("tcp dport 443",), {("network.port-blocked", "blocker")}, "incompatible"),
        (("tcp dport 80",), {("network.port-blocked", "blocker")}, "incompatible"),
        (("udp dport 123",), {("network.ntp-blocked", "degraded")}, "degraded"),
    ],
)
def test_what_is_blocked_is_named(
    real_world: World, blocked: tuple[str, ...], due: set[tuple[str, str]], verdict: str
) -> None:
    with office(real_world, blocks=blocked):
        report = _network(real_world)
    # Without UDP 53 no name is known, so that nothing else can be asked.
    asked = {found for found in _found(report) if "udp dport 53" not in blocked or "dns" in found[0]}
    assert (asked, report.verdict) == (due, verdict)


def test_a_cut_answer_needs_tcp(real_world: World) -> None:
    many = [f"host-record=distservp1.pb.com,192.0.2.{last}" for last in range(130, 190)]
    with office(real_world, *many, blocks=("tcp dport 53",)):
        report = _network(real_world)
    assert _found(report) == {("network.dns-tcp-blocked", "blocker")}
    assert "distservp1.pb.com is cut" in " ".join(report.causes[0].because)


def test_a_resolver_that_invents_answers(real_world: World) -> None:
    true = [f"server=/{domain}/192.0.2.53" for domain in ("pb.com", "gstatic.com", "google.com", "teamviewer.com")]
    with office(real_world, "address=/com/203.0.113.250", "address=/invalid/203.0.113.250", *true):
        report = _network(real_world)
    assert ("network.dns-hijacked", "degraded") in _found(report)
    because = " ".join(next(c for c in report.causes if c.code == "network.dns-hijacked").because)
    assert "203.0.113.250" in because
    assert "does not exist" in because


def test_a_resolver_that_leads_nowhere(real_world: World) -> None:
    with office(real_world, "address=/api.pitneybowes.com/0.0.0.0"):
        report = _network(real_world)
    assert ("network.dns-hijacked", "blocker") in _found(report)
    assert "10.77.0.53 gives 0.0.0.0 for api.pitneybowes.com" in report.causes[0].because


@contextlib.contextmanager
def _gateway(world: World, address: str) -> Iterator[None]:
    client, internet = world.network.client, world.network.internet
    client.configure("address add 192.168.10.2/24 dev direct", f"route replace default via {address} dev direct onlink")
    internet.configure(f"address add {address}/24 dev direct")
    try:
        yield
    finally:
        internet.configure(f"address del {address}/24 dev direct")
        client.configure("address del 192.168.10.2/24 dev direct", "route replace default via 10.77.2.1")


@pytest.mark.parametrize(
    ("gateway", "due"),
    [
        ("192.168.10.240", {("network.gateway-conflict", "blocker")}),
        ("192.168.10.111", {("network.gateway-conflict", "blocker")}),
        ("192.168.10.112", set()),
        ("192.168.10.239", set()),
    ],
)
def test_the_gateway_against_the_ranges_of_the_device(
    real_world: World, gateway: str, due: set[tuple[str, str]]
) -> None:
    with office(real_world), _gateway(real_world, gateway):
        assert _found(_network(real_world)) == due


def test_no_range_is_reserved_by_the_other_device(real_world: World) -> None:
    with office(real_world), _gateway(real_world, "192.168.10.250"):
        assert _found(_network(real_world, "connectplus")) == set()


@contextlib.contextmanager
def _ipv6(world: World, *, route: bool, works: bool = False) -> Iterator[None]:
    client, internet = world.network.client, world.network.internet
    client.configure("address add 2001:db8:77::2/64 dev direct nodad")
    internet.configure("address add 2001:db8:77::1/64 dev direct nodad")
    if works:
        internet.configure("address add 2001:db8:99::1/128 dev lo nodad")
    if route:
        client.configure("route add default via 2001:db8:77::1 dev direct")
    try:
        yield
    finally:
        if route:
            client.configure("route del default via 2001:db8:77::1 dev direct")
        if works:
            internet.configure("address del 2001:db8:99::1/128 dev lo")
        internet.configure("address del 2001:db8:77::1/64 dev direct")
        client.configure("address del 2001:db8:77::2/64 dev direct")


def test_an_ipv6_address_without_a_route(real_world: World) -> None:
    with office(real_world), _ipv6(real_world, route=False):
        assert _found(_network(real_world)) == {("network.ipv6-broken", "degraded")}
        assert _found(_network(real_world, "connectplus")) == {("network.ipv6-broken", "info")}


def test_an_ipv6_route_that_leads_nowhere(real_world: World) -> None:
    both = f"host-record={HOST_WITH_IPV6},{real_world.hosts[HOST_WITH_IPV6]},2001:db8:99::1"
    with office(real_world, both), _ipv6(real_world, route=True):
        report = _network(real_world)
    assert _found(report) == {("network.ipv6-broken", "degraded")}
    assert "by IPv4 it answers" in report.causes[0].because[0]


def test_time_servers_that_disagree_with_this_computer(real_world: World) -> None:
    with office(real_world, ahead_s=7200.0):
        report = _network(real_world)
    assert _found(report) == {("network.clock-wrong", "info")}
    assert "2:00:00 ahead of this computer's clock" in report.causes[0].because[0]


def _check(world: World, *arguments: str) -> Report:
    through = ("--proxy", f"http://{PROXY_ADDRESS}:{PORT}", "--device", "sendpro-c", "--roots", str(world.roots))
    return _proxycheck(world, "check", *through, *arguments)


def test_behind_a_proxy_an_open_office_changes_nothing(real_world: World) -> None:
    with running(real_world, squid(PLAIN_LISTENER, ALLOW_ALL)), office(real_world):
        report = _check(real_world)
    assert (report.verdict, report.causes) == ("compatible", ())


def test_everything_but_the_proxy_blocked_is_not_the_end(real_world: World) -> None:
    """A closed way out is normal behind a proxy: nothing is concluded from it."""
    blocks = ("ip daddr != 10.77.0.1",)
    with running(real_world, squid(PLAIN_LISTENER, ALLOW_ALL)), office(real_world, blocks=blocks):
        report = _check(real_world)
        silent = _check(real_world, "--no-network")
    assert _found(report) == set()
    assert report.verdict == "compatible"
    assert {endpoint.verdict for endpoint in report.endpoints} <= {"pass", "skipped"}
    assert report.run.duration_s < 10.0
    assert (silent.verdict, silent.causes) == ("compatible", ())
    assert not [record for record in silent.evidence if record.check == "network"]
