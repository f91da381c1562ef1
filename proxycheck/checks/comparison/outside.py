"""What do hosts say without the proxy: those that failed through it, and those whose certificate is in doubt?

A neighbour that works through the proxy is asked first. If the neighbour cannot be resolved or reached from here, this
network gives no control, and nothing is concluded from it. Where it can, a host that fails both ways is gone; a
certificate that comes both ways is not the proxy's; and a public one here, where a foreign one came through the proxy,
tells who signed that.
"""

import asyncio
import os
from collections import defaultdict
from typing import Final

from proxycheck.catalogue.client_hellos import load_client_hello
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.failure import Operation
from proxycheck.model.questions import ANSWER_INSIDE, hello
from proxycheck.model.target import Target
from proxycheck.net import control
from proxycheck.wire.domains import domain_of, owner_of
from proxycheck.wire.http.denials import denies_by_a_rule
from proxycheck.wire.http.leads import leads_to
from proxycheck.wire.http.reply import reply_in
from proxycheck.wire.http.request import origin_request
from proxycheck.wire.tls.client_hello import ENTROPY_LENGTH, client_hello

ID: Final = "outside"
MOST = 40
"""Hosts that are asked for at most: with more failing, the hosts are not the matter."""
MOST_CHAINS = 12
"""Hosts whose certificate is fetched for comparison."""


def _unreached(session: Session, endpoint: Endpoint) -> bool:
    return endpoint.id in session.measured and not session.proved(endpoint)


def _in_doubt(session: Session) -> list[Endpoint]:
    """A host for each doubtful chain: for those that end in one authority, a host of each domain."""
    found: dict[tuple[str, str], Endpoint] = {}
    for endpoint in session.endpoints:
        authority = _doubtful_authority(session, endpoint)
        if authority is not None:
            found.setdefault((authority, domain_of(endpoint.host)), endpoint)
    return list(found.values())[:MOST_CHAINS]


def _doubtful_authority(session: Session, endpoint: Endpoint) -> str | None:
    """The end of the chain that it showed, where that is in doubt."""
    seen = session.latest("tls", endpoint.id)
    shown = seen.tls if seen is not None else None
    return shown.chain[-1] if shown is not None and shown.chain and session.doubtful(shown) else None


def _silent(session: Session) -> list[Endpoint]:
    """Hosts that said nothing inside TLS, where no other of their owner did either."""
    asked = [e for e in session.trace.evidence if e.check == "endpoints" and e.variant == ANSWER_INSIDE]
    known = {endpoint.id: endpoint for endpoint in session.endpoints}
    places = {e.id: (owner_of(e.host), e.port) for e in session.endpoints}
    heard = {places[e.endpoint] for e in asked if e.failure is None and e.endpoint in places}
    return [known[e.endpoint] for e in asked if e.endpoint in known and places[e.endpoint] not in heard]


def _questionable(session: Session) -> list[Endpoint]:
    """Plain-HTTP hosts whose answer begins as that of a host of another owner does (one page for all, perhaps), leads
    to somebody else's host, fails, or speaks of a rule that denies: only the host can tell whether it says so."""
    groups: dict[tuple[int, str | None], list[Endpoint]] = defaultdict(list)
    away: list[Endpoint] = []
    decides: Operation = "http_forward" if session.device.proxy.plain_http == "forward" else "http"
    for endpoint in session.endpoints:
        found = session.latest(decides, endpoint.id) if endpoint.speaks == "http" and endpoint.expect is None else None
        if found is not None and found.failure is None:
            reply = reply_in(found)
            groups[reply.status, reply.value("Server")].append(endpoint)
            place = leads_to(reply)
            led = bool(place) and owner_of(place or "") != owner_of(endpoint.host)
            away += [endpoint] if led or reply.fails or denies_by_a_rule(reply) else []
    alike = [group for group in groups.values() if len({owner_of(e.host) for e in group}) > 1]
    wanted = {endpoint.id: endpoint for group in (away, *alike) for endpoint in group}
    return list(wanted.values())[:MOST_CHAINS]


