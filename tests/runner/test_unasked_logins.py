"""Whole runs behind a proxy that wants user name and password for CONNECT and never asks for them."""

import pytest
from msgspec import structs

from proxycheck.model.device import Device
from proxycheck.model.dialect import Trait
from proxycheck.report.json import decode, encode
from proxycheck.runner import judge_again
from tests.runner.test_scripted_logins import BASIC, LOGIN
from tests.support import worlds
from tests.support.answers import answer
from tests.support.known import knowledge
from tests.support.worlds import ASKS, FEW, World, causes, device, report_on

REFUSED = answer(403, "<h1>no</h1>", "Server: gate")
FAILED = answer(503, "<h1>try later</h1>", "Server: gate")
SECURE = frozenset(name for name in FEW if not name.endswith(":80"))


class NeverAsks(World):
    """Asks for plain requests; refuses CONNECT without credentials, but for port 80."""

    said = REFUSED

    def _refusal(self, head: bytes) -> bytes | None:
        if BASIC in head or b":80 HTTP" in head.partition(b"\r\n")[0]:
            return None
        return self.said if head.startswith(b"CONNECT") else ASKS


@pytest.mark.parametrize("said", [REFUSED, FAILED], ids=["403", "503"])
def test_what_opens_only_with_credentials_that_nobody_asked_for_does_not_open_for_the_device(said: bytes) -> None:
    world = NeverAsks()
    world.said = said
    report = report_on(world, credentials=LOGIN)
    assert causes(report) == {"auth.challenge-missing": SECURE}
    assert report.verdict == "incompatible"
    cause = next(cause for cause in report.causes if cause.severity == "blocker")
    assert any("open" in line and "without being asked" in line for line in cause.because)
    assert any("never asked" in line for line in cause.because)
    saved = decode(encode(report))
    again = judge_again(saved, device(), knowledge())
    assert (again.verdict, again.causes, again.endpoints) == (saved.verdict, saved.causes, saved.endpoints)


def test_a_device_that_sends_them_unasked_works_there(monkeypatch: pytest.MonkeyPatch) -> None:
    dialect = device().proxy.dialect
    assert dialect is not None
    sends = structs.replace(dialect, unasked_credentials=Trait(value=True, confidence="high"))
    other = structs.replace(device(), proxy=structs.replace(device().proxy, dialect=sends))

    def sending() -> Device:
        return other

    monkeypatch.setattr(worlds, "device", sending)
    report = report_on(NeverAsks(), credentials=LOGIN)
    assert causes(report) == {}
    assert report.verdict == "compatible"


def test_a_tunnel_goes_without_credentials_where_only_plain_requests_are_asked_for_some() -> None:
    class GetsAlone(World):
        def _refusal(self, head: bytes) -> bytes | None:
            return None if head.startswith(b"CONNECT") or BASIC in head else ASKS

    world = GetsAlone()
    report = report_on(world, credentials=LOGIN)
    assert report.verdict == "compatible"
    assert not [r for r in world.requests if r.startswith(b"CONNECT") and b"Proxy-Authorization" in r]
    login = next(check.reason for check in report.checks if check.id == "authentication")
    assert "lets this address pass" not in login, "it lets every address pass, login or not"


def test_what_was_refused_without_credentials_is_asked_again_without_them_though_others_ask() -> None:
    """The first hosts are refused before any host asks: they never ask, and the others do."""
    first = ("distservp1.pb.com:443", "api.pitneybowes.com:443", "pb-ota.redbend.com:443", "api.precisely.com:443")

    class Partly(World):
        def _refusal(self, head: bytes) -> bytes | None:
            if BASIC in head:
                return None
            return REFUSED if head.split(b" ")[1].decode() in first else ASKS

    report = report_on(Partly(login=BASIC), credentials=LOGIN)
    found = causes(report)
    assert found.keys() == {"auth.challenge-missing"}
    assert found["auth.challenge-missing"] <= frozenset(first)
    assert report.verdict == "incompatible"
