"""One request and its answer, from a peer that answers, breaks off, drips or floods."""

import asyncio
from typing import Literal

import pytest

from proxycheck.model.evidence import Evidence
from proxycheck.net.exchange import BODY_GRACE_S, DRAIN_GRACE_S, exchange
from proxycheck.net.trace import KEPT
from proxycheck.wire.http.reply import Reply, ReplyReader
from tests.net.conversations import bench
from tests.support.answers import OPEN, answer
from tests.support.scripted import HEAD, RESET, STALL, Expect, Pause, Play, Script, Step, in_pieces
from tests.support.simulated_time import run

REQUEST = b"CONNECT www.example.com:443 HTTP/1.1\r\n\r\n"


class Outcome:
    """What one exchange came to, and how long it took."""

    reply: Reply
    evidence: Evidence
    took_s: float


def asked(play: Play, *, timeout_s: float = 10.0, method: Literal["CONNECT", "GET"] = "CONNECT") -> Outcome:
    outcome = Outcome()

    async def talk() -> None:
        at = bench(play)
        stream = await at.network("proxy.example", 3128)
        recorder = at.trace.begin("endpoints", "connect", "www.example.com:443")
        began = asyncio.get_running_loop().time()
        reply, ended, failure = await exchange(stream, recorder, REQUEST, ReplyReader(method), "connect", timeout_s)
        outcome.reply = reply
        outcome.took_s = asyncio.get_running_loop().time() - began
        outcome.evidence = recorder.finish(ended, failure)

    run(talk())
    return outcome


def told(outcome: Outcome) -> tuple[int, str, str | None]:
    failure = outcome.evidence.failure
    return outcome.reply.status, outcome.evidence.ended, failure.name if failure is not None else None


PAGE = answer(403, "refused")


@pytest.mark.parametrize(
    ("play", "due"),
    [
        ([HEAD, OPEN], (200, "open", None)),
        ([HEAD, *in_pieces(OPEN)], (200, "open", None)),
        ([HEAD, OPEN + b"\x16\x03\x03"], (200, "open", None)),
        ([HEAD, b"HTTP/1.1 100 Continue\r\n\r\n", OPEN], (200, "open", None)),
        ([HEAD, PAGE], (403, "open", None)),
        ([HEAD, *in_pieces(PAGE)], (403, "open", None)),
        ([HEAD, b"HTTP/1.1 403 No\r\n\r\npage"], (403, "eof", None)),
        ([HEAD], (0, "eof", "eof")),
        ([HEAD, RESET], (0, "reset", "reset")),
        ([RESET], (0, "reset", "reset")),
        ([HEAD, STALL], (0, "timeout", "timeout")),
        ([HEAD, b"HTTP/1.1 200 OK\r\n"], (0, "eof", "eof")),
        ([HEAD, b"HTTP/1.1 200 OK\r\n", RESET], (0, "reset", "reset")),
        ([HEAD, b"HTTP/1.1 200 OK\r\n", STALL], (0, "timeout", "timeout")),
        ([HEAD, b"HTTP/1.1 100 Continue\r\n\r\n"], (0, "eof", "eof")),
        ([HEAD, b"\x05\xff"], (0, "eof", "malformed")),
        ([HEAD, b"SSH-2.0-x\r\n", STALL], (0, "open", "malformed")),
        ([HEAD, b"SSH-2.0-x\r\n", RESET], (0, "reset", "malformed")),
    ],
)
def test_every_end_of_an_answer_is_told(play: Play, due: tuple[int, str, str | None]) -> None:
    assert told(asked(play)) == due


