"""What is said inside a tunnel to prove it: a TLS handshake, a plain HTTP request, TeamViewer's greeting."""

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from proxycheck.model.evidence import Ended
from proxycheck.model.failure import Failure, FailureName, Operation
from proxycheck.model.files.client_hello import HelloProfile
from proxycheck.model.questions import ANSWER_INSIDE, INSIDE_TLS, CheckId
from proxycheck.net.exchange import drain, exchange, how_it_ended
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.net.trace import KEPT, Recorder, Trace
from proxycheck.net.tunnel import Tunnel
from proxycheck.wire.http.reply import ReplyReader
from proxycheck.wire.teamviewer import GREETING, spoken
from proxycheck.wire.tls.records import looks_like_tls

if TYPE_CHECKING:
    from proxycheck.wire.tls.client import TlsClient

HEARD_KEPT = 512
"""Bytes kept of an answer that only proves that bytes pass."""
MOST_TIMES = 2
"""How many times as long as for one answer a handshake may take that goes on."""
PROVEN_KEPT = 256
"""Bytes kept of a handshake that succeeded: its chain is recorded already."""


BEHIND_CONTENT_S = 3.0
"""How long an answer is waited for behind content of the proxy's own: who shows a page says no more."""


def patience_with(tunnel: Tunnel, timeout_s: float) -> float:
    """How long an answer in this tunnel is waited for, where others have `timeout_s`."""
    return min(timeout_s, BEHIND_CONTENT_S) if tunnel.content else timeout_s


def but_content(tunnel: Tunnel, recorder: Recorder, failure: Failure | None) -> Failure | None:
    """The failure; where nothing came in the tunnel but the content that the proxy's answer announces, and perhaps the
    end of its last line, that is a page in place of the host, and is recorded as what came."""
    if failure is None or not tunnel.content or not recorder.blank:
        return failure
    recorder.received(tunnel.content)
    return Failure("malformed", failure.operation, "nothing but the content of the answer that opened the tunnel")


async def handshake(
    trace: Trace,
    check: CheckId,
    endpoint: str,
    host: str,
    tunnel: Tunnel,
    timeout_s: float,
    *,
    variant: str | None = None,
    operation: Operation = "tls",
    limits: HelloProfile | None = None,
) -> "TlsClient":
    """A TLS handshake with `host` through the tunnel, recorded as `tls`; the client says how far it came. It offers
    what the client of the profile `limits` does. Each flight of the host has `timeout_s`, as clients wait, and the
    whole at most `MOST_TIMES` as long."""
    from proxycheck.wire.tls.client import TlsClient  # noqa: PLC0415  OpenSSL loads while the first answer is under way

    recorder = trace.begin(check, operation, endpoint, variant=variant)
    client = TlsClient(host, limits=limits)
    timeout_s = patience_with(tunnel, timeout_s)
    ended: Ended
    failure: Failure | None
    try:
        async with asyncio.timeout(timeout_s) as deadline, asyncio.timeout(timeout_s * MOST_TIMES):
            ended, failure = await _negotiate(client, tunnel, recorder, operation, _Wait(deadline, timeout_s))
    except OSError as error:
        failure = failure_of(error, operation)
        ended = ended_by(failure)
    established = client.state == "established"
    failure = but_content(tunnel, recorder, failure)
    recorder.finish(ended, failure, tls=client.evidence(), keep=PROVEN_KEPT if established else KEPT)
    return client


class _Wait(NamedTuple):
    """A deadline that moves on with each answer that is complete: one that drips has no more time than another."""

    deadline: asyncio.Timeout
    timeout_s: float

    def begin(self) -> None:
        self.deadline.reschedule(asyncio.get_running_loop().time() + self.timeout_s)


async def _negotiate(
    client: "TlsClient", tunnel: Tunnel, recorder: Recorder, operation: Operation, wait: _Wait
) -> tuple[Ended, Failure | None]:
    data = tunnel.early
    recorder.received(data)
    first = True
    while True:
        outgoing = client.pending()
        if outgoing:
            recorder.sent(outgoing)
            await tunnel.stream.send(outgoing)
            wait.begin()
        if client.state == "established":
            return "open", None
        if client.state == "failed":
            return "closed", Failure(_alert_name(client.alert), operation, client.alert or "")
        if not data:
            data = await tunnel.stream.receive()
            if not data:
                return "eof", Failure("eof", operation, "closed during the handshake")
            recorder.received(data)
        if first and not looks_like_tls(data):
            return await drain(tunnel.stream, recorder), Failure("malformed", operation, "the answer is not TLS")
        first = False
        client.receive(data)
        data = b""


def _alert_name(words: str | None) -> FailureName:
    """OpenSSL names most alerts so; those of RFC 6066 section 9 it calls `tlsv1 unrecognized name` and the like."""
    return "tls-alert" if words and ("alert" in words or words.startswith("tlsv1 ")) else "tls-protocol"


