"""Does it speak HTTP as a proxy, and are the credentials right? One connection, before anything runs in parallel."""

import asyncio
from typing import Final

from proxycheck.checks.authentication import login_probes as probes
from proxycheck.checks.comparison import controls
from proxycheck.checks.endpoint import CHECK, measure, prove
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint, one_of_each
from proxycheck.model.target import Target
from proxycheck.net.tunnel import Refused, Tunnel, open_tunnel
from proxycheck.wire.auth.challenges import read_challenges
from proxycheck.wire.auth.refusal import REFUSED
from proxycheck.wire.domains import owner_of
from proxycheck.wire.http.reply import Reply, reply_in

ID: Final = "first-contact"
SECOND_OPINIONS = 2
MORE_OPINIONS = 4
"""How many more hosts, of other owners, are asked before a login is said to be wanted for everything."""
SILENT_S = 2.5
"""After how many seconds the first answer is late, and second opinions are asked for beside it."""
Opened = Tunnel | Refused
_PAGE = "http"
"""The variant of the request for a page that is said to a listener."""
_WANTED = "the proxy wants credentials that it accepts before anything else can be measured"


def _candidates(session: Session) -> list[Endpoint]:
    """Required TLS endpoints first; one for each host, so that a second opinion is about another host."""
    ranked = sorted(session.endpoints, key=lambda e: (e.tier != "required", e.speaks != "tls", e.port != 443))
    return one_of_each(ranked, lambda endpoint: endpoint.host)


def _of_other_owners(first: Endpoint, rest: list[Endpoint]) -> list[Endpoint]:
    """One host of each other owner first, and those of the same owners after: what a rule says of one owner's hosts is
    no opinion about the proxy."""
    owners = {owner_of(first.host)}
    ahead: list[Endpoint] = []
    for endpoint in rest:
        if owner_of(endpoint.host) not in owners:
            owners.add(owner_of(endpoint.host))
            ahead.append(endpoint)
    return [*ahead, *(endpoint for endpoint in rest if endpoint not in ahead)]


def _answer(session: Session, endpoint: Endpoint) -> Reply | None:
    """The well-formed answer to the last request for this endpoint, if there was one."""
    for operation in ("auth", "connect"):
        found = session.latest(operation, endpoint.id)
        if found is not None:
            reply = reply_in(found)
            return reply if reply.problem is None else None
    return None


async def run(session: Session) -> None:
    """Measures one endpoint alone; asks for second opinions where its answer would stop the whole run."""
    candidates = _candidates(session)
    if session.halted or not candidates:
        return
    session.observer.phase("first-tunnel", 1)
    first, *rest = candidates
    rest = _of_other_owners(first, rest)
    others = rest[:SECOND_OPINIONS]
    session.measured.add(first.id)
    session.observer.started(first.id)
    gate = session.route.gate
    opening = asyncio.create_task(open_tunnel(session.route, CHECK, Target(first.host, first.port)))
    if gate.state == "absent" and await _works_beside(session, opening, others):
        session.background(CHECK, first.id, _finish_late(session, first, opening))
        return
    opened = await opening
    tunnel = opened if isinstance(opened, Tunnel) else None
    if tunnel is not None and not gate.open_question:
        session.background(CHECK, first.id, _finish(session, first, tunnel))
        return
    if tunnel is not None:
        await _finish(session, first, tunnel)
        _vouch(session, first)
    else:
        session.observer.finished(first.id, "failed")
    if gate.open_question:
        await _another_host(session, rest)
    if isinstance(opened, Refused):
        await _refused(session, opened.reply, first, rest)


async def _works_beside(session: Session, opening: asyncio.Task[Opened], others: list[Endpoint]) -> bool:
    """Asks for second opinions where the first answer is late; whether one of them proves the proxy before it comes.

    Where a login may be wanted, nothing is asked before that answer: it says whether."""
    await asyncio.wait({opening}, timeout=SILENT_S)
    if opening.done():
        return False
    session.background("controls", None, controls.own_answers(session))
    for other in others:
        session.background(CHECK, other.id, _measured(session, other))
    waiting = {opening, *session.tasks}
    while not opening.done() and len(waiting) > 1:
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if any(session.proved(other) for other in others):
            return not opening.done()
    return False


async def _measured(session: Session, endpoint: Endpoint) -> None:
    await measure(session, endpoint)


