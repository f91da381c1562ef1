"""Straight to the hosts: names, addresses in turn, and what is recorded of both."""

import asyncio

import pytest

from proxycheck.model.evidence import Evidence
from proxycheck.model.target import Target
from proxycheck.net import direct
from proxycheck.net.direct import DirectRoute
from proxycheck.net.patience import Patience
from proxycheck.net.trace import Trace
from proxycheck.wire.secrets.redaction import Redactor
from tests.net.conversations import CHECK, DIALECT
from tests.support.scripted import STALL, Play, ScriptedNetwork
from tests.support.simulated_time import run

HOST = "www.example.com"


def _opened(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...] | Exception, *plays: Play, host: str = HOST
) -> tuple[bool, list[Evidence]]:
    async def addresses_of(name: str, port: int) -> tuple[str, ...]:
        assert (name, port) == (HOST, 443)
        if isinstance(addresses, Exception):
            raise addresses
        return addresses

    async def talk() -> tuple[bool, list[Evidence]]:
        trace = Trace(asyncio.get_running_loop().time, Redactor(None))
        route = DirectRoute(DIALECT, trace, Patience(5.0), dialler=ScriptedNetwork(plays))
        return await route.open(CHECK, Target(host, 443)) is not None, trace.evidence

    monkeypatch.setattr(direct, "addresses_of", addresses_of)
    return run(talk())


def _told(evidence: list[Evidence]) -> list[tuple[str, str, str | None]]:
    return [(e.operation, e.failure.name if e.failure else "ok", e.note) for e in evidence]


def test_a_name_is_resolved_here_and_its_first_address_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, evidence = _opened(monkeypatch, ("2001:db8::1", "192.0.2.1"), [STALL])
    assert opened
    assert _told(evidence) == [("host_dns", "ok", "192.0.2.1, 2001:db8::1"), ("host_tcp", "ok", "192.0.2.1")]
    assert {e.endpoint for e in evidence} == {f"{HOST}:443"}


def test_the_next_address_is_tried_after_one_that_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, evidence = _opened(monkeypatch, ("192.0.2.1", "192.0.2.2"), ConnectionRefusedError("no"), [STALL])
    assert opened
    assert _told(evidence)[1:] == [("host_tcp", "refused", "192.0.2.1"), ("host_tcp", "ok", "192.0.2.2")]


def test_not_every_address_of_many_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    many = tuple(f"192.0.2.{number}" for number in range(1, 9))
    opened, evidence = _opened(monkeypatch, many, *[OSError("down")] * 8)
    assert not opened
    assert len(evidence) == 1 + direct.MOST_ADDRESSES


def test_a_name_without_an_address_is_recorded_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (UnicodeError("label too long"), TimeoutError()):
        opened, evidence = _opened(monkeypatch, error)
        assert not opened
        assert [e.operation for e in evidence] == ["host_dns"]
        assert evidence[0].failure is not None


def test_an_address_needs_nobodys_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, evidence = _opened(monkeypatch, AssertionError("asked"), [STALL], host="192.0.2.9")
    assert opened
    assert _told(evidence) == [("host_tcp", "ok", "192.0.2.9")]
