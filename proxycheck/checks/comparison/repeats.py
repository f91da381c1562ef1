"""Does what failed fail again: by itself, and beside as many others as before?

A proxy that has too much to do turns away what comes beside many others, every time; a fault that comes and goes, such
as a name server's hiccup, does not come again. What failed is asked for once more in quiet. Where that opens, as many
tunnels as before are opened at once, and those that fail in this crowd are asked for alone. Where the crowd opens, what
failed is measured a second time, as every endpoint is: only that shows that it works.

Beside what failed, something that worked at the beginning is asked for: where that fails now as the others do, they did
not fail for what they are, but for when they were asked for. A quota is used up, or this computer is shut out.
"""

import asyncio
import math
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from proxycheck.checks.comparison import together
from proxycheck.checks.connection import Connection, placed
from proxycheck.checks.endpoint import measure
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import CheckId, again, alone, crowd, tries_alone
from proxycheck.model.target import Target
from proxycheck.net.payload import fetch, handshake
from proxycheck.net.tunnel import Tunnel
from proxycheck.wire.domains import owner_of
from proxycheck.wire.http.request import origin_request

ID: Final[CheckId] = "controls"
MOST_AGAIN = 4
"""Endpoints at most that are asked for again in each of `TURNS`."""
LEAST_ALIKE = 2
"""How many must have failed in one way before it is asked whether what worked fails in that way now."""
MOST_THAT_WORKED = 2
"""What worked and is asked for once more, of one owner each: a host may break by chance meanwhile."""
TURNS = 2
"""A fault that comes and goes may be there again by chance; not often twice."""
ATTEMPTS = 3
"""How often at most what failed is measured again."""
SOON_S = 2.0
"""What takes longer is not asked once more: a run has to end."""
SETTLED_S = 0.5
"""How long the proxy has to notice that connections were closed, before quiet is quiet."""
SPREAD_S = 1.0
"""Over how long what failed in a crowd is asked for alone, with pauses that grow: a fault that comes and goes by itself
comes within that, and keeps no step with the tries."""
LEAST_ALONE = 8
"""Tries alone at least, for a crowd that met such a fault failed as one."""

Way = tuple[str, str]
"""How a tunnel failed: the name of the failure, and the status of the answer, or `inside` where it had opened."""
_INSIDE = "inside"
_CUTS = frozenset(("eof", "reset"))


def way(session: Session, endpoint: Endpoint) -> Way | None:
    """How the tunnel of an endpoint failed, None where it opened or where a login failed: one is not tried again.
    Silence is one way: a proxy that has too much to do may be silent as well."""
    record = session.last_connect(endpoint.id) or session.latest("proxy_tcp", endpoint.id)
    failed_as = None if record is None else _failed(record, login=session.credentials is not None)
    return _cut_inside(session, endpoint) if failed_as is None else failed_as


def _cut_inside(session: Session, endpoint: Endpoint) -> Way | None:
    """How an open tunnel was cut in which TLS or HTTP was said. A silence is no cut: it has taken its time already."""
    said = session.latest("tls" if endpoint.speaks == "tls" else "http", endpoint.id)
    cut = said is not None and said.failure is not None and said.failure.name in _CUTS
    return ("eof", _INSIDE) if cut and endpoint.speaks != "teamviewer" else None


def _failed(record: Evidence, *, login: bool) -> Way | None:
    """`login` says that credentials would be sent upon a 407. Without any it may be asked again, whether it comes from
    the proxy or from one of several that share its address."""
    failure = record.failure
    if failure is None or failure.name == "cancelled" or (login and failure.detail.startswith("407")):
        return None
    name = "eof" if failure.name == "reset" else failure.name  # a close becomes a reset where something was left unread
    return name, failure.detail[:3] if name == "refused-by-peer" else ""


