"""Does the proxy's name resolve, and does something accept connections there?"""

import asyncio
import ipaddress
from typing import Final

from proxycheck.checks.session import Session
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.net.stream import addresses_of

ID: Final = "reachability"


async def _resolve(session: Session) -> tuple[str, ...]:
    host = session.route.proxy.host
    try:
        return (str(ipaddress.ip_address(host)),)
    except ValueError:
        pass
    recorder = session.trace.begin(ID, "proxy_dns", None)
    try:
        async with asyncio.timeout(session.route.timeout_s):
            addresses = await addresses_of(host, session.route.proxy.port)
    except (OSError, UnicodeError) as error:
        failure = failure_of(error, "proxy_dns")
        recorder.finish(ended_by(failure), failure)
        session.halted = f"the proxy's name {host} has no address"
        return ()
    recorder.finish("closed", note=", ".join(addresses))
    return addresses


async def run(session: Session) -> None:
    """Resolves the proxy's name and connects to its addresses in turn until one accepts.

    The accepted connection is kept for the first request, so that this costs the proxy nothing extra."""
    session.observer.phase("reach", 1)
    for address in await _resolve(session):
        session.route.address = address
        stream = await session.route.connect(ID, None, variant=address)
        if stream is not None:
            session.route.waiting.append(stream)
            return
    session.halted = session.halted or "the proxy does not accept connections"
