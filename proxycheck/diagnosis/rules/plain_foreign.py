"""Answers to plain HTTP that are known to be somebody else's by another answer: of the host whose answer is known
beforehand, or of the same hosts outside of tunnels."""

from collections import defaultdict
from collections.abc import Iterator

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.plain_http import (
    alike_answers,
    changed_check,
    code_of,
    empty_204,
    foreign_redirect,
    place_of,
    plain_answers,
    same_without_the_proxy,
    turned_down,
    unreached_in_plain,
)
from proxycheck.diagnosis.shape import alike, shape, words_shared
from proxycheck.diagnosis.upstream_words import page_begins
from proxycheck.model.cause import CauseCode, Confidence
from proxycheck.model.text import printable
from proxycheck.wire.domains import owner_of
from proxycheck.wire.http.denials import denies_by_a_rule
from proxycheck.wire.http.leads import asks_for_password, leads_to
from proxycheck.wire.http.reply import Reply, reply_in

_SAME_PAGE = 0.5
"""Share of words that two pages of one host have in common at least, whoever is greeted in them."""


def in_place_of_the_check(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """The page that comes in place of an empty 204, and all that get the same one: it is not theirs either."""
    checks = [(o, reply) for o, reply in plain_answers(case.observations) if changed_check(case, o, reply)]
    pages = [(shape(reply, place_of(o)), _told_as(case, o, reply)) for o, reply in checks]
    groups: dict[CauseCode | None, list[Observation]] = defaultdict(list)
    because: dict[CauseCode | None, list[str]] = defaultdict(list)
    for observation, reply in plain_answers(unexplained):
        own = shape(reply, place_of(observation))
        itself = 300 <= reply.status < 400 and foreign_redirect(observation, reply) is None
        codes = [code for page, code in pages if alike(own, page)]
        if itself or not codes:
            continue
        code = codes[0]
        groups[code].append(observation)
        as_a_check = observation.endpoint.expect is not None
        due = "where an empty 204 is due" if as_a_check else "the answer that stands in place of an empty 204 elsewhere"
        because[code].append(f"{observation.id} answers {reply.status} {printable(reply.reason, 80)}, {due}")
    for code, members in groups.items():
        if code is None:
            yield unreached_in_plain(case, members)
        else:
            sure: Confidence = "conclusive" if code == "http.captive-portal" else "strong"
            yield Finding(code, tuple(members), sure, tuple(because[code][:4]))


def _told_as(case: Case, observation: Observation, reply: Reply) -> CauseCode | None:
    """What such a page is told as; None for a failure to reach the host."""
    if not turned_down(case, observation, reply):
        return "http.captive-portal"
    return None if reply.status >= 500 else code_of(reply)


def one_page_in_tunnels(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Pages in the tunnels of hosts that bring a page of their own outside of them."""
    otherwise = [(o, reply) for o, reply in plain_answers(unexplained) if _otherwise_outside(case, o, reply)]
    for group in alike_answers(otherwise):
        reply = group[0][1]
        said = f"inside the tunnel the answer is {reply.status} {printable(reply.reason, 80)}".rstrip()
        because = (f"{said}; outside of it, through the same proxy, the same request brings another page",)
        outside = [(o, given) for o, _ in group if (given := o.forward_answer) is not None]
        members = tuple(o for o, _ in group)
        if len({o.endpoint.host for o in members}) > 1 and len(alike_answers(outside)) > 1:
            more = f"{len(members)} hosts give one answer inside, and outside each its own"
            yield Finding("http.block-page", members, "strong", (*because, more))
        else:
            said = "a host that answers otherwise each time would look the same"
            yield Finding("http.block-page", members, "weak", (*because, said), "degraded")


def _otherwise_outside(case: Case, observation: Observation, reply: Reply) -> bool:
    """Whether the same request outside of the tunnel brings a page that may well be the host's, and another one."""
    given = observation.forward_answer
    if observation.decides != "tunnel" or reply.status >= 400 or given is None or given.problem is not None:
        return False
    if observation.endpoint.expect is not None and empty_204(reply):
        return False
    differs = _another_page(reply, given, place_of(observation))
    return differs and _credible(case, observation, given) and not same_without_the_proxy(case, observation, reply)


def _another_page(one: Reply, other: Reply, place: str) -> bool:
    if one.status != other.status:
        return True
    if 300 <= one.status < 400:
        return leads_to(one) != leads_to(other)
    if one.value("Content-Encoding") != other.value("Content-Encoding"):
        return False  # the same page has other bytes where it is compressed on the way
    return words_shared(shape(one, place), shape(other, place)) < _SAME_PAGE


def _credible(case: Case, observation: Observation, given: Reply) -> bool:
    """Whether an answer outside of the tunnel may be the host's own: no failure, it leads to nobody else, and neither
    a host of another owner nor a name that cannot exist gets the same."""
    if given.status >= 400 or foreign_redirect(observation, given) is not None or asks_for_password(given):
        return False
    page = shape(given, place_of(observation))
    own = case.own_page
    if own is not None and alike(page, shape(own.reply, f"{own.host}/")):
        return False
    owner = owner_of(observation.endpoint.host)
    others = ((o, o.forward_answer) for o in case.observations if owner_of(o.endpoint.host) != owner)
    return not any(said is not None and alike(page, shape(said, place_of(o))) for o, said in others)


def otherwise_without(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Answers that fail where the same host, asked without the proxy, has one that does not."""
    found = [(o, reply) for o, reply in plain_answers(unexplained) if _fails_on_the_way(case, o, reply)]
    for group in alike_answers(found):
        reply, members = group[0][1], tuple(o for o, _ in group)
        said = f"through the proxy the answer is {reply.status} {printable(reply.reason, 80)}".rstrip()
        because = (f"{said}; without it the host answers",)
        code: CauseCode = "connect.upstream-error" if reply.status >= _ERRORS else code_of(reply)
        if len({o.endpoint.host for o in members}) > 1:
            yield Finding(code, members, "strong", because)
        else:
            now_and_then = "a host that is out of order now and then would look the same"
            yield Finding(code, members, "weak", (*because, now_and_then), "degraded")


def _fails_on_the_way(case: Case, observation: Observation, reply: Reply) -> bool:
    record = case.outside(observation.id, "http")
    if record is None or not reply.fails:
        return False
    direct = reply_in(record)
    return direct.problem is None and not direct.fails


_ERRORS = 500


def denied_in_words(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Answers in which a rule denies that is none of a host's, be it for one host alone and whatever their status."""
    denied = [(o, r) for o, r in plain_answers(unexplained) if denies_by_a_rule(r)]
    members = [(o, r) for o, r in denied if not same_without_the_proxy(case, o, r)]
    if members:
        said = (f"{o.id} answers {r.status}; the page begins: {page_begins(r)}" for o, r in members[:4])
        yield Finding("http.block-page", tuple(o for o, _ in members), "strong", tuple(said))