async def ask_again(session: Session) -> None:
    """Asks for some endpoints of each way of failing once more, and goes on where one opens. A run in which nothing
    works is not asked: there is nothing with which a failure could be compared."""
    if session.halted or session.direct or not session.works:
        return
    await together.ask(session)
    ways = {
        e.id: failed_as
        for e in session.endpoints
        if e.id in session.measured and (failed_as := way(session, e)) is not None
    }
    failed = [endpoint for endpoint in session.endpoints if endpoint.id in ways]
    reopened, _ = await asyncio.gather(_reopened(session, failed, ways), _ask_what_worked(session, ways))
    suspects = [endpoint for endpoint in failed if ways[endpoint.id] in reopened]
    inside = [endpoint for endpoint in suspects if ways[endpoint.id][1] == _INSIDE]
    tunnels = [endpoint for endpoint in suspects if endpoint not in inside]
    if tunnels and await _fails_in_a_crowd(session, tunnels, reopened):
        tunnels = []
    if tunnels or inside:
        await measure_again(session, [*tunnels, *inside], reopened)


async def _reopened(session: Session, failed: list[Endpoint], ways: dict[str, Way]) -> set[Way]:
    """The ways of failing in which some endpoint opened when it was asked for again: at once, then one after another,
    since a fault may come and go as fast as this."""
    found: set[Way] = set()
    for turn in range(TURNS):
        asked = _some_of_each([endpoint for endpoint in failed if ways[endpoint.id] not in found], ways, turn)
        if not asked:
            break
        pause_s = SETTLED_S / MOST_AGAIN if turn else 0.0
        await asyncio.sleep(pause_s or SETTLED_S)
        begun_s = session.trace.now()
        waiting = [
            opens(session, e, again(e.host), pause_s * number, inside=ways[e.id][1] == _INSIDE)
            for number, e in enumerate(asked)
        ]
        opened = await asyncio.gather(*waiting)
        found |= {ways[endpoint.id] for endpoint, opens in zip(asked, opened, strict=True) if opens}
        if session.trace.now() - begun_s > SOON_S:
            break
    return found


async def _ask_what_worked(session: Session, ways: dict[str, Way]) -> None:
    """Asks once more for what worked first of all, where several failed in one way since."""
    if max(Counter(ways.values()).values(), default=0) < LEAST_ALIKE:
        return
    proved = [e for e in session.endpoints if e.id in session.measured and e.speaks == "tls" and session.proved(e)]
    first = {owner_of(e.host): e for e in sorted(proved, key=lambda e: _asked_s(session, e), reverse=True)}
    await asyncio.sleep(SETTLED_S)
    asked = sorted(first.values(), key=lambda e: _asked_s(session, e))[:MOST_THAT_WORKED]
    await asyncio.gather(*(opens(session, endpoint, again(endpoint.host)) for endpoint in asked))


def _asked_s(session: Session, endpoint: Endpoint) -> float:
    record = session.latest("connect", endpoint.id)
    return math.inf if record is None else record.started_s


def _some_of_each(failed: list[Endpoint], ways: dict[str, Way], turn: int) -> list[Endpoint]:
    """One endpoint of each way of failing and port, and others where there is room for more: where every third tunnel
    fails, one that fails again says little. Each turn begins elsewhere."""
    ordered = failed[turn * MOST_AGAIN :] + failed[: turn * MOST_AGAIN]
    firsts = {(ways[e.id], e.port): e for e in reversed(ordered)}.values()
    return [*firsts, *(e for e in ordered if e not in firsts)][:MOST_AGAIN]


async def measure_again(session: Session, suspects: list[Endpoint], reopened: set[Way]) -> None:
    """Measures as every endpoint is measured; what fails again in a way in which others have opened, some times more:
    where chance rules, one more failure is chance as well."""
    for attempt in range(ATTEMPTS):
        session.observer.phase("repeats", len(suspects))
        begun_s = session.trace.now()
        pauses = [SETTLED_S * (number * _GOLDEN % 1) if attempt else 0.0 for number in range(len(suspects))]
        waiting = (_measure(session, endpoint, pause_s) for endpoint, pause_s in zip(suspects, pauses, strict=True))
        await asyncio.gather(*waiting)
        suspects = [endpoint for endpoint in suspects if way(session, endpoint) in reopened]
        if not suspects or session.trace.now() - begun_s > SOON_S:
            return


