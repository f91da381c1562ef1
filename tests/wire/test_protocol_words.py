"""Words of HTTP in their places stay, whatever the password is; everywhere else the password goes."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxycheck.model.target import Credentials
from proxycheck.wire.auth.challenges import read_challenges
from proxycheck.wire.http.reply import read_reply
from proxycheck.wire.secrets.protocol_words import protocol_spans
from proxycheck.wire.secrets.redaction import Redactor

HEAD = (
    b"HTTP/1.1 407 Proxy Authentication Required\r\nServer: x\r\nConnection: keep-alive\r\n"
    b'Proxy-Authenticate: Basic realm="r", charset="UTF-8"\r\nContent-Length: 0004\r\n\r\n'
)
WORDS = ["HTTP", "HTTP/1.1 407", "407 ", "Connection", "keep-alive", "Proxy-Authenticate", "Basic", "realm", "0004"]


@pytest.mark.parametrize("password", WORDS)
def test_an_answer_reads_as_before(password: str) -> None:
    cleaned = Redactor(Credentials("u", password)).clean(HEAD + b"body")
    before, after = (read_reply("CONNECT", data, closed=False) for data in (HEAD + b"body", cleaned))
    assert (after.status, after.complete, after.keeps_alive) == (before.status, before.complete, before.keeps_alive)
    challenge, other = (read_challenges(reply.raw_headers)[0] for reply in (before, after))
    assert (other.name, other.parameters[0], other.deviations) == (challenge.name, challenge.parameters[0], ())


@pytest.mark.parametrize("password", WORDS)
def test_the_password_goes_where_no_word_of_the_protocol_has_its_place(password: str) -> None:
    said = password.encode()
    echo = b"HTTP/1.1 403 No\r\nX-Echo: " + said + b"\r\nVia: " + said + b"\r\n\r\n<p>" + said + b"</p>"
    cleaned = Redactor(Credentials("u", password)).clean(echo)
    assert said.strip() not in cleaned.replace(b"HTTP/1.1 403", b"")
    assert cleaned.count(b"<redacted>") == 3


@pytest.mark.parametrize(
    "value",
    [b"Content-Length: s3cret", b"Connection: s3cret, close", b"s3cret: close", b"Proxy-Authenticate: s3cret"],
)
def test_a_field_out_of_its_grammar_is_no_place(value: bytes) -> None:
    data = b"HTTP/1.1 407 x\r\n" + value + b"\r\n\r\n"
    assert b"s3cret" not in Redactor(Credentials("u", "s3cret")).clean(data)


def test_a_request_and_the_answer_behind_interim_ones() -> None:
    request = b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\nUser-Agent: HTTP\r\n\r\n"
    assert Redactor(Credentials("u", "HTTP")).clean(request) == request.replace(b"Agent: HTTP", b"Agent: <redacted>")
    interim = b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD
    assert Redactor(Credentials("u", "HTTP")).clean(interim) == interim


@given(st.binary(max_size=300))
def test_spans_are_in_order_and_apart(data: bytes) -> None:
    spans = list(protocol_spans(HEAD[: len(data)] + data))
    assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))


def test_the_time_is_linear() -> None:
    lines = (b"Connection: close\r\n", b"Connection: close,", b"HTTP/1.1 100 \r\n\r\n", b"\n", b"Basic ,")
    redactor = Redactor(Credentials("u", "close"))
    started = time.perf_counter()
    for line in lines:
        redactor.clean(b"HTTP/1.1 407 x\r\nProxy-Authenticate: " + line * (65536 // len(line)))
    assert time.perf_counter() - started < 5.0
