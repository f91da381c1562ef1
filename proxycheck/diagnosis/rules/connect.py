"""What CONNECT was answered, compared from endpoint to endpoint.

Status codes differ between products for the same fact, so a code decides nothing by itself: a port that never opens
while the same hosts open on another is a port rule, whatever the answer says.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Control, Observation
from proxycheck.diagnosis.rules.behind import ports_of
from proxycheck.diagnosis.rules.listener import forwarded, forwards
from proxycheck.diagnosis.shape import alike, shape
from proxycheck.diagnosis.triangulation import denied_after_login, undecided
from proxycheck.diagnosis.upstream_words import speaks_of_a_policy, upstream_words
from proxycheck.model.cause import CauseCode, Confidence, Severity
from proxycheck.model.files.knowledge import ToldAs
from proxycheck.model.text import all_of, counted, printable, was, were
from proxycheck.wire.domains import domain_of, owner_of

_METHOD_REFUSED = frozenset((405, 501))
_FORM_REFUSED = frozenset((411, 414, 417, 426, 431, 505))
"""Statuses that refuse how a request is made: its length, its header, its expectations, its version of HTTP (RFC 9110
sections 15.5 and 15.6, RFC 6585 section 5)."""
SENT_ELSEWHERE = frozenset((301, 302, 303, 307, 308, 511))
"""Statuses that send the client somewhere else first (RFC 9110 section 15.4, RFC 6585 section 6)."""
_ENDED_WORDS = {"empty": "closed without an answer", "reset": "connection reset", "timeout": "no answer"}


def answered(observation: Observation) -> str:
    """The answer in words: status and reason, or how the connection went."""
    reply = observation.reply
    if reply is not None and reply.status:
        return printable(f"{reply.status} {reply.reason}".strip(), 80)
    return _ENDED_WORDS.get(observation.ended, "not an HTTP answer")


def answers(observations: Iterable[Observation]) -> str:
    """The answers in words, the most frequent first."""
    frequent = Counter(answered(o) for o in observations).most_common(3)
    return ", ".join(f"{words} ({count}x)" if count > 1 else words for words, count in frequent)


def status(observation: Observation) -> int:
    """The status of the last well-formed CONNECT answer, 0 without one."""
    reply = observation.reply
    return reply.status if reply is not None and reply.problem is None else 0


def refused(observation: Observation) -> bool:
    """Whether the tunnel was refused at once: an answer that is no success, or a bare close; not a silence."""
    return observation.shape is not None or observation.ended in ("empty", "reset")


def like_control(observation: Observation, control: Control | None) -> bool:
    """Whether the refusal is the proxy's answer to that control."""
    if control is None or observation.shape is None or control.reply.problem is not None:
        return False
    return alike(observation.shape, shape(control.reply, control.host))


def may_be_upstream(observation: Observation) -> bool:
    """Whether a refusal may be the proxy's failure to reach the host rather than its policy (RFC 9110 section 15.6)."""
    return status(observation) >= 500 and status(observation) not in (501, 511)


_TOO_MANY_REQUESTS = 429
_UNAVAILABLE = 503


def too_much(case: Case, observation: Observation) -> bool:
    """Whether a refusal says that it is only for now, because there is too much: 429 (RFC 6585 section 4), or a 503
    that says when to come back (RFC 9110 section 15.6.4). Many proxies answer 503 for a host that they cannot reach, so
    that one counts only where it gives no other reason, and where a name that cannot exist gets another answer."""
    if observation.shape is None:
        return False
    if status(observation) == _TOO_MANY_REQUESTS:
        return True
    reply, control = observation.reply, case.nonexistent
    if status(observation) != _UNAVAILABLE or reply is None or reply.value("Retry-After") is None or control is None:
        return False
    reason = upstream_words(observation) is not None or names_a_policy(observation)
    return not reason and not like_control(observation, control)


def location(observations: Iterable[Observation]) -> tuple[str, ...]:
    """Where redirects lead, in words."""
    found = {v for o in observations if o.reply is not None and (v := o.reply.value("Location"))}
    return tuple(f"it redirects to {printable(value, 120)}" for value in sorted(found)[:3])


