"""A ClientHello written by hand, whole or in two segments, and every way in which a far end can take it."""

import asyncio
import ssl
from functools import cache

import pytest

from proxycheck.catalogue.client_hellos import load_client_hello
from proxycheck.model.evidence import Evidence
from proxycheck.net.hello import Pause, greet
from proxycheck.net.tunnel import Tunnel
from proxycheck.wire.http.reply import Reply
from proxycheck.wire.tls.client_hello import ClientHello, client_hello
from tests.net.conversations import CHECK, bench
from tests.support.chains import authority, leaf
from tests.support.scripted import RESET, STALL, Expect, Play
from tests.support.simulated_time import run
from tests.support.tls_scripts import serving
from tests.support.tls_servers import answer, server

HOST = "www.example.com"
WAIT_S = 5.0


@cache
def context() -> ssl.SSLContext:
    root = authority("Example Root")
    return server(leaf(root, HOST), root, newest=ssl.TLSVersion.TLSv1_3)


def hello(profile: str = "android-7.0") -> ClientHello:
    return client_hello(load_client_hello(profile), HOST, bytes(range(32)))


def greeted(
    play: Play, words: ClientHello | None = None, *, early: bytes = b"", pause: Pause | None = None
) -> tuple[Evidence, float]:
    """The record of a greeting, and how many seconds it took."""

    async def talk() -> tuple[Evidence, float]:
        at = bench(play)
        tunnel = Tunnel(await at.network("proxy.example", 3128), Reply(200, early=early, complete=True))
        began = asyncio.get_running_loop().time()
        evidence = await greet(
            at.trace, CHECK, f"{HOST}:443", HOST, words or hello(), tunnel, WAIT_S, variant="hello:it", pause=pause
        )
        assert at.evidence == [evidence]
        return evidence, asyncio.get_running_loop().time() - began

    return run(talk())


@pytest.mark.parametrize("piece", [1, 1 << 20])
def test_the_flight_is_recorded_with_chain_and_proof(piece: int) -> None:
    evidence, _ = greeted(lambda: serving(context(), piece=piece))
    assert (evidence.operation, evidence.variant, evidence.failure, evidence.ended) == ("tls", "hello:it", None, "open")
    assert evidence.sent.encode("latin-1") == hello().data
    tls = evidence.tls
    assert tls is not None
    assert (tls.server_name, tls.profile, tls.version) == (HOST, "android-7.0", "TLSv1.2")
    assert (tls.authenticated, tls.possession, tls.flight) == (True, "signed", "complete")
    assert len(tls.chain) == 2
    assert tls.cipher in ("0xC02B", "0xC02C")  # the certificate is ECDSA


def test_an_answer_in_tls_13_is_an_answer_and_no_proof() -> None:
    evidence, _ = greeted(lambda: serving(context()), hello("modern"))
    assert evidence.failure is None
    assert evidence.tls is not None
    assert (evidence.tls.flight, evidence.tls.authenticated, evidence.tls.chain) == ("tls-1.3", False, ())


def test_somebody_elses_flight_proves_nothing() -> None:
    """Certificates and signature of another connection: who relays them does not hold the key."""
    another = client_hello(load_client_hello("android-7.0"), HOST, bytes(32))
    evidence, _ = greeted([Expect(), answer(context(), another.data)])
    assert evidence.failure is None
    assert evidence.tls is not None
    assert (evidence.tls.authenticated, evidence.tls.possession) == (False, "other-key")


@pytest.mark.parametrize(
    ("play", "failure", "ended", "detail"),
    [
        pytest.param([Expect(), b"\x15\x03\x03\x00\x02\x02\x28"], "tls-alert", "open", "handshake_failure", id="alert"),
        pytest.param([Expect()], "eof", "eof", "after 0 bytes", id="closed"),
        pytest.param([Expect(), b"\x16\x03\x03\x00\x40\x02"], "eof", "eof", "after 6 bytes", id="broken off"),
        pytest.param([Expect(), RESET], "reset", "reset", "", id="reset"),
        pytest.param([Expect(), STALL], "timeout", "timeout", "", id="silent"),
        pytest.param([Expect(), b"HTTP/1.1 403 Forbidden\r\n\r\n"], "malformed", "open", "not TLS", id="page"),
        pytest.param([Expect(), b"\x17\x03\x03\x00\x01\x00"], "tls-protocol", "open", "type 23", id="nonsense"),
        pytest.param([RESET], "reset", "reset", "", id="cut before a word"),
    ],
)
def test_every_end_has_its_name(play: Play, failure: str, ended: str, detail: str) -> None:
    evidence, took_s = greeted(play)
    assert evidence.failure is not None
    assert (evidence.failure.name, evidence.ended) == (failure, ended)
    assert detail in evidence.failure.detail
    assert took_s == (WAIT_S if failure == "timeout" else 0.0)


def test_bytes_that_came_with_the_reply_are_the_first_of_the_answer() -> None:
    alert = b"\x15\x03\x03\x00\x02\x02\x46"
    evidence, _ = greeted([Expect(), STALL], early=alert)
    assert evidence.tls is not None
    assert evidence.tls.alert == "protocol_version"
    assert evidence.received.encode("latin-1") == alert


class Segments:
    """A stream that keeps apart what is sent at once, and answers when it has been asked to."""

    def __init__(self) -> None:
        self.story: list[int | str] = []
        self._words = b""

    async def send(self, data: bytes) -> None:
        self.story.append(len(data))
        self._words += data

    async def receive(self, limit: int = 65536) -> bytes:
        self.story.append("listened")
        return answer(context(), self._words)[:limit]

    async def close(self) -> None:
        """Nothing to close."""


@pytest.mark.parametrize("split", [False, True])
def test_the_second_segment_leaves_when_the_pause_is_over(split: bool) -> None:
    stream = Segments()

    async def pause() -> None:
        stream.story.append("paused")

    async def talk() -> Evidence:
        trace, tunnel = bench().trace, Tunnel(stream, Reply(200, complete=True))
        return await greet(trace, CHECK, f"{HOST}:443", HOST, hello(), tunnel, WAIT_S, pause=pause if split else None)

    evidence = run(talk())
    assert evidence.failure is None
    whole = len(hello().data)
    assert stream.story == ([whole // 2, "paused", whole - whole // 2, "listened"] if split else [whole, "listened"])


def test_a_far_end_that_hangs_up_between_the_segments_is_recorded() -> None:
    async def pause() -> None:
        await asyncio.sleep(1.0)

    evidence, _ = greeted([Expect()], pause=pause)
    assert evidence.failure is not None
    assert evidence.failure.name in ("eof", "reset")
