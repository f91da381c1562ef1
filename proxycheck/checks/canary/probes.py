"""What is tried with a canary: TLS in several greetings, and raw bytes. What an outcome means is judged later.

Each function makes a probe that `Bench.record` runs; it fills in an `Outcome` as it goes.
"""

import asyncio
from collections.abc import Iterable

from proxycheck.canary.client import stream_raw
from proxycheck.canary.content import Comparer, Content, compare
from proxycheck.canary.http import HttpRequest, head_digest
from proxycheck.canary.raw import RawCase, RawRequest, request_of
from proxycheck.canary.statement import OPENING_SHOWN, SealedReader
from proxycheck.canary.tls import EXPORTED, LABEL, HelloCase, client_hello_in, exporter_digest
from proxycheck.checks.canary.bench import STALL_S, Bench, ProbeOutcome, ProbeRun
from proxycheck.checks.canary.http import exchange
from proxycheck.model.canary import Arrival, StreamComparison

_RECOGNISED = 32
"""So many right bytes at the start of what comes make it the canary's, signed or not."""


def tls(case: HelloCase) -> ProbeRun:
    """TLS with one kind of ClientHello: what the canary saw of it, and the exporter of both ends."""

    async def run(bench: Bench, outcome: ProbeOutcome) -> None:
        async with bench.secured(f"tls/{case}", outcome, case) as channel:
            if channel is None:
                return
            async with asyncio.timeout(bench.timeout_s):
                statement = await exchange(bench, channel, HttpRequest("reflect", bench.nonce(f"tls/{case}")), outcome)
            if statement is not None and statement.tls is not None:
                seen, hello = statement.tls, client_hello_in(channel.hello) or b""
                arrived = Arrival(seen.hello_size, seen.hello_sha256)
                exported = exporter_digest(channel.client.export(LABEL, EXPORTED))
                outcome.compared(
                    StreamComparison("client_hello", len(hello), head_digest(hello), arrived),
                    StreamComparison("exporter", EXPORTED, exported, Arrival(EXPORTED, seen.exporter_sha256)),
                )

    return run


def raw(case: RawCase, deadline_s: float) -> ProbeRun:
    """Raw bytes both ways at once."""

    async def run(bench: Bench, outcome: ProbeOutcome) -> None:
        request = request_of(case, bench.nonce(f"raw/{case.name}"))
        down = Comparer(request.down)
        reader = SealedReader(down)
        async with bench.channel(f"raw/{case.name}", outcome) as channel:
            if channel is None:
                return
            try:
                async with asyncio.timeout(max(bench.timeout_s, deadline_s)):
                    await stream_raw(channel, _written(request), reader)
            finally:
                reader.end()
                _compare_raw(bench, request, reader, down, outcome)

    return run


def _written(request: RawRequest) -> Iterable[bytes]:
    whole = Content(request.kind, request.up.seed, len(request.head) + request.size, request.head)
    if request.single:
        return (bytes([byte]) for byte in whole.slice(0, whole.size))
    return whole.pieces()


def _compare_raw(
    bench: Bench, request: RawRequest, reader: SealedReader, down: Comparer, outcome: ProbeOutcome
) -> None:
    statement = bench.told(reader.sealed, request.nonce, outcome)
    arrived = down.arrival()
    if statement is not None and statement.about in ("raw", "opening"):
        shown = 0 if statement.about == "raw" else OPENING_SHOWN - len(request.head)
        opening = statement.head.encode("latin-1")
        outcome.compared(compare("opening", request.head + request.up.slice(0, shown), opening))
    if statement is not None and statement.about == "raw" and statement.body is not None:
        outcome.compared(request.up.arrived_as("upload", statement.body))
        if statement.body.size >= request.size:  # else the canary had no right to send more
            outcome.compared(request.down.arrived_as("download", arrived))
    elif statement is None and arrived.size and _starts_right(request, arrived):
        outcome.compared(request.down.arrived_as("download", arrived))


def _starts_right(request: RawRequest, arrived: Arrival) -> bool:
    """Whether what arrived begins as the canary does, so that the rest is its own, cut short or changed."""
    return arrived.difference is None or arrived.difference.offset >= min(_RECOGNISED, len(request.start))


async def banner(bench: Bench, outcome: ProbeOutcome) -> None:
    """Says nothing: a server that speaks first is heard."""
    reader = SealedReader(Comparer(Content("bytes", "", 0)))
    async with bench.channel("raw/banner", outcome) as channel:
        if channel is not None:
            async with asyncio.timeout(max(bench.timeout_s, STALL_S)):
                await stream_raw(channel, (), reader)
            bench.told(reader.sealed, "", outcome)
