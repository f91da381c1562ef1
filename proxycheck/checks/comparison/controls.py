"""How does this proxy answer for a name that cannot exist, for an address, for a host's name in another host's tunnel?

Proxies word their refusals differently, and some say 200 before they know anything. Comparisons tell them apart: the
answer to a name of the reserved domain `invalid` (RFC 6761 section 6.4) is what "cannot be resolved" looks like here,
and at a port where nothing opens it tells whether the port is the matter, and so does a host of that port at another,
for some proxies look for the name first; a tunnel to the proxy's own address needs no name at all; a handshake that
dies with one server name in the tunnel of a host that is known to answer was cut for its name, and so was one that
comes to life in its own tunnel under the name of such a host; and an authority that signs for one host's name in
another host's tunnel, or for a name that does not exist, sits on the path and not at the host.
"""

import asyncio
from collections.abc import Sequence
from typing import Final

from proxycheck.checks.comparison.invented import ask, invented
from proxycheck.checks.connection import Connection, placed
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.evidence import Evidence
from proxycheck.model.failure import Failure
from proxycheck.model.questions import (
    BEYOND_THE_PACE,
    INSIDE_TLS,
    NONEXISTENT,
    OWN_ADDRESS,
    OWN_PORT,
    at_open_port,
    no_such_name,
    nonexistent_at,
    server_name,
    working_name,
)
from proxycheck.model.target import Target
from proxycheck.net.tunnel import ProxyRoute
from proxycheck.wire.domains import domain_of, owner_of

Answered = tuple[Endpoint, Failure | None]
"""An endpoint, and how CONNECT to it failed, if it did."""
ID: Final = "controls"
_MEASURED = frozenset(("proxy_tcp", "connect", "auth", "tls", "http"))
_EVERYBODYS_PORT = 443
MOST_PORTS = 4
MOST_NAMES = 6
MOST_AUTHORITIES = 6


def _failed(session: Session) -> bool:
    """A control is worth its connection only where something failed, or a chain is not public."""
    accepted = isinstance(session.way, ProxyRoute) and session.way.gate.state == "accepted"
    return any(
        (evidence.failure is not None and not (accepted and _only_asks(evidence))) or evidence.variant == INSIDE_TLS
        for evidence in session.trace.evidence
        if evidence.check not in ("greeting", "hellos", ID)
        and evidence.operation in _MEASURED
        and evidence.variant != BEYOND_THE_PACE
    )


def _only_asks(evidence: Evidence) -> bool:
    """Whether this is a 407 to a request without user name and password, which then answered it."""
    asked = evidence.failure is not None and evidence.failure.detail.startswith("407")
    return asked and "proxy-authorization" not in evidence.sent.lower()


def _died(session: Session, endpoint: Endpoint) -> bool:
    found = session.latest("tls", endpoint.id)
    return found is not None and found.failure is not None and (not found.received or found.failure.name == "tls-alert")


async def own_answers(session: Session) -> None:
    """How the proxy answers for itself and for a name that cannot exist, once in a run."""
    if not session.compared:
        session.compared = True
        await asyncio.gather(_addresses(session), nonexistent(session))


async def _addresses(session: Session) -> None:
    """Targets that need no name and are surely there."""
    address = session.route.address or session.route.proxy.host
    await asyncio.gather(
        ask(session, Target(address, 443), address, OWN_ADDRESS),
        ask(session, Target(address, session.route.proxy.port), address, OWN_PORT),
    )


async def nonexistent(session: Session) -> None:
    """How the proxy answers for a name that cannot exist; asked once in a run. A proxy that signs for such a name signs
    for all, whoever is believed."""
    name = f"{session.nonce}.invalid"
    if not session.invented:
        session.invented = True
        await ask(session, Target(name, _EVERYBODYS_PORT), name, NONEXISTENT)


def _closed_ports(answered: Sequence[Answered]) -> list[int]:
    """Ports at which no tunnel opened while others did, and one was refused by an answer that tells of no failure to
    reach a host."""
    opened = {e.port for e, failure in answered if failure is None}
    refused = {e.port for e, failure in answered if failure is not None and _says_no(failure)}
    return sorted(refused - opened - {_EVERYBODYS_PORT})[:MOST_PORTS] if opened else []


def _answered(session: Session) -> list[Answered]:
    """What CONNECT to each endpoint came to."""
    asked = ((e, session.latest("auth", e.id) or session.latest("connect", e.id)) for e in session.endpoints)
    return [(e, found.failure) for e, found in asked if found is not None]


def _known_by_their_port_alone(answered: Sequence[Answered], ports: list[int]) -> list[Endpoint]:
    """One endpoint for each closed port at which no host has another port that opened: whether it is refused for its
    port or for itself shows where it is asked for at a port that is open."""
    opened = {e.host for e, failure in answered if failure is None}
    if not any(failure is None and e.port == _EVERYBODYS_PORT for e, failure in answered):
        return []
    refused = [[e for e, f in answered if e.port == port and f is not None and _says_no(f)] for port in ports]
    return [found[0] for found in refused if found and not any(e.host in opened for e in found)]


def _says_no(failure: Failure) -> bool:
    return failure.name == "refused-by-peer" and failure.detail[:1] != "5"


