"""Does the device's own TLS greeting pass, and do others pass: a newer one, a large one, one cut in two?

Middleboxes judge a client by its first message. For a host of each domain the device's ClientHello goes through a
tunnel of its own, and for a few beside it a current one, one of more than 1.5 kB, and the device's again in two TCP
segments. A greeting that is dropped where another passes is sent once more, so that a connection lost by chance leads
to no cause.
"""

import asyncio
import os
from collections.abc import Callable
from typing import Final

from proxycheck.catalogue.client_hellos import load_client_hello
from proxycheck.checks.connection import Connection, placed
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint, one_of_each
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import hello, hello_of
from proxycheck.model.target import Target
from proxycheck.net.hello import Pause, greet
from proxycheck.net.tunnel import Tunnel
from proxycheck.wire.domains import domain_of
from proxycheck.wire.tls.client_hello import ENTROPY_LENGTH, client_hello

ID: Final = "hellos"
MODERN, LARGE = "modern", "large"
MOST_HOSTS = 4
MOST_DOMAINS = 16
"""So many domains of a device file of somebody's own are greeted at most."""
ANSWER_S = 5.0
"""How long a host has for its flight at least; where ordinary handshakes take long, it has longer."""


def one_of_each_domain(endpoints: list[Endpoint]) -> list[Endpoint]:
    """The first endpoint of each domain, in order."""
    return one_of_each(endpoints, lambda endpoint: domain_of(endpoint.host))


def representatives(session: Session) -> list[Endpoint]:
    """A required TLS host of each domain; of any tier where none is required."""
    tls = [endpoint for endpoint in session.endpoints if endpoint.speaks == "tls"]
    tls.sort(key=lambda endpoint: (endpoint.any_of is not None, endpoint.port != 443))
    required = [endpoint for endpoint in tls if endpoint.tier == "required"]
    return one_of_each_domain(required or tls)


async def run(session: Session) -> None:
    """All greetings to a few of the representatives; what only some software of the device says, to the first of
    them. The others get the device's alone, once they have been measured (`greeted_later`)."""
    if session.halted:
        return
    also = session.device.client_hello.also
    hosts = representatives(session)[:MOST_HOSTS]
    await asyncio.gather(*(probe(session, e, () if number else also) for number, e in enumerate(hosts)))


def greeted_later(session: Session) -> frozenset[str]:
    """The representatives that get the device's greeting alone: a comparison, which is not to come first there."""
    return frozenset(endpoint.id for endpoint in representatives(session)[MOST_HOSTS:MOST_DOMAINS])


async def greet_too(session: Session, endpoint: Endpoint) -> None:
    """The device's own greeting to a host that has been measured."""
    await greet_as_device(session, endpoint)


async def probe(session: Session, endpoint: Endpoint, also: tuple[str, ...] = ()) -> None:
    """All greetings to one host, the others as soon as a tunnel for the device's is open: where none opens, there is
    nothing to compare."""
    said: list[asyncio.Task[list[Evidence]]] = []
    async with asyncio.TaskGroup() as group:

        def compare() -> None:
            asked = (_whole(session, endpoint, name) for name in (MODERN, *also))
            said.extend(group.create_task(greeting) for greeting in (_cut(session, endpoint), *asked))

        found = await _whole(session, endpoint, session.device.client_hello.profile, opened=compare)
    found += [evidence for each in said for evidence in each.result()]
    if any(evidence.failure is None for evidence in found):
        await _repeat(session, endpoint, {evidence.variant or "" for evidence in found if _dropped(evidence)})


async def greet_as_device(session: Session, endpoint: Endpoint) -> bool:
    """The device's own greeting to one host, once more where it was cut off; True when it was answered in kind."""
    own = session.device.client_hello.profile
    said = await _whole(session, endpoint, own)
    if any(_dropped(evidence) and evidence.ended != "timeout" for evidence in said):
        said += await _whole(session, endpoint, own)
    return any(evidence.failure is None for evidence in said)


