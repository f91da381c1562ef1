"""The proxy said that the tunnel is open. What came through it?"""

import re
from collections.abc import Iterator, Mapping, Sequence

from msgspec import structs

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.products.pages import page_inside
from proxycheck.diagnosis.products.recognition import block_page
from proxycheck.diagnosis.rules.behind import (
    BY_PORT,
    at_lost_ports,
    hosts_of_its_domain,
    of_whole_domains,
    others,
    ports_of,
)
from proxycheck.diagnosis.rules.clear_pages import the_same_in_plain
from proxycheck.diagnosis.rules.connect import FORBIDDING, answers, status
from proxycheck.diagnosis.rules.ends import (
    DEAD,
    ambiguous,
    decided,
    directly,
    ends,
    failure_of,
    is_down,
    is_gone,
    names_pass,
)
from proxycheck.diagnosis.shape import Shape, alike, same_author, shape
from proxycheck.diagnosis.upstream_words import (
    Unreached,
    own_tls_failed,
    page_begins,
    reason_in,
    speaks_of_a_policy,
)
from proxycheck.model.cause import CauseCode, Confidence
from proxycheck.model.device import Speaks
from proxycheck.model.text import counted, printable
from proxycheck.wire.auth.challenges import read_challenges
from proxycheck.wire.auth.refusal import is_login_page, wants_a_person
from proxycheck.wire.domains import domain_of, owner_of
from proxycheck.wire.http.reply import Reply
from proxycheck.wire.teamviewer import spoken


