"""A canary's side of a connection, as bytes in and bytes out: what it says, and how much at most."""

from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from proxycheck.canary.content import Comparer, Content
from proxycheck.canary.conversation import Conversation
from proxycheck.canary.http import LARGEST, SMALLEST, AnswerReader, HttpRequest, answer_head, head_digest
from proxycheck.canary.identity import Canary
from proxycheck.canary.raw import AHEAD, FULL_DUPLEX, OPENINGS, RAW_CASES, RawCase, RawRequest, request_of
from proxycheck.canary.statement import SealedReader, Statement, key_from, unseal
from proxycheck.canary.tls import (
    EXPORTED,
    HELLO_CASES,
    LABEL,
    HelloCase,
    client_hello_in,
    exporter_digest,
    hello_context,
    self_signed,
)
from proxycheck.model.target import Target
from proxycheck.wire.tls.client import TlsClient

CANARY = Canary(Ed25519PrivateKey.generate(), self_signed("canary.example", datetime.now(UTC)), "token")
KEY = key_from(CANARY.key)
NONCE = "0123456789abcdef" * 2
TARGET = Target("canary.example", 443)
BYTE_BY_BYTE = pytest.param(1, marks=pytest.mark.slow)


def say(talk: Conversation, data: bytes, piece: int = 65536) -> bytes:
    """Everything the canary answers to `data`, sent so many bytes at a time."""
    heard = b""
    for start in range(0, len(data), piece):
        talk.receive(data[start : start + piece])
        while said := talk.pending():
            heard += said
    return heard


def stated(heard: bytes) -> Statement:
    """The statement at the end of what was heard."""
    reader = SealedReader(Comparer(Content("bytes", "", 0)))
    reader.feed(heard)
    statement = unseal(reader.sealed, KEY)
    assert statement is not None, heard[-300:]
    return statement


def http(request: HttpRequest) -> bytes:
    """A whole request."""
    return request.head(TARGET, "agent") + b"".join(request.up.pieces())


@pytest.mark.parametrize("piece", [BYTE_BY_BYTE, 7, 65536])
@pytest.mark.parametrize(
    "request_",
    [
        HttpRequest("reflect", NONCE),
        HttpRequest("stored", NONCE),
        HttpRequest("xml", NONCE, 4096),
        HttpRequest("bytes", NONCE, 20_000),
    ],
)
def test_a_request_is_reflected_and_answered_with_what_the_client_knows(request_: HttpRequest, piece: int) -> None:
    heard = say(Conversation(CANARY), http(request_), piece)
    statement = stated(heard)
    assert statement.nonce == NONCE
    assert statement.head.encode("latin-1") == request_.head(TARGET, "agent")
    assert statement.body is not None
    assert statement.body.size == request_.size
    assert statement.body.difference is None
    reader = AnswerReader(request_)
    reader.feed(heard)
    assert reader.complete
    assert reader.status == 200
    length = request_.down(request_.size).size + len(reader.body.sealed)
    assert reader.head == answer_head(request_, length)
    assert reader.content.arrival().difference is None


def test_serials_never_repeat_on_one_connection_or_another() -> None:
    request = http(HttpRequest("reflect", NONCE))
    talk = Conversation(CANARY)
    serials = [stated(say(talk, request)).serial for _ in range(3)]
    serials.append(stated(say(Conversation(CANARY), request)).serial)
    assert len(set(serials)) == 4


def test_a_changed_upload_is_told_with_its_place() -> None:
    request = HttpRequest("xml", NONCE, 4096)
    body = bytearray(b"".join(request.up.pieces()))
    body[100] ^= 1
    statement = stated(say(Conversation(CANARY), request.head(TARGET, "agent") + bytes(body)))
    assert statement.body is not None
    assert statement.body.difference is not None
    assert statement.body.difference.offset == 100


def test_credentials_are_not_reflected_but_counted_in_the_digest() -> None:
    head = f"GET /v1/reflect/{NONCE} HTTP/1.1\r\nHost: h\r\nAuthorization: Basic c2VjcmV0\r\nCookie: secret=1\r\n\r\n"
    heard = say(Conversation(CANARY), head.encode())
    assert b"secret" not in heard
    assert b"c2VjcmV0" not in heard
    assert stated(heard).head_sha256 == head_digest(head.encode())


