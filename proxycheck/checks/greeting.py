"""What listens there, if it does not answer CONNECT as a proxy does? A few harmless first words, one connection each."""

import asyncio
from collections.abc import Sequence

from msgspec import Struct

from proxycheck.checks.session import Session
from proxycheck.model.failure import Failure
from proxycheck.net.exchange import drain
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.wire.tls import TlsClient

ID = "greeting"
QUESTION = "What listens at the proxy's port?"
ANSWER_S = 3.0
"""How long a listener has for its first bytes; it is on the local network and has already accepted."""


class Greeting(Struct, frozen=True):
    """First words in one protocol; `words` is empty for a listener that is expected to speak first."""

    variant: str
    words: bytes


SOCKS5 = Greeting("socks5", b"\x05\x02\x00\x02")  # RFC 1928 section 3: no authentication, user and password
SOCKS4 = Greeting("socks4", b"\x04\x01\x00\x50\x00\x00\x00\x01\x00invalid\x00")  # SOCKS4A: a name of RFC 6761
HTTP = Greeting("http", b"GET / HTTP/1.1\r\nHost: proxy.invalid\r\nConnection: close\r\n\r\n")
TLS = Greeting("tls", b"")
BANNER = Greeting("banner", b"")

AS_WEB_SERVER: tuple[Greeting, ...] = (HTTP,)
EVERYTHING: tuple[Greeting, ...] = (SOCKS5, SOCKS4, HTTP, TLS, BANNER)


async def _say(session: Session, greeting: Greeting) -> None:
    stream = await session.route.connect(ID, None, variant=greeting.variant)
    if stream is None:
        return
    recorder = session.trace.begin(ID, "proxy_greeting", None, variant=greeting.variant)
    words = TlsClient(session.route.proxy.host).pending() if greeting is TLS else greeting.words
    failure: Failure | None = None
    try:
        async with asyncio.timeout(min(ANSWER_S, session.route.timeout_s)):
            if words:
                recorder.sent(words)
                await stream.send(words)
            data = await stream.receive()
        recorder.received(data)
        ended = await drain(stream, recorder) if data else "eof"
        failure = None if data else Failure("eof", "proxy_greeting", "closed without a byte")
    except OSError as error:
        failure = failure_of(error, "proxy_greeting")
        ended = ended_by(failure)
    recorder.finish(ended, failure)
    await stream.close()


async def run(session: Session, greetings: Sequence[Greeting] = EVERYTHING) -> None:
    """Says each greeting on a connection of its own and records what comes back."""
    session.observer.phase("Finding out what listens there", len(greetings))
    await asyncio.gather(*(_say(session, greeting) for greeting in greetings))
