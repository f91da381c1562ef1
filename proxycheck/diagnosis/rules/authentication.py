"""407 and its relatives: credentials are wanted, refused, or asked for in a way that the device does not speak."""

from collections.abc import Iterable, Iterator, Sequence
from functools import wraps
from typing import get_args

from msgspec import structs

from proxycheck.diagnosis.bare import bare_records, needing, share_of_turns
from proxycheck.diagnosis.finding import Finding, Rule
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.connect import SENT_ELSEWHERE
from proxycheck.diagnosis.triangulation import (
    accepted,
    answer_of,
    challenges_met,
    credentials_are,
    other_login,
    probe,
    sent_beside,
    unclear_answers,
    unclear_beside,
    undecided,
)
from proxycheck.model.cause import CauseCode
from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import (
    BAD_PASSWORD,
    NONE_AFTER,
    OTHER_CASE,
    OTHER_ENCODING,
    OTHER_FORM,
    STAYED_OPEN,
    Left,
    after_407,
)
from proxycheck.model.text import counted, printable, was
from proxycheck.wire.auth.challenges import read_challenges
from proxycheck.wire.auth.refusal import login_answer, means_credentials, wants_a_person
from proxycheck.wire.http.reply import Reply


def schemes(replies: Iterable[Reply]) -> tuple[str, ...]:
    """The schemes offered, in the proxy's spelling and order, each once."""
    found = (challenge.scheme for reply in replies for challenge in read_challenges(reply.raw_headers))
    return tuple(dict.fromkeys(printable(scheme, 40) for scheme in found))


def _decisive(observation: Observation) -> Reply | None:
    return observation.forward_answer if observation.decides == "forward" else observation.reply


def _credentials_sent(observation: Observation) -> bool:
    if observation.decides == "forward" and observation.forward is not None:
        return "proxy-authorization" in observation.forward.sent.lower()
    return observation.credentials_sent


def _asks(observation: Observation) -> bool:
    """407, or an answer to CONNECT that means the same and does not say so."""
    reply = _decisive(observation)
    if reply is None or reply.problem is not None:
        return False
    tunnel = observation.decides == "tunnel" and observation.connect is not None
    return reply.status == 407 or (tunnel and means_credentials(reply))


def _statuses(observations: Sequence[Observation]) -> str:
    found = {reply.status for o in observations if (reply := _decisive(o)) is not None}
    return ", ".join(str(status) for status in sorted(found))