def test_another_request_is_a_404_and_close_is_obeyed() -> None:
    talk = Conversation(CANARY)
    heard = say(talk, b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 404 ")
    assert talk.finished


@pytest.mark.parametrize("data", [b"BREW pot\r\n\r\n", b"GET / HTTP/1.1\r\nBad header\r\n\r\n", b"A" * 20_000])
def test_what_is_no_request_is_told_as_it_came_and_ends(data: bytes) -> None:
    talk = Conversation(CANARY)
    assert stated(say(talk, data)).head == data[:256].decode("latin-1")
    assert talk.finished


def test_a_body_longer_than_announced_in_the_path_ends_the_connection() -> None:
    talk = Conversation(CANARY)
    head = f"POST /v1/bytes/{NONCE}/10 HTTP/1.1\r\nHost: h\r\nContent-Length: {LARGEST}\r\n\r\n".encode()
    heard = say(talk, head + bytes(200_000))
    assert talk.finished
    assert len(heard) < 4096


def test_an_announced_size_without_the_bytes_buys_nothing() -> None:
    head = f"POST /v1/bytes/{NONCE}/{LARGEST} HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n".encode()
    heard = say(Conversation(CANARY), head + bytes(10))
    assert len(heard) < 4096 + SMALLEST


@pytest.mark.parametrize("piece", [BYTE_BY_BYTE, 100, 65536])
@pytest.mark.parametrize("case", RAW_CASES, ids=lambda case: case.name)
def test_a_raw_stream_is_told_from_every_protocol_and_answered(case: RawCase, piece: int) -> None:
    request = request_of(case, NONCE)
    talk = Conversation(CANARY)
    heard = say(talk, request.head + request.up.slice(0, request.size), piece)
    statement = stated(heard)
    assert statement.about == "raw"
    assert statement.head.encode("latin-1") == request.head
    assert statement.body is not None
    assert (statement.body.size, statement.body.difference) == (request.size, None)
    assert heard.startswith(request.down.slice(0, request.down.size))
    assert talk.finished


def test_the_canary_is_never_more_than_a_little_ahead_of_the_client() -> None:
    request = request_of(FULL_DUPLEX, NONCE)
    talk = Conversation(CANARY)
    heard = len(say(talk, request.head))
    assert heard <= AHEAD
    heard += len(say(talk, request.up.slice(0, 100_000), 1000))
    assert heard <= 100_000 + AHEAD


def test_single_bytes_are_answered_in_single_bytes() -> None:
    request = RawRequest(NONCE, "plain", "values", 20, single=True)
    talk = Conversation(CANARY)
    talk.receive(request.head + request.up.slice(0, 20))
    pieces = []
    while said := talk.pending():
        pieces.append(len(said))
    assert pieces[:-1] == [1] * request.down.size


def test_a_stream_that_stalls_is_told_how_far_it_came() -> None:
    request = request_of(RAW_CASES[0], NONCE)
    talk = Conversation(CANARY)
    heard = say(talk, request.head + request.up.slice(0, 500))
    talk.quiet()
    heard += talk.pending()
    body = stated(heard).body
    assert body is not None
    assert body.difference is not None
    assert (body.size, body.difference.kind) == (500, "truncated")
    assert talk.finished


@pytest.mark.parametrize("size", [LARGEST + 1, 2**32 - 1])
def test_more_than_the_canary_gives_is_refused(size: int) -> None:
    talk = Conversation(CANARY)
    heard = say(talk, RawRequest(NONCE, "plain", "bytes", size, single=False).head)
    assert stated(heard).about == "opening"
    assert talk.finished


def test_silence_brings_a_banner() -> None:
    talk = Conversation(CANARY)
    talk.quiet()
    assert stated(talk.pending()).about == "banner"
    assert talk.finished


@given(st.binary(min_size=1, max_size=400), st.integers(1, 50))
def test_whatever_is_said_the_answer_is_short(data: bytes, piece: int) -> None:
    talk = Conversation(CANARY)
    heard = say(talk, data, piece)
    talk.quiet()
    while said := talk.pending():
        heard += said
    assert len(heard) <= 8192
    assert talk.finished or not heard or heard.startswith((b"HTTP/1.1 ", b"\x15\x03"))


@pytest.mark.parametrize("opening", OPENINGS)
def test_an_opening_that_is_cut_short_waits_and_is_told_on_silence(opening: str) -> None:
    first = RawRequest(NONCE, opening, "bytes", 10, single=False).start[:-1]
    talk = Conversation(CANARY)
    assert say(talk, first) == b""
    talk.quiet()
    assert stated(talk.pending()).head == first.decode("latin-1")


@pytest.mark.parametrize("case", HELLO_CASES)
def test_both_ends_of_tls_see_the_same_hello_and_exporter(case: HelloCase) -> None:
    client = TlsClient("canary.example", hello_context(case))
    talk = Conversation(CANARY)
    hello = client.pending()
    client.receive(say(talk, hello, 100))
    client.receive(say(talk, client.pending()))
    assert client.state == "established"
    client.receive(say(talk, client.write(http(HttpRequest("reflect", NONCE)))))
    seen = stated(client.read()).tls
    message = client_hello_in(hello)
    assert seen is not None
    assert message is not None
    assert (seen.hello_size, seen.hello_sha256) == (len(message), head_digest(message))
    assert seen.exporter_sha256 == exporter_digest(client.export(LABEL, EXPORTED))


def test_greetings_have_the_sizes_they_are_named_for() -> None:
    sizes = {case: len(TlsClient("canary.example", hello_context(case)).pending()) for case in HELLO_CASES}
    assert sizes["large"] > 1500
    assert sizes["tls12"] < 512


def test_a_hello_is_read_across_records_and_not_from_anything_else() -> None:
    hello = TlsClient("canary.example", hello_context("tls12")).pending()
    message = hello[5:]
    halves = (message[:50], message[50:])
    records = b"".join(b"\x16\x03\x01" + len(half).to_bytes(2, "big") + half for half in halves)
    assert client_hello_in(records) == message
    assert client_hello_in(records[:-1]) is None
    assert client_hello_in(b"GET / HTTP/1.1\r\n\r\n") is None
    assert client_hello_in(b"\x17\x03\x03\x00\x01\x00" + hello) is None


def test_a_broken_handshake_ends_with_an_alert() -> None:
    talk = Conversation(CANARY)
    heard = say(talk, b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\xff" + bytes(40))
    assert heard.startswith(b"\x15\x03")
    assert talk.finished
