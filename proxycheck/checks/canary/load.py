"""What is tried with a canary over time: many tunnels at once, throughput, and a tunnel that stays quiet.

Content is compared by the other probes; what is kept here are counts, rates and times."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

from proxycheck.canary.client import Channel, Timing
from proxycheck.canary.http import HttpRequest
from proxycheck.canary.statement import Statement
from proxycheck.checks.canary.bench import Bench, ProbeOutcome, ProbeRun
from proxycheck.checks.canary.http import exchange
from proxycheck.model.failure import Failure
from proxycheck.net.failures import failure_of

MOST_AT_ONCE = 24
STEPS = (64 * 1024, 512 * 1024)
"""Bytes moved each way to measure throughput; the second where the first went too quickly to tell."""
ENOUGH_S = 2.0
"""A measurement that took so long is not repeated with more."""
LONGEST_S = 30.0
"""Deadline of one measurement: 512 kB each way at 384 kbit/s take 22 s."""
_SHORTEST_S = 0.001


async def _ask(
    bench: Bench, channel: Channel, outcome: ProbeOutcome, step: str, timing: Timing | None = None
) -> Statement | None:
    """One small request within a deadline. Raises OSError."""
    async with asyncio.timeout(bench.timeout_s):
        return await exchange(bench, channel, HttpRequest("reflect", bench.nonce(step)), outcome, timing)


@dataclass
class _Crowd:
    """Tunnels that wait for one another before each is asked once more. `excused` are those that the canary gave up by
    itself: it had no room, or nothing was said in time."""

    count: int
    answered: int = 0
    excused: int = 0
    failure: Failure | None = None

    def __post_init__(self) -> None:
        self.all = asyncio.Barrier(self.count)


def concurrency(count: int) -> ProbeRun:
    """So many tunnels at once: when all are open or have failed, each has to answer again."""

    async def run(bench: Bench, outcome: ProbeOutcome) -> None:
        crowd = _Crowd(count)
        await asyncio.gather(*(_join(bench, crowd, outcome, number) for number in range(count)))
        outcome.found(wanted=count - crowd.excused, answered=crowd.answered, comparisons=())
        outcome.failure = crowd.failure

    return run


async def _join(bench: Bench, crowd: _Crowd, outcome: ProbeOutcome, number: int) -> None:
    own = ProbeOutcome(outcome.canary)
    async with AsyncExitStack() as stack:
        channel: Channel | None = None
        try:
            channel = await stack.enter_async_context(bench.either("concurrency", own))
            if channel is not None and await _ask(bench, channel, own, f"concurrency/{number}/first") is None:
                channel = None
        except OSError as error:
            own.failure, channel = failure_of(error, "canary"), None
        await crowd.all.wait()
        try:
            if channel is not None and await _ask(bench, channel, own, f"concurrency/{number}/second") is not None:
                crowd.answered += 1
                outcome.found(answer="signed", tls=own.canary.tls)
        except OSError as error:
            own.failure = failure_of(error, "canary")
    heard = own.canary.answer != "none"
    bench.attribute(own)  # what stands alone is a word that nobody asked for: `busy`, or the banner after silence
    crowd.excused += own.canary.answer == "busy" or (own.canary.answer == "signed" and not heard)
    crowd.failure = crowd.failure or own.failure


async def throughput(bench: Bench, outcome: ProbeOutcome) -> None:
    """Bytes up, then as many down, on one connection; what a round trip takes is not counted."""
    async with bench.either("throughput", outcome) as channel:
        if channel is None:
            return
        trips = [Timing(0.0), Timing(0.0)]
        for number, trip in enumerate(trips):
            trip.begun = bench.clock()
            if await _ask(bench, channel, outcome, f"throughput/trip/{number}", trip) is None:
                return
        trip_s = min(trip.last - trip.begun for trip in trips)
        for size in STEPS:
            timing = Timing(bench.clock())
            moved = await _move(bench, channel, outcome, size, timing)
            _rate(outcome, size, timing, trip_s, bench.clock())
            outcome.found(comparisons=())
            if not moved or timing.last - timing.begun >= ENOUGH_S:
                return


async def _move(bench: Bench, channel: Channel, outcome: ProbeOutcome, size: int, timing: Timing) -> bool:
    request = HttpRequest("bytes", bench.nonce(f"throughput/{size}"), size)
    try:
        async with asyncio.timeout(LONGEST_S):
            return await exchange(bench, channel, request, outcome, timing) is not None
    except TimeoutError as error:
        outcome.failure = failure_of(error, "canary")
        return False


def _rate(outcome: ProbeOutcome, size: int, timing: Timing, trip_s: float, now: float) -> None:
    """Rates of one measurement. One that the deadline ended gives what the rate is below."""
    ended = now if timing.head is None else timing.head
    outcome.found(size=size, up_kbit_s=_kbit_s(size, ended - timing.begun - trip_s), down_kbit_s=None)
    if timing.head is not None:
        last = now if outcome.failure is not None else timing.last
        outcome.found(down_kbit_s=_kbit_s(size, last - timing.head))


def _kbit_s(size: int, seconds: float) -> float:
    return round(size * 8 / 1000 / max(seconds, _SHORTEST_S), 1)


def idle(seconds: float) -> ProbeRun:
    """A tunnel without a byte for so long, and then one more request."""

    async def run(bench: Bench, outcome: ProbeOutcome) -> None:
        async with bench.either("idle", outcome) as channel:
            if channel is None or await _ask(bench, channel, outcome, "idle/first") is None:
                return
            begun = bench.clock()
            outcome.found(asked_s=seconds)
            outcome.failure = await _disturbed(channel, seconds)
            if outcome.failure is not None:
                outcome.found(held_s=min(round(bench.clock() - begun, 1), seconds - 0.1))
            elif await _ask(bench, channel, outcome, "idle/second") is not None:
                outcome.found(held_s=seconds)
            outcome.found(comparisons=())

    return run


async def _disturbed(channel: Channel, seconds: float) -> Failure | None:
    """What ended the silence early, None when nothing did."""
    try:
        async with asyncio.timeout(seconds):
            data = await channel.receive()
    except TimeoutError:
        return None
    except OSError as error:
        return failure_of(error, "canary")
    return Failure("malformed", "canary", "bytes without a request") if data else Failure("eof", "canary", "closed")
