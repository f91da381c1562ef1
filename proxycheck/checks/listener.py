"""What listens there, if it does not answer CONNECT as a proxy does? Harmless first words, one connection each."""

import asyncio
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.evidence import Ended
from proxycheck.model.failure import Failure
from proxycheck.model.target import Target
from proxycheck.net.exchange import drain
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.net.stream import Stream
from proxycheck.net.trace import Recorder
from proxycheck.wire.http.request import connect_request, origin_request
from proxycheck.wire.socks import SOCKS5_GREETING, socks4_request, socks4a_request
from proxycheck.wire.tls.alerts import wants_other_protocol
from proxycheck.wire.tls.client import TlsClient
from proxycheck.wire.tls.greeting import Dialect, greeting_client
from proxycheck.wire.tls.records import looks_like_tls

ID: Final = "greeting"
ANSWER_S = 3.0
"""How long a listener has for its first bytes; it is on the local network and has already accepted."""
_FOREIGN_TO_CONNECT = frozenset((400, 404, 405, 421, 501))
INTERCEPTED = "intercepted"
"""The variant of a request as a router would divert it: for one of the device's hosts, in origin form."""
TLS = "tls"
TLS_HTTP2 = "tls-h2"
INSIDE_TLS = "connect-inside-tls"


class Greeting(Struct, frozen=True):
    """First words in one protocol; `words` is empty for a listener that is expected to speak first."""

    variant: str
    words: bytes


HTTP = Greeting("http", b"GET / HTTP/1.1\r\nHost: proxy.invalid\r\nConnection: close\r\n\r\n")
BANNER = Greeting("banner", b"")


def _socks(session: Session) -> tuple[Greeting, ...]:
    """SOCKS 5, 4 and 4A; the two old ones name the listener's own address, so that nobody else is ever contacted."""
    address = session.route.address or session.route.proxy.host
    port = session.route.proxy.port
    old = socks4_request(address, port)
    return (
        Greeting("socks5", SOCKS5_GREETING),
        *([Greeting("socks4", old)] if old is not None else []),
        Greeting("socks4a", socks4a_request(address, port)),
    )


def plain_endpoint(session: Session) -> Endpoint | None:
    """The device's plain HTTP host whose answer is known beforehand, or its first one."""
    plain = sorted(
        (e for e in session.device.endpoints if e.speaks == "http" and e.port == 80),
        key=lambda e: (e.expect is None, e.tier != "required"),
    )
    return plain[0] if plain else None


def _intercepted(session: Session) -> tuple[Greeting, ...]:
    """What a transparent proxy gets from its router: origin form, with the host's own name (RFC 9112 section 3.2.1)."""
    endpoint = plain_endpoint(session)
    if endpoint is None:
        return ()
    request = origin_request(Target(endpoint.host, endpoint.port), endpoint.path, user_agent=session.route.agent)
    return (Greeting(INTERCEPTED, request),)


async def _say(session: Session, greeting: Greeting) -> None:
    stream = await session.route.connect(ID, None, variant=greeting.variant)
    if stream is None:
        return
    recorder = session.trace.begin(ID, "proxy_greeting", None, variant=greeting.variant)
    failure: Failure | None = None
    try:
        async with asyncio.timeout(_patience_s(session)):
            if greeting.words:
                recorder.sent(greeting.words)
                await stream.send(greeting.words)
            data = await stream.receive()
        recorder.received(data)
        ended = await drain(stream, recorder) if data else "eof"
        failure = None if data else Failure("eof", "proxy_greeting", "closed without a byte")
    except OSError as error:
        failure = failure_of(error, "proxy_greeting")
        ended = ended_by(failure)
    recorder.finish(ended, failure)
    await stream.close()


def _patience_s(session: Session) -> float:
    return min(ANSWER_S, session.route.timeout_s)


async def _say_tls(session: Session) -> None:
    """A TLS handshake with the listener itself and, inside it, a CONNECT without credentials."""
    alert = await _say_hello(session, TLS, "http/1.1")
    if wants_other_protocol(alert):
        await _say_hello(session, TLS_HTTP2, "h2")


async def _say_hello(session: Session, variant: str, dialect: Dialect) -> str | None:
    """The handshake in one dialect; the alert that ended it, if one did."""
    stream = await session.route.connect(ID, None, variant=variant)
    if stream is None:
        return None
    recorder = session.trace.begin(ID, "proxy_greeting", None, variant=variant)
    client = greeting_client(session.route.proxy.host, dialect)
    ended: Ended
    failure: Failure | None
    try:
        async with asyncio.timeout(_patience_s(session)):
            ended, failure = await _shake(client, stream, recorder)
    except OSError as error:
        failure = failure_of(error, "proxy_greeting")
        ended = ended_by(failure)
    recorder.finish(ended, failure, tls=client.evidence())
    if client.state == "established" and dialect == "http/1.1":
        await _connect_inside(session, client, stream)
    await stream.close()
    return client.alert


async def _shake(client: TlsClient, stream: Stream, recorder: Recorder) -> tuple[Ended, Failure | None]:
    while True:
        outgoing = client.pending()
        if outgoing:
            recorder.sent(outgoing)
            await stream.send(outgoing)
        if client.state == "established":
            return "open", None
        if client.state == "failed":
            return "closed", Failure("tls-protocol", "proxy_greeting", client.alert or "")
        data = await stream.receive()
        if not data:
            return "eof", Failure("eof", "proxy_greeting", "closed during the handshake")
        recorder.received(data)
        if not looks_like_tls(data):
            return "closed", Failure("malformed", "proxy_greeting", "the answer is not TLS")
        client.receive(data)


async def _connect_inside(session: Session, client: TlsClient, stream: Stream) -> None:
    """Asks for a tunnel to the first endpoint: a secure web proxy answers it, a web server does not know it."""
    endpoint = session.endpoints[0]
    recorder = session.trace.begin(ID, "proxy_greeting", endpoint.id, variant=INSIDE_TLS)
    request = connect_request(Target(endpoint.host, endpoint.port), session.route.dialect)
    recorder.sent(request)
    failure: Failure | None = None
    try:
        async with asyncio.timeout(_patience_s(session)):
            await stream.send(client.write(request))
            while not (plain := client.read()) and (data := await stream.receive()):
                client.receive(data)
        recorder.received(plain)
    except OSError as error:
        failure = failure_of(error, "proxy_greeting")
    recorder.finish(ended_by(failure), failure)


async def after_refusal(session: Session, status: int) -> None:
    """For a listener that answers HTTP and refuses CONNECT with `status`: does it serve pages, or diverted traffic?

    A status that servers use which know no CONNECT may also be a TLS or a SOCKS port's advice to the lost."""
    if status in _FOREIGN_TO_CONNECT:
        await run(session)
        return
    greetings = (HTTP, *_intercepted(session))
    session.observer.phase("listener", len(greetings))
    await _all(session, greetings)


async def after_pages(session: Session) -> None:
    """For a listener that grants CONNECT and answers TLS with pages: would it serve pages to anybody?"""
    await _all(session, (HTTP,))


async def run(session: Session) -> None:
    """Says each greeting on a connection of its own and records what comes back."""
    greetings = (*_socks(session), HTTP, *_intercepted(session), BANNER)
    session.observer.phase("listener", len(greetings) + 1)
    await asyncio.gather(_all(session, greetings), _say_tls(session))


async def _all(session: Session, greetings: Sequence[Greeting]) -> None:
    await asyncio.gather(*(_say(session, greeting) for greeting in greetings))
