"""Does plain HTTP also travel as an ordinary proxy request (absolute form)? And what is the proxy's own page like?"""

import asyncio
from typing import Final

from proxycheck.checks.connection import Connection, placed
from proxycheck.checks.pace import turned_away
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.questions import BEYOND_THE_PACE, OWN_PAGE, PAGE_FOR_NO_NAME
from proxycheck.model.target import Target
from proxycheck.net.payload import fetch
from proxycheck.net.tunnel import ask
from proxycheck.wire.http.request import forward_request, origin_request

ID: Final = "plain-http"


async def run(session: Session) -> None:
    """Sends the absolute form for every plain-HTTP endpoint that has no alternative. Where there are alternatives,
    `checks.endpoints` sends it when their turn comes."""
    if not session.halted:
        plain = (endpoint for endpoint in _plain(session) if endpoint.any_of is None)
        await asyncio.gather(*(forward(session, Target(e.host, e.port), e.path) for e in plain))


def _plain(session: Session) -> list[Endpoint]:
    return [endpoint for endpoint in session.endpoints if endpoint.speaks == "http" and endpoint.port == 80]


async def ask_for_no_name(session: Session) -> None:
    """The same for a name that cannot exist; that is asked for in a tunnel as well, where the device uses one."""
    if not _plain(session):
        return
    control = Target(f"{session.nonce}.invalid", 80)
    asked = [forward(session, control, "/", variant=OWN_PAGE)]
    if session.device.proxy.plain_http == "tunnel":
        asked.append(_page_in_a_tunnel(session, control))
    await asyncio.gather(*asked)


async def _page_in_a_tunnel(session: Session, target: Target) -> None:
    """What comes in a tunnel to a name that cannot exist: if anything does, the proxy answers in tunnels by itself."""
    connection = Connection(session, "controls", target, PAGE_FOR_NO_NAME)
    async with placed(connection):
        tunnel = await connection.open()
        if tunnel is not None:
            request = origin_request(target, "/", user_agent=session.way.agent)
            await fetch(
                session.trace, "controls", target.id, request, tunnel, session.way.timeout_s, variant=PAGE_FOR_NO_NAME
            )


async def forward(session: Session, target: Target, path: str, *, variant: str | None = None) -> None:
    """A plain HTTP request in absolute form, recorded as `http_forward`; once more where this run's own pace may have
    been too much."""
    begun = len(session.trace.evidence)
    if await _forward(session, target, path, variant):
        if variant is None:
            session.trace.set_aside(begun, ID, target.id, BEYOND_THE_PACE)
        await _forward(session, target, path, variant)


async def _forward(session: Session, target: Target, path: str, variant: str | None) -> bool:
    """Sends it; whether it was turned away while there was more at a time than at the beginning."""

    def request(authorization: str | None) -> bytes:
        return forward_request(target, path, user_agent=session.route.agent, authorization=authorization)

    connection = Connection(session, ID, target, variant)
    async with placed(connection) as crowded:
        stream = await connection.fresh()
        if stream is not None:
            answered = await ask(session.route, ID, target, "http_forward", request, variant=variant, stream=stream)
            if answered is not None:
                await answered.stream.close()
        last = session.trace.latest("http_forward" if stream is not None else "proxy_tcp", target.id, variant)
        return crowded() and turned_away(last)