def asks_inside(_: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """A 407 in an open tunnel, whatever was said there: no host asks so, only a proxy does (RFC 9110 section
    15.5.8), and nobody sends a login for a proxy into a tunnel. A page instead of TLS has to name the login."""
    opened = [o for o in unexplained if o.decides == "tunnel" and o.opened]
    plain = [o for o in opened if o.answer is not None and o.answer.problem is None and o.answer.status == _ASKS]
    pages = [o for o in opened if o.tunnel_page is not None and o.tunnel_page.status == _ASKS]
    secure = [o for o in pages if o.tunnel_page is not None and read_challenges(o.tunnel_page.raw_headers)]
    members = (*secure, *plain)
    if members:
        said = f"407 inside {counted(len(members), 'tunnel')}: no host asks so, only a proxy does"
        replies = [reply for o in members if (reply := o.answer or o.tunnel_page) is not None]
        realms = {c.parameter("realm"): None for reply in replies for c in read_challenges(reply.raw_headers)}
        named = [f'it asks for a login for "{printable(realm, 60)}"' for realm in realms if realm]
        code: CauseCode = "tunnel.block-page" if secure else "http.block-page"
        yield Finding(code, members, "conclusive", (said, *named[:3]), told_as="asked")


_ASKS = 407


def page(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """An HTTP answer, or a page without a head, where TLS or another protocol was spoken; or a page inside TLS that the
    proxy ended only to show it. Where it is the page for a name that cannot exist, it tells of a failure, unless it
    denies: what is not listed may be denied before anybody asks whether it exists."""
    odd = [o for o in decided(unexplained) if failure_of(o) == "malformed" and not _unknown_to_teamviewer(o)]
    odd += [o for o in unexplained if o.proved and o.endpoint.speaks == "http" and o.decides == "tunnel"]
    odd = [o for o in odd if not o.proved or opened_by_a_page(case, o)]
    members = [o for o in odd if o.endpoint.speaks != "http" or _is_the_content_of_the_success(o)]
    failures = [o for o in members if _shown_for_no_name(case, o) and _tells_of_a_failure(o.tunnel_page)]
    pages = [o for o in members if o not in failures]
    failures += [o for o in unexplained if o.decides == "tunnel" and _answered_by_a_failure(case, o)]
    if failures:
        yield from _failure_pages(case, failures)
    servers = _servers_of_their_own(case, pages)
    pages = [o for o in pages if o not in servers]
    if servers:
        yield from _plain_servers(case, servers)
    if pages:
        yield _block_page(case, [*pages, *the_same_in_plain(unexplained, pages)])
    yield from _pages_inside(case, unexplained)


def _pages_inside(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """Pages inside TLS that was ended only to show them."""
    shown = [o for o in unexplained if o.opened and page_inside(case, o)]
    unreached = [o for o in shown if (r := o.inside_answer) is not None and r.status >= 500 and not _denies(r)]
    blocked = [o for o in shown if o not in unreached]
    if blocked:
        reply = blocked[0].inside_answer
        sure: Confidence = "strong" if any(o.id in case.denied_in_words for o in blocked) else "conclusive"
        yield Finding("tunnel.block-page", tuple(blocked), sure, _shown_inside(reply) if reply is not None else ())
    unverified = [o for o in unreached if (r := o.inside_answer) is not None and own_tls_failed(r)]
    if unverified:
        yield _own_tls(unverified)
    unreached = [o for o in unreached if o not in unverified]
    if unreached:
        yield from _failure_pages(case, unreached)


def _shown_inside(reply: Reply) -> tuple[str, ...]:
    begins = page_begins(reply)
    said = f"TLS was ended with a certificate of somebody else's only to answer {_status_of(reply)}"
    place = reply.value("Location") if 300 <= reply.status < 400 else None
    led = (f"it redirects to {printable(place, 120)}",) if place else ()
    return (said, *led, *((f"the page begins: {begins}",) if begins else ()))


def _status_of(reply: Reply) -> str:
    return f"{reply.status} {printable(reply.reason, 60)}"


def _own_tls(members: Sequence[Observation]) -> Finding:
    """Pages about the proxy's own TLS to the host. That a single host's certificate is bad may be the host's fault."""
    reply = members[0].inside_answer
    shown = "" if reply is None else _status_of(reply)
    said = f"inside TLS that the proxy itself ended: {shown}, because its own TLS to the host failed"
    if len({o.endpoint.host for o in members}) > 1:
        return Finding("tunnel.block-page", tuple(members), "strong", (said,), told_as="unverified")
    because = (said, "a host whose own certificate is bad would look the same")
    return Finding("tunnel.block-page", tuple(members), "weak", because, "degraded", told_as="unverified")


def _block_page(case: Case, pages: list[Observation]) -> Finding:
    first = pages[0].payload.received if pages[0].payload is not None else ""
    said = f"{_ASKED[pages[0].endpoint.speaks]}; it begins: {printable(first, 100)}"
    default = "a name that cannot exist gets the same page: it comes before anybody looks for the host"
    unknown = any(_shown_for_no_name(case, o) for o in pages)
    return Finding("tunnel.block-page", tuple(pages), "conclusive", (said, *((default,) if unknown else ())))


_NOT_UNDERSTOOD = re.compile(rb"HTTP/1\.[01] 400 |\s*<(?:[^>]{0,200}>\s*<){0,4}title>\s*400 ", re.IGNORECASE)
"""What a web server says to a ClientHello where it expects a request (RFC 9110 section 15.5.1); some without a head."""


def _servers_of_their_own(case: Case, pages: list[Observation]) -> list[Observation]:
    """Pages that only say that a ClientHello is no request, at hosts of one owner: a server that speaks plain HTTP at a
    port for TLS says so too. A page of a known author, or one for unrelated hosts, is somebody's on the way."""
    found = [o for o in pages if o.endpoint.speaks == "tls" and o.payload is not None and _takes_it_for_a_request(o)]
    found = [o for o in found if not (_shown_for_no_name(case, o) or directly(case, o) or _author_known(case, o))]
    return found if len({owner_of(o.endpoint.host) for o in found}) == 1 else []


def _takes_it_for_a_request(observation: Observation) -> bool:
    reply = observation.tunnel_page
    said = observation.payload is not None and _NOT_UNDERSTOOD.match(observation.payload.received_bytes) is not None
    return said and (reply is None or not _denies(reply))


def _author_known(case: Case, observation: Observation) -> bool:
    """Whether the page is a known product's, or by the author of the proxy's own."""
    reply, own, host = observation.tunnel_page, case.own_page, observation.endpoint.host
    if reply is None:
        return False
    proxys = own is not None and own.reply.fails and same_author(reply, host, own.reply, own.host)
    return proxys or block_page(case.knowledge.products, reply) is not None


def _plain_servers(case: Case, members: Sequence[Observation]) -> Iterator[Finding]:
    said = "the answer to the ClientHello is a web server's that takes it for a request and cannot read it (400)"
    down = tuple(o for o in members if is_down(case, o))
    left = tuple(o for o in members if o not in down)
    if down:
        yield Finding("endpoint.down", down, "strong", (said, "without the proxy it fails as well"), "info")
    if left:
        unknown = "only hosts of one owner answer so: their own server may speak plain HTTP there"
        yield Finding("tunnel.block-page", left, "weak", (said, unknown), "degraded", detail=_ASK_ELSEWHERE)


_ASK_ELSEWHERE = (
    "Whose page it is could not be told. Try these hosts from another network first: if they answer so there as well, "
    "it is their own fault, and there is nothing to allow."
)
_ASKED: Mapping[Speaks, str] = {
    "tls": "the answer to the ClientHello is not TLS",
    "http": "what comes in the tunnel is content that the 200 itself announced, and no answer of a host's",
    "teamviewer": "the answer to what was said is a page",
}


def opened_by_a_page(case: Case, observation: Observation) -> bool:
    """Whether the answer that opened this tunnel brought content which no tunnel to a host that proved itself has: then
    whoever wrote it may answer plain HTTP as well."""
    own = _content(observation)
    if own is None:
        return False
    greetings = (_content(o) for o in case.observations if o.proved and o.endpoint.speaks == "tls")
    return not any(greeting is not None and alike(own, greeting) for greeting in greetings)


def _content(observation: Observation) -> Shape | None:
    reply = observation.reply
    if reply is None or not reply.own_content:
        return None
    return shape(structs.replace(reply, body=reply.own_content), observation.endpoint.host)


def _is_the_content_of_the_success(observation: Observation) -> bool:
    """Whether what came in a tunnel is content that the 200 announced as its own, which no tunnel has (RFC 9110 section
    9.3.6): what a host says itself without the head of an answer, nobody has announced."""
    reply = observation.reply
    return reply is not None and any(value.strip() != "0" for value in reply.values("Content-Length"))


def _shown_for_no_name(case: Case, observation: Observation) -> bool:
    shown, control = page_shown(observation), case.nonexistent
    if control is None or control.tunnel_page is None or shown is None:
        return False
    place = observation.endpoint.host + (observation.endpoint.path if observation.answer is not None else "")
    return alike(shape(shown, place), shape(control.tunnel_page, control.host))


def page_shown(observation: Observation) -> Reply | None:
    """The HTTP answer in the clear that came in its tunnel, whatever was spoken."""
    answer = observation.answer
    return answer if answer is not None and answer.problem is None else observation.tunnel_page


def _answered_by_a_failure(case: Case, observation: Observation) -> bool:
    """Whether plain HTTP in the tunnel was answered by the page of a proxy that did not reach the host: what a name
    gets that cannot exist, and what tells of a failure."""
    answer = observation.answer
    if answer is None or answer.problem is not None or answer.status == _NOT_FOUND:
        return False
    return _tells_of_a_failure(answer) and _shown_for_no_name(case, observation)


_NOT_FOUND = 404


def _denies(reply: Reply) -> bool:
    """Whether a page is about a rule or a person: it forbids, names a policy, or wants a login."""
    return reply.status in FORBIDDING or speaks_of_a_policy(reply) or wants_a_person(reply) is not None


def _tells_of_a_failure(reply: Reply | None) -> bool:
    """Whether a page may say that the host was not reached: by its status, or in words."""
    if reply is None or _denies(reply) or is_login_page(reply):
        return False
    return reply.status >= 500 or reply.status == _NOT_FOUND or reason_in(reply) is not None


def _failure_pages(case: Case, members: list[Observation]) -> Iterator[Finding]:
    """The proxy opened the tunnel first and failed to reach the host afterwards."""
    words = "the tunnel opened, and in it the proxy says that it could not reach the host"
    if any(o.proved and o.endpoint.speaks == "tls" for o in case.observations if o not in members):
        down = [o for o in members if is_gone(case, o)]
        if down:
            yield Finding("endpoint.down", tuple(down), "strong", (words, "without the proxy it fails as well"), "info")
        yield from _among_neighbours(case, [o for o in members if o not in down], words)
        return
    own = case.own_address
    names = own is not None and own.reply.success and own.tunnel_page is None
    # What is not TLS dies in silence on such a proxy; the names explain it, and nothing else could be measured.
    silent = [o for o in case.tunnels if o.opened and o.endpoint.speaks != "tls" and (not o.proved or _says_error(o))]
    explained = tuple(dict.fromkeys((*members, *silent)))
    code = _told(members) or ("connect.dns-failure" if names else "connect.upstream-error")
    yield Finding(code, explained, "strong", (words,))


def _among_neighbours(case: Case, members: list[Observation], words: str) -> Iterator[Finding]:
    """Hosts that were not reached while others were: by their ports, by their domain, or for themselves."""
    cut_off = at_lost_ports(case, members)
    if cut_off:
        ports, told = ports_of(cut_off), _told(cut_off)
        code: CauseCode = "connect.upstream-error" if told in (None, "connect.dns-failure") else told
        because = (f"port {ports}: {words}, in each of {counted(len(cut_off), 'tunnel')}", *others(case, cut_off))
        detail = BY_PORT.format(ports=ports)
        yield Finding(code, tuple(cut_off), "strong", because, detail=detail)
    left = [o for o in members if o not in cut_off]
    whole = of_whole_domains(case, left)
    if whole:
        domains = ", ".join(dict.fromkeys(domain_of(o.endpoint.host) for o in whole))
        said = f"{words}; so it says in every tunnel to {domains}"
        yield Finding(_told(whole) or "connect.upstream-error", tuple(whole), "strong", (said,))
    left = [o for o in left if o not in whole]
    if left:
        yield Finding(_told(left) or "connect.dns-failure", tuple(left), "weak", (words,), "degraded")


def _told(members: Sequence[Observation]) -> Unreached | None:
    """The reason that one of their pages names."""
    pages = (page_shown(o) or o.inside_answer for o in members)
    return next((why for page in pages if page is not None and (why := reason_in(page))), None)


def _says_error(observation: Observation) -> bool:
    return observation.answer is not None and observation.answer.status >= 500


def _silent_teamviewer(observation: Observation) -> bool:
    """TeamViewer's protocol is not public: silence there proves nothing, nor do bytes that nobody knows."""
    silent = observation.endpoint.speaks == "teamviewer" and failure_of(observation) == "timeout"
    return silent or _unknown_to_teamviewer(observation)


def _unknown_to_teamviewer(observation: Observation) -> bool:
    """Whether TeamViewer's greeting was answered with bytes of no known kind: who sent them is not known."""
    payload = observation.payload
    if observation.endpoint.speaks != "teamviewer" or payload is None:
        return False
    return spoken(payload.received_bytes) in ("other", "undecided")


def tls_only(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """TLS passes, and whatever is not TLS dies in an open tunnel."""
    plain = [o for o in case.tunnels if o.endpoint.speaks == "http" and o.opened and o.finished]
    tls = [o for o in case.observations if o.endpoint.speaks == "tls" and o.proved]
    if not plain or not tls or any(o.proved for o in plain):
        return
    dead = [o for o in decided(unexplained) if o.endpoint.speaks != "tls" and not _silent_teamviewer(o)]
    if not any(o.endpoint.speaks == "http" for o in dead):
        return
    because = (
        f"{counted(len(dead), 'tunnel')} opened and ended as soon as something other than TLS was sent ({ends(dead)})",
        f"{counted(len(tls), 'TLS handshake')} completed on the same way",
    )
    yield Finding("tunnel.tls-only", tuple(dead), "conclusive", because)


def dead(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """200, and then nothing, on every tunnel."""
    members = [o for o in decided(unexplained) if failure_of(o) in DEAD and not _silent_teamviewer(o)]
    if members and not any(o.proved for o in case.observations):
        bare = "it never" if len(members) == 1 else "none"
        said = f"{counted(len(members), 'tunnel')} opened; {bare} brought an answer ({ends(members)})"
        yield Finding("tunnel.dead", tuple(members), "conclusive", (said,))


def dead_domain(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """200, and then nothing, in every tunnel to a domain, whatever is said, while others answer in kind: no policy that
    reads the server name, which may be said elsewhere. What ends in the same way besides belongs to it, unless a host
    that is gone would end so, too; of several hosts of one domain not all are gone."""
    dead = [o for o in decided(unexplained) if failure_of(o) in DEAD and o.endpoint.speaks != "teamviewer"]
    dying = [o for o in dead if not is_down(case, o)]
    passing = {o.endpoint.speaks for o in case.observations if o.proved}
    if case.proxy is None or not {"tls", "http"} <= passing or not names_pass(case, dying):
        return
    eager = ambiguous(case)
    found = {domain_of(o.endpoint.host): o for o in dying if not eager or hosts_of_its_domain(o, dying)}
    domains = [domain for domain in found if _all_dead(case, domain, dying)]
    whole = [o for o in dying if domain_of(o.endpoint.host) in domains]
    ways = {failure_of(o) for o in whole}
    members = whole if eager else [o for o in dying if failure_of(o) in ways]
    if whole:
        because = (
            f"all tunnels to {', '.join(domains)} opened and ended ({ends(whole)}), with TLS and with plain HTTP",
            "the same names, said as server name in a working host's connection, are not cut",
            f"{sum(o.proved for o in case.observations)} other tunnels brought an answer",
        )
        yield Finding("tunnel.dead", tuple(members), "strong", because)


def _all_dead(case: Case, domain: str, dying: Sequence[Observation]) -> bool:
    """Whether every tunnel to this domain that opened died, and both TLS and plain HTTP were said in them."""
    opened = [o for o in case.tunnels if o.opened and domain_of(o.endpoint.host) == domain]
    return {"tls", "http"} <= {o.endpoint.speaks for o in opened} and all(o in dying for o in opened)


def rest(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """What no rule explained, told as it is: nothing that failed may stay without a name."""
    lost = [o for o in unexplained if o.decides == "tunnel" and o.finished and not o.proved]
    lost = [o for o in lost if not (o.opened and _silent_or_closed_teamviewer(o))]
    opened, refused = tuple(o for o in lost if o.opened), tuple(o for o in lost if not o.opened)
    if opened:
        yield Finding(
            "tunnel.dead", opened, "weak", (f"the tunnel opened and failed ({ends(list(opened))})",), "degraded"
        )
    forbidden = tuple(o for o in refused if 400 <= status(o) < 500)
    if forbidden:
        said = f"refused by no gateway error: {answers(forbidden)}"
        yield Finding("connect.host-denied", forbidden, "weak", (said,), "degraded")
    left = tuple(o for o in refused if o not in forbidden)
    if left:
        said = f"the proxy did not open the tunnel: {answers(left)}"
        yield Finding("connect.upstream-error", left, "weak", (said,), "degraded")


def _silent_or_closed_teamviewer(observation: Observation) -> bool:
    closed = observation.endpoint.speaks == "teamviewer" and failure_of(observation) in DEAD
    return closed or _unknown_to_teamviewer(observation)


def plain_dead(case: Case, unexplained: tuple[Observation, ...]) -> Iterator[Finding]:
    """One plain tunnel that died among others that work."""
    members = [o for o in decided(unexplained) if o.endpoint.speaks == "http" and failure_of(o)]
    if not members:
        return
    down = [o for o in members if is_gone(case, o)]
    if down:
        yield Finding("endpoint.down", tuple(down), "strong", ("without the proxy it fails as well",), "info")
    left = tuple(o for o in members if o not in down)
    if left:
        said = f"the tunnel opened and brought no HTTP answer ({ends(list(left))}); others did"
        yield Finding("tunnel.dead", left, "weak", (said,), "degraded")
