"""Plain HTTP: is the answer the host's own, or a page of a proxy or portal on the way?

Plain HTTP is not authenticated, and what a host answers (403, 404, a redirect of its own) is its own business. A page
counts as foreign only by evidence: a changed `generate_204`, a redirect of unrelated hosts to one place, the same
author as the proxy's own error page, or a page that only a filter writes.
"""

from collections import defaultdict
from collections.abc import Iterator
from urllib.parse import urlsplit

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.products.recognition import block_page
from proxycheck.diagnosis.rules.connect import FORBIDDING, cannot_connect, denied, says_unreached
from proxycheck.diagnosis.shape import Shape, alike, same_author, shape
from proxycheck.model.cause import CauseCode
from proxycheck.model.files.knowledge import ToldAs
from proxycheck.model.questions import CUT_SHORT
from proxycheck.model.text import printable
from proxycheck.wire.domains import domain_of, is_inside, owner_of
from proxycheck.wire.http.reply import Reply, reply_in

_UNASKED = {
    206: "it answers with a part of the content, and no part was asked for",
    304: "it answers that nothing has changed, and that was not asked",
}
"""Answers to requests of another kind (RFC 9110 sections 15.3.7 and 15.4.5): a host gives none of them to this one."""


def decisive(observation: Observation) -> Reply | None:
    """The answer on the way that the device's plain HTTP takes, when it is a well-formed one."""
    reply = observation.forward_answer if observation.decides == "forward" else observation.answer
    return reply if reply is not None and reply.problem is None else None


def unproved(observation: Observation) -> str | None:
    """Why a well-formed answer proves nothing by itself, in words: the content that it announces did not come, or it
    answers what was not asked. None where it is whole."""
    record = observation.forward if observation.decides == "forward" else observation.payload
    reply = decisive(observation)
    if record is None or reply is None:
        return None
    if record.note == CUT_SHORT:
        return "its answer ends before the content that it announces"
    if record.ended == "timeout" and (reply.values("Content-Length") or reply.values("Transfer-Encoding")):
        return "the content that its answer announces did not come in time"
    return _UNASKED.get(reply.status)


def _place(observation: Observation) -> str:
    """What was asked for, as a page may name it."""
    return observation.endpoint.host + observation.endpoint.path


def _words(reply: Reply) -> str:
    where = reply.value("Location")
    return printable(f"{reply.status} {reply.reason}".strip() + (f", Location: {where}" if where else ""), 160)


def _answers(unexplained: tuple[Observation, ...]) -> list[tuple[Observation, Reply]]:
    return [(o, reply) for o in unexplained if o.endpoint.speaks == "http" and (reply := decisive(o)) is not None]


def _own_failure(case: Case, observation: Observation, reply: Reply) -> bool:
    """Whether a forwarded request got the very page that a name gets which cannot exist, and which is no rule's: where
    whatever is not listed is denied, such a name is too."""
    own = case.own_page
    if reply.status in FORBIDDING:
        return False
    if own is None or observation.decides != "forward" or own.reply.status < 400:
        return False
    return alike(_shape(observation, reply), shape(own.reply, f"{own.host}/"))


def foreign_redirect(observation: Observation, reply: Reply) -> str | None:
    """The host of another domain to which an answer redirects, None where it does not."""
    if not 300 <= reply.status < 400:
        return None
    try:
        host = urlsplit(reply.value("Location") or "").hostname
    except ValueError:
        return None
    return host if host and domain_of(host) != domain_of(observation.endpoint.host) else None


