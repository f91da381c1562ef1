"""What listens at the proxy's address: nothing, silence, or a server that is no proxy at all."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.shape import alike, shape
from proxycheck.diagnosis.triangulation import credentials_answer
from proxycheck.model.cause import CauseCode, Confidence
from proxycheck.model.evidence import Evidence
from proxycheck.model.text import printable, were
from proxycheck.wire.auth.refusal import is_login_page, wants_a_person
from proxycheck.wire.banners import service_of
from proxycheck.wire.http.reply import Reply, page_in

_TCP_CODES: dict[str, CauseCode] = {"refused": "proxy.refused", "reset": "proxy.reset"}
WEB_SERVER_REFUSALS = frozenset((400, 404, 405, 421, 426, 501))
"""How servers that are no proxies refuse CONNECT."""
_BAD_REQUEST = 400
_WANTS_A_LOGIN = 401
_NOT_SERVED_HERE = frozenset((401, 404, 421))
"""What a web server says to a request for a page it does not have; a forward proxy calls origin form a bad request."""
_SAID_UNASKED = ("banner", "http", "socks5", "socks4", "socks4a")


def unreachable(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """The proxy's name has no address, or none of its addresses accepts a connection."""
    for record in case.of("reachability", "proxy_dns"):
        if record.failure is not None:
            yield Finding("proxy.unresolvable", (), "conclusive", (record.failure.detail,), "blocker")
            return
    attempts = case.of("reachability", "proxy_tcp")
    if not attempts or any(record.failure is None for record in attempts):
        return
    names = [record.failure.name for record in attempts if record.failure is not None]
    because = tuple(f"{r.variant}: {r.failure.name} ({r.failure.detail})" for r in attempts if r.failure is not None)
    yield Finding(_TCP_CODES.get(names[0], "proxy.unreachable"), (), "conclusive", because, "blocker")


def no_http(case: Case) -> bool:
    """Whether not one CONNECT to this port got a well-formed HTTP answer."""
    replies = [o.reply for o in case.observations if o.reply is not None]
    controls = [c.reply for c in (case.own_address, case.own_port, case.nonexistent) if c is not None]
    return bool(replies) and all(reply.problem is not None for reply in (*replies, *controls)) and not _asked(case)


def knows_no_connect(case: Case) -> bool:
    """Whether every CONNECT was answered as by a server that is no proxy, or not in HTTP at all."""
    replies = [o.reply for o in case.observations if o.reply is not None]
    foreign = all(reply.problem is not None or reply.status in WEB_SERVER_REFUSALS for reply in replies)
    return bool(replies) and foreign and not forwards(case) and not _asked(case)


def _asked(case: Case) -> bool:
    """Whether a CONNECT was answered by 407, as a proxy does, whatever came of it afterwards."""
    return any(case.challenge(record) is not None for o in case.observations for record in o.connects)


