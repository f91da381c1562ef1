"""One endpoint, measured once: the tunnel, and what is said in it. Shared by the checks that measure endpoints."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from proxycheck.checks.connection import Connection, placed
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.target import Target
from proxycheck.net.payload import fetch, fetch_inside, greet_teamviewer, handshake
from proxycheck.net.tunnel import Tunnel
from proxycheck.wire.http.request import origin_request

if TYPE_CHECKING:
    from proxycheck.wire.tls.client import TlsProfile

CHECK: Final = "endpoints"


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


async def authenticate(session: Session, endpoint: Endpoint, tunnel: Tunnel, profile: "TlsProfile" = "openssl") -> bool:
    """A whole TLS handshake in the open tunnel, and a request inside where the chain is foreign."""
    trace, timeout_s = session.trace, session.way.timeout_s
    client = await handshake(trace, CHECK, endpoint.id, endpoint.host, tunnel, timeout_s, profile=profile)
    if client.state == "established" and session.foreign(client.evidence()):
        request = origin_request(Target(endpoint.host, endpoint.port), "/", user_agent=session.way.agent)
        await fetch_inside(trace, CHECK, endpoint.id, request, client, tunnel, timeout_s)
    return client.state == "established"


async def measure(session: Session, endpoint: Endpoint, when_late: Callable[[], object] | None = None) -> bool:
    """Tunnel and proof of one endpoint; True when both came about. What breaks by a fault of ours costs this endpoint
    alone. `when_late` is called when it takes long."""
    session.measured.add(endpoint.id)
    session.observer.started(endpoint.id)
    proofs: list[bool] = []

    async def tunnel_and_proof() -> None:
        connection = Connection(session, CHECK, Target(endpoint.host, endpoint.port))
        async with placed(connection, when_late=when_late):
            tunnel = await connection.open()
            proofs.append(tunnel is not None and await prove(session, endpoint, tunnel))

    await session.attempt(CHECK, tunnel_and_proof(), endpoint.id)
    proved = any(proofs)
    session.observer.finished(endpoint.id, "ok" if proved else "failed")
    return proved