def portal(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """`generate_204` that is not an empty 204, 511, one place to which unrelated hosts redirect, and any place to which
    no host of the internet would."""
    answers = _answers(unexplained)
    members: dict[str, Observation] = {}
    because: list[str] = []
    for observation, reply in answers:
        changed = observation.endpoint.expect == "generate_204" and not _empty_204(reply)
        elsewhere = changed and (_refusal(case, observation, reply) or _only_inside(observation, reply, answers))
        if reply.status == 511 or (changed and not elsewhere):
            members[observation.id] = observation
            because.append(f"{observation.id} answers {_words(reply)}" + (", not an empty 204" if changed else ""))
    places: dict[str, list[Observation]] = defaultdict(list)
    for observation, reply in answers:
        place = foreign_redirect(observation, reply)
        if place is not None and is_inside(place):
            members[observation.id] = observation
            because.append(f"{observation.id} redirects to {printable(place, 80)}, which is no place of the internet")
        elif place is not None:
            places[place].append(observation)
    for place, sent in places.items():
        if len({domain_of(o.endpoint.host) for o in sent}) > 1 and not _check_passes(case):
            members.update({o.id: o for o in sent})
            because.append(f"{len(sent)} unrelated hosts redirect to {printable(place, 80)}")
    if members:
        yield Finding("http.captive-portal", tuple(members.values()), "conclusive", tuple(dict.fromkeys(because)))


def _only_inside(observation: Observation, reply: Reply, answers: list[tuple[Observation, Reply]]) -> bool:
    """Whether a connectivity check fails in its tunnel as other hosts do, and passes outside of it: a portal stops it
    there as well."""
    given = observation.forward_answer
    outside = observation.decides == "tunnel" and given is not None and given.problem is None and _empty_204(given)
    if not outside or reply.status < _FAILS:
        return False
    others = (each for each in answers if each[0].endpoint.host != observation.endpoint.host)
    return any(alike(_shape(observation, reply), _shape(*other)) for other in others)


_FAILS = 400


def sent_elsewhere(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """One place of the internet to which unrelated hosts redirect, where the connectivity check passes: a portal stops
    that as well, a filter has no reason to."""
    places: dict[str, list[Observation]] = defaultdict(list)
    for observation, reply in _answers(unexplained) if _check_passes(case) else ():
        place = foreign_redirect(observation, reply)
        if place is not None:
            places[place].append(observation)
    for place, sent in places.items():
        if len({domain_of(o.endpoint.host) for o in sent}) > 1:
            said = f"{len(sent)} unrelated hosts redirect to {printable(place, 80)}"
            passes = "the connectivity check passes, which a portal would stop as well"
            yield Finding("http.block-page", tuple(sent), "strong", (said, passes))


def _check_passes(case: Case) -> bool:
    checks = (decisive(o) for o in case.observations if o.endpoint.expect == "generate_204")
    return any(reply is not None and _empty_204(reply) for reply in checks)


def _empty_204(reply: Reply) -> bool:
    """A 204 has no content (RFC 9110 section 15.3.5); one that brings or announces some is somebody else's."""
    announced = reply.value("Content-Length") or "0"
    return reply.status == 204 and announced.strip() == "0" and "bytes-after-204" not in reply.deviations


def _refusal(case: Case, observation: Observation, reply: Reply) -> bool:
    return _own_failure(case, observation, reply) or _by_the_proxy(case, observation, reply)


def _by_the_proxy(case: Case, observation: Observation, reply: Reply) -> bool:
    own = case.own_page
    if reply.status < 400 or own is None or own.reply.status < 400:
        return False
    return same_author(reply, _place(observation), own.reply, f"{own.host}/")


def foreign_page(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """A page of the proxy, or of a filter behind it, in place of the host's answer."""
    members: list[Observation] = []
    because: list[str] = []
    unreached: list[Observation] = []
    for observation, reply in _answers(unexplained):
        written = block_page(case.knowledge.products, reply)
        if _own_failure(case, observation, reply) or (_by_the_proxy(case, observation, reply) and reply.status >= 500):
            unreached.append(observation)
        elif _by_the_proxy(case, observation, reply):
            members.append(observation)
            because.append(f"{observation.id}: {_words(reply)}, written by the proxy itself")
        elif written is not None:
            members.append(observation)
            because.append(f"{observation.id}: {_words(reply)}: {written.because}")
    if members:
        yield Finding("http.block-page", tuple(members), "strong", tuple(because[:4]))
    if unreached:
        yield _unreached(case, unreached)


def answered_on_the_way(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Answers that no host gave: the page that comes for a name that cannot exist, and one page
    for hosts of unrelated owners. Where the same comes without the proxy, it is the hosts' all the same."""
    left = [(o, reply) for o, reply in _answers(unexplained) if o.endpoint.expect is None or not _empty_204(reply)]
    page = case.page_for_no_name
    invented = [o for o, r in left if page and alike(_shape(o, r), shape(page[0], f"{page[1]}/"))]
    if invented and page is not None:
        said = f"a tunnel to a name that cannot exist brings the same answer: {_words(page[0])}"
        yield Finding("http.block-page", tuple(invented), "conclusive", (said,))
    left = [(o, reply) for o, reply in left if o not in invented]
    otherwise = [(o, reply) for o, reply in left if _answers_outside_the_tunnel(case, o, reply)]
    for group in _alike(otherwise):
        yield _only_in_the_tunnel(group)
    if case.asked_for_no_name:
        yield from _one_for_all(case, [each for each in left if each not in otherwise])


def _alike(answers: list[tuple[Observation, Reply]]) -> list[list[tuple[Observation, Reply]]]:
    """The answers in groups that are the same answer."""
    groups: list[list[tuple[Observation, Reply]]] = []
    for each in answers:
        own = next((g for g in groups if alike(_shape(*g[0]), _shape(*each))), None)
        groups.append([each]) if own is None else own.append(each)
    return groups


def _answers_outside_the_tunnel(case: Case, observation: Observation, reply: Reply) -> bool:
    """Whether the same request fails in the tunnel, and is answered when it is given to the proxy itself."""
    given = observation.forward_answer
    if observation.decides != "tunnel" or reply.status < 400 or given is None or given.problem is not None:
        return False
    return given.status < 400 and not _same_without_the_proxy(case, observation, reply)


def _only_in_the_tunnel(group: list[tuple[Observation, Reply]]) -> Finding:
    """One answer in the tunnels of hosts that answer otherwise outside: of several hosts it is not their own."""
    reply = group[0][1]
    said = f"inside the tunnel the answer is {_words(reply)}; outside of it, through the same proxy, the host answers"
    code: CauseCode = "http.block-page" if reply.status < 500 else "connect.upstream-error"
    members = tuple(o for o, _ in group)
    if len({o.endpoint.host for o in members}) > 1:
        inside: ToldAs | None = "inside" if code == "http.block-page" else None
        return Finding(code, members, "strong", (said,), told_as=inside)
    return Finding(
        code, members, "weak", (said, "a host that is out of order now and then would look the same"), "degraded"
    )


def _one_for_all(case: Case, left: list[tuple[Observation, Reply]]) -> Iterator[Finding]:
    for group in _alike(left):
        owners = sorted({owner_of(o.endpoint.host) for o, _ in group})
        members = tuple(o for o, reply in group if not _same_without_the_proxy(case, o, reply))
        if not members:
            continue
        if len(owners) < 2:
            yield from _in_place_of_the_refused(case, group, members)
            continue
        said = f"unrelated hosts ({', '.join(owners[:4])}) give one answer: {_words(group[0][1])}"
        if all(_sends_to_itself(o, reply) for o, reply in group):  # one operator may serve them all
            yield Finding("http.block-page", members, "weak", (said,), "degraded")
        else:
            yield Finding("http.block-page", members, "strong", (said,))


def _in_place_of_the_refused(
    case: Case, group: list[tuple[Observation, Reply]], members: tuple[Observation, ...]
) -> Iterator[Finding]:
    """One answer of several hosts of one owner, to none of which a tunnel for TLS opens: it may be of who refuses."""
    hosts = {o.endpoint.host for o in members}
    secure = [o for o in case.tunnels if o.endpoint.speaks == "tls" and o.endpoint.host in hosts]
    refused = {o.endpoint.host for o in secure} == hosts and all(_turned_down(case, o) for o in secure)
    if len(hosts) > 1 and refused and not all(_sends_to_itself(o, reply) for o, reply in group):
        said = f"{len(hosts)} hosts to which no tunnel for TLS opens give one answer without it: {_words(group[0][1])}"
        perhaps = "it may be a page of what keeps TLS from them, and proves no way to any of them"
        yield Finding("http.block-page", members, "weak", (said, perhaps), "degraded")


def _turned_down(case: Case, observation: Observation) -> bool:
    """Whether an answer refused a tunnel for its host, by a rule or because that could not be reached: what there was
    too much of says nothing of the host."""
    reason = denied(case, observation) or says_unreached(observation) or cannot_connect(case, observation)
    return observation.shape is not None and reason


def _shape(observation: Observation, reply: Reply) -> Shape:
    return shape(reply, _place(observation))


def _sends_to_itself(observation: Observation, reply: Reply) -> bool:
    return 300 <= reply.status < 400 and foreign_redirect(observation, reply) is None


def _same_without_the_proxy(case: Case, observation: Observation, reply: Reply) -> bool:
    record = case.outside(observation.id, "http")
    if record is None:
        return False
    direct = reply_in(record)
    return direct.problem is None and alike(_shape(observation, direct), _shape(observation, reply))


def _unreached(case: Case, members: list[Observation]) -> Finding:
    """The proxy's own failure to reach a host, in plain HTTP."""
    reply = decisive(members[0])
    said = f"the proxy answers {_words(reply)}" if reply is not None else ""
    plain = [o for o in case.observations if o.decides == "forward" and o.measured]
    code: CauseCode = (
        "connect.dns-failure"
        if reply is not None and _own_failure(case, members[0], reply)
        else "connect.upstream-error"
    )
    if len(members) * 3 > len(plain) and len(members) > 1:
        return Finding(code, tuple(members), "strong", (said,))
    return Finding(code, tuple(members), "weak", (said, "a host that is gone would look the same"), "degraded")


def unanswered(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """An absolute-form request that brought no well-formed answer."""
    waiting = [o for o in unexplained if o.decides == "forward" and o.forward is not None]
    by_end: dict[CauseCode, list[Observation]] = defaultdict(list)
    codes: dict[str, CauseCode] = {"timeout": "connect.timeout", "reset": "connect.reset", "eof": "connect.empty-reply"}
    for observation in waiting:
        failure = observation.forward.failure if observation.forward is not None else None
        if failure is not None:
            by_end[codes.get(failure.name, "connect.malformed-reply")].append(observation)
    for code, members in by_end.items():
        lonely = len(members) < 2 and any(decisive(o) is not None for o in case.observations)
        said = "the absolute-form request brought no well-formed answer"
        yield Finding(code, tuple(members), "weak" if lonely else "strong", (said,), "degraded" if lonely else None)