def _rejected(session: Session) -> set[str]:
    """Endpoints that did not answer the device's greeting and did answer another, or our own handshake."""
    said = [e for e in session.trace.evidence if e.check == "hellos" and e.operation == "tls"]
    own = hello(session.device.client_hello.profile)
    passed = {e.endpoint for e in said if e.failure is None and e.variant == own}
    answered = {e.endpoint for e in said if e.failure is None} | {e.id for e in session.endpoints if session.proved(e)}
    refused = {e.endpoint for e in said if e.variant == own} - passed
    return {endpoint for endpoint in refused & answered if endpoint is not None}


async def _ask(
    session: Session,
    endpoint: Endpoint,
    *,
    direct: bool = True,
    chain: bool = False,
    greeting: bool = False,
    questionable: bool = False,
) -> tuple[bool, bool]:
    """Whether the host's name resolves and a connection opens; on that connection what was asked for is said, and where
    an answer through the proxy is `questionable`, the same request."""
    request = origin_request(Target(endpoint.host, endpoint.port), endpoint.path, user_agent=session.way.agent)
    target = Target(endpoint.host, endpoint.port)
    async with session.limit.places():
        address = await control.resolve(session.trace, ID, target)
        if address is None or not direct:
            return address is not None, False
        connection = await control.connect(session.trace, ID, target, address)
        if connection is None:
            return True, False
        if chain:
            silent = request if endpoint in _silent(session) else None
            await control.authenticate(session.trace, ID, target, connection, session.limits, silent)
        elif questionable:
            await control.fetch(session.trace, ID, target, connection, request)
        await connection.stream.close()
        if greeting:
            await _greet(session, target, address)
    return True, True


async def _greet(session: Session, target: Target, address: str) -> None:
    """The device's own greeting, on a connection of its own."""
    profile = session.device.client_hello.profile
    connection = await control.connect(session.trace, ID, target, address)
    if connection is not None:
        greeting = client_hello(load_client_hello(profile), target.host, os.urandom(ENTROPY_LENGTH))
        await control.greet(session.trace, ID, target, connection, greeting, hello(profile))
        await connection.stream.close()


async def run(session: Session) -> None:
    """Asks for a working neighbour, then, where that gives a control, for each host in question."""
    if session.halted or not session.outside:
        return
    failing = [endpoint for endpoint in session.endpoints if _unreached(session, endpoint)]
    questionable, rejected = _questionable(session), _rejected(session)
    doubtful = [*_in_doubt(session), *_silent(session), *questionable]
    asked = {e.id: e for e in (*(failing if len(failing) <= MOST else ()), *doubtful)}
    asked |= {endpoint.id: endpoint for endpoint in session.endpoints if endpoint.id in rejected}
    neighbour = _neighbour(session, doubtful)
    if not asked or neighbour is None:
        return
    session.observer.phase("outside", len(asked))
    resolved, reached = await _ask(
        session,
        neighbour,
        chain=neighbour.speaks == "tls",
        greeting=neighbour.id in rejected,
        questionable=neighbour in questionable,
    )
    asked.pop(neighbour.id, None)
    if resolved:
        await asyncio.gather(
            *(
                _ask(
                    session,
                    e,
                    direct=reached,
                    chain=_shows_chain(session, e),
                    greeting=e.id in rejected,
                    questionable=e in questionable,
                )
                for e in asked.values()
            )
        )


def _neighbour(session: Session, doubtful: list[Endpoint]) -> Endpoint | None:
    """A host that works through the proxy: one whose certificate is in no doubt, if there is one."""
    working = [e for e in session.endpoints if e.id in session.measured and session.proved(e)]
    in_doubt = {e.id for e in working if e in doubtful or _doubtful_authority(session, e) is not None}
    return min(working, key=lambda e: (e.id in in_doubt, e.speaks != "tls"), default=None)


def _shows_chain(session: Session, endpoint: Endpoint) -> bool:
    """Whether TLS was spoken to this host through the proxy: then it is spoken without it as well."""
    return endpoint.speaks == "tls" and session.latest("tls", endpoint.id) is not None
