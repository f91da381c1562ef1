"""Do all hosts still answer when TLS is limited to the versions the device has?

The hosts are measured with the TLS of this computer, which offers more than the device does. A proxy that drops what is
newer, or that looks into what is older, treats the device differently: then every host is measured again with TLS 1.2
and nothing newer, and that decides.
"""

import asyncio
from typing import Final

from proxycheck.checks import hellos
from proxycheck.checks.endpoint import CHECK, authenticate
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import hello
from proxycheck.model.target import Target

ID: Final = "device-tls"
MOST_DIED = 2


async def run(session: Session) -> None:
    """Greets a few hosts whose handshake died; measures all again where the device's greeting fares otherwise."""
    if session.halted:
        return
    tls = [e for e in session.endpoints if e.speaks == "tls" and session.latest("tls", e.id) is not None]
    said = [evidence for evidence in session.trace.evidence if evidence.check == "hellos"]
    asked = {evidence.endpoint for evidence in said}
    passes = any(evidence.operation == "tls" and evidence.failure is None for evidence in said)
    died = hellos.one_of_each_domain([e for e in tls if passes and e.id not in asked and not session.proved(e)])
    await asyncio.gather(*(hellos.probe(session, endpoint) for endpoint in died[:MOST_DIED]))
    own = _answered_greetings(session)
    if any(_otherwise(session, endpoint, own.get(endpoint.id)) for endpoint in tls):
        session.observer.phase("Testing TLS 1.2, which the device speaks", len(tls))
        await asyncio.gather(*(_again(session, endpoint) for endpoint in tls))


def _otherwise(session: Session, endpoint: Endpoint, own: Evidence | None) -> bool:
    """Whether the device's greeting was answered where ours died, or by another peer."""
    ours = session.latest("tls", endpoint.id)
    if ours is None or own is None or own.tls is None:
        return False
    if ours.failure is not None or ours.tls is None:
        return ours.failure is not None
    return bool(own.tls.chain) and session.foreign(own.tls) is not session.foreign(ours.tls)


def _answered_greetings(session: Session) -> dict[str | None, Evidence]:
    """The first answer to the device's greeting, by endpoint."""
    wanted = ("hellos", "tls", hello(session.device.client_hello.profile))
    said = (e for e in reversed(session.trace.evidence) if (e.check, e.operation, e.variant) == wanted)
    return {evidence.endpoint: evidence for evidence in said if evidence.failure is None}


async def _again(session: Session, endpoint: Endpoint) -> None:
    async with session.limit.places():
        tunnel = await session.way.open(CHECK, Target(endpoint.host, endpoint.port))
        proved = tunnel is not None and await authenticate(session, endpoint, tunnel, "openssl-tls1.2")
        if tunnel is not None:
            await tunnel.stream.close()
    session.observer.finished(endpoint.id, "ok" if proved else "failed")
