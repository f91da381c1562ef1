"""Does each proxy that a PAC file names answer? One CONNECT each, without credentials, for a host it may serve."""

import asyncio

from proxycheck.checks.setup.pac import ID
from proxycheck.model.device import Device, Endpoint
from proxycheck.model.evidence import Ended
from proxycheck.model.failure import Failure
from proxycheck.model.target import Target
from proxycheck.net.exchange import exchange
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.net.stream import dial
from proxycheck.net.trace import Trace
from proxycheck.routes.pac.answers import Route
from proxycheck.routes.pac.routes import PacRoutes
from proxycheck.wire.http.reply import ReplyReader
from proxycheck.wire.http.request import connect_request

MOST_PROXIES = 12
_WANTS_CREDENTIALS = 407


def chosen(routes: PacRoutes, endpoints: tuple[Endpoint, ...]) -> list[tuple[Route, Endpoint]]:
    """Each proxy with the host it is tried for: a required one that speaks TLS, where it may serve one."""
    rank = {e.id: (e.tier != "required", e.speaks != "tls") for e in endpoints}
    known = {endpoint.id: endpoint for endpoint in endpoints}
    found = [
        (route, known[min(hosts, key=lambda host: rank[host])])
        for route, names in routes.proxies
        if (hosts := [name for name in names if name in known])
    ]
    return found[:MOST_PROXIES]


async def ask_proxies(trace: Trace, device: Device, asked: list[tuple[Route, Endpoint]], timeout_s: float) -> None:
    """Asks all of them at once; recorded as `pac_proxy` with the proxy's `host:port` as variant."""
    await asyncio.gather(*(_ask(trace, device, route, endpoint, timeout_s) for route, endpoint in asked))


async def _ask(trace: Trace, device: Device, route: Route, endpoint: Endpoint, timeout_s: float) -> None:
    address = Target(route.host or "", route.port or 0)
    recorder = trace.begin(ID, "pac_proxy", endpoint.id, variant=address.id)
    request = connect_request(Target(endpoint.host, endpoint.port), device.proxy.connect)
    ended: Ended
    failure: Failure | None
    try:
        async with asyncio.timeout(timeout_s):
            stream = await dial(address.host, address.port)
    except (OSError, UnicodeError) as error:
        failure = failure_of(error, "pac_proxy")
        recorder.finish(ended_by(failure), failure)
        return
    reply, ended, failure = await exchange(stream, recorder, request, ReplyReader("CONNECT"), "pac_proxy", timeout_s)
    if failure is None and not reply.success and reply.status != _WANTS_CREDENTIALS:
        failure = Failure("refused-by-peer", "pac_proxy", f"{reply.status} {reply.reason}".strip())
    recorder.finish(ended, failure)
    await stream.close()