def silent(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """Connections are accepted, and then nothing, whatever is said."""
    if not no_http(case):
        return
    heard = [e for e in case.evidence if e.operation in ("connect", "auth", "proxy_greeting")]
    if heard and all(e.silent for e in heard):
        said = f"{were(len(heard), 'connection')} accepted; not a single byte came in {heard[0].duration_s:.0f} s"
        yield Finding("proxy.silent", (), "conclusive", (said,), "blocker")


def other_service(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """Something that is neither HTTP nor TLS nor SOCKS was answered: another service's own protocol."""
    if not no_http(case) or (case.website is not None and case.website.problem is None):
        return
    spoken = _spoken(case)
    if not spoken:
        return
    service = next((name for e in spoken if (name := service_of(e.received_bytes))), None)
    words = [f"it speaks {service}"] if service else []
    words.append(f"it answers: {printable(spoken[0].received.rstrip(), 80)}")
    yield Finding("proxy.not-a-proxy", (), "conclusive" if service else "strong", tuple(words), "blocker")


def _spoken(case: Case) -> list[Evidence]:
    """What the listener sent, an unasked banner first."""
    greetings = [e for name in _SAID_UNASKED if (e := case.greetings.get(name)) is not None and e.received]
    return [*greetings, *(e for e in case.evidence if e.operation == "connect" and e.received)]


def web_server(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """HTTP as a web server or a reverse proxy speaks it: pages of its own, and no idea of CONNECT. It may refuse the
    method, send the client to the same place by https, or answer with a page as it would for GET."""
    page = case.website
    if no_http(case) or page is None or page.problem is not None or not case.tunnels:
        return
    itself = _leads_to_itself(case, page)
    if not (itself is not None or all(_taken_for_a_page(o) for o in case.tunnels)) or forwards(case):
        return
    replies = [o.reply for o in case.tunnels if o.reply is not None]
    refused = all(reply.status in WEB_SERVER_REFUSALS for reply in replies)
    alike_for_all = itself is not None or _alike_for_no_name(case)
    if not refused and not (alike_for_all and any(o.endpoint.speaks == "tls" for o in case.tunnels)):
        return
    if page.status < 400 or (refused and page.status in _NOT_SERVED_HERE):
        if not refused and (is_login_page(page) or wants_a_person(page)) and itself is None:
            return
        said = f"it answers an ordinary request like a web server ({_told(page)}) and CONNECT with {_told(replies[0])}"
        yield Finding("proxy.not-a-proxy", (), itself or "strong", (said,), "blocker")


def _leads_to_itself(case: Case, page: Reply) -> Confidence | None:
    """How sure it is that every request, whatever it asks for, is sent to one and the same place on this very server.
    A proxy that wants a login of its own has to name the place, since a relative one would be at the host that was
    asked for; and hardly ever sends a request for a page of its own there as well."""
    place = page.value("Location") or ""
    control = case.nonexistent
    if not 300 <= page.status < 400 or control is None or not place:
        return None
    replies = [*(o.reply for o in case.tunnels if o.reply is not None), control.reply]
    if not all(300 <= reply.status < 400 and reply.value("Location") == place for reply in replies):
        return None
    try:
        named = urlsplit(place).hostname
    except ValueError:
        return None
    if named is None:
        return "strong"
    own = {e.variant for e in case.of("reachability", "proxy_tcp")} | {case.proxy.host if case.proxy else None}
    return "weak" if named in own else None


def web_login(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """A web server that wants a login of its own, for whatever it is asked: CONNECT and a request for its page get the
    very answer by which origins ask (RFC 9110 section 15.5.2). Who gave credentials knows of a proxy that wants some:
    there the challenge is at fault."""
    page = case.website
    if page is None or not case.tunnels or not _asks_as_an_origin(page) or credentials_answer(case) != "unsent":
        return
    own = shape(page, "")
    for observation in case.tunnels:
        reply = observation.reply
        if reply is None or not _asks_as_an_origin(reply) or not alike(shape(reply, observation.endpoint.host), own):
            return
    if not forwards(case):
        said = f"it answers a request for its own page and CONNECT alike, by a login for web pages: {_told(page)}"
        because = (said, "it asks in WWW-Authenticate, as web servers do; a proxy asks by 407, in Proxy-Authenticate")
        yield Finding("proxy.not-a-proxy", (), "strong", because, "blocker")


def _asks_as_an_origin(reply: Reply) -> bool:
    asks = reply.problem is None and reply.status == _WANTS_A_LOGIN
    return asks and reply.value("WWW-Authenticate") is not None and reply.value("Proxy-Authenticate") is None


def _taken_for_a_page(observation: Observation) -> bool:
    """Whether CONNECT was answered as a request for a page is by a server that looks at neither method nor target."""
    reply = observation.reply
    if reply is None or reply.problem is not None:
        return False
    if 300 <= reply.status < 400:
        return _sends_to_the_target(reply, observation.endpoint.host)
    return reply.status in WEB_SERVER_REFUSALS or _brings_a_page(reply, observation.payload)


def _sends_to_the_target(reply: Reply, host: str) -> bool:
    """Whether a redirect leads to the very host that was asked for, or names no host: only a server for that host
    does so, or one that takes itself for it."""
    try:
        place = urlsplit(reply.value("Location") or "")
        named = place.hostname
    except ValueError:
        return False
    return bool(place.path or named) and (named is None or named.lower() == host.lower())


def _brings_a_page(reply: Reply, payload: Evidence | None) -> bool:
    """Whether a success has content of its own, which no tunnel has (RFC 9110 section 9.3.6), and TLS in it is not
    answered in kind; or is answered by a server that took it for a bad request. What such a server says to plain HTTP
    in the tunnel proves nothing."""
    if not reply.success or payload is None or (payload.operation == "tls" and payload.failure is None):
        return False
    if payload.operation != "tls":
        return True
    content = reply.values("Content-Type") or reply.values("Transfer-Encoding")
    content = content or tuple(value for value in reply.values("Content-Length") if value.strip() != "0")
    inside = page_in(payload)
    return bool(content) or (inside is not None and inside.status == _BAD_REQUEST)


def _alike_for_no_name(case: Case) -> bool:
    """Whether a name that cannot exist gets an answer of the same kind, where it was asked for."""
    control = case.nonexistent
    if control is None or control.reply.problem is not None:
        return False
    if 300 <= control.reply.status < 400:
        return _sends_to_the_target(control.reply, control.host)
    return control.reply.status in WEB_SERVER_REFUSALS or _brings_a_page(control.reply, control.payload)


def _told(page: Reply) -> str:
    where = page.value("Location")
    server = page.value("Server")
    return printable(
        f"{page.status} {page.reason}".strip()
        + (f", redirecting to {where}" if where else "")
        + (f", Server: {server}" if server else ""),
        160,
    )


def named_otherwise(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """Nothing in HTTP came back, and the proxy was named as one that speaks something else."""
    if not no_http(case):
        return
    scheme = case.proxy.scheme if case.proxy is not None else "http"
    said = f"the proxy was named with {scheme}:// and plain CONNECT gets no HTTP answer"
    if scheme.startswith("socks"):
        yield Finding("setup.socks-only", (), "strong", (said,), "blocker")
    elif scheme == "https":
        yield Finding("setup.https-proxy", (), "strong", (said,), "blocker")


def forwards(case: Case) -> bool:
    """Whether plain HTTP in absolute form reached an origin."""
    return any(True for _ in forwarded(case))


def forwarded(case: Case) -> Iterator[Observation]:
    """Where plain HTTP in absolute form reached an origin: an answer in another dress than the proxy's own page."""
    own = case.own_page
    for observation in case.observations:
        answer = observation.forward_answer
        if answer is None or answer.problem is not None:
            continue
        made = observation.endpoint.expect == "generate_204" and answer.status == 204
        if made or (own is not None and answer.status < 400 and answer.status != own.reply.status):
            yield observation
