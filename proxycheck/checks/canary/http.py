"""HTTP with a canary: in a tunnel, where every byte has to stay, and in absolute form, where a proxy has rights."""

import asyncio
from collections.abc import Iterator

from proxycheck.canary.client import Channel, SecureChannel, Timing, converse
from proxycheck.canary.content import Comparer, compare
from proxycheck.canary.http import (
    AnswerReader,
    HttpRequest,
    Resource,
    answer_fields,
    answer_head,
    field_changes,
    head_digest,
    head_fields,
)
from proxycheck.canary.statement import SealedReader, Statement
from proxycheck.checks.canary.bench import Bench, ProbeOutcome, ProbeRun
from proxycheck.model.canary import FieldChange, StreamComparison, Subject
from proxycheck.model.failure import Failure
from proxycheck.net.trace import KEPT
from proxycheck.net.tunnel import ask
from proxycheck.wire.http.reply import Reply

DOCUMENT = 4096
"""Size of the XML documents, in bytes."""
_RECOGNISED = 32
"""So many right bytes at the start of an answer make it the canary's, signed or not."""


async def exchange(
    bench: Bench, channel: Channel, request: HttpRequest, outcome: ProbeOutcome, timing: Timing | None = None
) -> Statement | None:
    """One request and its answer on a channel, everything compared; the statement when the canary made one."""
    target = bench.target if isinstance(channel, SecureChannel) else bench.plain_target
    head = request.head(target, bench.way.agent)
    reader = AnswerReader(request)
    try:
        pieces = (head, *request.up.pieces())
        await converse(channel, pieces, reader, bench.clock, timing or Timing(bench.clock()))
    finally:
        reader.end()
        statement = bench.told(reader.body.sealed, request.nonce, outcome)
        if statement is not None:
            outcome.compared(*_request_as_seen(bench, request, head, statement))
            length = request.down(request.size).size + len(reader.body.sealed)
            outcome.compared(_cleaned(bench, "response_head", answer_head(request, length), reader.head))
            outcome.compared(_body(request, reader.content))
            if outcome.canary.probe == "http":
                _, arrived = head_fields(reader.head)
                found = (*_request_fields(bench, request, statement), *_answer_fields(request, arrived))
                outcome.found(fields=found)
        elif reader.status == 200 and _recognised(reader.content):
            outcome.compared(_body(request, reader.content))
    return statement


def _request_as_seen(bench: Bench, request: HttpRequest, head: bytes, statement: Statement) -> list[StreamComparison]:
    same = statement.head_sha256 == head_digest(head)
    found = [_cleaned(bench, "request_head", head, head if same else statement.head.encode("latin-1"))]
    if statement.body is not None and request.size:
        found.append(request.up.arrived_as("request_body", statement.body))
    return found


def _cleaned(bench: Bench, subject: Subject, sent: bytes, arrived: bytes) -> StreamComparison:
    """Compares without secrets: somebody on the way may have put one into a head."""
    here, there = (bench.session.trace.text(data, KEPT).encode("latin-1") for data in (sent, arrived))
    return compare(subject, here, there)


def _body(request: HttpRequest, content: Comparer) -> StreamComparison:
    return request.down(request.size).arrived_as("response_body", content.arrival())


def _recognised(content: Comparer) -> bool:
    arrival = content.arrival()
    return arrival.size >= _RECOGNISED and (arrival.difference is None or arrival.difference.offset >= _RECOGNISED)


async def http_in_tunnel(bench: Bench, outcome: ProbeOutcome) -> None:
    """Plain HTTP in a tunnel: a document up, another one down, heads byte for byte."""
    async with bench.channel("http/tunnel", outcome, plain=True) as channel:
        if channel is not None:
            async with asyncio.timeout(bench.timeout_s):
                await exchange(bench, channel, HttpRequest("xml", bench.nonce("http/tunnel"), DOCUMENT), outcome)


async def _forward(bench: Bench, request: HttpRequest, variant: str) -> Reply | None:
    def written(authorization: str | None) -> bytes:
        return request.forwarded(bench.plain_target, bench.way.agent, authorization)

    async with bench.session.limit.places():
        answered = await ask(
            bench.session.route, "canary", bench.plain_target, "http_forward", written, variant=variant
        )
        if answered is None:
            return None
        await answered.stream.close()
        return answered.reply


def _statement_in(
    bench: Bench, request: HttpRequest, body: bytes, content: Comparer, outcome: ProbeOutcome
) -> Statement | None:
    reader = SealedReader(content)
    reader.feed(body)
    reader.end()
    return bench.told(reader.sealed, request.nonce, outcome)


async def http_forwarded(bench: Bench, outcome: ProbeOutcome) -> None:
    """Plain HTTP in absolute form: a proxy may add and drop fields of its own there, nothing else."""
    request = HttpRequest("xml", bench.nonce("http/forward"), DOCUMENT)
    reply = await _forward(bench, request, "http/forward")
    if reply is None:
        outcome.failure = Failure("refused-by-peer", "canary", "no answer")
        return
    content = Comparer(request.down(request.size))
    statement = _statement_in(bench, request, reply.body, content, outcome)
    if statement is not None and statement.body is not None:
        outcome.compared(request.up.arrived_as("request_body", statement.body), _body(request, content))
        arrived = {name.lower(): value for name, value in reply.headers}
        outcome.found(fields=(*_request_fields(bench, request, statement), *_answer_fields(request, arrived)))
    elif _recognised(content):
        outcome.compared(_body(request, content))
    if statement is None:
        outcome.received = reply.body[:1024]
        outcome.failure = Failure("refused-by-peer", "canary", f"{reply.status} {reply.reason}".strip())


def _request_fields(bench: Bench, request: HttpRequest, statement: Statement) -> Iterator[FieldChange]:
    line, arrived = head_fields(statement.head.encode("latin-1"))
    if line.split(" ")[:2] != ["POST" if request.size else "GET", request.path]:
        yield FieldChange("request", "request line", "changed")
    yield from field_changes("request", request.fields(bench.plain_target, bench.way.agent), arrived)


def _answer_fields(request: HttpRequest, arrived: dict[str, str]) -> Iterator[FieldChange]:
    yield from field_changes("response", answer_fields(request), arrived)


def cache(resource: Resource) -> ProbeRun:
    """The same request twice, in absolute form. Answers to `reflect` forbid storing; those to `stored` do not."""

    async def run(bench: Bench, outcome: ProbeOutcome) -> None:
        request = HttpRequest(resource, bench.nonce(f"cache/{resource}"))
        for _ in range(2):
            reply = await _forward(bench, request, f"cache/{resource}")
            content = Comparer(request.down(request.size))
            statement = _statement_in(bench, request, reply.body if reply else b"", content, outcome)
            if statement is not None:
                outcome.found(serials=(*outcome.canary.serials, statement.serial))

    return run
