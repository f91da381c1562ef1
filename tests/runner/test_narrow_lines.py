"""Proxies through which bytes come, and too slowly: they swallow nothing, and are not accused of it."""

from dataclasses import dataclass

import pytest

from proxycheck.model.target import Target
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
