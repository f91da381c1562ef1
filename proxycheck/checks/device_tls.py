"""Do all hosts answer the device's own TLS greeting as they answer ours?

Every handshake offers what the device offers, but OpenSSL writes it in its own way, and a middlebox may know a client
by that. A few hosts get the device's greeting byte for byte; where one of them shows somebody else to it, or refuses
it and takes another, all get it: what is done to one host's name may be done to others', and not to all. Where
handshakes die of that greeting, a newer one beside it shows so at each host.
"""

import asyncio
from typing import Final

from proxycheck.checks import hellos
from proxycheck.checks.connection import Connection, placed
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import hello
from proxycheck.model.target import Target
from proxycheck.net.payload import handshake

ID: Final = "device-tls"
MOST_DIED = 2
MOST_FOREIGN = 2
MODERN = "openssl"


async def run(session: Session) -> None:
    """Greets a few hosts whose handshake died, and all where the device's greeting alone is answered by somebody else,
    or by nobody."""
    if session.halted:
        return
    tls = [e for e in session.endpoints if e.speaks == "tls" and session.latest("tls", e.id) is not None]
    said = [evidence for evidence in session.trace.evidence if evidence.check == "hellos"]
    asked = {evidence.endpoint for evidence in said}
    passes = any(evidence.operation == "tls" and evidence.failure is None for evidence in said)
    dead = [endpoint for endpoint in tls if passes and not session.proved(endpoint) and not _slow(session, endpoint)]
    died = hellos.one_of_each_domain([endpoint for endpoint in dead if endpoint.id not in asked])[:MOST_DIED]
    foreign = hellos.one_of_each_domain([endpoint for endpoint in tls if _foreign(session, endpoint)])
    await asyncio.gather(
        *(hellos.probe(session, endpoint) for endpoint in died),
        *(_modern(session, endpoint) for endpoint in foreign[:MOST_FOREIGN]),
    )
    if _told_apart(session, dead):
        await hellos.compare(session, dead)
    greeted = _greetings(session)
    left = [endpoint for endpoint in tls if endpoint.id not in greeted]
    if not any(_otherwise(session, endpoint, greeted.get(endpoint.id)) for endpoint in tls):
        refused = any(_refused(session, endpoint, greeted.get(endpoint.id)) for endpoint in tls)
        left = [endpoint for endpoint in left if refused and session.proved(endpoint)]
    if left:
        session.observer.phase("device-tls", len(left))
        await asyncio.gather(*(_greet(session, endpoint) for endpoint in left))


def _slow(session: Session, endpoint: Endpoint) -> bool:
    """Whether bytes still came when the handshake was not waited for any longer: it did not die of anything."""
    ours = session.latest("tls", endpoint.id)
    return ours is not None and ours.still_came


def _foreign(session: Session, endpoint: Endpoint) -> bool:
    ours = session.latest("tls", endpoint.id)
    return ours is not None and ours.failure is None and ours.tls is not None and session.foreign(ours.tls)


async def _modern(session: Session, endpoint: Endpoint) -> None:
    """A handshake with all that this computer's TLS offers: an inspection of older clients shows itself beside it."""
    target = Target(endpoint.host, endpoint.port)
    connection = Connection(session, ID, target, hello(MODERN))
    async with placed(connection):
        tunnel = await connection.open()
        if tunnel is not None:
            timeout_s = session.way.timeout_s
            await handshake(session.trace, ID, endpoint.id, endpoint.host, tunnel, timeout_s, variant=hello(MODERN))


def _otherwise(session: Session, endpoint: Endpoint, own: Evidence | None) -> bool:
    """Whether the device's greeting was answered by another peer than ours, or by one that proves less; or by somebody
    else where ours failed: an old inspector may speak no TLS that this computer does."""
    ours = session.latest("tls", endpoint.id)
    if ours is None or own is None or own.tls is None or own.failure is not None or not own.tls.chain:
        return False
    if ours.failure is not None or ours.tls is None:
        return ours.failure is not None and session.foreign(own.tls)
    less = own.tls.possession == "other-key" or (session.doubtful(own.tls) and not session.doubtful(ours.tls))
    return less or session.foreign(own.tls) is not session.foreign(ours.tls)


def _refused(session: Session, endpoint: Endpoint, own: Evidence | None) -> bool:
    """Whether the device's greeting was not answered to its end where our handshake is. Where answers are slow, a
    silence says nothing, nor does one whose bytes still came."""
    if own is None or own.failure is None or own.still_came or not session.proved(endpoint):
        return False
    return own.failure.name != "timeout" or session.way.patience.late_s < hellos.ANSWER_S


def _told_apart(session: Session, dead: list[Endpoint]) -> bool:
    """Whether the device's greeting is refused where a newer one is answered and our handshake died, and is answered by
    other hosts: then what died elsewhere may have died of the greeting, and not of the host's name."""
    own, newer = _answered(session, session.device.client_hello.profile), _answered(session, hellos.MODERN)
    return bool(own) and any(endpoint.id in newer - own for endpoint in dead)


def _answered(session: Session, profile: str) -> set[str | None]:
    return {e.endpoint for e in hellos.greetings(session, profile) if e.failure is None}


def _greetings(session: Session) -> dict[str | None, Evidence]:
    """What came of the device's greeting, by endpoint: the first answer, or the first failure where none came."""
    said = hellos.greetings(session, session.device.client_hello.profile)[::-1]
    said.sort(key=lambda evidence: evidence.failure is None)
    return {evidence.endpoint: evidence for evidence in said}


async def _greet(session: Session, endpoint: Endpoint) -> None:
    answered = await hellos.greet_as_device(session, endpoint)
    session.observer.finished(endpoint.id, "ok" if answered else "failed")
