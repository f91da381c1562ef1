"""The probes of a canary in their order.

Every probe goes the way of the run. Where one fails and comparisons are permitted, the same probe goes straight to the
canary: what fails there as well is not the proxy's doing.
"""

import asyncio
from typing import Final

from msgspec import Struct, structs

from proxycheck.canary.http import Resource
from proxycheck.canary.raw import FULL_DUPLEX, RAW_CASES
from proxycheck.canary.statement import key_from
from proxycheck.canary.tls import HELLO_CASES
from proxycheck.checks.canary.bench import STALL_S, Bench, ProbeRun
from proxycheck.checks.canary.http import cache, http_forwarded, http_in_tunnel
from proxycheck.checks.canary.load import MOST_AT_ONCE, concurrency, idle, throughput
from proxycheck.checks.canary.probes import banner, raw, tls
from proxycheck.checks.session import Session
from proxycheck.model.canary import CanaryAddress, CanaryEvidence, Probe, Way
from proxycheck.net.direct import DirectRoute
from proxycheck.net.patience import Patience
from proxycheck.net.tunnel import ProxyRoute

CONTROL_S = 3.0
"""Deadline of a step straight to the canary: most networks that need a proxy drop it without a word."""
DUPLEX_S = 20.0
"""The full-duplex stream is cut to what the measured rate moves in this time."""
SMALLEST_DUPLEX = 256 * 1024
SPARE = 2
"""Connections that the many at once leave to others: a quiet tunnel is one."""
RESOURCES_ASKED_TWICE: Final[tuple[Resource, ...]] = ("reflect", "stored")


class _Step(Struct, frozen=True, eq=False):
    """One probe to make."""

    probe: Probe
    case: str
    run: ProbeRun


class _Made:
    """The probes made on one way, and what they found."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.found: dict[_Step, CanaryEvidence] = {}

    async def together(self, *steps: _Step) -> None:
        """Makes these probes at the same time."""

        async def make(step: _Step) -> None:
            self.found[step] = await self.bench.record(step.probe, step.case, step.run)

        await asyncio.gather(*(make(step) for step in steps))

    def signed(self, probe: Probe, case: str | None = None) -> list[CanaryEvidence]:
        """What the canary itself answered to."""
        asked = (e for step, e in self.found.items() if step.probe == probe and case in (None, step.case))
        return [evidence for evidence in asked if evidence.answer == "signed"]


_BANNER = _Step("raw", "banner", banner)
"""It only waits for the canary to speak first, so it begins while hosts are measured."""


async def listen(session: Session, address: CanaryAddress) -> CanaryEvidence:
    """Waits for what the canary says to a client that says nothing."""
    return await _bench(session, address, session.way).record(_BANNER.probe, _BANNER.case, _BANNER.run)


async def ask(session: Session, address: CanaryAddress) -> None:
    """All probes of this canary."""
    session.observer.phase("canary", len(HELLO_CASES) + len(RAW_CASES) + 9)
    made = _Made(_bench(session, address, session.way))
    await made.together(*(_Step("tls", case, tls(case)) for case in HELLO_CASES))
    await made.together(_Step("http", "tunnel", http_in_tunnel), *_forwarded(made.bench))
    made.bench.secure = bool(made.signed("tls"))
    async with asyncio.TaskGroup() as group:
        if made.signed("tls") or made.signed("http", "tunnel"):
            group.create_task(made.together(*_idle(session.idle_s)))
        group.create_task(_hear(made, session))
        await made.together(*(_Step("raw", case.name, raw(case, STALL_S)) for case in RAW_CASES))
        await _load(made, session)
    if session.outside and not session.direct:
        await _compare(made, _bench(session, address, _straight(session)))


async def _hear(made: _Made, session: Session) -> None:
    """What the canary said first, to the probe that began early, or to one that begins now."""
    if session.listening is None:
        await made.together(_BANNER)
    else:
        made.found[_BANNER] = await session.listening


def _bench(session: Session, address: CanaryAddress, way: ProxyRoute | DirectRoute) -> Bench:
    name: Way = "proxy" if isinstance(way, ProxyRoute) else "direct"
    return Bench(session, address, key_from(address.key), way, name)


def _straight(session: Session) -> DirectRoute:
    way = session.way
    return DirectRoute(way.dialect, way.trace, Patience(min(CONTROL_S, way.timeout_s), learns=False), way.user_agent)


def _forwarded(bench: Bench) -> tuple[_Step, ...]:
    if bench.name == "direct":
        return ()
    stored = (_Step("cache", resource, cache(resource)) for resource in RESOURCES_ASKED_TWICE)
    return (_Step("http", "forward", http_forwarded), *stored)


def _idle(seconds: float) -> tuple[_Step, ...]:
    return (_Step("idle", f"{seconds:g}-s", idle(seconds)),) if seconds > 0 else ()


async def _load(made: _Made, session: Session) -> None:
    """What needs a canary that answers in a tunnel, one after the other: they would disturb each other."""
    if made.signed("tls") or made.signed("http", "tunnel"):
        count = min(MOST_AT_ONCE, session.concurrency - SPARE)
        if count > 1:
            await made.together(_Step("concurrency", str(count), concurrency(count)))
        await made.together(_Step("throughput", "tunnel", throughput))
    if made.signed("raw", "plain"):
        case = structs.replace(FULL_DUPLEX, size=_duplex_size(made))
        await made.together(_Step("raw", case.name, raw(case, 3 * DUPLEX_S)))


def _duplex_size(made: _Made) -> int:
    measured = [e for e in made.signed("throughput") if e.up_kbit_s is not None and e.down_kbit_s is not None]
    rate = min((min(e.up_kbit_s or 0.0, e.down_kbit_s or 0.0) for e in measured), default=0.0)
    return min(FULL_DUPLEX.size, max(SMALLEST_DUPLEX, int(rate * 1000 / 8 * DUPLEX_S)))


async def _compare(made: _Made, bench: Bench) -> None:
    """The probes in question once more, without the proxy."""
    recommended = bench.session.device.network.bandwidth_recommended_kbit_s
    asked = [step for step, evidence in made.found.items() if _in_question(evidence, recommended)]
    if not asked:
        return
    control = _Made(bench)
    first = _Step("tls", HELLO_CASES[0], tls(HELLO_CASES[0]))
    await control.together(first)
    if control.found[first].answer != "signed":
        return
    for step in asked:
        if (step.probe, step.case) != (first.probe, first.case):
            await control.together(_shorter(step, made.found[step]))


def _in_question(evidence: CanaryEvidence, recommended: int) -> bool:
    if evidence.probe == "cache" or evidence.case == "forward":
        return False
    rates = (evidence.up_kbit_s, evidence.down_kbit_s)
    return not evidence.sound or any(rate is not None and rate < recommended for rate in rates)


def _shorter(step: _Step, evidence: CanaryEvidence) -> _Step:
    """A quiet tunnel is compared for a little longer than it lived, not for all the time that was asked for."""
    if evidence.held_s is None or evidence.asked_s is None:
        return step
    return _Step("idle", step.case, idle(min(evidence.asked_s, evidence.held_s * 1.2 + 1.0)))