async def fetch(
    trace: Trace,
    check: CheckId,
    endpoint: str,
    request: bytes,
    tunnel: Tunnel,
    timeout_s: float,
    *,
    variant: str | None = None,
) -> bool:
    """A plain HTTP request inside the tunnel, recorded as `http`; True when a well-formed answer came."""
    recorder = trace.begin(check, "http", endpoint, variant=variant)
    reader = ReplyReader("GET")
    early = tunnel.early
    if early:
        recorder.received(early)
        reader.feed(early)
    wait_s = patience_with(tunnel, timeout_s)
    reply, ended, failure = await exchange(tunnel.stream, recorder, request, reader, "http", wait_s)
    recorder.finish(ended, but_content(tunnel, recorder, failure), note=how_it_ended(reply, ended))
    return failure is None


async def fetch_inside(
    trace: Trace, check: CheckId, endpoint: str, request: bytes, client: "TlsClient", tunnel: Tunnel, timeout_s: float
) -> None:
    """A request without credentials inside an established TLS session, recorded as `http` in plain text.

    Asked where the chain is not public: a proxy that ends TLS only to show its own page shows it here."""
    recorder = trace.begin(check, "http", endpoint, variant=INSIDE_TLS)
    recorder.sent(request)
    reader = ReplyReader("GET")
    failure: Failure | None = None
    try:
        async with asyncio.timeout(timeout_s):
            await tunnel.stream.send(client.write(request))
            while not reader.complete and client.state == "established":
                plain = client.read()
                recorder.received(plain)
                reader.feed(plain)
                data = b"" if reader.complete else await tunnel.stream.receive()
                if not data:
                    break
                client.receive(data)
    except OSError as error:
        failure = failure_of(error, "http")
    reader.end()
    recorder.finish(ended_by(failure) if failure else "eof", failure)


async def hear(
    trace: Trace,
    check: CheckId,
    endpoint: str,
    request: bytes,
    client: "TlsClient",
    tunnel: Tunnel,
    timeout_s: float,
) -> bool:
    """A request without credentials inside an established TLS session, recorded as `http`; True when the host's first
    bytes came, or the alert with which it ends a session. What it answers is its own business and is not waited for."""
    recorder = trace.begin(check, "http", endpoint, variant=ANSWER_INSIDE)
    recorder.sent(request)
    plain = b""
    ended: Ended = "open"
    failure: Failure | None = None
    try:
        async with asyncio.timeout(timeout_s):
            await tunnel.stream.send(client.write(request))
            while not (plain := client.read()) and client.farewell is None:
                data = await tunnel.stream.receive()
                if not data:
                    ended, failure = "eof", Failure("eof", "http", "cut without a byte, once something was said in TLS")
                    break
                client.receive(data)
    except OSError as error:
        failure = failure_of(error, "http")
        ended = ended_by(failure)
    recorder.received(plain)
    recorder.finish(ended, failure, note=client.farewell, keep=HEARD_KEPT)
    return failure is None


async def greet_teamviewer(trace: Trace, check: CheckId, endpoint: str, tunnel: Tunnel, timeout_s: float) -> bool:
    """TeamViewer's greeting, recorded as `tunnel`; True when a message of TeamViewer's was the answer."""
    recorder = trace.begin(check, "tunnel", endpoint)
    recorder.sent(GREETING)
    data = tunnel.early
    recorder.received(data)
    try:
        async with asyncio.timeout(patience_with(tunnel, timeout_s)):
            await tunnel.stream.send(GREETING)
            while spoken(data) in ("nothing", "undecided"):
                more = await tunnel.stream.receive()
                if not more:
                    break
                recorder.received(more)
                data += more
    except OSError as error:
        failure = failure_of(error, "tunnel")
        recorder.finish(ended_by(failure), but_content(tunnel, recorder, failure))
        return False
    return await _judge_greeting(data, tunnel, recorder)


async def _judge_greeting(data: bytes, tunnel: Tunnel, recorder: Recorder) -> bool:
    match spoken(data):
        case "nothing":
            recorder.finish("eof", but_content(tunnel, recorder, Failure("eof", "tunnel", "closed without a byte")))
        case "http":
            recorder.finish(await drain(tunnel.stream, recorder), Failure("malformed", "tunnel", "an HTTP answer"))
        case "tls":
            recorder.finish(await drain(tunnel.stream, recorder), Failure("tls-alert", "tunnel", "a TLS record"))
        case "text":
            recorder.finish(await drain(tunnel.stream, recorder), Failure("malformed", "tunnel", "plain text"))
        case "teamviewer":
            recorder.finish("open")
            return True
        case _:
            no_message = Failure("malformed", "tunnel", "neither a message of TeamViewer's nor anything else known")
            recorder.finish(await drain(tunnel.stream, recorder), no_message)
    return False
