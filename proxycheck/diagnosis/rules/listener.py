"""What listens at the proxy's address: nothing, something else, or a proxy of a kind that the device cannot use."""

from collections.abc import Iterator

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.model.cause import CauseCode
from proxycheck.model.evidence import Evidence
from proxycheck.model.text import printable

_SOCKS4_REPLIES = frozenset("\x5a\x5b\x5c\x5d")
_TCP_CODES: dict[str, CauseCode] = {"refused": "proxy.refused", "reset": "proxy.reset"}
_WEB_SERVER_REFUSALS = frozenset((400, 404, 405, 501))


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


def _tls_answer(record: Evidence | None) -> bool:
    """A TLS handshake or alert record (RFC 8446 section 5.1)."""
    return record is not None and record.received[:2] in ("\x16\x03", "\x15\x03")


def _no_http(case: Case) -> bool:
    """Whether not one request to this port got a well-formed HTTP answer."""
    replies = [o.reply for o in case.observations if o.reply is not None]
    return bool(replies) and all(reply.problem is not None for reply in replies)


def other_protocol(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """CONNECT is not answered, but SOCKS, TLS or another protocol is."""
    if not _no_http(case):
        return
    socks5, socks4 = case.greetings.get("socks5"), case.greetings.get("socks4")
    if socks5 is not None and len(socks5.received) >= 2 and socks5.received[0] == "\x05":
        yield Finding("setup.socks-only", (), "conclusive", ("the port answers a SOCKS 5 greeting",), "blocker")
    elif socks4 is not None and socks4.received[:1] == "\x00" and socks4.received[1:2] in _SOCKS4_REPLIES:
        yield Finding("setup.socks-only", (), "conclusive", ("the port answers a SOCKS 4 request",), "blocker")
    elif _tls_answer(case.greetings.get("tls")) and case.greetings["tls"].received[0] == "\x16":
        said = "the port answers a TLS ClientHello with a ServerHello and does not answer plain CONNECT"
        yield Finding("setup.https-proxy", (), "conclusive", (said,), "blocker")
    else:
        yield from _named_scheme(case)


def _named_scheme(case: Case) -> Iterator[Finding]:
    scheme = case.proxy.scheme if case.proxy is not None else "http"
    said = f"the proxy was named with {scheme}:// and plain CONNECT gets no HTTP answer"
    if scheme.startswith("socks"):
        yield Finding("setup.socks-only", (), "strong", (said,), "blocker")
    elif scheme == "https":
        yield Finding("setup.https-proxy", (), "strong", (said,), "blocker")


def silent(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """Connections are accepted, and then nothing, whatever is said."""
    if not _no_http(case):
        return
    heard = [e for e in case.evidence if e.operation in ("connect", "auth", "proxy_greeting")]
    if heard and all(e.failure is not None and e.failure.name == "timeout" and not e.received for e in heard):
        said = f"{len(heard)} connections were accepted; none brought a single byte in {heard[0].duration_s:.0f} s"
        yield Finding("proxy.silent", (), "conclusive", (said,), "blocker")


def not_a_proxy(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """Another kind of server: it speaks another protocol, or HTTP as a web server does."""
    if _no_http(case):
        spoken = [e for e in case.evidence if e.operation in ("connect", "proxy_greeting") and e.received]
        if spoken:
            said = f"it answers: {printable(spoken[0].received, 80)}"
            yield Finding("proxy.not-a-proxy", (), "strong", (said,), "blocker")
        return
    refused = [o for o in case.tunnels if o.reply is not None and o.reply.status in _WEB_SERVER_REFUSALS]
    page = case.website
    if not case.tunnels or len(refused) < len(case.tunnels) or page is None or page.problem is not None:
        return
    if page.status < 400 and not forwards(case):
        status = refused[0].reply.status if refused[0].reply is not None else 0
        said = f"it answers an ordinary request like a web server ({page.status}) and CONNECT with {status}"
        yield Finding("proxy.not-a-proxy", (), "strong", (said,), "blocker")


def forwards(case: Case) -> bool:
    """Whether plain HTTP in absolute form reached an origin: an answer in another dress than the proxy's own page."""
    own = case.own_page
    for observation in case.observations:
        answer = observation.forward_answer
        if answer is None or answer.problem is not None:
            continue
        if observation.endpoint.expect == "generate_204" and answer.status == 204:
            return True
        if own is not None and answer.status < 400 and answer.status != own.reply.status:
            return True
    return False