@pytest.mark.parametrize(
    ("end", "ended"), [([RESET], "reset"), ([], "eof"), ([STALL], "timeout"), ([Pause(60), b"more"], "timeout")]
)
@pytest.mark.parametrize("timeout_s", [1.0, 10.0])
def test_an_answer_whose_content_is_cut_is_an_answer(end: list[Step], ended: str, timeout_s: float) -> None:
    head = b"HTTP/1.1 403 No\r\nContent-Length: 100\r\n\r\n"
    outcome = asked([HEAD, head, b"the page", *end], timeout_s=timeout_s)
    assert told(outcome) == (403, ended, None)
    assert outcome.reply.body == b"the page"
    assert not outcome.reply.keeps_alive


def test_a_late_head_leaves_its_content_only_what_is_left_of_the_deadline() -> None:
    outcome = asked([HEAD, Pause(9.5), b"HTTP/1.1 407 No\r\nContent-Length: 5\r\n\r\n", STALL])
    assert told(outcome) == (407, "timeout", None)
    assert outcome.took_s == pytest.approx(10, abs=0.1)


def test_silence_lasts_as_long_as_the_deadline() -> None:
    assert asked([STALL], timeout_s=7.0).took_s == pytest.approx(7, abs=0.1)
    assert asked([HEAD, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", STALL], method="GET").took_s == pytest.approx(
        BODY_GRACE_S, abs=0.1
    )


def test_a_dripping_head_meets_the_deadline() -> None:
    def drip() -> Script:
        yield HEAD
        yield b"HTTP/1.1 200 OK\r\n"
        while True:
            yield Pause(1)
            yield b"X: y\r\n"

    outcome = asked(drip)
    assert told(outcome) == (0, "timeout", "timeout")
    assert outcome.took_s == pytest.approx(10, abs=0.1)


def test_a_dripping_content_meets_its_grace() -> None:
    def drip() -> Script:
        yield HEAD
        yield b"HTTP/1.1 403 No\r\n\r\n"
        while True:
            yield Pause(0.1)
            yield b"x"

    outcome = asked(drip)
    assert told(outcome) == (403, "timeout", None)
    assert outcome.took_s == pytest.approx(BODY_GRACE_S, abs=0.2)


def test_dripping_nonsense_meets_its_grace() -> None:
    def drip() -> Script:
        while True:
            yield b"x"
            yield Pause(0.1)

    outcome = asked(drip)
    assert told(outcome) == (0, "open", "malformed")
    assert outcome.took_s == pytest.approx(DRAIN_GRACE_S, abs=0.2)


def endless(first: bytes, block: bytes) -> Play:
    def flood() -> Script:
        yield HEAD
        yield first
        while True:
            yield block

    return flood


@pytest.mark.parametrize(
    ("first", "block", "due"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000, (0, "open", "too-large")),
        (b"HTTP/1.1 200 ", b"x" * 10_000, (0, "open", "too-large")),
        (b"", b"\r\n" * 5000, (0, "open", "too-large")),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, (0, "open", "too-large")),
        (b"HTTP/1.1 403 No\r\n\r\n", b"x" * 65536, (403, "open", None)),
        (b"HTTP/1.1 403 No\r\nContent-Length: 10737418240\r\n\r\n", b"x" * 65536, (403, "open", None)),
        (b"220 hello", b"x" * 65536, (0, "limit", "malformed")),
    ],
    ids=["headers", "one-line", "blank-lines", "interim", "page", "ten-gigabytes", "noise"],
)
def test_a_flood_ends_at_a_limit_and_little_of_it_is_kept(
    first: bytes, block: bytes, due: tuple[int, str, str | None]
) -> None:
    outcome = asked(endless(first, block))
    assert told(outcome) == due
    assert outcome.took_s < 1
    assert len(outcome.evidence.received) <= KEPT
    assert len(outcome.reply.body) <= 65536
    assert outcome.evidence.size is None or outcome.evidence.size < 300_000


def test_all_that_was_said_is_in_the_evidence() -> None:
    outcome = asked([Expect(), PAGE])
    assert outcome.evidence.sent == REQUEST.decode()
    assert outcome.evidence.received == PAGE.decode()
