"""What is said inside an open tunnel, to far ends that answer, break off, flood or speak something else."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from functools import cache

import pytest

from proxycheck.model.evidence import Evidence
from proxycheck.model.questions import INSIDE_TLS
from proxycheck.net.payload import PROVEN_KEPT, fetch, fetch_inside, greet_teamviewer, handshake
from proxycheck.net.tunnel import Tunnel
from proxycheck.wire.http.reply import Reply
from proxycheck.wire.teamviewer import GREETING
from tests.net.conversations import CHECK, Bench, bench
from tests.support.answers import answer
from tests.support.chains import authority, leaf
from tests.support.scripted import HEAD, RESET, STALL, Expect, Pause, Play, Script, Step
from tests.support.simulated_time import run
from tests.support.tls_scripts import Respond, serving
from tests.support.tls_servers import server

HOST = "www.example.com"
ID = f"{HOST}:443"
REQUEST = b"GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"

MESSAGE = bytes.fromhex("172411041d000000") + bytes(29)
"""A message of a TeamViewer server."""

Said = Callable[[Bench, Tunnel], Awaitable[bool]]


@cache
def context() -> ssl.SSLContext:
    root = authority("Example Root")
    return server(leaf(root, HOST), root, newest=ssl.TLSVersion.TLSv1_3, alpn=("http/1.1",))


class Outcome:
    """What was recorded, whether it proved the far end, and how long it took."""

    evidence: tuple[Evidence, ...]
    proved: bool
    took_s: float

    @property
    def story(self) -> tuple[str, str, str]:
        last = self.evidence[-1]
        return last.operation, last.failure.name if last.failure else "ok", last.ended


def inside(play: Play, say: Said, early: bytes = b"") -> Outcome:
    outcome = Outcome()

    async def talk() -> None:
        at = bench(play)
        stream = await at.network("proxy.example", 3128)
        began = asyncio.get_running_loop().time()
        outcome.proved = await say(at, Tunnel(stream, Reply(200, early=early, complete=True)))
        outcome.took_s = asyncio.get_running_loop().time() - began
        outcome.evidence = tuple(at.evidence)

    run(talk())
    return outcome


async def shake(at: Bench, tunnel: Tunnel) -> bool:
    client = await handshake(at.trace, CHECK, ID, HOST, tunnel, 10.0)
    return client.state == "established"


async def get(at: Bench, tunnel: Tunnel) -> bool:
    return await fetch(at.trace, CHECK, ID, REQUEST, tunnel, 10.0)


async def greet(at: Bench, tunnel: Tunnel) -> bool:
    return await greet_teamviewer(at.trace, CHECK, ID, tunnel, 10.0)


async def shake_and_get(at: Bench, tunnel: Tunnel) -> bool:
    client = await handshake(at.trace, CHECK, ID, HOST, tunnel, 10.0)
    assert client.state == "established"
    await fetch_inside(at.trace, CHECK, ID, REQUEST, client, tunnel, 10.0)
    return True


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
def test_a_handshake_is_proved_and_its_chain_recorded(piece: int) -> None:
    outcome = inside(lambda: serving(context(), piece=piece), shake)
    assert outcome.proved
    assert outcome.story == ("tls", "ok", "open")
    last = outcome.evidence[-1]
    assert last.tls is not None
    assert (last.tls.server_name, last.tls.authenticated, len(last.tls.chain)) == (HOST, True, 2)
    assert len(last.received) <= PROVEN_KEPT
    assert last.sent.startswith("\x16\x03\x01")


PAGE = answer(403, "refused")

ENDS: tuple[tuple[str, tuple[Step, ...], str, str], ...] = (
    ("closed-at-once", (), "eof", "eof"),
    ("closed", (Expect(),), "eof", "eof"),
    ("reset", (Expect(), RESET), "reset", "reset"),
    ("silent", (Expect(), STALL), "timeout", "timeout"),
    ("alert", (Expect(), b"\x15\x03\x03\x00\x02\x02\x28"), "tls-alert", "closed"),
    ("unrecognized-name", (Expect(), b"\x15\x03\x03\x00\x02\x02\x70"), "tls-alert", "closed"),
    ("broken-record", (Expect(), b"\x16\x03\x03\xff\xff" + b"\x00" * 70000), "tls-protocol", "closed"),
    ("half-a-record", (Expect(), b"\x16\x03\x03\x40\x00" + b"\x02", STALL), "timeout", "timeout"),
    ("page", (Expect(), PAGE), "malformed", "eof"),
    ("page-and-silence", (Expect(), PAGE, STALL), "malformed", "open"),
    ("page-and-reset", (Expect(), PAGE, RESET), "malformed", "reset"),
    ("ssh", (b"SSH-2.0-x\r\n", STALL), "malformed", "open"),
)


@pytest.mark.parametrize(("steps", "name", "ended"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS])
def test_a_handshake_that_fails_is_told(steps: tuple[Step, ...], name: str, ended: str) -> None:
    outcome = inside(steps, shake)
    assert not outcome.proved
    assert outcome.story == ("tls", name, ended)
    assert outcome.took_s <= 10.1
    tls = outcome.evidence[-1].tls
    assert tls is not None
    assert not tls.authenticated


def test_a_page_in_place_of_tls_is_kept_whole() -> None:
    outcome = inside((Expect(), PAGE[:20], PAGE[20:]), shake)
    assert outcome.evidence[-1].received == PAGE.decode()


def test_a_page_that_came_with_the_answer_to_connect_is_kept_too() -> None:
    outcome = inside((STALL,), shake, early=PAGE)
    assert outcome.story == ("tls", "malformed", "open")
    assert outcome.evidence[-1].received == PAGE.decode()


def test_an_early_server_flight_belongs_to_the_handshake() -> None:
    outcome = inside((Expect(), STALL), shake, early=b"\x15\x03\x03\x00\x02\x02\x28")
    assert outcome.story == ("tls", "tls-alert", "closed")


@pytest.mark.parametrize("block", [b"\x16\x03\x03\x40\x00" + b"\x0b\x00\xff\xff" * 4096, b"HTTP/1.1 200 OK\r\n" * 4000])
def test_a_flood_in_place_of_a_handshake_ends(block: bytes) -> None:
    def flood() -> Script:
        yield Expect()
        while True:
            yield block

    outcome = inside(flood, shake)
    assert not outcome.proved
    assert len(outcome.evidence[-1].received) <= 65536


def test_a_dripping_handshake_meets_the_deadline() -> None:
    def drip() -> Script:
        yield Expect()
        yield b"\x16\x03\x03\x40\x00"
        while True:
            yield Pause(1)
            yield b"\x00"

    outcome = inside(drip, shake)
    assert outcome.story == ("tls", "timeout", "timeout")
    assert outcome.took_s == pytest.approx(10, abs=0.1)


@pytest.mark.parametrize(
    ("steps", "proved", "story"),
    [
        ((HEAD, b"HTTP/1.1 204 No Content\r\n\r\n"), True, ("http", "ok", "open")),
        ((HEAD, PAGE), True, ("http", "ok", "open")),
        ((HEAD, b"HTTP/1.1 302 Found\r\nLocation: https://x/\r\n\r\n"), True, ("http", "ok", "eof")),
        ((HEAD, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", RESET), True, ("http", "ok", "reset")),
        ((), False, ("http", "eof", "eof")),
        ((HEAD, RESET), False, ("http", "reset", "reset")),
        ((HEAD, STALL), False, ("http", "timeout", "timeout")),
        ((HEAD, b"\x15\x03\x01\x00\x02\x02\x28"), False, ("http", "malformed", "eof")),
    ],
)
def test_plain_http_in_a_tunnel(steps: tuple[Step, ...], proved: bool, story: tuple[str, str, str]) -> None:
    outcome = inside(steps, get)
    assert outcome.proved is proved
    assert outcome.story == story


def test_an_answer_that_came_early_is_an_answer() -> None:
    outcome = inside((STALL,), get, early=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    assert outcome.proved
    assert outcome.evidence[-1].received.endswith("ok")


@pytest.mark.parametrize(
    ("steps", "proved", "story"),
    [
        ((Expect(), MESSAGE), True, ("tunnel", "ok", "open")),
        ((Expect(), GREETING), False, ("tunnel", "malformed", "eof")),
        ((Expect(), b"?"), False, ("tunnel", "malformed", "eof")),
        ((Expect(), bytes(8), STALL), False, ("tunnel", "malformed", "open")),
        ((Expect(), b"421\r\n"), False, ("tunnel", "malformed", "eof")),
        ((Expect(),), False, ("tunnel", "eof", "eof")),
        ((Expect(), RESET), False, ("tunnel", "reset", "reset")),
        ((Expect(), STALL), False, ("tunnel", "timeout", "timeout")),
        ((Expect(), PAGE), False, ("tunnel", "malformed", "eof")),
        ((Expect(), PAGE[:3], PAGE[3:]), False, ("tunnel", "malformed", "eof")),
        ((Expect(), b"<html>", b"blocked</html>", STALL), False, ("tunnel", "malformed", "open")),
        ((Expect(), b"\x15\x03", b"\x01\x00\x02\x02\x28"), False, ("tunnel", "tls-alert", "eof")),
        ((Expect(), MESSAGE[:1], MESSAGE[1:]), True, ("tunnel", "ok", "open")),
        ((Expect(), GREETING[:1], GREETING[1:]), False, ("tunnel", "malformed", "eof")),
        ((Expect(), GREETING[:2]), False, ("tunnel", "malformed", "eof")),
    ],
)
def test_teamviewer_in_a_tunnel(steps: tuple[Step, ...], proved: bool, story: tuple[str, str, str]) -> None:
    outcome = inside(steps, greet)
    assert outcome.proved is proved
    assert outcome.story == story
    assert outcome.evidence[-1].sent.encode("latin-1") == GREETING
    if b"HTTP" in b"".join(step for step in steps if isinstance(step, bytes)):
        assert outcome.evidence[-1].received == PAGE.decode()


def answering(data: bytes) -> Respond:
    return lambda _: data


def test_a_request_inside_tls_is_recorded_in_plain_text() -> None:
    outcome = inside(lambda: serving(context(), answering(PAGE)), shake_and_get)
    last = outcome.evidence[-1]
    assert (last.operation, last.variant, last.failure) == ("http", INSIDE_TLS, None)
    assert (last.sent, last.received) == (REQUEST.decode(), PAGE.decode())


def test_a_request_inside_tls_reads_no_more_than_the_limit() -> None:
    flood = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 500_000
    outcome = inside(lambda: serving(context(), answering(flood)), shake_and_get)
    last = outcome.evidence[-1]
    assert last.failure is None
    assert len(last.received) <= 65536


def test_a_request_inside_tls_that_is_not_answered_is_told() -> None:
    outcome = inside(lambda: serving(context()), shake_and_get)
    assert outcome.story == ("http", "timeout", "timeout")
