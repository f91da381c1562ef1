"""Handshakes that are cut at one time and not at another, and those that only this test cannot complete."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from proxycheck.model.target import Target
from proxycheck.report.json import decode, encode
from proxycheck.runner import judge_again
from tests.runner.test_slow_worlds import WANTED_S, timed
from tests.support.known import knowledge
from tests.support.scripted import CLOSE, RESET, Expect, Script
from tests.support.worlds import World, causes, device, host_behind

pytestmark = pytest.mark.slow
SPEAKS_TLS = (443, 5228)


@dataclass
class Fickle(World):
    """Cuts the first handshakes with some hosts, `times` times each."""

    times: int = 1
    step: object = RESET
    cut: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inside = self._inside

    def _inside(self, target: Target) -> Script:
        done = self.cut.setdefault(target.id, 0)
        if target.port in SPEAKS_TLS and target.host.endswith(("pb.com", "googleapis.com")) and done < self.times:
            self.cut[target.id] += 1
            return _cut(self.step)
        return host_behind(target)


def _cut(step: object) -> Script:
    yield Expect()
    yield step  # type: ignore[misc]


@pytest.mark.parametrize("step", [RESET, CLOSE])
@pytest.mark.parametrize("times", [1, 2])
def test_handshakes_that_complete_when_they_are_tried_again_are_no_filter(step: object, times: int) -> None:
    report, seconds = timed(Fickle(step=step, times=times), grows=False)
    assert seconds <= WANTED_S
    assert causes(report).keys() == {"endpoint.unsteady"}
    again = judge_again(decode(encode(report)), device(), knowledge())
    assert (again.verdict, again.causes) == (report.verdict, report.causes)


def test_handshakes_that_are_cut_each_time_are() -> None:
    report, _ = timed(Fickle(times=1_000), grows=False)
    assert "tls.blocked" in causes(report)
    assert "endpoint.unsteady" not in causes(report)


ENCRYPT_THEN_MAC = b"\x00\x16\x00\x00\x00\x17\x00\x00"
"""As OpenSSL sends it, before the extended master secret."""
ED448 = b"\x08\x07\x08\x08"
"""Signatures that no greeting of the device knows."""


@dataclass
class Picky(World):
    """Cuts every handshake whose greeting has what `refused` finds in it."""

    refused: bytes = b""

    def __post_init__(self) -> None:
        self.inside = self._inside

    def _inside(self, target: Target) -> Script:
        if target.port not in SPEAKS_TLS:
            return host_behind(target)
        return passed_on(target, lambda greeting: self.refused not in greeting)


def passed_on(target: Target, passes: Callable[[bytes], bool]) -> Script:
    """The host itself, where its first bytes pass."""
    greeting = yield Expect()
    if not passes(greeting):
        yield RESET
        return
    host = host_behind(target)
    next(host)
    step = host.send(greeting)
    while True:
        said = yield step
        try:
            step = host.send(said)
        except StopIteration:
            return


def test_nothing_is_offered_that_openssl_alone_offers() -> None:
    report, _ = timed(Picky(refused=ENCRYPT_THEN_MAC), grows=False)
    assert report.verdict == "compatible"


def test_a_filter_that_refuses_this_test_alone_is_no_verdict_about_the_device() -> None:
    report, _ = timed(Picky(refused=ED448), grows=False)
    assert report.verdict == "inconclusive"
    assert set(causes(report)) == {"tls.blocked"}
    assert "the device may well get through" in report.causes[0].explanation


@dataclass
class Strict(World):
    """Cuts what names another host in TLS than its tunnel leads to, and `lost` whatever it names."""

    lost: str = "api.precisely.com"

    def __post_init__(self) -> None:
        self.inside = self._inside

    def _inside(self, target: Target) -> Script:
        if target.port not in SPEAKS_TLS:
            return host_behind(target)
        return passed_on(target, lambda greeting: target.host != self.lost and target.host.encode() in greeting)


def test_where_no_other_name_passes_a_name_is_not_blamed() -> None:
    report, _ = timed(Strict(), grows=False)
    blocked = next(cause for cause in report.causes if "api.precisely.com:443" in cause.endpoints)
    assert blocked.confidence != "conclusive"
    assert not any("as server name" in said for said in blocked.because)


def test_a_handshake_that_dies_after_the_hosts_answer_was_not_refused_for_its_greeting() -> None:
    def cut_after_the_answer(target: Target) -> Script:
        greeting = yield Expect()
        host = host_behind(target)
        next(host)
        yield host.send(greeting)
        yield Expect()
        yield CLOSE

    report, _ = timed(World(inside=lambda t: cut_after_the_answer(t) if t.port in SPEAKS_TLS else host_behind(t)))
    assert len(causes(report)["tls.blocked"]) > 90
    assert report.verdict == "incompatible"
    assert "during the handshake" in report.causes[0].because[0]
