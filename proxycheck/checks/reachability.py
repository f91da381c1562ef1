"""Does the proxy's name resolve, and does something accept connections there?"""

import asyncio
import ipaddress
import socket

from proxycheck.checks.session import Session
from proxycheck.net.failures import ended_by, failure_of

ID = "reachability"
QUESTION = "Does the proxy's address accept connections?"


async def _resolve(session: Session) -> tuple[str, ...]:
    host = session.route.proxy.host
    try:
        return (str(ipaddress.ip_address(host)),)
    except ValueError:
        pass
    recorder = session.trace.begin(ID, "proxy_dns", None)
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(session.route.timeout_s):
            found = await loop.getaddrinfo(host, session.route.proxy.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        failure = failure_of(error, "proxy_dns")
        recorder.finish(ended_by(failure), failure)
        session.halted = f"the proxy's name {host} has no address"
        return ()
    addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
    recorder.finish("closed", note=", ".join(addresses))
    return addresses


async def run(session: Session) -> None:
    """Resolves the proxy's name and connects to its addresses in turn until one accepts.

    The accepted connection is kept for the first request, so that this costs the proxy nothing extra."""
    session.observer.phase("Connecting to the proxy", 1)
    for address in await _resolve(session):
        session.route.address = address
        stream = await session.route.connect(ID, None, variant=address)
        if stream is not None:
            session.route.waiting.append(stream)
            return
    session.halted = session.halted or "the proxy does not accept connections"
