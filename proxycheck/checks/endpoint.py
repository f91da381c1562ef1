"""One endpoint, measured once: the tunnel, and what is said in it. Shared by the checks that measure endpoints."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.target import Target
from proxycheck.net.direct import DirectRoute
from proxycheck.net.payload import fetch, fetch_inside, greet_teamviewer, handshake
from proxycheck.net.stream import Stream
from proxycheck.net.tunnel import Tunnel
from proxycheck.wire.request import origin_request

if TYPE_CHECKING:
    from proxycheck.wire.tls import TlsProfile

CHECK = "endpoints"
FRESH_S = 1.0
"""How old a connection may be before its first request; proxies close idle ones after some seconds."""


async def prove(session: Session, endpoint: Endpoint, tunnel: Tunnel) -> bool:
    """Says in the open tunnel what the device says there; True when the far end answered in kind."""
    trace, timeout_s = session.trace, session.way.timeout_s
    if endpoint.speaks == "tls":
        return await authenticate(session, endpoint, tunnel)
    if endpoint.speaks == "http":
        target = Target(endpoint.host, endpoint.port)
        request = origin_request(target, endpoint.path, user_agent=session.way.agent)
        return await fetch(trace, CHECK, endpoint.id, request, tunnel, timeout_s)
    return await greet_teamviewer(trace, CHECK, endpoint.id, tunnel, timeout_s)


async def authenticate(
    session: Session, endpoint: Endpoint, tunnel: Tunnel, profile: "TlsProfile" = "openssl"
) -> bool:
    """A whole TLS handshake in the open tunnel, and a request inside where the chain is foreign."""
    trace, timeout_s = session.trace, session.way.timeout_s
    client = await handshake(trace, CHECK, endpoint.id, endpoint.host, tunnel, timeout_s, profile=profile)
    if client.state == "established" and session.foreign(client.evidence()):
        request = origin_request(Target(endpoint.host, endpoint.port), "/", user_agent=session.way.agent)
        await fetch_inside(trace, CHECK, endpoint.id, request, client, tunnel, timeout_s)
    return client.state == "established"


@asynccontextmanager
async def _connected(session: Session, endpoint: Endpoint) -> AsyncIterator[Stream | None]:
    """A place under the limit, with a connection to the proxy that was opened while others held the places; None
    where the proxy did not accept it. One that had to wait long is replaced: a proxy may have given it up."""
    async with AsyncExitStack() as places:
        async with session.ahead:
            stream = await session.route.connect(CHECK, endpoint.id)
            opened = session.trace.now()
            await places.enter_async_context(session.limit)
        if stream is not None and session.trace.now() - opened > FRESH_S:
            await stream.close()
            stream = await session.route.connect(CHECK, endpoint.id)
        yield stream


async def _proved(session: Session, endpoint: Endpoint, tunnel: Tunnel | None) -> bool:
    if tunnel is None:
        return False
    proved = await prove(session, endpoint, tunnel)
    await tunnel.stream.close()
    return proved


async def measure(session: Session, endpoint: Endpoint) -> bool:
    """Tunnel and proof of one endpoint; True when both came about."""
    session.measured.add(endpoint.id)
    session.observer.started(endpoint.id)
    proved = False
    target = Target(endpoint.host, endpoint.port)
    if isinstance(session.way, DirectRoute):
        async with session.limit:
            proved = await _proved(session, endpoint, await session.way.open(CHECK, target))
    else:
        async with _connected(session, endpoint) as stream:
            tunnel = None if stream is None else await session.way.open(CHECK, target, stream=stream)
            proved = await _proved(session, endpoint, tunnel)
    session.observer.finished(endpoint.id, "ok" if proved else "failed")
    return proved