async def _finish_late(session: Session, endpoint: Endpoint, opening: asyncio.Task[Opened]) -> None:
    opened = await opening
    if isinstance(opened, Tunnel):
        await _finish(session, endpoint, opened)
    else:
        session.observer.finished(endpoint.id, "failed")


async def _another_host(session: Session, others: list[Endpoint]) -> None:
    """A second opinion where the answer to credentials said neither yes nor no, before anything runs in parallel. Halts
    the run where that leaves the question open."""
    if others:
        await measure(session, others[0])
        _vouch(session, others[0])
    gate = session.route.gate
    if gate.state == "undecided" and await probes.bad_password_refused(session):
        gate.vouch()
    if gate.state == "undecided":
        session.halted = "it is not known whether the proxy accepted user name and password"
    elif gate.state == "refused":
        session.halted = _WANTED


def _vouch(session: Session, endpoint: Endpoint) -> None:
    """The host that answered behind a page-like answer proves that the credentials were accepted."""
    sent = session.latest("auth", endpoint.id)
    if sent is not None and session.proved(endpoint):
        session.route.gate.vouch()


async def _refused(session: Session, reply: Reply | None, first: Endpoint, rest: list[Endpoint]) -> None:
    """What a first CONNECT that opened nothing calls for. Three hosts are few: the run is halted only where nobody else
    was answered otherwise, be it a comparison or one of the next hosts. Where it goes on, what failed here is asked for
    again as everything is that failed."""
    if reply is None and _answers_others(session):
        return  # it was so late that comparisons were asked beside it; the second opinions go on in the background
    from proxycheck.checks import listener as greeting  # noqa: PLC0415  most proxies never need it

    refused = session.route.gate.state == "refused"
    others, more = rest[:SECOND_OPINIONS], rest[SECOND_OPINIONS:][:MORE_OPINIONS]
    new = [other for other in others if other.id not in session.measured]
    if reply is not None and reply.status != 407 and (session.halted or not refused):
        await greeting.after_refusal(session, reply.status)
        return
    if reply is None:
        asked = (greeting.run(session), controls.own_answers(session))
        await asyncio.gather(*asked, *(measure(session, other) for other in new), *session.tasks)
    else:
        await asyncio.gather(*(measure(session, other) for other in new), *session.tasks)
    answers = [reply, *(_answer(session, endpoint) for endpoint in others)]
    if all(answer is None for answer in answers):
        if not _answers_others(session) and _greets(session):
            await asyncio.gather(*(measure(session, endpoint) for endpoint in (first, *others)))
        if not _answers_others(session):
            session.halted = "nothing at the proxy's address answers CONNECT as an HTTP proxy does"
    elif all(_wants_a_login(answer) for answer in answers):
        if not _would_send(session, answers) and more:
            await asyncio.gather(*(measure(session, endpoint) for endpoint in more))
            answers = [_answer(session, endpoint) for endpoint in more]
        named = any(read_challenges(answer.raw_headers) for answer in answers if answer is not None)
        if all(_wants_a_login(answer) for answer in answers) and (named or session.route.gate.state == "refused"):
            session.halted = _WANTED


def _would_send(session: Session, answers: list[Reply | None]) -> bool:
    """Whether credentials may go out once more where another host is asked. Upon a 407 that names no scheme which the
    device speaks none do; and one that names none at all may be this proxy's word for a host that it does not like."""
    if session.credentials is None:
        return False
    spoken = session.device.proxy.auth_schemes
    offered = (c.name for answer in answers if answer is not None for c in read_challenges(answer.raw_headers))
    return session.device.proxy.sends_unasked or any(name in spoken for name in offered)


def _wants_a_login(reply: Reply | None) -> bool:
    return reply is not None and reply.status in REFUSED


def _answers_others(session: Session) -> bool:
    """Whether any CONNECT, be it only a comparison, was answered in HTTP: then it is a proxy that listens, and the
    first connections met dead ones of several, or hosts that are cut off."""
    asked = (e for e in session.trace.evidence if e.operation in ("connect", "auth"))
    return any(reply_in(record).problem is None for record in asked if record.received)


def _greets(session: Session) -> bool:
    """Whether first words in HTTP were answered in HTTP since."""
    said = session.trace.latest("proxy_greeting", None, _PAGE)
    return said is not None and bool(said.received) and reply_in(said).problem is None


async def _finish(session: Session, endpoint: Endpoint, tunnel: Tunnel) -> None:
    async with session.connections.places(), session.limit.places():
        proved = await prove(session, endpoint, tunnel)
        await tunnel.stream.close()
    session.tell(endpoint, answered=proved)
