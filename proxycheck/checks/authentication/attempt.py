"""One attempt with credentials on a connection of its own, and what the run has met of the proxy so far."""

from typing import Final

from msgspec import Struct

from proxycheck.checks.endpoint import CHECK as ENDPOINTS
from proxycheck.checks.session import Session
from proxycheck.model.failure import Failure
from proxycheck.model.target import Target
from proxycheck.net.exchange import exchange
from proxycheck.net.tunnel import finish_reply
from proxycheck.wire.auth.challenges import read_challenges
from proxycheck.wire.http.reply import Reply, ReplyReader, reply_in
from proxycheck.wire.http.request import connect_request

ID: Final = "authentication"


class LoginAnswer(Struct, frozen=True):
    """What a CONNECT to `target` was answered."""

    target: Target
    reply: Reply


def answers(session: Session) -> list[LoginAnswer]:
    """Every well-formed answer to a CONNECT for an endpoint, with or without credentials, in order."""
    known = {endpoint.id: Target(endpoint.host, endpoint.port) for endpoint in session.endpoints}
    found: list[LoginAnswer] = []
    for record in session.trace.evidence:
        if record.check == ENDPOINTS and record.operation in ("connect", "auth") and record.endpoint in known:
            reply = reply_in(record)
            if reply.problem is None:
                found.append(LoginAnswer(known[record.endpoint], reply))
    return found


def most_telling(session: Session) -> Target | None:
    """The target of a further attempt: one whose tunnel opened, else one that was answered at all; where credentials
    were asked for, one that needs them."""
    found = answers(session)
    asked = {answer.target for answer in found if answer.reply.status == 407}
    needing = [answer for answer in found if answer.target in asked] or found
    opened = [answer for answer in needing if answer.reply.success]
    return next((answer.target for answer in (*opened, *needing)), None)


def asks_otherwise(session: Session) -> bool:
    """Whether every 407 names schemes, and none of them Basic."""
    asked = [answer.reply for answer in answers(session) if answer.reply.status == 407]
    names = [{challenge.name for challenge in read_challenges(reply.raw_headers)} for reply in asked]
    return bool(names) and all(offered and "basic" not in offered for offered in names)


async def attempt(session: Session, target: Target, variant: str, value: str | None) -> Reply | None:
    """One CONNECT with this `Proxy-Authorization`, or none; the answer when it is a well-formed one."""
    route = session.route
    stream = await route.connect(ID, target.id, variant=variant)
    if stream is None:
        return None
    request = connect_request(target, route.dialect, user_agent=route.user_agent, authorization=value)
    recorder = route.trace.begin(ID, "auth", target.id, variant=variant)
    reply, ended, failure = await exchange(stream, recorder, request, ReplyReader("CONNECT"), "auth", route.timeout_s)
    finish_reply(recorder, reply, ended, failure, "auth")
    await stream.close()
    return reply if failure is None else None


def leave_out(session: Session, variant: str, reason: str) -> None:
    """Records that something was not sent, and why."""
    recorder = session.trace.begin(ID, "auth", None, variant=variant)
    recorder.finish("closed", Failure("cancelled", "auth", reason))
