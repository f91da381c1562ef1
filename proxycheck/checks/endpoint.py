"""One endpoint, measured once: the tunnel, and what is said in it. Shared by the checks that measure endpoints."""

from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.target import Target
from proxycheck.net.payload import fetch, fetch_inside, greet_teamviewer, handshake
from proxycheck.net.tunnel import Tunnel, ask, open_tunnel
from proxycheck.wire.request import forward_request, origin_request

CHECK = "endpoints"


async def prove(session: Session, endpoint: Endpoint, tunnel: Tunnel) -> bool:
    """Says in the open tunnel what the device says there; True when the far end answered in kind."""
    trace, timeout_s = session.trace, session.route.timeout_s
    if endpoint.speaks == "tls":
        client = await handshake(trace, CHECK, endpoint.id, endpoint.host, tunnel, timeout_s)
        if client.state == "established" and session.foreign(client.evidence()):
            request = origin_request(Target(endpoint.host, endpoint.port), "/", user_agent=session.route.agent)
            await fetch_inside(trace, CHECK, endpoint.id, request, client, tunnel, timeout_s)
        return client.state == "established"
    if endpoint.speaks == "http":
        target = Target(endpoint.host, endpoint.port)
        request = origin_request(target, endpoint.path, user_agent=session.route.agent)
        return await fetch(trace, CHECK, endpoint.id, request, tunnel, timeout_s)
    return await greet_teamviewer(trace, CHECK, endpoint.id, tunnel, timeout_s)


async def measure(session: Session, endpoint: Endpoint) -> bool:
    """Tunnel and proof of one endpoint; True when both came about."""
    session.measured.add(endpoint.id)
    session.observer.started(endpoint.id)
    proved = False
    async with session.limit:
        tunnel = await open_tunnel(session.route, CHECK, Target(endpoint.host, endpoint.port))
        if tunnel is not None:
            proved = await prove(session, endpoint, tunnel)
            await tunnel.stream.close()
    session.observer.finished(endpoint.id, "ok" if proved else "failed")
    return proved


async def forward(session: Session, target: Target, path: str, check: str, *, variant: str | None = None) -> None:
    """The same plain HTTP request in absolute form, recorded as `http_forward`."""

    def request(authorization: str | None) -> bytes:
        return forward_request(target, path, user_agent=session.route.agent, authorization=authorization)

    async with session.limit:
        answered = await ask(session.route, check, target, "http_forward", request, variant=variant)
        if answered is not None:
            await answered.stream.close()