async def compare(session: Session, endpoints: list[Endpoint]) -> None:
    """The device's own greeting to each of these hosts, and a newer one where it is refused; none that was sent
    before."""
    own: dict[str | None, bool] = {}
    for said in greetings(session, session.device.client_hello.profile):
        own[said.endpoint] = own.get(said.endpoint, False) or said.failure is None
    newer = {said.endpoint for said in greetings(session, MODERN)}

    async def one(endpoint: Endpoint) -> None:
        answered = own[endpoint.id] if endpoint.id in own else await greet_as_device(session, endpoint)
        if not answered and endpoint.id not in newer:
            await _whole(session, endpoint, MODERN)

    await asyncio.gather(*(one(endpoint) for endpoint in endpoints))


def greetings(session: Session, profile: str) -> list[Evidence]:
    """What came of the greetings of one profile so far, whole ones."""
    wanted = (ID, "tls", hello(profile))
    return [e for e in session.trace.evidence if (e.check, e.operation, e.variant) == wanted]


def _dropped(evidence: Evidence) -> bool:
    """Whether it was. An answer of which bytes still came was not, however long it takes."""
    dropped = evidence.failure is not None and evidence.failure.name in ("eof", "reset", "timeout")
    return dropped and not evidence.still_came


async def _repeat(session: Session, endpoint: Endpoint, variants: set[str]) -> None:
    """Once more what was dropped; a silence is waited for to the end now, since a host may be that slow."""
    sent = [greeting for variant in sorted(variants) if (greeting := hello_of(variant)) is not None]
    cut = [greeting for greeting in sent if greeting.split or greeting.profile == LARGE]
    whole = [greeting.profile for greeting in sent if greeting not in cut]
    again = [_whole(session, endpoint, profile, answer_s=session.way.timeout_s) for profile in whole]
    await asyncio.gather(*again, *([_cut(session, endpoint)] if cut else []))


async def _whole(
    session: Session,
    endpoint: Endpoint,
    name: str,
    *,
    opened: Callable[[], None] = lambda: None,
    answer_s: float = ANSWER_S,
) -> list[Evidence]:
    """The greeting of one profile; nothing where no tunnel opened. `opened` is called when one is."""
    connection = _connection(session, endpoint, name)
    async with placed(connection, urgent=True):
        tunnel = await connection.open()
        if tunnel is None:
            return []
        opened()
        return [await _greet(session, endpoint, tunnel, name, answer_s=answer_s)]


async def _cut(session: Session, endpoint: Endpoint) -> list[Evidence]:
    """The device's greeting in two segments, and the large one.

    The second segment leaves when the tunnel for the large greeting has been opened: by then the first has reached
    the proxy alone, whatever the network's pace. That takes two connections at a time."""
    if session.concurrency < 2:
        return await _whole(session, endpoint, LARGE)
    own = session.device.client_hello.profile
    cut, crossing = _connection(session, endpoint, own, split=True), _connection(session, endpoint, LARGE)
    said: list[asyncio.Task[Evidence]] = []
    async with placed(cut, crossing, urgent=True):
        tunnel = await cut.open()
        if tunnel is None:
            return []
        async with asyncio.TaskGroup() as group:

            async def cross() -> None:
                crossed = await crossing.open()
                if crossed is not None:
                    said.append(group.create_task(_greet(session, endpoint, crossed, LARGE)))

            found = await _greet(session, endpoint, tunnel, own, pause=cross)
    return [found, *(each.result() for each in said)]


async def _greet(
    session: Session,
    endpoint: Endpoint,
    tunnel: Tunnel,
    name: str,
    *,
    pause: Pause | None = None,
    answer_s: float = ANSWER_S,
) -> Evidence:
    greeting = client_hello(load_client_hello(name), endpoint.host, os.urandom(ENTROPY_LENGTH))
    return await greet(
        session.trace,
        ID,
        endpoint.id,
        endpoint.host,
        greeting,
        tunnel,
        min(max(answer_s, session.way.patience.late_s), session.way.timeout_s),
        variant=hello(name, split=pause is not None),
        pause=pause,
    )


def _connection(session: Session, endpoint: Endpoint, name: str, *, split: bool = False) -> Connection:
    return Connection(session, ID, Target(endpoint.host, endpoint.port), hello(name, split=split))