def refused(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Every 407 that no proven credentials could have prevented, by what the challenges say."""
    asked = [o for o in unexplained if _asks(o)]
    otherwise = [o for o in asked if _by_other_schemes(case, o)]
    if otherwise and (accepted(case) or len(otherwise) < len(asked)):
        names = schemes(reply for o in otherwise if (reply := _decisive(o)) is not None)
        yield _unsupported(case, otherwise, names)
        asked = [o for o in asked if o not in otherwise]
    if accepted(case) and all(_credentials_sent(o) for o in asked):
        yield from _asked_again(case, asked)
    elif asked:
        yield from _not_let_in(case, asked, unexplained)


def _not_let_in(case: Case, asked: Sequence[Observation], unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """What asks for a login, where none is known to be right, or none was sent: by what it offers, and what was."""
    offered = schemes(reply for o in asked if (reply := _decisive(o)) is not None)
    usable = {name for name in (scheme.lower() for scheme in offered) if name in case.device.proxy.auth_schemes}
    rejected = [o for o in asked if _credentials_sent(o)]
    if rejected:
        unclear = [] if accepted(case) else [o for o in unclear_answers(case) if o in unexplained]
        often = "once" if not unclear else f"to {counted(len(unclear) + len(rejected), 'host')}"
        said = f"the credentials were sent {often} and refused ({_statuses(rejected)})"
        yield _finding("auth.rejected", (*asked, *unclear), (said, *_variants(case)), _variant_detail(case))
    elif not offered:
        yield from _without_a_challenge(case, asked)
    elif not usable:
        yield _unsupported(case, asked, offered)
    elif undecided(case):
        statuses = _unclear_statuses(case)
        said = f"with user name and password the answer is {statuses}, not 407; they were not sent on"
        yield Finding("auth.rejected", tuple(asked), "weak", (said,), detail=_PERHAPS)
    elif cut := _ended_after_credentials(unexplained):
        yield from _cut_off(case, cut, asked)
    elif any(o.connects and o.connects[-1].operation == "auth" for o in case.observations):
        yield _finding("auth.rejected", asked, ("the credentials were refused once and not sent again",))
    elif beside := sent_beside(case):
        yield _refused_beside(asked, beside[0])
    else:
        yield _required(asked, offered)


def _unclear_statuses(case: Case) -> str:
    found = {o.reply.status for o in unclear_answers(case) if o.reply is not None}
    found |= {reply.status for reply in unclear_beside(case)}
    return ", ".join(str(status) for status in sorted(found))


def _refused_beside(asked: Sequence[Observation], sent: Evidence) -> Finding:
    """They were proved beside the endpoints, and are not sent again: what was refused for one is for all that ask."""
    reply, to = answer_of(sent), printable(sent.endpoint or "", 120)
    if reply is not None and login_answer(reply) == "undecided":
        said = f"{to}: with user name and password the answer is {reply.status}, not 407; they were not sent on"
        return Finding("auth.rejected", tuple(asked), "weak", (said,), detail=_PERHAPS)
    if reply is not None:
        said = f"the credentials were sent once, to {to}, and refused ({reply.status}); they were not sent again"
        return _finding("auth.rejected", asked, (said,))
    said = f"after the credentials, sent once, to {to}, the connection ended ({sent.ended}) without an answer"
    return _unanswered(asked, (said, "they were not sent again"))


_ASKS = 407


def _by_other_schemes(case: Case, observation: Observation) -> bool:
    """Whether a 407 names schemes, and none that the device speaks: a login that it can do is not refused there, it is
    not offered. What is offered once a login was refused is another matter."""
    reply = _decisive(observation)
    if reply is None or reply.status != _ASKS or (_credentials_sent(observation) and not accepted(case)):
        return False
    return bool(read_challenges(reply.raw_headers)) and not _usable(case, reply)


def _asked_again(case: Case, asked: Sequence[Observation]) -> Iterator[Finding]:
    """407 to credentials that were accepted for other hosts: no filter of hosts answers so, a rule about the user may,
    and a limit on logins or sessions. What forbids in other words is left to the rules about hosts."""
    members = tuple(o for o in asked if (reply := _decisive(o)) is not None and reply.status == _ASKS)
    if members:
        taken = sum(o.opened and _credentials_sent(o) for o in case.observations)
        said = f"{counted(len(members), 'request')} with user name and password {was(len(members))} answered 407 again"
        more = f"with the same user name and password {counted(taken, 'tunnel')} opened"
        because = (said, more) if taken else (said, "the same user name and password were accepted elsewhere")
        detail = _another_login(case, members) or _taken_in_turns(case, members)
        yield Finding("auth.rejected", members, "strong", because, detail=detail, told_as="in_part")


def _realms(replies: Iterable[Reply]) -> frozenset[str]:
    challenges = (c for reply in replies for c in read_challenges(reply.raw_headers) if c.name == "basic")
    return frozenset(realm for c in challenges if (realm := c.parameter("realm")))


def _another_login(case: Case, members: Sequence[Observation]) -> str | None:
    """That they are refused under another realm than the one that asked for them (RFC 9110 section 11.5)."""
    asking = _realms(challenges_met(case))
    refusing = _realms(reply for o in members if (reply := _decisive(o)) is not None)
    if len(asking) != 1 or len(refusing) != 1 or asking == refusing:
        return None
    one, other = (printable(min(realms), 60) for realms in (asking, refusing))
    return f'The login that was accepted is for "{one}"; these answers ask for one for "{other}". {_BEHIND}'


_BEHIND = "So this is most likely another proxy behind the first, which wants a login of its own."


def _taken_in_turns(case: Case, members: Sequence[Observation]) -> str | None:
    """That they were accepted and refused for one and the same host and port: no rule about hosts does that."""
    refused_for = {o.id for o in members}
    sent = (e for e in case.evidence if e.endpoint in refused_for and "proxy-authorization" in e.sent.lower())
    if any((reply := answer_of(e)) is not None and login_answer(reply) == "accepted" for e in sent):
        return _IN_TURNS
    return None


_IN_TURNS = (
    "For one and the same host the login was accepted at one time and refused at another, so this is no rule about "
    "hosts: most likely several proxies share this address, and not all of them know the account."
)


def _required(asked: Sequence[Observation], offered: Sequence[str]) -> Finding:
    """Nothing was sent: none were given, or the answer is not the one that credentials for a proxy are sent upon."""
    names = ", ".join(offered)
    if all((reply := _decisive(o)) is not None and reply.status == _ASKS for o in asked):
        said = f"407 Proxy Authentication Required, offering {names}; no credentials were given"
        return _finding("auth.required", asked, (said,))
    said = f"the proxy asks by {_statuses(asked)}, offering {names} in Proxy-Authenticate; no credentials were sent"
    return _finding("auth.required", asked, (said,), _OTHER_STATUS)


_OTHER_STATUS = (
    "It asks with another status than 407, the only one upon which a client sends credentials to a proxy (RFC 9110 "
    "section 15.5.8): a client that keeps to the standard sends none, even if it has them. Make the proxy answer 407."
)


_PERHAPS = (
    "It is also possible that they are right and the hosts asked for with them are denied: the answer was not 407. "
    "--probe-bad-password tells the two apart at the cost of one refused login."
)


def _finding(
    code: CauseCode, members: Sequence[Observation], because: tuple[str, ...], detail: str | None = None
) -> Finding:
    return Finding(code, tuple(members), "conclusive", because, detail=detail)


def _unsupported(case: Case, asked: Sequence[Observation], offered: Sequence[str]) -> Finding:
    names = ", ".join(offered)
    login = other_login(case)
    untold = "User name and password were not tested, because none were given."
    detail = _RIGHT if accepted(case) else credentials_are(case) or untold
    if login is not None and login.attempt.outcome == "accepted":
        detail += f" It offers only {names}: enable Basic for this device's address."
    said = f"the proxy offers {names}; the device speaks only Basic"
    return _finding("auth.scheme-unsupported", asked, (said,), detail)


def _without_a_challenge(case: Case, asked: Sequence[Observation]) -> Iterator[Finding]:
    """Where other tunnels open without credentials, it is a plain refusal of a host, and other rules explain it."""
    missing = [o for o in asked if not any(not _credentials_sent(p) and p.id != o.id for p in case.opened)]
    if not missing:
        return
    words = dict.fromkeys(_what_came_instead(reply) for o in missing if (reply := _decisive(o)) is not None)
    yield _finding("auth.challenge-missing", missing, tuple(words), credentials_are(case))


def _what_came_instead(reply: Reply) -> str:
    misplaced = read_challenges(reply.raw_headers, b"www-authenticate")
    where = "; the challenge stands in WWW-Authenticate, which only origins use" if misplaced else ""
    if reply.status == 407:
        return f"407 comes without a Proxy-Authenticate line{where}"
    if reply.status == 401:
        return f"the proxy answers 401, the origin's word, in place of 407{where}"
    return f"the proxy answers {reply.status}, and only its page says that authentication is required{where}"


_VARIANTS = {
    OTHER_ENCODING: "the same user name and password are accepted in UTF-8",
    OTHER_CASE: "the same password is accepted with the user name in another case",
    OTHER_FORM: "the same password is accepted under the other form of the user name",
}


def _accepted_variants(case: Case) -> list[str]:
    found = ((name, probe(case, name)) for name in _VARIANTS)
    return [name for name, attempt in found if attempt is not None and attempt.outcome == "accepted"]


def _variants(case: Case) -> tuple[str, ...]:
    return tuple(_VARIANTS[name] for name in _accepted_variants(case))


def _variant_detail(case: Case) -> str | None:
    if OTHER_ENCODING in _accepted_variants(case):
        return (
            "They are right, but the proxy reads them in UTF-8 and the device sends ISO-8859-1: use a name and a "
            "password without accents and other special letters, or let the proxy read ISO-8859-1."
        )
    if _accepted_variants(case):
        return "The password is right; enter the user name on the device in the form that was accepted."
    return None


_NEW_CONNECTIONS = frozenset(after_407(left) for left in get_args(Left))


def cut_off(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """The connection was cut as soon as credentials were sent, or nothing came any more. On the connection of the 407
    that says nothing of them: the proxy may have closed it before they came, as HTTP allows."""
    cut = _ended_after_credentials(unexplained)
    if cut and not accepted(case):
        yield from _cut_off(case, cut, ())


def _ended_after_credentials(observations: Iterable[Observation]) -> list[Observation]:
    return [o for o in observations if o.connect is not None and o.connect.operation == "auth" and o.ended]


def _cut_off(case: Case, cut: Sequence[Observation], asked: Sequence[Observation]) -> Iterator[Finding]:
    """What it says of those that got no answer to credentials, and of those for which none were sent after that."""
    kept = [o for o in cut if _on_the_connection_of_the_407(case, o)]
    others = [o for o in cut if o not in kept]
    if kept:
        said = f"the connection of its 407 ended ({kept[0].ended}) when the answer was sent on it"
        yield Finding("auth.connection-closed", (*kept, *(() if others else asked)), "strong", (said,))
    if others:
        said = f"after the credentials the connection ended ({others[0].ended}) without an answer"
        once = ("they were not sent again",) if asked else ()
        yield _unanswered((*others, *asked), (said, *once))


def _unanswered(members: Sequence[Observation], because: tuple[str, ...]) -> Finding:
    """One connection that ends without a word is no refusal, and no login either: it decides nothing."""
    return Finding("auth.rejected", tuple(members), "weak", because, "degraded", told_as="unanswered")


def _on_the_connection_of_the_407(case: Case, observation: Observation) -> bool:
    """Whether the proxy may have closed that connection before the credentials came. This check looks first, and sends
    them only where it has stayed open; a device that was watched does not."""
    connects = observation.connects
    if len(connects) < 2 or case.challenge(connects[-2]) is None or connects[-1].note == STAYED_OPEN:
        return False
    return not any(e.variant in _NEW_CONNECTIONS for e in case.evidence if e.endpoint == observation.id)


def interactive(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """CONNECT is answered by the way to a login page. A page with a password field may also be a block page that some
    may lift, so it counts only where nothing opens at all. A redirect is a redirect first (`connect.redirected`): that
    it leads to a login is told beside it."""
    pages: list[Observation] = []
    redirects: list[Observation] = []
    words: list[str] = []
    for observation in unexplained:
        reply = observation.reply
        way = wants_a_person(reply) if reply is not None and observation.shape is not None else None
        if way is None or reply is None or (case.opened and "page with" in way):
            continue
        (redirects if reply.status in SENT_ELSEWHERE else pages).append(observation)
        where = f" ({printable(reply.value('Location') or '', 120)})" if reply.value("Location") else ""
        words.append(f"CONNECT is answered by {way}{where}")
    because = tuple(dict.fromkeys(words))[:3]
    if pages:
        yield Finding("auth.interactive", tuple(pages), "strong", because)
    if redirects:
        yield Finding("auth.interactive", tuple(redirects), "strong", because, "info", final=False)


def asked_otherwise(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """What was opened with credentials sent unasked, and asks a device for them by schemes that it does not speak, or
    without naming any: it never gets to send them. Which hosts were asked stands for their owner and port."""
    if case.device.proxy.sends_unasked:
        return
    met = [(e.endpoint or "", reply) for e in bare_records(case) if (reply := case.challenge(e)) is not None]
    lost = [(name, reply) for name, reply in met if not _usable(case, reply)]
    share = share_of_turns([(name, not _usable(case, reply)) for name, reply in met])
    turns = () if share is None else (f"not each time: of {len(met)} such answers {len(lost)} are so",)
    for named in (True, False):
        found = [(name, reply) for name, reply in lost if bool(read_challenges(reply.raw_headers)) is named]
        members = needing(case, None if share is not None else {name for name, _ in found}) if found else ()
        if not members:
            continue
        names = ", ".join(schemes(reply for _, reply in found))
        how = f"it offers {names}; the device speaks only Basic" if named else _what_came_instead(found[0][1])
        said = f"without user name and password, as the device begins, {how}"
        code: CauseCode = "auth.scheme-unsupported" if named else "auth.challenge-missing"
        yield Finding(code, members, "strong", (said, *turns, _OPENS_WITH), final=False, detail=_RIGHT)


_OPENS_WITH = "with them, sent without being asked for, tunnels open"
_RIGHT = "User name and password are right: the proxy accepts them by Basic elsewhere."


def _usable(case: Case, reply: Reply) -> bool:
    return any(challenge.name in case.device.proxy.auth_schemes for challenge in read_challenges(reply.raw_headers))


def unless_refused(rule: Rule) -> Rule:
    """The same rule, as sure as it can be of answers to credentials of which nothing shows that they were accepted."""

    @wraps(rule)
    def doubting(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
        for finding in rule(case, unexplained):
            yield _doubted(case, finding)

    return doubting


def _doubted(case: Case, finding: Finding) -> Finding:
    if finding.severity == "info" or finding.confidence == "weak" or not finding.observations or not undecided(case):
        return finding
    unclear = {o.id for o in unclear_answers(case)}
    if not all(o.id in unclear for o in finding.observations):
        return finding
    detail = _UNDECIDED if finding.detail is None else f"{finding.detail} {_UNDECIDED}"
    return structs.replace(finding, confidence="weak", detail=detail)


_UNDECIDED = (
    "It is also possible that this is how the proxy refuses user name and password, or tells that what checks them (a "
    "directory) is out of order, that the account is locked, or that the password has expired: it asks for them, and "
    "no answer has shown that they are right. To spare the account they were sent to two hosts at most. Look at this "
    "first, in the proxy's log or with a browser; --probe-bad-password tells a wrong password apart at the cost of one "
    "refused login."
)


def not_enforced(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """A deliberately wrong password passed. Where the proxy remembers the address since the right one, it proves
    nothing."""
    bad, after = probe(case, BAD_PASSWORD), probe(case, NONE_AFTER)
    if bad is None or bad.outcome != "accepted" or (after is not None and after.outcome == "accepted"):
        return
    if challenges_met(case):
        said = "it asks for user name and password, and a deliberately wrong password was accepted"
    else:
        said = "it never asked, and a wrong password changed nothing: the address is trusted, the password ignored"
    yield Finding("auth.not-enforced", (), "conclusive", (said,), "info", final=False)
