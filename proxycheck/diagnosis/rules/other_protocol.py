"""The port speaks SOCKS, or wants TLS before anything else: a proxy perhaps, but none that the device can use."""

from collections.abc import Iterator, Mapping

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.listener import WEB_SERVER_REFUSALS, knows_no_connect
from proxycheck.model.evidence import Evidence
from proxycheck.model.text import printable
from proxycheck.wire.http.reply import Reply, read_reply
from proxycheck.wire.socks import read_socks4, read_socks5
from proxycheck.wire.tls.alerts import wants_other_protocol

_NEEDED = "the device needs an HTTP proxy"


def socks(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """CONNECT is not understood, and a SOCKS greeting is."""
    if not knows_no_connect(case):
        return
    spoken = (*_socks5(case.greetings), *_socks4(case.greetings))
    if spoken:
        yield Finding("setup.socks-only", (), "conclusive", (*spoken, _NEEDED), "blocker")


def _socks5(greetings: Mapping[str, Evidence]) -> Iterator[str]:
    method = read_socks5(_answer(greetings, "socks5"))
    if method is not None:
        yield f"the port speaks SOCKS 5, {method}"


def _socks4(greetings: Mapping[str, Evidence]) -> Iterator[str]:
    """A plain SOCKS 4 server refuses a 4A request too, so only a granted one proves 4A where both are answered."""
    plain, named = read_socks4(_answer(greetings, "socks4")), read_socks4(_answer(greetings, "socks4a"))
    if plain is None and named is not None:
        yield f"the port speaks SOCKS 4A{_granted(named)}"
    elif plain is not None:
        version = "SOCKS 4 and 4A" if named else "SOCKS 4"
        yield f"the port speaks {version}{_granted(plain)}"


def _granted(granted: bool) -> str:
    return "" if granted else " (a request for its own address is refused)"


def _answer(greetings: Mapping[str, Evidence], variant: str) -> bytes:
    found = greetings.get(variant)
    return found.received_bytes if found is not None else b""


def tls(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """CONNECT in the clear is not understood, and a TLS ClientHello is answered."""
    hello = case.greetings.get("tls")
    if hello is None or not knows_no_connect(case) or hello.received[:2] not in ("\x16\x03", "\x15\x03"):
        return
    inside = _inside(case)
    if hello.received[0] == "\x15" and not _only_http2(case, hello):
        said = "the port answers a TLS ClientHello with an alert, and plain CONNECT not as a proxy does"
        yield Finding("setup.https-proxy", (), "strong", (said, *_alert(hello)), "blocker")
    elif _only_http2(case, hello):
        said = "the port speaks TLS, and inside it HTTP/2 only; plain CONNECT is not answered as a proxy does"
        yield Finding("setup.https-proxy", (), "strong", (said,), "blocker")
    elif inside is not None and inside.status in WEB_SERVER_REFUSALS:
        answer = printable(f"{inside.status} {inside.reason}".strip(), 80)
        said = f"it is a web server with TLS: inside TLS it answers CONNECT with {answer}"
        yield Finding("proxy.not-a-proxy", (), "strong", (said,), "blocker")
    else:
        said = "a TLS handshake with the port completes, and CONNECT without TLS is not answered as a proxy does"
        answered = (f"inside TLS, CONNECT is answered with {inside.status}",) if inside is not None else ()
        certain = inside is not None and (inside.success or inside.status in (403, 407, 502, 503))
        yield Finding("setup.https-proxy", (), "conclusive" if certain else "strong", (said, *answered), "blocker")


def _inside(case: Case) -> Reply | None:
    """The answer to CONNECT inside TLS, when it is a well-formed one."""
    record = case.greetings.get("connect-inside-tls")
    if record is None or not record.received:
        return None
    reply = read_reply("CONNECT", record.received_bytes, closed=True)
    return reply if reply.status else None


def _only_http2(case: Case, hello: Evidence) -> bool:
    second = case.greetings.get("tls-h2")
    refused = hello.tls is not None and wants_other_protocol(hello.tls.alert)
    return refused and second is not None and second.received[:2] == "\x16\x03"


def _alert(hello: Evidence) -> tuple[str, ...]:
    alert = hello.tls.alert if hello.tls is not None else None
    return (f"the alert says: {printable(alert, 80)}",) if alert else ()
