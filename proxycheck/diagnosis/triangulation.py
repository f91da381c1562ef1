"""What requests without credentials, with the given ones, and with deliberately wrong ones tell of one another.

The given credentials prove themselves as the device sends them (Basic), or once by another scheme that the proxy
offers; the probes vary them. Read off the records of the check `authentication`.
"""

from typing import Final, Literal

from msgspec import Struct

from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import BAD_PASSWORD, UNASKED, LoginVariant, login, login_of
from proxycheck.model.report import CredentialsAnswer
from proxycheck.model.text import printable
from proxycheck.wire.auth.refusal import REFUSED, login_answer
from proxycheck.wire.http.reply import Reply, reply_in

CHECK: Final = "authentication"
LoginOutcome = Literal["accepted", "refused", "alike", "unclear", "unanswered", "left-out"]
"""`alike`: refused, but by no word about credentials, and just as the given ones are; `unclear`: by another such word,
which may be about credentials or not."""
NEXT = login("digest", "next")
"""The variant of a request that uses the nonce which the proxy named for it, after a login by Digest."""
_RIGHT = "whether they are right"
SPELLINGS = {"basic": "Basic", "digest": "Digest", "ntlm": "NTLM", "negotiate": "Negotiate"}


class LoginAttempt(Struct, frozen=True):
    """One attempt and what became of it. `why` says in words why it was left out or got no answer."""

    outcome: LoginOutcome
    status: int = 0
    why: str = ""


class OtherLogin(Struct, frozen=True):
    """The given credentials, proved by another scheme than Basic."""

    scheme: str
    attempt: LoginAttempt


def answer_of(record: Evidence) -> Reply | None:
    """The well-formed answer to a CONNECT in a record, if there is one."""
    reply = reply_in(record)
    return reply if reply.problem is None and reply.status else None


def probe(case: Case, variant: str) -> LoginAttempt | None:
    """What became of one variant of the credentials, None when it was not asked for."""
    found = [e for e in case.of(CHECK, "auth") if e.variant == variant]
    return _attempt(case, found[-1]) if found else None


def _attempt(case: Case, record: Evidence) -> LoginAttempt:
    failure, reply = record.failure, answer_of(record)
    if failure is not None and failure.name == "cancelled":
        return LoginAttempt("left-out", why=printable(failure.detail, 160))
    if reply is None:
        return LoginAttempt("unanswered", why=f"the connection ended without an answer ({record.ended})")
    before = next((o for o in case.observations if o.id == record.endpoint), None)
    return LoginAttempt(_outcome(reply, before), reply.status)


def _outcome(reply: Reply, before: Observation | None) -> LoginOutcome:
    """`before` is the same endpoint as the device would get there, with the given credentials where it needs them."""
    if reply.success:
        return "accepted"
    known = before.reply if before is not None else None
    if reply.status in REFUSED or before is None or known is None or known.success:
        return "refused"
    if known.status != reply.status:
        return "unclear"
    return "alike" if before.credentials_sent else "refused"


def other_login(case: Case) -> OtherLogin | None:
    """The last login by another scheme, None when none was tried."""
    found = [e for e in case.of(CHECK, "auth") if login_of(e.variant) is not None and e.variant != NEXT]
    if not found:
        return None
    message = login_of(found[-1].variant) or LoginVariant("", "")
    attempt = _attempt(case, found[-1])
    if message.step == "begin":
        attempt = LoginAttempt("unanswered", why="its first message got no answer")
    return OtherLogin(SPELLINGS.get(message.scheme, ""), attempt)


def credentials_are(case: Case) -> str | None:
    """In a sentence: whether the given credentials are right, where the device's own way did not tell; else None."""
    login, unasked = other_login(case), probe(case, UNASKED)
    if login is not None:
        return _by_other_scheme(login)
    if unasked is not None and unasked.outcome == "accepted":
        return "Sent without being asked for, user name and password were accepted: they are right."
    if unasked is not None and unasked.outcome == "refused":
        return "Sent without being asked for, user name and password were refused as well."
    if unasked is not None and unasked.outcome == "unclear":
        return f"Sent without being asked for, user name and password get {unasked.status}, which leaves open {_RIGHT}."
    return None


