"""The answer to the question of the check `authentication`, in words: what the proxy wants, and what is known of the
credentials."""

from msgspec import Struct

from proxycheck.diagnosis.observation import Case
from proxycheck.diagnosis.triangulation import (
    CHECK,
    NEXT,
    SPELLINGS,
    LoginAttempt,
    accepted,
    challenges_met,
    credentials_are,
    denied_after_login,
    probe,
    unclear_answers,
    unclear_beside,
)
from proxycheck.model.questions import BAD_PASSWORD, NONE_AFTER, OTHER_CASE, OTHER_ENCODING, OTHER_FORM
from proxycheck.model.text import printable
from proxycheck.wire.auth.challenges import read_challenges
from proxycheck.wire.http.reply import Reply

_PER_CONNECTION = frozenset(("ntlm", "negotiate"))


def answer(case: Case, *, given: bool) -> str:
    """What the proxy wants, and whether the credentials are right. `given`: there were credentials to send."""
    met = challenges_met(case)
    words = [_wanted(met)] if met else [_not_wanted(given=given)]
    words += _given(case) if given and met else []
    known = credentials_are(case)
    words += [f"{known[0].lower()}{known[1:].rstrip('.')}"] if known else []
    words += [_told(text, found) for name, text in _PROBES.items() if (found := probe(case, name)) is not None]
    words += _lifetime(case, met)
    return "; ".join(words)


def _wanted(met: list[Reply]) -> str:
    offered = dict.fromkeys(c.scheme for reply in met for c in read_challenges(reply.raw_headers) if c.scheme)
    names = ", ".join(printable(scheme, 40) for scheme in offered)
    return f"it asks for {names}" if names else "it asks without naming a scheme"


def _not_wanted(*, given: bool) -> str:
    if given:
        return "it did not ask for user name and password; those given were not sent, so nothing is known of them"
    return "it wants none"


def _given(case: Case) -> list[str]:
    if denied_after_login(case):
        return ["user name and password were accepted, but nothing is permitted to them"]
    if accepted(case):
        return ["user name and password were accepted"]
    unclear = [*(o.reply.status for o in unclear_answers(case) if o.reply is not None)]
    unclear += [reply.status for reply in unclear_beside(case)]
    if unclear:
        told = ", ".join(dict.fromkeys(str(status) for status in unclear))
        return [f"whether user name and password were accepted is not known: with them the answer is {told}"]
    sent = any(e.operation == "auth" and e.check != CHECK for e in case.evidence)
    return ["user name and password were refused once and not sent again"] if sent else []


class _Words(Struct, frozen=True):
    accepted: str
    refused: str
    named: str


_PROBES = {
    OTHER_ENCODING: _Words("in UTF-8 they are accepted", "in UTF-8 they are refused", "in UTF-8"),
    OTHER_CASE: _Words(
        "the user name in another case is accepted as well",
        "the user name in another case is refused: enter it exactly as it is",
        "with the user name in another case",
    ),
    OTHER_FORM: _Words(
        "under the other form of the user name they are accepted",
        "under the other form of the user name they are refused",
        "with the other form of the user name",
    ),
    BAD_PASSWORD: _Words("a wrong password passes", "a wrong password is refused", "with a wrong password"),
}


def _told(words: _Words, found: LoginAttempt) -> str:
    if found.outcome == "accepted":
        return words.accepted
    if found.outcome == "refused":
        return f"{words.refused} ({found.status})"
    if found.outcome == "alike":
        return f"{words.named}, the answer is the same ({found.status})"
    if found.outcome == "unclear":
        return f"{words.named}, the answer is {found.status}, which says nothing of them"
    return f"{words.named}: {'not sent, ' if found.outcome == 'left-out' else ''}{found.why}"


def _lifetime(case: Case, met: list[Reply]) -> list[str]:
    """Whether a login lasts for a request, a connection or an address."""
    after = probe(case, NONE_AFTER)
    offered = {challenge.name for reply in met for challenge in read_challenges(reply.raw_headers)}
    words: list[str] = []
    if after is not None and after.outcome == "accepted" and _needed_a_login(case):
        words.append(
            "after a login it lets this address pass without another, so the result depends on who logged in from here"
        )
    elif after is not None and after.outcome == "refused":
        words.append("every connection is asked again, and every request carries the credentials (Basic)")
    words += _next_nonce(case)
    if offered & _PER_CONNECTION:
        names = ", ".join(SPELLINGS[name] for name in sorted(offered & _PER_CONNECTION))
        words.append(f"{names} would log in a connection, in three messages that have to travel on it")
    return words


def _needed_a_login(case: Case) -> bool:
    """Whether the tunnel that opens without credentials after a login was one that wanted them before it."""
    targets = {e.endpoint for e in case.of(CHECK, "auth") if e.variant == NONE_AFTER}
    asked = (e for o in case.observations if o.id in targets for e in o.connects)
    return any(case.challenge(record) is not None for record in asked)


def _next_nonce(case: Case) -> list[str]:
    found = probe(case, NEXT)
    if found is None:
        return []
    outcome = "accepts it" if found.outcome == "accepted" else "does not accept it"
    return [f"with a login by Digest it names the nonce of the next request, and {outcome}"]