_UNDECIDED = (
    "It is also possible that this is how the proxy refuses a wrong user name or password. To spare the account "
    "they were sent to two hosts at most. Check user name and password first, in the proxy's log or with a browser; "
    "--probe-bad-password tells the two apart at the cost of one refused login."
)

_DENIED_TO_THE_USER = (
    "The rule may also be about this user: user name and password were accepted, and nothing is permitted to them."
)

_FORM = (
    "This answer refuses the form of the request ({status}), neither a host nor who asks: what listens there wants "
    "another version of HTTP, or other or fewer header fields, than the device sends, or got something else than that. "
    "So look for a limit or a check of the form of requests, also in what stands before it, not for a list of clients."
)
_ONLY_PORT_80 = (
    "It is also possible that the proxy allows CONNECT and cannot reach these ports itself, because a firewall behind "
    "it lets only plain HTTP out: it gives the same answer for every failure. Its own log tells the two apart."
)
_GATEWAY_TIMEOUT = 504
"""No rule is worded so: whoever waited for a host was willing (RFC 9110 section 15.6.5)."""


def nothing_opens(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Not one tunnel opened: the method, everything from here, or a page that wants a visit first."""
    if case.opened:
        return
    by_port = list(_denied_by_port(case, unexplained))
    if by_port:
        yield from by_port
        return
    heeded = [o for o in case.tunnels if not too_much(case, o)]
    asked = (o for o in unexplained if o.decides == "tunnel" and o.measured and o.shape is not None)
    members = tuple(o for o in asked if not too_much(case, o))
    if not members or len(members) * 10 < len(heeded) * 9:
        return
    number, every = len(members), len(members) == len(case.tunnels)
    share = all_of(number, "CONNECT request") if every else f"of {len(case.tunnels)} CONNECT requests {number}"
    because = (f"{share} {was(number)} refused: {answers(members)}", *_authenticated(case))
    if all(status(o) in SENT_ELSEWHERE for o in members):
        yield Finding("connect.redirected", members, "conclusive", (*because, *location(members)))
    elif _is_about_the_form(case, members):
        form = _FORM.format(status=answered(members[0]))
        code: CauseCode = "connect.method-denied" if forwards(case) else "connect.all-denied"
        told: ToldAs | None = None if forwards(case) else "form"
        sure: Confidence = "strong" if status(members[0]) == _BAD_REQUEST else "weak"
        yield Finding(code, members, sure, because, detail=form, told_as=told)
    elif forwards(case):
        yield from _tunnels_only(case, members, because)
    elif all(_tried(case, o) for o in members) and not names_a_policy(members[0]):
        return
    elif all(status(o) in _METHOD_REFUSED for o in members):
        yield Finding("connect.method-denied", members, "strong", because)
    elif undecided(case):
        yield Finding("connect.all-denied", members, "weak", because, detail=_UNDECIDED)
    else:
        detail = _DENIED_TO_THE_USER if denied_after_login(case) else None
        yield Finding("connect.all-denied", members, "strong", because, detail=detail)


def _is_about_the_form(case: Case, members: Sequence[Observation]) -> bool:
    """Whether the form of every request was refused, or each was called a bad one, an ordinary one and one without a
    login too."""
    bad = all(status(o) == _BAD_REQUEST and refuses_the_form(o) for o in members)
    bad = bad and not (forwards(case) or undecided(case) or denied_after_login(case))
    return bad or all(status(o) in _FORM_REFUSED for o in members)


def _denied_by_port(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Ports that are refused by a rule, where the proxy tries to open others and fails at that: the rule about the port
    comes before any way to the host is looked for. Where credentials may be the reason, nothing is said of ports."""
    if undecided(case):
        return
    by_port: dict[int, list[Observation]] = defaultdict(list)
    for observation in unexplained:
        if observation.decides == "tunnel" and observation.measured and not too_much(case, observation):
            by_port[observation.endpoint.port].append(observation)
    willing = {port for port, found in by_port.items() if all(_in_vain(case, o) for o in found)}
    denied = {port for port, found in by_port.items() if all(_by_rule(case, o) for o in found)}
    tried = [o for port in sorted(willing) for o in by_port[port]]
    members = tuple(o for port in sorted(denied) for o in by_port[port])
    told = len(tried) + len(members)
    if not members or len(tried) * 10 < told or told * 10 < sum(map(len, by_port.values())) * 9:
        return
    every = all_of(len(members), "CONNECT request")
    because = (
        f"port {ports_of(members)}: {every} {was(len(members))} refused by a rule: {answers(members)}",
        f"port {ports_of(tried)}: no rule refused the other {len(tried)}, which failed further on: {answers(tried)}",
    )
    yield Finding("connect.port-denied", members, "strong", because)


def _in_vain(case: Case, observation: Observation) -> bool:
    """Whether the proxy may have tried to reach the host: it says so, or kept the request waiting."""
    return observation.ended == "timeout" or (_tried(case, observation) and not names_a_policy(observation))


def _by_rule(case: Case, observation: Observation) -> bool:
    """Whether a refusal is the proxy's decision, and not the way to somewhere else."""
    if observation.shape is None or status(observation) in SENT_ELSEWHERE:
        return False
    return names_a_policy(observation) or not _tried(case, observation)


def _tried(case: Case, observation: Observation) -> bool:
    return may_be_upstream(observation) or _no_such_name(case, observation)


def _tunnels_only(case: Case, members: tuple[Observation, ...], because: tuple[str, ...]) -> Iterator[Finding]:
    """What refuses tunnels and passes plain HTTP: the method is denied, unless it is the way from the proxy to ports
    that plain HTTP does not use. A proxy that may only go out to port 80 itself looks the same and answers 5xx."""
    passes = "ordinary HTTP requests pass through the same proxy"
    plain = {(o.endpoint.host, o.endpoint.port) for o in forwarded(case)}
    same = any((o.endpoint.host, o.endpoint.port) in plain for o in members)
    if all(_says_where_it_ended(o) for o in members):
        return  # tunnels take another way than plain HTTP, and it says where that ends
    if same or names_a_policy(members[0]) or not all(_tried(case, o) for o in members):
        yield Finding("connect.method-denied", members, "conclusive", (*because, passes))
    elif case.nonexistent is not None and all(_worded_alike(case, o) for o in members):
        yield Finding("connect.method-denied", members, "weak", (*because, passes), detail=_ONLY_PORT_80)


def _says_where_it_ended(observation: Observation) -> bool:
    """Whether a refusal names the connection onward that failed. A 504 does by its status alone, whatever it means."""
    named = upstream_words(observation)
    late = named == "connect.upstream-timeout" and status(observation) != _GATEWAY_TIMEOUT
    return may_be_upstream(observation) and (named == "connect.upstream-refused" or late)


def _worded_alike(case: Case, observation: Observation) -> bool:
    """Whether a refusal is this proxy's answer for a name that cannot exist too, and names no reason of its own."""
    named = upstream_words(observation) is not None or status(observation) == _GATEWAY_TIMEOUT
    return not named and like_control(observation, case.nonexistent)


def _no_such_name(case: Case, observation: Observation) -> bool:
    """Whether a refusal says that the name is unknown, as it does for a name that cannot exist: Privoxy's is 404."""
    unknown = like_control(observation, case.nonexistent) and status(observation) not in FORBIDDING
    return unknown and (upstream_words(observation) == "connect.dns-failure" or _opens_without_a_name(case))


def _opens_without_a_name(case: Case) -> bool:
    """Whether a tunnel to an address opened, for which no name is looked up."""
    return any(own is not None and own.reply.success for own in (case.own_address, case.own_port))


def _authenticated(case: Case) -> tuple[str, ...]:
    """Whether the credentials may be the reason, where they were asked for."""
    if undecided(case):
        return ("407 without user name and password, another answer with them",)
    if not denied_after_login(case):
        return ()
    return ("user name and password are not the reason: 407 without them, another answer with them",)


def cannot_connect(case: Case, observation: Observation) -> bool:
    """Whether the refusal is this proxy's answer for an address that refuses connections: it tried, and failed."""
    return may_be_upstream(observation) and like_control(observation, case.own_address)


def says_unreached(observation: Observation) -> bool:
    """Whether the proxy itself says that the host refused or did not answer: it tried, and no rule kept it."""
    return may_be_upstream(observation) and upstream_words(observation) is not None


def same_answer(one: Observation, other: Observation) -> bool:
    if one.shape is None or other.shape is None:
        return one.shape is other.shape and one.ended == other.ended
    return alike(one.shape, other.shape)


def host_denied(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Hosts that are refused while others open on the same terms."""
    if not case.opened:
        return
    members = tuple(o for o in unexplained if o.decides == "tunnel" and o.measured and denied(case, o))
    too_long = _too_long(case, unexplained)
    elsewhere = tuple(o for o in members if status(o) in SENT_ELSEWHERE)
    members = tuple(o for o in members if o not in elsewhere and o not in too_long)
    others = f"{counted(len(case.opened), 'other tunnel')} opened"
    if members:
        certain: Confidence = "conclusive" if all(o.shape is not None for o in members) else "strong"
        yield Finding("connect.host-denied", members, certain, (f"refused: {answers(members)}", others))
    if too_long:
        shortest = min(len(o.endpoint.host) for o in too_long)
        said = f"every name of {shortest} letters and more was refused, and every shorter one opened"
        yield Finding("connect.host-denied", too_long, "strong", (f"{said}: {answers(too_long)}",), detail=_LENGTH)
    if elsewhere:
        because = (f"answered: {answers(elsewhere)}", *location(elsewhere), others)
        yield Finding("connect.redirected", elsewhere, "conclusive", because)


_LENGTH = (
    "It is the length of the name that decides, and no list of hosts: what answers takes these requests for badly "
    "formed. Look for a limit on the length of names, of the first line or of the header in the proxy, or in what "
    "stands before it, and raise it; to permit these hosts by name may not help."
)
_BAD_REQUEST = 400
_SEVERAL = 3


def refuses_the_form(observation: Observation) -> bool:
    """Whether an answer calls the request badly formed, and says nothing of a name or a host that was not reached."""
    odd = status(observation) == _BAD_REQUEST or status(observation) in _FORM_REFUSED
    return odd and upstream_words(observation) is None and not names_a_policy(observation)


def _too_long(case: Case, unexplained: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """Those whose requests are called badly formed, where their names are longer than any that opened."""
    asked = [o for o in unexplained if o.decides == "tunnel" and o.measured and refuses_the_form(o)]
    longest = max((len(o.endpoint.host) for o in case.opened), default=0)
    several = len({domain_of(o.endpoint.host) for o in asked}) > 1 and len({o.endpoint.host for o in asked}) >= _SEVERAL
    return tuple(asked) if several and all(len(o.endpoint.host) > longest for o in asked) else ()


def denied(case: Case, observation: Observation) -> bool:
    """Whether a refusal is a rule about the host, by all that one answer can tell."""
    if not refused(observation) or too_much(case, observation):
        return False
    if like_control(observation, case.nonexistent) and not _default_deny(observation):
        return False
    if observation.shape is not None:
        return not may_be_upstream(observation) or names_a_policy(observation)
    control = case.nonexistent  # a bare close is deliberate where this proxy words its failures
    return control is not None and control.reply.problem is None


def _default_deny(observation: Observation) -> bool:
    """Whether a refusal that a name gets which cannot exist is a rule all the same: whatever is not listed is denied
    before anybody asks whether it exists (RFC 9110 sections 15.5.4 and 15.5.6, RFC 7725). One that says in words that
    the name is not known tells of no rule, whatever its status."""
    if upstream_words(observation) == "connect.dns-failure":
        return False
    return status(observation) in FORBIDDING or (not may_be_upstream(observation) and names_a_policy(observation))


FORBIDDING = frozenset((401, 403, 405, 407, 451))
"""Statuses that forbid a request, even for a host that does not exist (RFC 9110 section 15.5, RFC 7725)."""


def names_a_policy(observation: Observation) -> bool:
    """Whether a refusal speaks of a rule, in plain words that no product owns."""
    return observation.reply is not None and speaks_of_a_policy(observation.reply)


def unreadable(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """An answer that is not HTTP, or a cut of every tunnel; and connections that were no longer accepted, by a proxy
    that had accepted one before."""
    waiting = [o for o in unexplained if o.measured]
    malformed = tuple(o for o in waiting if o.ended == "malformed")
    if malformed:
        said = printable(malformed[0].connect.received, 80) if malformed[0].connect is not None else ""
        yield Finding("connect.malformed-reply", malformed, "conclusive", (f"the answer begins: {said}",))
    yield from _not_accepted(case, [o for o in waiting if o.failed_tcp])
    codes: dict[str, CauseCode] = {"empty": "connect.empty-reply", "reset": "connect.reset"}
    for ended, code in codes.items():
        cut = tuple(o for o in waiting if o.ended == ended)
        if cut:
            everywhere = _nothing_is_spared(case)
            because = (answers(cut), *(_answers_otherwise(case) if everywhere else ()))
            yield Finding(code, cut, "strong", because, told_as="everywhere" if everywhere else None)


def _nothing_is_spared(case: Case) -> bool:
    """Whether no CONNECT at all got an answer, and hosts of several owners were asked for."""
    asked = [e for e in case.evidence if e.operation in ("connect", "auth")]
    owners = {owner_of(o.endpoint.host) for o in case.tunnels}
    return len(owners) > 1 and not any(e.received for e in asked)


def _answers_otherwise(case: Case) -> Iterator[str]:
    """What the same port says to requests that ask for no tunnel."""
    page = case.website
    if forwards(case):
        yield "ordinary HTTP requests pass through the same proxy: it is CONNECT that is cut"
    elif page is not None and page.problem is None:
        told = printable(f"{page.status} {page.reason}".strip(), 80)
        yield f"a request that asks for no tunnel is answered at the same port ({told}): it is CONNECT that is cut"


_TCP_CODES: dict[str, CauseCode] = {"refused": "proxy.refused", "reset": "proxy.reset"}


_GONE = 3
"""So many refused connections in a row, and none accepted after, are no accident of one."""
_STOPPED = (
    "Something did listen there: connections were accepted before, so the port number is right. The proxy, or what "
    "stands before it, ended during the test or locked this computer out, as protection against scanning does with who "
    "asks for many hosts within seconds. What had passed by then may not pass again. Look into the log of the proxy "
    "and of a firewall before it, not for another port."
)


def _not_accepted(case: Case, waiting: Sequence[Observation]) -> Iterator[Finding]:
    """Connections that a proxy refused which had taken others. Where it took none any more, it has gone: that is no
    matter of the hosts whose turn it was, however little those are needed."""
    by_code: dict[CauseCode, list[Observation]] = defaultdict(list)
    for observation in waiting:
        failure = observation.tcp.failure if observation.tcp is not None else None
        by_code[_TCP_CODES.get(failure.name if failure else "", "proxy.unreachable")].append(observation)
    tried = [e for e in case.evidence if e.operation in ("proxy_tcp", "connect")]
    taken = [e.started_s for e in tried if e.failure is None or e.operation == "connect"]
    for code, members in by_code.items():
        said = f"{were(len(members), 'connection')} not accepted, by a proxy that had accepted others"
        first = min(o.tcp.started_s for o in members if o.tcp is not None)
        gone = len(members) >= _GONE and max(taken, default=0.0) < first
        because = (said, *((f"since {first:.1f} s after the start not one was accepted",) if gone else ()))
        grave: Severity | None = "blocker" if gone else None
        detail = _STOPPED if gone else None
        yield Finding(code, tuple(members), "strong", because, grave, detail=detail, told_as="in_part")
