"""Connections opened ahead: while some tunnels work, the next connections are made, so that a place that falls free is
used at once.

At most `concurrency` tunnels work at a time, or as many as the `pace` allows, and half as many connections wait for
their turn. Where the way leads straight to the hosts nothing is opened ahead: that would be the measurement itself.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from msgspec import Struct

from proxycheck.checks.session import Session
from proxycheck.checks.slots import Place
from proxycheck.model.questions import CheckId
from proxycheck.model.target import Target
from proxycheck.net.stream import Stream
from proxycheck.net.tunnel import FRESH_S, Tunnel


class Connection(Struct):
    """The connection of one question to `target`. `stream` is None before it is opened, and where it could not be;
    `opened_s` is when it was, in seconds since the run began."""

    session: Session
    check: CheckId
    target: Target
    variant: str | None = None
    stream: Stream | None = None
    opened_s: float = 0.0

    async def dial(self) -> None:
        """Connects to the proxy, where there is one."""
        if not self.session.direct:
            self.stream = await self.session.route.connect(self.check, self.target.id, variant=self.variant)
            self.opened_s = self.session.trace.now()

    async def fresh(self) -> Stream | None:
        """The connection to the proxy. One that had to wait long is replaced: a proxy may have given it up."""
        if self.stream is not None and self.session.trace.now() - self.opened_s > FRESH_S:
            await self.stream.close()
            await self.dial()
        return self.stream

    async def open(self) -> Tunnel | None:
        """The tunnel to the target; None when there is none."""
        stream = await self.fresh()
        if stream is None and not self.session.direct:
            return None
        tunnel = await self.session.way.open(self.check, self.target, variant=self.variant, stream=stream)
        if tunnel is not None:
            self.stream = tunnel.stream
        return tunnel

    async def close(self) -> None:
        """Closes what is open."""
        if self.stream is not None:
            await self.stream.close()


@asynccontextmanager
async def placed(
    *connections: Connection, urgent: bool = False, when_late: Callable[[], object] | None = None
) -> AsyncIterator[Callable[[], bool]]:
    """Opens the connections, then holds a place under the limit for each, and closes them in the end. What it gives
    tells whether there have been more at a time since then than at the beginning. Urgent ones come before those who
    wait in turn. Two at a time need a `concurrency` of two or more. `when_late` is called when such a place has been
    held for long."""
    session, count = connections[0].session, len(connections)
    async with session.connections.places(count, urgent=urgent) as opened:
        try:
            await asyncio.gather(*(connection.dial() for connection in connections))
            async with session.limit.places(count, urgent=urgent) as working:
                for place, follower in zip(working, opened, strict=True):
                    place.follower, place.when_late = follower, when_late
                with _listening(session, connections, working):
                    yield lambda: any(place.crowded for place in (*opened, *working))
        finally:
            for connection in connections:
                await connection.close()


@contextmanager
def _listening(session: Session, connections: tuple[Connection, ...], places: list[Place]) -> Iterator[None]:
    """Has each place told whenever something came about with its connection's target."""
    working = [
        (session.working[connection.check, connection.target.id], place)
        for connection, place in zip(connections, places, strict=True)
    ]
    for told, place in working:
        told.add(place)
    try:
        yield
    finally:
        for told, place in working:
            told.discard(place)