async def _nonexistent_at(session: Session, port: int) -> None:
    name = f"{session.nonce}.invalid"
    await ask(session, Target(name, port), name, nonexistent_at(port))


async def _at_open_port(session: Session, endpoint: Endpoint) -> None:
    """A tunnel alone: whether its host speaks TLS there is no question."""
    connection = Connection(session, ID, Target(endpoint.host, _EVERYBODYS_PORT), at_open_port(endpoint.host))
    async with placed(connection):
        await connection.open()


async def run(session: Session) -> None:
    """The comparisons that the failures of this run call for."""
    if session.halted:
        return
    tls = [e for e in session.endpoints if e.speaks == "tls" and e.id in session.measured]
    if not _failed(session):
        return
    died = _of_each_domain([e for e in tls if _died(session, e)])[:MOST_NAMES]
    foreign = _one_for_each_authority(session, tls, foreign=True)[:MOST_AUTHORITIES]
    neighbours = [e for e in tls if e.port == 443 and session.proved(e) and _chain(session, e, foreign=False)]
    answered = [] if session.direct else _answered(session)
    ports = _closed_ports(answered)
    alone = _known_by_their_port_alone(answered, ports)
    session.observer.phase("comparison", 3 + len(died) + 2 * len(foreign) + len(ports) + len(alone))
    asked = [invented(session, endpoint) for endpoint in foreign]
    asked += [_nonexistent_at(session, port) for port in ports]
    asked += [_at_open_port(session, endpoint) for endpoint in alone]
    if not session.direct:
        asked.append(own_answers(session))
    if not session.direct and _only_pages(session, tls):
        from proxycheck.checks import listener  # noqa: PLC0415  most proxies never need it

        asked.append(listener.after_pages(session))
    compared = [(endpoint, next(iter(neighbours), None)) for endpoint in died]
    compared += [(endpoint, _unrelated(endpoint, neighbours)) for endpoint in foreign]
    for endpoint, neighbour in compared:
        if neighbour is not None:
            target = Target(neighbour.host, neighbour.port)
            asked.append(ask(session, target, endpoint.host, server_name(endpoint.host)))
    innocent = next(iter(neighbours), None)
    if died and innocent is not None and session.trace.latest("tls", innocent.id, no_such_name(innocent.host)) is None:
        asked.append(invented(session, innocent))  # whether any name but the host's own passes there
    if foreign:
        from proxycheck.checks.comparison import own_trust  # noqa: PLC0415  cryptography is loaded where it is needed

        asked.append(own_trust.ask(session, ID, foreign))
    await asyncio.gather(*asked)
    if innocent is not None and _cut(session, innocent):
        await asyncio.gather(*(_renamed(session, e, innocent) for e in died if e.host != innocent.host))


def _cut(session: Session, innocent: Endpoint) -> bool:
    """Whether a name that cannot exist is cut in the tunnel of a host that answers: then only its own passes there, or
    those of a list."""
    found = session.trace.latest("tls", innocent.id, no_such_name(innocent.host))
    return found is not None and found.failure is not None and not found.received


async def _renamed(session: Session, endpoint: Endpoint, other: Endpoint) -> None:
    """The name of a host that answers, in the tunnel of one whose handshake dies."""
    await ask(session, Target(endpoint.host, endpoint.port), other.host, working_name(endpoint.host))


def _of_each_domain(endpoints: list[Endpoint]) -> list[Endpoint]:
    """The same, one of each domain first: what one of a domain shows stands for those that end as it does."""
    first = {domain_of(e.host): e for e in reversed(endpoints)}
    return sorted(endpoints, key=lambda endpoint: first[domain_of(endpoint.host)] is not endpoint)


def _only_pages(session: Session, tls: list[Endpoint]) -> bool:
    """Whether every tunnel that opened answered TLS with something that is none, and nothing has asked yet what the
    listener says to an ordinary request."""
    said = [found for e in tls if (found := session.latest("tls", e.id)) is not None]
    odd = [found for found in said if found.failure is not None and found.failure.name == "malformed"]
    return bool(odd) and len(odd) == len(said) and session.trace.latest("proxy_greeting", None, "http") is None


def _unrelated(endpoint: Endpoint, neighbours: list[Endpoint]) -> Endpoint | None:
    """A neighbour of another owner: servers of one owner may well answer for each other's names."""
    return next((e for e in neighbours if owner_of(e.host) != owner_of(endpoint.host)), None)


def _chain(session: Session, endpoint: Endpoint, *, foreign: bool) -> bool:
    found = session.latest("tls", endpoint.id)
    return (
        found is not None and found.tls is not None and bool(found.tls.chain) and session.foreign(found.tls) is foreign
    )


def _one_for_each_authority(session: Session, tls: list[Endpoint], *, foreign: bool) -> list[Endpoint]:
    """A host for each group of foreign chains, or of the others, that end alike; a host with a chain of its own is a
    group of one."""
    groups: dict[str, Endpoint] = {}
    for endpoint in tls:
        if _chain(session, endpoint, foreign=foreign):
            found = session.latest("tls", endpoint.id)
            if found is not None and found.tls is not None:
                groups.setdefault(found.tls.chain[-1], endpoint)
    return list(groups.values())
