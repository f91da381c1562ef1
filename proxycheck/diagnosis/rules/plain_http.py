"""Plain HTTP: is the answer the host's own, or a page of a proxy or portal on the way?

Plain HTTP is not authenticated, and what a host answers (403, 404, a redirect of its own) is its own business. A page
counts as foreign only by evidence: a changed `generate_204`, a redirect of unrelated hosts to one place, the same
author as the proxy's own error page, or a page that only a filter writes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.products.recognition import block_page
from proxycheck.diagnosis.rules.connect import FORBIDDING, cannot_connect, denied, says_unreached
from proxycheck.diagnosis.shape import Shape, alike, same_author, shape
from proxycheck.model.cause import CauseCode
from proxycheck.model.files.knowledge import ToldAs
from proxycheck.model.text import printable
from proxycheck.wire.domains import domain_of, is_inside, owner_of
from proxycheck.wire.http.leads import leads_to
from proxycheck.wire.http.reply import Reply, reply_in

_HOST_ASKS, _PORTAL_ASKS = 401, 511
_TOO_MANY = 429
_EDGES = frozenset(("AkamaiGHost", "CloudFront", "cloudflare"))
"""How networks name themselves that answer for hosts of many owners, also with refusals of their own."""


def decisive(observation: Observation) -> Reply | None:
    """The answer on the way that the device's plain HTTP takes, when it is a well-formed one."""
    reply = observation.forward_answer if observation.decides == "forward" else observation.answer
    return reply if reply is not None and reply.problem is None else None


def place_of(observation: Observation) -> str:
    """What was asked for, as a page may name it."""
    return observation.endpoint.host + observation.endpoint.path


def _words(reply: Reply) -> str:
    where = reply.value("Location")
    return printable(f"{reply.status} {reply.reason}".strip() + (f", Location: {where}" if where else ""), 160)


def plain_answers(observations: Iterable[Observation]) -> list[tuple[Observation, Reply]]:
    """The well-formed answers to plain HTTP on the way that decides."""
    return [(o, reply) for o in observations if o.endpoint.speaks == "http" and (reply := decisive(o)) is not None]


def _own_failure(case: Case, observation: Observation, reply: Reply) -> bool:
    """Whether a forwarded request got the very page that a name gets which cannot exist, and which is no rule's: where
    whatever is not listed is denied, such a name is too. A complaint about the request says something of names only
    where another request brings another answer."""
    own = case.own_page
    if reply.status in FORBIDDING or reply.status == _TOO_MANY:
        return False
    if own is None or observation.decides != "forward" or own.reply.status < 400:
        return False
    page = shape(own.reply, f"{own.host}/")
    return alike(_shape(observation, reply), page) and (reply.status >= 500 or not case.one_page_for_everything)


def foreign_redirect(observation: Observation, reply: Reply) -> str | None:
    """The host of another owner to which an answer redirects, None where it does not."""
    host = leads_to(reply)
    if not host or domain_of(host) == domain_of(observation.endpoint.host):
        return None
    return host if is_inside(host) or owner_of(host) != owner_of(observation.endpoint.host) else None


