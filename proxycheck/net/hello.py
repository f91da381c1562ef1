"""A ClientHello written by hand is sent into a tunnel, and what the server says to it is recorded.

Nothing is finished: the server's flight is clear text up to TLS 1.2, shows its chain, and proves by a signature over
our random that it holds the leaf's key (RFC 5246 section 7.4.3). A hello may leave in two TCP segments; what lies
between them is an exchange on another connection (`Pause`), so that the first has arrived before the second is sent.
"""

import asyncio
from collections.abc import Awaitable, Callable

from proxycheck.model.evidence import Ended, Evidence, TlsEvidence
from proxycheck.model.failure import Failure, Operation
from proxycheck.model.questions import CheckId
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.net.payload import PROVEN_KEPT, but_content, patience_with
from proxycheck.net.trace import KEPT, Recorder, Trace
from proxycheck.net.tunnel import Tunnel
from proxycheck.wire.tls.client_hello import ClientHello
from proxycheck.wire.tls.flight import FlightKind, ServerFlight

Pause = Callable[[], Awaitable[None]]
"""Comes back once something sent before it has reached the peer's TCP."""

_ANSWERED: frozenset[FlightKind] = frozenset(("complete", "tls-1.3", "hello-retry"))


async def greet(
    trace: Trace,
    check: CheckId,
    endpoint: str,
    host: str,
    hello: ClientHello,
    tunnel: Tunnel,
    timeout_s: float,
    *,
    variant: str | None = None,
    operation: Operation = "tls",
    pause: Pause | None = None,
) -> Evidence:
    """Sends `hello`, in two segments where there is a `pause`, and records the server's flight.

    The record has no failure when the server answered in kind: its flight, or its part of TLS 1.3."""
    recorder = trace.begin(check, operation, endpoint, variant=variant)
    flight = ServerFlight()
    timeout_s = patience_with(tunnel, timeout_s)
    ended: Ended
    failure: Failure | None
    try:
        recorder.sent(hello.data)
        await _send(tunnel, hello.data, timeout_s, pause)
        async with asyncio.timeout(timeout_s):
            ended = await _listen(tunnel, recorder, flight)
        failure = _failure(flight, operation)
    except OSError as error:
        failure = failure_of(error, operation)
        ended = ended_by(failure)
    keep = KEPT if failure is not None else PROVEN_KEPT
    failure = but_content(tunnel, recorder, failure)
    return recorder.finish(ended, failure, tls=_evidence(flight, hello, host), keep=keep)


async def _send(tunnel: Tunnel, data: bytes, timeout_s: float, pause: Pause | None) -> None:
    middle = 0 if pause is None else len(data) // 2
    if pause is not None:
        async with asyncio.timeout(timeout_s):
            await tunnel.stream.send(data[:middle])
        await pause()
    async with asyncio.timeout(timeout_s):
        await tunnel.stream.send(data[middle:])


async def _listen(tunnel: Tunnel, recorder: Recorder, flight: ServerFlight) -> Ended:
    data = tunnel.early
    while True:
        recorder.received(data)
        if data:
            flight.feed(data)
        if flight.finished:
            return "open"
        data = await tunnel.stream.receive()
        if not data:
            return "eof"


def _failure(flight: ServerFlight, operation: Operation) -> Failure | None:
    if flight.kind in _ANSWERED:
        return None
    if flight.kind == "alert":
        return Failure("tls-alert", operation, flight.alert.name if flight.alert is not None else "")
    if flight.kind == "incomplete":
        return Failure("eof", operation, f"closed after {flight.received} bytes of the answer")
    if flight.kind == "malformed":
        return Failure("tls-protocol", operation, flight.problem or "")
    return Failure("malformed", operation, "the answer is not TLS")


def _evidence(flight: ServerFlight, hello: ClientHello, host: str) -> TlsEvidence:
    from proxycheck.wire.certificates.facts import to_pem  # noqa: PLC0415  loads while answers are under way
    from proxycheck.wire.tls.possession import key_possession  # noqa: PLC0415

    possession = key_possession(flight, hello.random)
    chosen = flight.hello
    return TlsEvidence(
        server_name=host,
        profile=hello.profile,
        authenticated=possession.verdict == "proved",
        version=chosen.version_name if chosen is not None else None,
        cipher=f"0x{chosen.suite:04X}" if chosen is not None else None,
        alpn=chosen.alpn if chosen is not None else None,
        chain=tuple(to_pem(der) for der in flight.certificates),
        alert=flight.alert.name if flight.alert is not None else None,
        flight=flight.kind,
        possession=possession.reason,
    )
