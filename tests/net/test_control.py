"""Controls beside the proxy; DNS and the hosts are scripts."""

import dns.asyncresolver
import dns.exception
import dns.name
import dns.resolver
import pytest

from proxycheck.model.evidence import Evidence
from proxycheck.model.target import Target
from proxycheck.net import control
from tests.net.conversations import Bench, bench
from tests.support.chains import authority, leaf
from tests.support.scripted import STALL, Play, ScriptedNetwork
from tests.support.simulated_time import run
from tests.support.tls_scripts import serving
from tests.support.tls_servers import server

TARGET = Target("www.example.com", 443)


class Record:
    def __init__(self, address: str) -> None:
        self._address = address

    def to_text(self) -> str:
        return self._address


def _dns(monkeypatch: pytest.MonkeyPatch, *said: str | type[Exception]) -> list[str]:
    asked: list[str] = []

    class Resolver:
        async def resolve(self, name: str, kind: str, *, lifetime: float) -> list[Record]:
            assert (kind, lifetime) == ("A", control.CONTROL_S)
            asked.append(name)
            for each in said:
                if isinstance(each, type):
                    raise each
            return [Record(str(each)) for each in said]

    monkeypatch.setattr(dns.asyncresolver, "Resolver", Resolver)
    return asked


def resolved(target: Target = TARGET) -> tuple[str | None, list[Evidence]]:
    async def talk() -> tuple[str | None, Bench]:
        at = bench()
        return await control.resolve(at.trace, "outside", target), at

    address, at = run(talk())
    return address, at.evidence


def test_the_first_address_is_used_and_all_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _dns(monkeypatch, "192.0.2.1", "192.0.2.2")
    address, evidence = resolved()
    assert (address, asked) == ("192.0.2.1", ["www.example.com"])
    assert [(e.operation, e.endpoint, e.failure, e.note) for e in evidence] == [
        ("control_dns", "www.example.com:443", None, "192.0.2.1, 192.0.2.2")
    ]


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (dns.resolver.NXDOMAIN, "unresolvable"),
        (dns.resolver.NoAnswer, "unresolvable"),
        (dns.resolver.LifetimeTimeout, "timeout"),
        (dns.resolver.NoNameservers, "unreachable"),
        (dns.resolver.NoResolverConfiguration, "unreachable"),
        (dns.name.LabelTooLong, "unreachable"),
        (OSError, "unreachable"),
    ],
)
def test_only_a_name_that_does_not_exist_is_unresolvable(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception], name: str
) -> None:
    _dns(monkeypatch, error)
    address, evidence = resolved()
    assert address is None
    assert [e.failure.name for e in evidence if e.failure] == [name]


@pytest.mark.parametrize("host", ["192.0.2.7", "2001:db8::7"])
def test_an_address_needs_nobodys_answer(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    asked = _dns(monkeypatch, dns.resolver.NXDOMAIN)
    assert resolved(Target(host, 443)) == (host, [])
    assert asked == []


def connected(monkeypatch: pytest.MonkeyPatch, play: Play, *, shake: bool = False) -> list[str]:
    monkeypatch.setattr(control, "dial", ScriptedNetwork([play]))

    async def talk() -> Bench:
        at = bench()
        connection = await control.connect(at.trace, "outside", TARGET, "192.0.2.1")
        if connection is not None and shake:
            await control.authenticate(at.trace, "outside", TARGET, connection)
        return at

    return run(talk()).story


@pytest.mark.parametrize(
    ("play", "story"),
    [
        ([STALL], ["control_tcp ok open"]),
        (ConnectionRefusedError(111, "no"), ["control_tcp refused closed"]),
        (TimeoutError(), ["control_tcp timeout timeout"]),
        (OSError(113, "No route to host"), ["control_tcp unreachable closed"]),
    ],
)
def test_a_connection_straight_to_the_host(monkeypatch: pytest.MonkeyPatch, play: Play, story: list[str]) -> None:
    assert connected(monkeypatch, play) == story


def test_a_handshake_straight_with_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    root = authority("Example Root")
    context = server(leaf(root, TARGET.host), root)
    opened = "control_tcp ok open"
    assert connected(monkeypatch, lambda: serving(context), shake=True) == [opened, "control_tls ok open"]
    assert connected(monkeypatch, [STALL], shake=True) == [opened, "control_tls timeout timeout"]
