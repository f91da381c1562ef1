"""Where the proxy did not reach a host while it reached others: does the host exist, and does it answer without the proxy?

A neighbour that works through the proxy is asked first. If the neighbour cannot be resolved or reached from here, this
network gives no control, and nothing is concluded from it.
"""

import asyncio

from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.target import Target
from proxycheck.net import control

ID = "outside"
QUESTION = "Do the failing hosts exist, and do they answer without the proxy?"
MOST = 40
"""Hosts that are asked for at most: with more failing, the hosts are not the matter."""


def _unreached(session: Session, endpoint: Endpoint) -> bool:
    return endpoint.id in session.measured and not session.proved(endpoint)


async def _ask(session: Session, endpoint: Endpoint, *, direct: bool) -> tuple[bool, bool]:
    target = Target(endpoint.host, endpoint.port)
    async with session.limit:
        address = await control.resolve(session.trace, ID, target)
        reached = bool(address and direct) and await control.connect(session.trace, ID, target, address or "")
    return address is not None, reached


async def run(session: Session) -> None:
    """Asks for a working neighbour, then, where that gives a control, for each host that failed."""
    if session.halted or not session.outside:
        return
    failing = [endpoint for endpoint in session.endpoints if _unreached(session, endpoint)]
    neighbour = next((e for e in session.endpoints if e.id in session.measured and session.proved(e)), None)
    if not failing or neighbour is None or len(failing) > MOST:
        return
    session.observer.phase("Asking for the failing hosts without the proxy", len(failing))
    resolved, reached = await _ask(session, neighbour, direct=True)
    if resolved:
        await asyncio.gather(*(_ask(session, endpoint, direct=reached) for endpoint in failing))
