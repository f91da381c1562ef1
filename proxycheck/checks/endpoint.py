"""One endpoint, measured once: the tunnel, and what is said in it. Shared by the checks that measure endpoints."""

import asyncio
import math
from collections.abc import Callable
from typing import Final

from proxycheck.checks.comparison.invented import invent_beside
from proxycheck.checks.connection import Connection, placed
from proxycheck.checks.pace import turned_away
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.evidence import Evidence
from proxycheck.model.failure import Operation
from proxycheck.model.questions import BEYOND_THE_PACE
from proxycheck.model.target import Target
from proxycheck.net.payload import fetch, fetch_inside, greet_teamviewer, handshake, hear
from proxycheck.net.tunnel import Tunnel
from proxycheck.wire.domains import owner_of
from proxycheck.wire.http.request import origin_request

CHECK: Final = "endpoints"
LEARNED_S = 0.5
"""How long others who began with a silent one may take to be told silent too: what follows need not wait as long."""
_STEPS: Final[tuple[Operation, ...]] = ("proxy_tcp", "connect", "auth", "tunnel", "tls", "http")


async def prove(session: Session, endpoint: Endpoint, tunnel: Tunnel, within_s: float = math.inf) -> bool:
    """Says in the open tunnel what the device says there; True when the far end answered in kind, `within_s` seconds
    where that is less than what is waited for otherwise."""
    trace, timeout_s = session.trace, min(session.way.timeout_s, within_s)
    if endpoint.speaks == "tls":
        return await authenticate(session, endpoint, tunnel, within_s)
    if endpoint.speaks == "http":
        target = Target(endpoint.host, endpoint.port)
        request = origin_request(target, endpoint.path, user_agent=session.way.agent)
        return await fetch(trace, CHECK, endpoint.id, request, tunnel, timeout_s)
    return await greet_teamviewer(trace, CHECK, endpoint.id, tunnel, timeout_s)


async def authenticate(session: Session, endpoint: Endpoint, tunnel: Tunnel, within_s: float = math.inf) -> bool:
    """A whole TLS handshake in the open tunnel, in which nothing is offered that the device does not; and a request
    inside where the chain is foreign, or where no bytes from inside TLS were seen yet of this owner at this port."""
    trace, timeout_s = session.trace, min(session.way.timeout_s, within_s)
    client = await handshake(trace, CHECK, endpoint.id, endpoint.host, tunnel, timeout_s, limits=session.limits)
    if client.state != "established":
        return False
    target, agent = Target(endpoint.host, endpoint.port), session.way.agent
    shown = client.evidence()
    if session.foreign(shown):
        session.strangers.add(endpoint.id)
        request = origin_request(target, "/", user_agent=agent)
        await fetch_inside(trace, CHECK, endpoint.id, request, client, tunnel, timeout_s)
        return True
    invent_beside(session, endpoint, shown)
    async with session.inside.turn(owner_of(endpoint.host), endpoint.port) as turn:
        if turn.wanted:
            request = origin_request(target, "/", user_agent=agent)
            turn.heard = await hear(trace, CHECK, endpoint.id, request, client, tunnel, session.way.timeout_s)
    return True


async def measure(
    session: Session,
    endpoint: Endpoint,
    when_late: Callable[[], object] | None = None,
    *,
    within_s: float = math.inf,
    anew: bool = False,
) -> bool:
    """Tunnel and proof of one endpoint; True when both came about. What breaks by a fault of ours costs this endpoint
    alone. `when_late` is called when it takes long; in an open tunnel no longer than `within_s` is waited for. `anew`
    sets aside what was measured of it before. What was turned away because of this run's own pace is measured once
    more, at the pace of the beginning."""
    session.measured.add(endpoint.id)
    session.observer.started(endpoint.id)
    proofs: list[bool] = []

    async def tunnel_and_proof(in_place_of: tuple[int, int] | None = None) -> bool:
        connection = Connection(session, CHECK, Target(endpoint.host, endpoint.port))
        async with placed(connection, when_late=when_late) as crowded:
            if in_place_of is not None:
                since, until = in_place_of
                session.trace.set_aside(since, CHECK, endpoint.id, BEYOND_THE_PACE, until=until)
            tunnel = await connection.open()
            proofs.append(tunnel is not None and await prove(session, endpoint, tunnel, within_s))
            return not proofs[-1] and crowded()

    async def measured() -> None:
        begun = len(session.trace.evidence)
        crowded = await tunnel_and_proof((0, begun) if anew else None)
        if crowded and turned_away(last := _last_word(session, endpoint)):
            ended = len(session.trace.evidence)
            await asyncio.sleep(LEARNED_S if last is not None and last.timed_out else 0)
            await tunnel_and_proof((begun, ended))

    await session.attempt(CHECK, measured(), endpoint.id)
    proved = any(proofs)
    session.tell(endpoint, answered=proved)
    return proved


def silent_in_a_crowd(session: Session, endpoint: Endpoint) -> bool:
    """Whether it was silent while more were asked for at once than are answered soon, as was found later."""
    last, strain = _last_word(session, endpoint), session.pace.strain
    return last is not None and last.timed_out and strain.few and last.started_s < strain.found_s


def _last_word(session: Session, endpoint: Endpoint) -> Evidence | None:
    """What came last of this endpoint."""
    said = [record for operation in _STEPS if (record := session.latest(operation, endpoint.id)) is not None]
    return max(reversed(said), key=lambda record: record.started_s, default=None)