_GOLDEN = 0.618
"""Spreads numbers in turn evenly over an interval: neighbours in the catalogue meet different moments."""


async def _measure(session: Session, endpoint: Endpoint, after_s: float) -> None:
    await asyncio.sleep(after_s)
    await measure(session, endpoint)


async def opens(
    session: Session,
    endpoint: Endpoint,
    variant: str,
    after_s: float = 0.0,
    *,
    inside: bool = False,
    within_s: float = math.inf,
) -> bool:
    """Whether the tunnel opens, and with `inside` whether the host answers in it, `within_s` seconds at most."""
    await asyncio.sleep(after_s)
    connection = Connection(session, ID, Target(endpoint.host, endpoint.port), variant)
    async with session.limit.places():
        try:
            await connection.dial()
            tunnel = await connection.open()
            return tunnel is not None and (not inside or await _answers(session, endpoint, tunnel, variant, within_s))
        finally:
            await connection.close()


async def _answers(session: Session, endpoint: Endpoint, tunnel: Tunnel, variant: str, within_s: float) -> bool:
    trace, timeout_s = session.trace, min(session.way.timeout_s, within_s)
    target = Target(endpoint.host, endpoint.port)
    if endpoint.speaks == "http":
        request = origin_request(target, endpoint.path, user_agent=session.way.agent)
        return await fetch(trace, ID, endpoint.id, request, tunnel, timeout_s, variant=variant)
    client = await handshake(
        trace, ID, endpoint.id, endpoint.host, tunnel, timeout_s, variant=variant, limits=session.limits
    )
    return client.state == "established"


async def _fails_in_a_crowd(session: Session, suspects: list[Endpoint], ways: set[Way]) -> bool:
    """Opens as many tunnels at once as at first, the suspects among them, beside connections that only wait.
    Whether some fail there in one of these ways, and open alone as often as chance does not explain: where one fails
    alone as well, or very few fail in the crowd, the crowd is not the matter. What fails in another way, since its host
    is denied, is not the crowd's matter either way."""
    if session.pace.strain.few:
        return False  # it is known already: they were asked for again with as few as are answered soon
    others = [e for e in session.endpoints if e not in suspects and session.proved(e)]
    everyone = [*suspects, *others]
    members, ahead = everyone[: session.concurrency], everyone[session.concurrency :][: session.concurrency // 2]
    session.observer.phase("crowd", len(members))
    connections = _in_the_crowd(session, members)
    async with placed(*connections), _waiting(session, ahead) as connected:
        opened = [tunnel is not None for tunnel in await asyncio.gather(*(each.open() for each in connections))]
    came = zip((*members, *ahead), (*opened, *connected), strict=True)
    failed = [e for e, came_about in came if not came_about and _way_of(session, e, crowd(e.host)) in ways]
    asked = len(members) + sum(not came_about for came_about in connected)
    wanted = tries_alone(len(failed), asked) if failed else None
    if wanted is None:
        return False
    await asyncio.sleep(SETTLED_S)
    return await _open_alone(session, failed, ways, max(wanted, LEAST_ALONE))


async def _open_alone(session: Session, failed: list[Endpoint], ways: set[Way], tries: int) -> bool:
    """Whether so many tries of these in turn open, one at a time, and none fails in one of these ways. One that is
    denied is left out."""
    left, opened, turn = list(failed), 0, 0
    while left and opened < tries:
        turn += 1
        await asyncio.sleep(SPREAD_S * 2 * turn / (tries * (tries + 1)))
        endpoint = left[turn % len(left)]
        if await opens(session, endpoint, alone(endpoint.host)):
            opened += 1
        elif _way_of(session, endpoint, alone(endpoint.host)) in ways:
            return False
        else:
            left.remove(endpoint)
    return opened >= tries


def _way_of(session: Session, endpoint: Endpoint, variant: str) -> Way | None:
    """How a tunnel of this comparison failed last; None where it opened."""
    asked = (endpoint.id, variant)
    last = next((e for e in reversed(session.trace.evidence) if (e.endpoint, e.variant) == asked), None)
    return None if last is None else _failed(last, login=session.credentials is not None)


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
