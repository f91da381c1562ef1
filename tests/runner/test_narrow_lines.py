"""Proxies through which bytes come, and too slowly: they swallow nothing, and are not accused of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from proxycheck.model.target import Target
from proxycheck.report.reading.facts import facts
from tests.runner.test_slow_worlds import half, timed
from tests.support.scripted import Pause, Script
from tests.support.worlds import World, host_behind


@dataclass
class Trickle:
    """Lets through so many bytes in each second of a tunnel, to the hosts that are chosen."""

    rate: int

    def inside(self, target: Target) -> Script:
        """The host itself, of which each second shows a little."""
        script = host_behind(target)
        step = next(script)
        while True:
            said = None
            if isinstance(step, bytes):
                yield from self._slowly(step)
            else:
                said = yield step
            try:
                step = next(script) if said is None else script.send(said)
            except StopIteration:
                return

    def _slowly(self, data: bytes) -> Script:
        for start in range(0, len(data), self.rate):
            yield Pause(1)
            yield data[start : start + self.rate]


@pytest.mark.parametrize("rate", [60, 200])
@pytest.mark.slow
def test_bytes_that_trickle_in_every_tunnel_are_no_silence(rate: int) -> None:
    report, _ = timed(World(inside=Trickle(rate).inside))
    (cause,) = (cause for cause in report.causes if cause.severity != "info")
    assert (report.verdict, cause.code, cause.severity) == ("inconclusive", "tunnel.slow", "degraded")
    assert "bytes still came" in " ".join(cause.because)
    assert "bytes a second" in " ".join(cause.because)


@pytest.mark.slow
def test_bytes_that_trickle_from_half_of_the_hosts_are_no_filter() -> None:
    slow = Trickle(60)
    report, _ = timed(World(inside=lambda target: slow.inside(target) if half(target) else host_behind(target)))
    (cause,) = (cause for cause in report.causes if cause.severity != "info")
    assert (report.verdict, cause.code) == ("inconclusive", "tunnel.slow")


def _a_word_and_no_more(target: Target) -> Script:
    """The beginning of the host's answer to TLS, at once, and then nothing."""
    script = host_behind(target)
    step = next(script)
    while not isinstance(step, bytes):
        step = script.send((yield step))
    yield step[:100]
    yield Pause(1000)


def test_a_handshake_that_is_swallowed_after_its_first_bytes_is_blocked() -> None:
    """What was quiet for much longer than before is not coming any more."""
    report, _ = timed(World(inside=lambda t: host_behind(t) if t.port == 80 else _a_word_and_no_more(t)))
    assert report.verdict == "incompatible"
    assert {cause.code for cause in report.causes if cause.severity == "blocker"} == {"tls.blocked"}


@dataclass
class Line(World):
    """One line for all tunnels: so many bytes a second in all, in either direction, in pieces that take turns."""

    rate: int = 8000
    piece: int = 1400
    free_at: float = 0.0

    def _connection(self) -> Script:
        script = super()._connection()
        step = next(script)
        while True:
            said = None
            if isinstance(step, bytes):
                for start in range(0, len(step), self.piece):
                    piece = step[start : start + self.piece]
                    yield self._turn(len(piece))
                    yield piece
            else:
                said = yield step
                yield self._turn(len(said or b""))
            try:
                step = next(script) if said is None else script.send(said)
            except StopIteration:
                return

    def _turn(self, size: int) -> Pause:
        now = asyncio.get_running_loop().time()
        self.free_at = max(now, self.free_at) + size / self.rate
        return Pause(self.free_at - now)


@dataclass
class OneByOne(World):
    """Answers one CONNECT after another, each in so many seconds, whether it is still waited for or not."""

    each_s: float = 0.5
    free_at: float = 0.0

    def __post_init__(self) -> None:
        self.delay_s = self._turn

    def _turn(self, _: Target) -> float:
        now = asyncio.get_running_loop().time()
        self.free_at = max(now, self.free_at) + self.each_s
        return self.free_at - now


@dataclass
class TwoAtATime(World):
    """Serves two connections at a time; the others wait for their turn."""

    takes_s: float = 0.3
    busy: set[object] = field(default_factory=set)

    def _connection(self) -> Script:
        while len(self.busy) >= 2:
            yield Pause(0.01)
        turn = object()
        self.busy.add(turn)
        try:
            yield Pause(self.takes_s)
            yield from super()._connection()
        finally:
            self.busy.discard(turn)


NARROW: dict[str, tuple[Callable[[], World], float]] = {
    "64-kbit-in-small-pieces": (Line, 90.0),
    "64-kbit-in-large-pieces": (lambda: Line(piece=16384), 90.0),
    "96-kbit-in-large-pieces": (lambda: Line(rate=12000, piece=16384), 60.0),
    "two-connects-a-second": (OneByOne, 80.0),
}
"""Each with the seconds that it may take: what is asked for at once has to share what there is."""


@pytest.mark.parametrize("name", NARROW)
@pytest.mark.slow
def test_what_is_slow_only_because_of_the_crowd_is_asked_for_a_few_at_a_time(name: str) -> None:
    world, within_s = NARROW[name]
    report, seconds = timed(world())
    assert (report.verdict, [cause.code for cause in report.causes if cause.severity != "info"]) == ("compatible", [])
    assert seconds <= within_s
    assert 0 < report.run.fewest_at_once <= 4
    assert "answered later" in {fact.label: fact.text for fact in facts(report)}["Pace"]


@pytest.mark.parametrize(("takes_s", "within_s"), [(0.05, 30.0), (0.3, 60.0)])
@pytest.mark.slow
def test_two_connections_at_a_time_are_found_by_keeping_some_open(takes_s: float, within_s: float) -> None:
    """Asked for a few at a time every tunnel works; but a device keeps some open."""
    report, seconds = timed(TwoAtATime(takes_s=takes_s))
    (cause,) = (cause for cause in report.causes if cause.severity != "info")
    assert (report.verdict, cause.code, cause.severity) == ("degraded", "tunnel.concurrency", "degraded")
    assert "of 8 tunnels that were opened and kept, 2 opened" in cause.because[0]
    assert all(endpoint.verdict in ("pass", "warn", "skipped") for endpoint in report.endpoints)
    assert seconds <= within_s
