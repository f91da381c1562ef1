"""Are user name and password right, whatever the device can do? And, where somebody asks, how picky is the proxy?

Nothing here breaks the promise of the gate: a refused password is sent once, one of which the answers say nothing is
sent to two hosts at most. Where the proxy offers only schemes that the device cannot do, the given credentials have not
been sent yet, and prove themselves once by another scheme; where it names no scheme at all, they are sent once unasked.
Where it took them for plain HTTP and refuses CONNECT without ever asking, they go with a few CONNECTs, to see whether
that is what it wants. And what a device is answered that sends none unasked is asked as well (see `bare`).
"""

import asyncio
import os

from proxycheck.checks.authentication import bare
from proxycheck.checks.authentication import login_probes as probes
from proxycheck.checks.authentication.attempt import ID, LoginAnswer, answers, attempt, leave_out, most_telling
from proxycheck.checks.session import Session
from proxycheck.model.questions import NONE_AFTER, NOT_ASKED_FOR, UNASKED
from proxycheck.model.target import Credentials, Probes
from proxycheck.net.authentication.gate import MOST_UNDECIDED
from proxycheck.net.authentication.login import log_in
from proxycheck.wire.auth.challenges import read_challenges
from proxycheck.wire.auth.choice import STRONGEST_FIRST, open_scheme
from proxycheck.wire.auth.refusal import login_answer, means_credentials

__all__ = ["refused_logins", "run"]

MOST_UNASKED = 4


def refused_logins(credentials: Credentials | None, asked: Probes) -> int:
    """How many refused logins a run may cause at most: `MOST_UNDECIDED` for the password given (one where the proxy
    refuses by 407 or 401), one for each probe."""
    return (credentials is not None) * MOST_UNDECIDED + len(probes.wanted(asked))


async def run(session: Session) -> None:
    """Proves credentials that could not be proved as the device does it, then makes the probes asked for."""
    gate, refusal = session.route.gate, _refusal(session)
    wanted = probes.wanted(session.probes)
    unsent = gate.state == "untested" and gate.tried == 0
    if not (wanted or gate.state == "accepted" or (unsent and refusal)):
        return
    session.observer.phase("login", 1 + len(wanted))
    if unsent and refusal is not None:
        await _prove(session, refusal)
    if gate.state == "accepted":
        await _unasked(session)
    remembered, _ = await asyncio.gather(_remembers(session), bare.ask_without(session))
    for probe in [probe for probe in wanted if not probes.made(session, probe)]:
        await probes.make(session, probe, remembered=remembered)


def _refusal(session: Session) -> LoginAnswer | None:
    """The first answer that wants credentials: a 407; or, where nothing opened, another one that means them."""
    found = answers(session)
    opened = any(answer.reply.success for answer in found)
    wanting = (a for a in found if a.reply.status == 407 or (not opened and means_credentials(a.reply)))
    return next(wanting, None)


async def _prove(session: Session, refusal: LoginAnswer) -> None:
    """The strongest scheme offered that leads to a proof; Basic unasked where the proxy names no scheme."""
    gate = session.route.gate
    async with gate.proof() as value:
        if value is None or session.credentials is None:
            return
        if not read_challenges(refusal.reply.raw_headers):
            reply = await attempt(session, refusal.target, UNASKED, value)
            same = reply is not None and reply.status == refusal.reply.status
            gate.settle("refused" if same else login_answer(reply))
        else:
            await _log_in(session, session.credentials, refusal)


async def _unasked(session: Session) -> None:
    """Credentials that were accepted elsewhere, with one CONNECT of each kind that was refused without them."""
    route = session.route
    if route.unasked:
        return
    last = {answer.target: answer.reply for answer in answers(session) if answer.target.id in route.bare}
    refused = {(reply.status, target.port): target for target, reply in last.items() if not reply.success}
    for target in list(refused.values())[: 0 if route.gate.turns.refused else MOST_UNASKED]:
        await attempt(session, target, NOT_ASKED_FOR, route.gate.proven())


async def _log_in(session: Session, credentials: Credentials, refusal: LoginAnswer) -> None:
    """Tries the offered schemes until one has sent a proof; one that was not accepted closes the gate."""
    offered = {challenge.name for challenge in read_challenges(refusal.reply.raw_headers)}
    spoken = [name for name in STRONGEST_FIRST if name in offered and name != "basic"]
    for name in spoken:
        host = session.route.proxy.host
        scheme = open_scheme(name, credentials, proxy_host=host, cnonce=os.urandom(16).hex())
        result = await log_in(session.route, ID, refusal.target, scheme)
        if result.proof_sent:
            if result.outcome != "accepted":
                session.route.gate.settle("refused")
            return
    if not spoken:
        leave_out(session, "other:stopped", "none of the schemes offered is spoken here")


async def _remembers(session: Session) -> bool:
    """Whether a connection without credentials passes after one with them."""
    target = most_telling(session) if session.route.gate.state == "accepted" else None
    reply = None if target is None else await attempt(session, target, NONE_AFTER, None)
    return reply is not None and reply.success
