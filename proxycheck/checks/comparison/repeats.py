"""Does what failed fail again: by itself, and beside as many others as before?

A proxy that has too much to do turns away what comes beside many others, every time; a fault that comes and goes, such
as a name server's hiccup, does not come again. What failed is asked for once more in quiet. Where that opens, as many
tunnels as before are opened at once, and those that fail in this crowd are asked for alone. Where the crowd opens, what
failed is measured a second time, as every endpoint is: only that shows that it works.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle, islice
from typing import Final

from proxycheck.checks.connection import Connection, placed
from proxycheck.checks.endpoint import measure
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import CheckId, again, alone, crowd, tries_alone
from proxycheck.model.target import Target

ID: Final[CheckId] = "controls"
MOST_AGAIN = 4
SETTLED_S = 0.5
"""How long the proxy has to notice that connections were closed, before quiet is quiet."""

Way = tuple[str, str]
"""How a tunnel failed: the name of the failure, and the status of the answer."""


def _way(session: Session, endpoint: Endpoint) -> Way | None:
    """How the tunnel of an endpoint failed, None where it opened or only a login was missing. Silence is one way: a
    proxy that has too much to do may be silent as well."""
    asked = [found for name in ("connect", "auth") if (found := session.latest(name, endpoint.id)) is not None]
    record = max(asked, key=lambda found: found.started_s) if asked else session.latest("proxy_tcp", endpoint.id)
    return None if record is None else _failed(record)


def _failed(record: Evidence) -> Way | None:
    failure = record.failure
    if failure is None or failure.name == "cancelled" or failure.detail.startswith("407"):
        return None
    name = "eof" if failure.name == "reset" else failure.name  # a close becomes a reset where something was left unread
    return name, failure.detail[:3] if name == "refused-by-peer" else ""


async def run(session: Session) -> None:
    """Asks for one endpoint of each way of failing once more, and goes on where one opens. A run in which nothing works
    is not asked: there is nothing with which a failure could be compared."""
    if session.halted or session.direct or not any(session.proved(endpoint) for endpoint in session.endpoints):
        return
    ways = {e.id: way for e in session.endpoints if e.id in session.measured and (way := _way(session, e)) is not None}
    failed = [endpoint for endpoint in session.endpoints if endpoint.id in ways]
    asked = list({(ways[e.id], e.port): e for e in reversed(failed)}.values())[:MOST_AGAIN]
    await asyncio.sleep(SETTLED_S if asked else 0)
    opened = await asyncio.gather(*(_opens(session, endpoint, again(endpoint.host)) for endpoint in asked))
    reopened = {ways[endpoint.id] for endpoint, opens in zip(asked, opened, strict=True) if opens}
    suspects = [endpoint for endpoint in failed if ways[endpoint.id] in reopened]
    if suspects and not await _fails_in_a_crowd(session, suspects):
        session.observer.phase("repeats", len(suspects))
        await asyncio.gather(*(measure(session, endpoint) for endpoint in suspects))


async def _opens(session: Session, endpoint: Endpoint, variant: str) -> bool:
    connection = Connection(session, ID, Target(endpoint.host, endpoint.port), variant)
    async with session.limit.places():
        try:
            await connection.dial()
            return await connection.open() is not None
        finally:
            await connection.close()


async def _fails_in_a_crowd(session: Session, suspects: list[Endpoint]) -> bool:
    """Opens as many tunnels at once as at first, the suspects among them, beside connections that only wait.
    Whether some fail there, and open alone as often as chance does not explain: where one fails alone as well, or very
    few fail in the crowd, the crowd is not the matter."""
    others = [e for e in session.endpoints if e not in suspects and session.proved(e)]
    everyone = [*suspects, *others]
    members, ahead = everyone[: session.concurrency], everyone[session.concurrency :][: session.concurrency // 2]
    session.observer.phase("crowd", len(members))
    connections = _in_the_crowd(session, members)
    async with placed(*connections), _waiting(session, ahead) as connected:
        opened = [tunnel is not None for tunnel in await asyncio.gather(*(each.open() for each in connections))]
    came = zip((*members, *ahead), (*opened, *connected), strict=True)
    failed = [endpoint for endpoint, came_about in came if not came_about]
    asked = len(members) + sum(not came_about for came_about in connected)
    wanted = tries_alone(len(failed), asked) if failed else None
    if wanted is None:
        return False
    await asyncio.sleep(SETTLED_S)
    for endpoint in islice(cycle(failed), wanted):
        if not await _opens(session, endpoint, alone(endpoint.host)):
            return False
    return True


def _in_the_crowd(session: Session, endpoints: list[Endpoint]) -> list[Connection]:
    return [Connection(session, ID, Target(e.host, e.port), crowd(e.host)) for e in endpoints]


@asynccontextmanager
async def _waiting(session: Session, endpoints: list[Endpoint]) -> AsyncIterator[list[bool]]:
    """Connections on which nothing is asked yet, as those have that wait for their turn; whether each came about."""
    connections = _in_the_crowd(session, endpoints)
    async with session.connections.places(len(connections)):
        try:
            await asyncio.gather(*(connection.dial() for connection in connections))
            yield [connection.stream is not None for connection in connections]
        finally:
            for connection in connections:
                await connection.close()