def portal(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """`generate_204` that is not an empty 204, 511, one place to which unrelated hosts redirect, and any place to which
    no host of the internet would."""
    answers = plain_answers(unexplained)
    members: dict[str, Observation] = {}
    because: list[str] = []
    for observation, reply in answers:
        changed = changed_check(case, observation, reply)
        if reply.status == _PORTAL_ASKS or (changed and not turned_down(case, observation, reply)):
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
    outside = observation.decides == "tunnel" and given is not None and given.problem is None and empty_204(given)
    if not outside or not reply.fails:
        return False
    others = (each for each in answers if each[0].endpoint.host != observation.endpoint.host)
    return any(alike(_shape(observation, reply), _shape(*other)) for other in others)


def sent_elsewhere(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """One place of the internet to which unrelated hosts redirect, where the connectivity check passes: a portal stops
    that as well, a filter has no reason to."""
    places: dict[str, list[Observation]] = defaultdict(list)
    for observation, reply in plain_answers(unexplained) if _check_passes(case) else ():
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
    return any(reply is not None and empty_204(reply) for reply in checks)


def empty_204(reply: Reply) -> bool:
    """A 204 has no content (RFC 9110 section 15.3.5); one that brings or announces some is somebody else's."""
    announced = reply.value("Content-Length") or "0"
    return reply.status == 204 and announced.strip() == "0" and "bytes-after-204" not in reply.deviations


def changed_check(case: Case, observation: Observation, reply: Reply) -> bool:
    """Whether this is no empty 204 where one is due, no page that the proxy is known to write, and nothing that every
    host meets in its tunnel alone."""
    if observation.endpoint.expect != "generate_204" or empty_204(reply):
        return False
    written = _own_failure(case, observation, reply) or _by_the_proxy(case, observation, reply)
    return not (written or _only_inside(observation, reply, plain_answers(case.observations)))


def turned_down(case: Case, observation: Observation, reply: Reply) -> bool:
    """Whether an answer denies or fails, and no other owner's host gets the same: so nobody is brought to a portal."""
    if reply.status < 400 or reply.status in (_HOST_ASKS, _PORTAL_ASKS):
        return False
    own, owner = _shape(observation, reply), owner_of(observation.endpoint.host)
    others = plain_answers(o for o in case.observations if owner_of(o.endpoint.host) != owner)
    return not any(alike(own, _shape(o, said)) for o, said in others)


def _by_the_proxy(case: Case, observation: Observation, reply: Reply) -> bool:
    own = case.own_page
    if reply.status < 400 or own is None or own.reply.status < 400:
        return False
    return same_author(reply, place_of(observation), own.reply, f"{own.host}/")


def foreign_page(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """A page of the proxy, or of a filter behind it, in place of the host's answer."""
    members: list[Observation] = []
    because: list[str] = []
    unreached: list[Observation] = []
    for observation, reply in plain_answers(unexplained):
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
        yield from _pages(case, members, tuple(because[:4]))
    if unreached:
        yield unreached_in_plain(case, unreached)


def _pages(case: Case, members: list[Observation], because: tuple[str, ...]) -> Iterator[Finding]:
    """Pages that the proxy writes, by what they say."""
    groups: dict[CauseCode, list[Observation]] = defaultdict(list)
    for observation in members:
        reply = decisive(observation)
        groups[code_of(reply) if reply is not None else "http.block-page"].append(observation)
    own = case.own_page
    whole = own is not None and own.reply.status >= 400 and case.one_page_for_everything
    for code, found in groups.items():
        yield Finding(code, tuple(found), "strong", because, detail=_FOR_EVERYTHING if whole else None)


_FOR_EVERYTHING = "Every ordinary request brings this answer, also one for a name that cannot exist."


def code_of(reply: Reply) -> CauseCode:
    """What a page in place of hosts' answers is told as: they are turned away for a while, or kept from it."""
    return "proxy.capacity" if reply.status == _TOO_MANY else "http.block-page"


def answered_on_the_way(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Answers that no host gave: the page that comes for a name that cannot exist, and one page
    for hosts of unrelated owners. Where the same comes without the proxy, it is the hosts' all the same."""
    left = [(o, reply) for o, reply in plain_answers(unexplained) if o.endpoint.expect is None or not empty_204(reply)]
    page = case.page_for_no_name
    invented = [o for o, r in left if page and alike(_shape(o, r), shape(page[0], f"{page[1]}/"))]
    if invented and page is not None:
        said = f"a tunnel to a name that cannot exist brings the same answer: {_words(page[0])}"
        yield Finding("http.block-page", tuple(invented), "conclusive", (said,))
    left = [(o, reply) for o, reply in left if o not in invented]
    otherwise = [(o, reply) for o, reply in left if _answers_outside_the_tunnel(case, o, reply)]
    for group in alike_answers(otherwise):
        yield _only_in_the_tunnel(group)
    if case.asked_for_no_name:
        yield from _one_for_all(case, [each for each in left if each not in otherwise])


def alike_answers(answers: list[tuple[Observation, Reply]]) -> list[list[tuple[Observation, Reply]]]:
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
    return given.status < 400 and not same_without_the_proxy(case, observation, reply)


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
    for group in alike_answers(left):
        owners = sorted({owner_of(o.endpoint.host) for o, _ in group})
        members = tuple(o for o, reply in group if not same_without_the_proxy(case, o, reply))
        if not members:
            continue
        if len(owners) < 2:
            yield from _in_place_of_the_refused(case, group, members)
            continue
        if all(o.decides == "forward" and _speaks_of_itself(o, reply) for o, reply in group):
            continue  # each its own; and proxies may write who the server is themselves
        said = f"unrelated hosts ({', '.join(owners[:4])}) give one answer: {_words(group[0][1])}"
        if all(_sends_to_itself(o, r) or r.value("Server") in _EDGES for o, r in group):  # one operator for them all
            yield Finding("http.block-page", members, "weak", (said,), "degraded")
        else:
            yield Finding(code_of(group[0][1]), members, "strong", (said,))


def _speaks_of_itself(observation: Observation, reply: Reply) -> bool:
    """Whether an answer denies nothing and sends to the host that was asked for, or names it."""
    named = observation.endpoint.host.encode("ascii") in reply.body.lower()
    return _sends_to_itself(observation, reply) or (reply.status < 300 and named)


def _in_place_of_the_refused(
    case: Case, group: list[tuple[Observation, Reply]], members: tuple[Observation, ...]
) -> Iterator[Finding]:
    """One answer of several hosts of one owner, to none of which a tunnel for TLS opens, although others do at these
    ports: it may be of who refuses."""
    hosts = {o.endpoint.host for o in members}
    secure = [o for o in case.tunnels if o.endpoint.speaks == "tls" and o.endpoint.host in hosts]
    refused = {o.endpoint.host for o in secure} == hosts and all(_refused_for_its_host(case, o) for o in secure)
    refused = refused and {o.endpoint.port for o in secure} <= {o.endpoint.port for o in case.opened}
    if len(hosts) > 1 and refused and not all(_sends_to_itself(o, reply) for o, reply in group):
        said = f"{len(hosts)} hosts to which no tunnel for TLS opens give one answer without it: {_words(group[0][1])}"
        perhaps = "it may be a page of what keeps TLS from them, and proves no way to any of them"
        yield Finding("http.block-page", members, "weak", (said, perhaps), "degraded")


def _refused_for_its_host(case: Case, observation: Observation) -> bool:
    """Whether an answer refused a tunnel for its host, by a rule or because that could not be reached: what there was
    too much of says nothing of the host."""
    reason = denied(case, observation) or says_unreached(observation) or cannot_connect(case, observation)
    return observation.shape is not None and reason


def _shape(observation: Observation, reply: Reply) -> Shape:
    return shape(reply, place_of(observation))


def _sends_to_itself(observation: Observation, reply: Reply) -> bool:
    return 300 <= reply.status < 400 and foreign_redirect(observation, reply) is None


def same_without_the_proxy(case: Case, observation: Observation, reply: Reply) -> bool:
    """Whether the host gives the same answer without the proxy."""
    record = case.outside(observation.id, "http")
    if record is None:
        return False
    direct = reply_in(record)
    return direct.problem is None and alike(_shape(observation, direct), _shape(observation, reply))


def unreached_in_plain(case: Case, members: list[Observation]) -> Finding:
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
