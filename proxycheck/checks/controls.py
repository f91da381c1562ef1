"""How does this proxy answer for a name that cannot exist, for an address, for a host's name in another host's tunnel?

Proxies word their refusals differently, and some say 200 before they know anything. Comparisons tell them apart: the
answer to a name of the reserved domain `invalid` (RFC 6761 section 6.4) is what "cannot be resolved" looks like here; a
tunnel to the proxy's own address needs no name at all; and a handshake that dies with one server name in the tunnel of
a host that is known to answer was cut for its name.
"""

import asyncio

from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.target import Target
from proxycheck.net.payload import handshake
from proxycheck.net.tunnel import open_tunnel

ID = "controls"
QUESTION = "How does this proxy answer for a name that cannot exist, and for an address without a name?"
NONEXISTENT = "nonexistent-name"
OWN_ADDRESS = "own-address"
SERVER_NAME = "server-name"
MOST_NAMES = 6


def _failed(session: Session) -> bool:
    """A control is worth its connection only where something failed, or a chain is not public."""
    return any(
        evidence.check != "greeting" and (evidence.failure is not None or evidence.variant == "inside-tls")
        for evidence in session.trace.evidence
        if evidence.operation in ("connect", "auth", "tls", "http")
    )


async def _ask(session: Session, target: Target, server_name: str, variant: str) -> None:
    async with session.limit:
        tunnel = await open_tunnel(session.route, ID, target, variant=variant)
        if tunnel is None:
            return
        timeout_s = session.route.timeout_s
        await handshake(session.trace, ID, target.id, server_name, tunnel, timeout_s, variant=variant)
        await tunnel.stream.close()


def _died(session: Session, endpoint: Endpoint) -> bool:
    found = session.latest("tls", endpoint.id)
    return found is not None and found.failure is not None and not found.received


async def run(session: Session) -> None:
    """The comparisons that the failures of this run call for."""
    if session.halted or not _failed(session):
        return
    tls = [e for e in session.endpoints if e.speaks == "tls" and e.id in session.measured]
    died = [e for e in tls if _died(session, e)][:MOST_NAMES]
    neighbour = next((e for e in tls if session.proved(e) and e.port == 443), None)
    session.observer.phase("Comparing the failures", 2 + len(died))
    address = session.route.address or session.route.proxy.host
    name = f"{session.nonce}.invalid"
    asked = [
        _ask(session, Target(name, 443), name, NONEXISTENT),
        _ask(session, Target(address, 443), address, OWN_ADDRESS),
    ]
    if neighbour is not None:
        target = Target(neighbour.host, neighbour.port)
        asked += [_ask(session, target, e.host, f"{SERVER_NAME}:{e.host}") for e in died]
    await asyncio.gather(*asked)
