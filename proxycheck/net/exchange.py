"""One request and its answer on a stream, recorded, within a deadline."""

import asyncio

from proxycheck.model.evidence import Ended
from proxycheck.model.failure import Failure, Operation
from proxycheck.model.questions import CUT_SHORT, NEVER_CAME
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.net.stream import Stream
from proxycheck.net.trace import Recorder
from proxycheck.wire.http.grammar import BODY_LIMIT
from proxycheck.wire.http.reply import Reply, ReplyReader

BODY_GRACE_S = 2.0
"""How long an answer's body may take once its head is there: enough for an error page, not for a download."""
DRAIN_GRACE_S = 1.0
"""How long to listen to a peer that does not speak the protocol, so that the evidence shows what it does speak."""


async def drain(stream: Stream, recorder: Recorder, limit: int = 65536) -> Ended:
    """Records what still comes, for `DRAIN_GRACE_S` at most; tells how the connection was left."""
    size = 0
    try:
        async with asyncio.timeout(DRAIN_GRACE_S):
            while size < limit:
                data = await stream.receive()
                if not data:
                    return "eof"
                recorder.received(data)
                size += len(data)
    except OSError as error:
        ended = ended_by(failure_of(error, "tunnel"))
        return "open" if ended == "timeout" else ended
    return "limit"


async def _read_reply(stream: Stream, recorder: Recorder, reader: ReplyReader, skipped_s: float) -> Ended:
    while reader.phase == "head":
        data = await stream.receive()
        if not data:
            reader.end()
            return "eof"
        recorder.received(data)
        reader.feed(data)
    try:
        async with asyncio.timeout(skipped_s if _is_skipped_first(reader.reply) else BODY_GRACE_S):
            while reader.phase == "body":
                data = await stream.receive()
                if not data:
                    reader.end()
                    return "eof"
                recorder.received(data)
                reader.feed(data)
    except TimeoutError:
        return "timeout"
    return "open"


async def exchange(
    stream: Stream,
    recorder: Recorder,
    request: bytes,
    reader: ReplyReader,
    operation: Operation,
    timeout_s: float,
    skipped_s: float = BODY_GRACE_S,
) -> tuple[Reply, Ended, Failure | None]:
    """Sends `request`, reads the answer with `reader`; the failure says why there is no well-formed answer. An answer
    whose content is cut or late is one: its head has said what it means. `skipped_s` is how long the content of a 407
    may take that says how much there is: a client that answers it skips exactly so much before, however late it is.

    The recorder is fed but not finished: the caller knows what the answer means."""
    recorder.sent(request)
    try:
        async with asyncio.timeout(timeout_s):
            await stream.send(request)
            ended = await _read_reply(stream, recorder, reader, skipped_s)
    except OSError as error:
        failure = failure_of(error, operation)
        ended = ended_by(failure)
        if reader.phase == "head":
            return reader.reply, ended, failure
    reply = reader.reply
    if reply.problem == "malformed":
        ended = await drain(stream, recorder)
    return reply, ended, _problem(reply, operation)


async def content_of_success(stream: Stream, recorder: Recorder, reader: ReplyReader, grace_s: float) -> Reply:
    """The answer that opened a tunnel, with the content that it announces where that comes within `grace_s`. Nobody
    speaks first in the tunnels of TLS and HTTP, so what comes before anything is said is the proxy's."""
    wanted = reader.reply.counted
    try:
        async with asyncio.timeout(grace_s):
            while wanted <= BODY_LIMIT and len(reader.reply.early) < wanted:
                data = await stream.receive()
                if not data:
                    break
                recorder.received(data)
                reader.feed(data)
    except OSError as error:
        failure_of(error, "connect")  # whatever it is shows again as soon as something is said
    return reader.reply


def how_it_ended(reply: Reply, ended: Ended) -> str | None:
    """The note `CUT_SHORT` for an answer of which that is true (RFC 9112 section 8), else None."""
    announced = reply.values("Content-Length") or reply.values("Transfer-Encoding")
    missing = reply.problem is None and not reply.complete and len(reply.body) < BODY_LIMIT
    return CUT_SHORT if announced and missing and ended in ("eof", "reset") else None


_ASKS = 407


def _is_skipped_first(reply: Reply) -> bool:
    """Whether this asks for credentials, with content of which it says how much there is."""
    lengths = set(reply.values("Content-Length"))
    framed = len(lengths) == 1 and lengths.pop().isdecimal() and not reply.values("Transfer-Encoding")
    return reply.status == _ASKS and framed


def missing_content(reply: Reply, ended: Ended) -> str | None:
    """The note for a 407 whose content did not come as announced, else None."""
    if not _is_skipped_first(reply):
        return None
    missing = not reply.complete and len(reply.body) < BODY_LIMIT
    return NEVER_CAME if missing and ended == "timeout" else how_it_ended(reply, ended)


def _problem(reply: Reply, operation: Operation) -> Failure | None:
    if reply.problem is None:
        return None
    if reply.problem in ("empty", "incomplete"):
        return Failure("eof", operation, f"closed after {len(reply.body)} bytes of the answer")
    if reply.problem == "head-too-large":
        return Failure("too-large", operation, "the head of the answer does not end")
    return Failure("malformed", operation, "the answer is not HTTP")
