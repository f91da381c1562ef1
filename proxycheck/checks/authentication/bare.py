"""What does the proxy answer to a CONNECT without credentials, once they are known to be right?

This run sends them unasked then, as browsers do; a device that does not begins every CONNECT without them, and lives or
dies by the answer to that. A rule may ask for a login in one way for one destination or port and in another way for the
next, and one of several proxies behind an address may be set up otherwise. So one host of each owner and port is asked
without credentials, on a connection of its own, and one host some times more. Nothing is sent that could be refused.
"""

import asyncio
from collections.abc import Callable, Coroutine

from proxycheck.checks.authentication.attempt import ID, most_telling
from proxycheck.checks.session import Session
from proxycheck.checks.slots import Slots
from proxycheck.model.device import Endpoint
from proxycheck.model.questions import BARE, after_407
from proxycheck.model.target import Target
from proxycheck.net.exchange import exchange
from proxycheck.net.stream import Stream
from proxycheck.net.tunnel import ProxyRoute, Tunnel, finish_reply, left_after
from proxycheck.wire.domains import owner_of
from proxycheck.wire.http.reply import Reply, ReplyReader
from proxycheck.wire.http.request import connect_request

MOST_PLACES = 32
"""Owners and ports that are asked at most."""
SHARE = 4
"""So many times fewer than tunnels are asked at a time, and only once these have ended: a proxy that is busy with many
closes connections that it would keep open otherwise."""
TO_ONE_HOST = 3
"""How often one host is asked, beside what it was asked before: several proxies may take turns."""
_ASKS = 407


async def ask_without(session: Session) -> None:
    """Asks where the given credentials are used and the device does not send them by itself: of each owner and port one
    host, and the first of all some times."""
    route = session.route
    if session.halted or route.gate.state != "accepted" or not route.begins_with_credentials:
        return
    first = most_telling(session)
    wanted = _one_of_each_place(session, first)[:MOST_PLACES]
    turns = Slots(max(1, session.concurrency // SHARE), lambda: session.way.patience.late_s)
    same = [] if first is None else [_in_turn(session, turns, _ask, first) for _ in range(TO_ONE_HOST)]
    await asyncio.gather(*same, *(_in_turn(session, turns, _place, target) for target in wanted))


_Asking = Callable[[Session, Target, Callable[[], None]], Coroutine[None, None, object]]


async def _in_turn(session: Session, turns: Slots, asking: _Asking, target: Target) -> None:
    async with turns.places() as (place,):
        await asking(session, target, place.leave)


def _one_of_each_place(session: Session, first: Target | None) -> list[Target]:
    """A host of each owner and port, of what opened with credentials and what is needed most; without the place of
    `first`. TeamViewer brings a client of its own."""
    spoken = [endpoint for endpoint in session.endpoints if endpoint.speaks != "teamviewer"]
    ranked = sorted(spoken, key=lambda endpoint: (not _opened(session, endpoint), endpoint.tier != "required"))
    places: dict[tuple[int, str], Target] = {}
    for endpoint in ranked:
        places.setdefault((endpoint.port, owner_of(endpoint.host)), Target(endpoint.host, endpoint.port))
    if first is not None:
        places.pop((first.port, owner_of(first.host)), None)
    return list(places.values())


def _opened(session: Session, endpoint: Endpoint) -> bool:
    """Whether this was opened with credentials, at once or in answer to a 407."""
    found = session.latest("auth", endpoint.id) or session.latest("connect", endpoint.id)
    return found is not None and found.failure is None and "proxy-authorization" in found.sent.lower()


async def _place(session: Session, target: Target, answered: Callable[[], None]) -> None:
    """One question; a second one where the answer neither opens nor asks for credentials, or is late: that may be a
    fault of the moment, and nothing is concluded from one."""
    asking = asyncio.create_task(_ask(session, target, answered))
    try:
        await asyncio.wait({asking}, timeout=session.way.patience.late_s)
        if not asking.done() or _says_neither(asking.result()):
            await _ask(session, target, answered)
        await asking
    finally:
        asking.cancel()


def _says_neither(reply: Reply | None) -> bool:
    return reply is None or not (reply.success or reply.status == _ASKS)


async def _ask(session: Session, target: Target, answered: Callable[[], None]) -> Reply | None:
    """The answer to one CONNECT without credentials, when it is a well-formed one. What a 407 leaves of its connection
    stands in the record's note: that takes a moment to see, in which the next may be asked, as `answered` tells."""
    route = session.route
    stream = await route.connect(ID, target.id, variant=BARE)
    if stream is None:
        return None
    try:
        return await _answer(route, target, stream, answered)
    finally:
        await stream.close()


async def _answer(route: ProxyRoute, target: Target, stream: Stream, answered: Callable[[], None]) -> Reply | None:
    recorder = route.trace.begin(ID, "connect", target.id, variant=BARE)
    request = connect_request(target, route.dialect, user_agent=route.user_agent, authorization=None)
    limits = (route.timeout_s, route.skipped_s)
    reply, ended, failure = await exchange(stream, recorder, request, ReplyReader("CONNECT"), "connect", *limits)
    note = route.missing(reply, ended)
    if failure is None and note is None and reply.status == _ASKS and ended in ("open", "eof"):
        answered()
        left = await left_after(Tunnel(stream, reply))
        note = None if left == "open" else after_407(left)
    finish_reply(recorder, reply, ended, failure, "connect", note)
    return reply if failure is None else None