def _by_other_scheme(login: OtherLogin) -> str:
    if login.attempt.outcome == "accepted":
        return f"User name and password are right: the proxy accepted them by {login.scheme}."
    if login.attempt.outcome == "refused":
        how = f"by {login.scheme}, {login.attempt.status}"
        return f"User name and password were refused as well ({how}): correct them too."
    if login.attempt.outcome == "unclear":
        return f"By {login.scheme}, user name and password get {login.attempt.status}, which leaves open {_RIGHT}."
    by = f" by {login.scheme}" if login.scheme else ""
    return f"Whether user name and password are right could not be tested{by}: {login.attempt.why}."


def challenges_met(case: Case) -> list[Reply]:
    """Every 407 to a request without credentials, in order."""
    found = [(e, case.challenge(e)) for e in case.evidence if e.check != CHECK]
    return [reply for e, reply in found if reply is not None and "proxy-authorization" not in e.sent.lower()]


def accepted(case: Case) -> bool:
    """Whether the credentials are known to be right: something opened with them; or they are answered otherwise than
    by asking again, and a wrong password is refused."""
    if any(o.proved or login_answer(reply) == "accepted" for o, reply in _answers_to_credentials(case)):
        return True
    bad = probe(case, BAD_PASSWORD)
    return bool(unclear_answers(case) or unclear_beside(case)) and bad is not None and bad.outcome == "refused"


def _answers_to_credentials(case: Case) -> list[tuple[Observation, Reply]]:
    sent = ((o, o.reply) for o in case.observations if o.credentials_sent)
    return [(o, reply) for o, reply in sent if reply is not None and reply.status]


def unclear_answers(case: Case) -> list[Observation]:
    """What was answered to credentials in a way that may be a refusal in other words, for lack of better answers."""
    return [o for o, reply in _answers_to_credentials(case) if login_answer(reply) == "undecided" and not o.proved]


def sent_beside(case: Case) -> tuple[Evidence, ...]:
    """Requests in which credentials went out to prove them, for another question than whether an endpoint opens: who
    meets the first 407 sends them, and they may not be sent a second time."""
    proofs = (e for e in case.evidence if e.operation == "auth" and e.check not in (CHECK, "endpoints"))
    return tuple(e for e in proofs if e.sent and (e.failure is None or e.failure.name != "cancelled"))


def unclear_beside(case: Case) -> tuple[Reply, ...]:
    """The answers to those that may be a refusal in other words. To a plain request that is the host's as well."""
    replies = (reply for e in sent_beside(case) if e.check != "plain-http" and (reply := answer_of(e)) is not None)
    return tuple(reply for reply in replies if login_answer(reply) == "undecided")


def undecided(case: Case) -> bool:
    """Whether credentials were sent and nothing says whether they are right."""
    return bool(unclear_answers(case) or unclear_beside(case)) and not accepted(case)


def credentials_answer(case: Case) -> CredentialsAnswer:
    """What became of the credentials that were given, by whichever scheme they were sent."""
    login, unasked = other_login(case), probe(case, UNASKED)
    outcomes = {attempt.outcome for attempt in (login.attempt if login else None, unasked) if attempt is not None}
    if accepted(case) or "accepted" in outcomes:
        return "accepted"
    beside = [reply for e in sent_beside(case) if (reply := answer_of(e)) is not None]
    answered = (*beside, *(reply for _, reply in _answers_to_credentials(case)))
    if "refused" in outcomes or any(login_answer(reply) == "refused" for reply in answered):
        return "refused"
    sent = any(e.operation == "auth" for e in case.evidence) or any(o.credentials_sent for o in case.observations)
    return "undecided" if sent else "unsent"


def denied_after_login(case: Case) -> bool:
    """Whether the credentials were accepted and yet nothing opened: 407 without them, a plain refusal with them."""
    return accepted(case) and not case.opened and bool(challenges_met(case))
