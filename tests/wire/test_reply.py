"""Answers of proxies, well-formed, odd and hostile, fed whole and in pieces."""

import random
import time
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from proxycheck.model.failure import FailureName
from proxycheck.wire.http.grammar import BODY_LIMIT
from proxycheck.wire.http.reply import HEAD_LIMIT, Deviation, Reply, ReplyReader, read_reply, reply_in
from tests.diagnosis.recorded import record

Method = Literal["CONNECT", "GET"]


def read(data: bytes, method: Method = "CONNECT", *, closed: bool = False) -> Reply:
    """Read whole, and held against the same in single bytes."""
    whole = read_reply(method, data, closed=closed)
    if len(data) < 5000:
        assert in_pieces(data, method, [1] * len(data), closed=closed) == whole
    return whole


def in_pieces(data: bytes, method: Method, sizes: list[int], *, closed: bool) -> Reply:
    reader = ReplyReader(method)
    start = 0
    for size in sizes:
        reader.feed(data[start : start + size])
        start += size
    reader.feed(data[start:])
    if closed:
        reader.end()
    return reader.reply


def test_a_plain_success() -> None:
    reply = read(b"HTTP/1.1 200 Connection established\r\n\r\n")
    assert reply == Reply(200, "Connection established", "1.1", complete=True)
    assert reply.success


TOLERATED: tuple[tuple[str, bytes, int, tuple[Deviation, ...]], ...] = (
    ("no-reason", b"HTTP/1.1 200\r\n\r\n", 200, ("no-reason-phrase",)),
    ("empty-reason", b"HTTP/1.1 200 \r\n\r\n", 200, ("no-reason-phrase",)),
    ("http-1.0", b"HTTP/1.0 200 OK\r\n\r\n", 200, ("http-1.0",)),
    ("http-1.0-bare", b"HTTP/1.0 200\r\n\r\n", 200, ("http-1.0", "no-reason-phrase")),
    ("201", b"HTTP/1.1 201 Created\r\n\r\n", 201, ("status-not-200",)),
    ("204", b"HTTP/1.1 204 No Content\r\n\r\n", 204, ("status-not-200",)),
    ("299", b"HTTP/1.1 299 Well\r\n\r\n", 299, ("status-not-200",)),
    ("length", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, ("content-length-on-2xx",)),
    ("chunked", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 200, ("transfer-encoding-on-2xx",)),
    ("lf-only", b"HTTP/1.1 200 OK\nVia: x\n\n", 200, ("lf-only",)),
    ("lf-mixed", b"HTTP/1.1 200 OK\r\nVia: x\n\r\n", 200, ("lf-only",)),
    ("lf-then-crlf", b"HTTP/1.1 200 OK\n\r\n", 200, ("lf-only",)),
    ("blank-line-first", b"\r\nHTTP/1.1 200 OK\r\n\r\n", 200, ("leading-blank-line",)),
    ("folded", b"HTTP/1.1 200 OK\r\nVia: one\r\n  two\r\n\tthree\r\n\r\n", 200, ("folded-header",)),
    ("nul", b"HTTP/1.1 200 OK\r\nVia: o\x00ne\r\n\r\n", 200, ("forbidden-byte-in-header",)),
    ("bare-cr", b"HTTP/1.1 200 OK\r\nVia: o\rne\r\n\r\n", 200, ("forbidden-byte-in-header",)),
    ("no-colon", b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", 200, ("illegal-header-line",)),
    ("space-before-colon", b"HTTP/1.1 200 OK\r\nVia : x\r\n\r\n", 200, ("illegal-header-line",)),
    ("lower-case", b"http/1.1 200 ok\r\n\r\n", 200, ("odd-status-line",)),
    ("http-2.0", b"HTTP/2.0 200 OK\r\n\r\n", 200, ("odd-status-line",)),
    ("http-1.2", b"HTTP/1.2 200 OK\r\n\r\n", 200, ("odd-status-line",)),
    ("tab-behind", b"HTTP/1.1 200\tOK\r\n\r\n", 200, ("odd-status-line",)),
    ("two-spaces", b"HTTP/1.1  200 OK\r\n\r\n", 200, ("odd-status-line",)),
    ("early", b"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x03", 200, ("early-bytes",)),
    ("continue", b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", 200, ("interim-1xx",)),
    (
        "all-at-once",
        b"\r\nHTTP/1.0 102\n\nHTTP/1.0 206\nA: b\n c\nContent-Length: 5\n\nhello",
        206,
        (
            "leading-blank-line",
            "lf-only",
            "http-1.0",
            "no-reason-phrase",
            "interim-1xx",
            "folded-header",
            "status-not-200",
            "content-length-on-2xx",
            "early-bytes",
        ),
    ),
)


@pytest.mark.parametrize(
    ("data", "status", "deviations"), [row[1:] for row in TOLERATED], ids=[row[0] for row in TOLERATED]
)
def test_an_odd_success_is_read_and_its_oddities_are_recorded_exactly(
    data: bytes, status: int, deviations: tuple[Deviation, ...]
) -> None:
    reply = read(data)
    assert (reply.status, reply.problem, reply.complete, reply.success) == (status, None, True, True)
    assert reply.deviations == deviations


def test_interim_answers_are_listed_and_the_last_counts() -> None:
    reply = read(b"HTTP/1.1 100 a\r\nX: y\r\n\r\nHTTP/1.1 103 b\r\n\r\nHTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
    assert (reply.status, reply.interim, reply.headers) == (403, (100, 103), (("Content-Length", "0"),))


def test_interim_answers_alone_are_an_incomplete_answer() -> None:
    assert read(b"HTTP/1.1 100 Continue\r\n\r\n", closed=True).problem == "incomplete"


def test_folded_lines_and_forbidden_bytes_stay_readable() -> None:
    reply = read(b"HTTP/1.1 200 OK\r\nA: one\r\n  two \r\nB: x\x00y\r\nb: z\r\n\r\n")
    assert reply.headers == (("A", "one two"), ("B", "x\x00y"), ("b", "z"))
    assert reply.values("B") == ("x\x00y", "z")
    assert reply.value("c") is None
    assert reply.raw_headers[1] == (b"B", b"x\x00y")


def test_early_bytes_are_kept_whole() -> None:
    early = bytes(range(256)) * 4
    assert read(b"HTTP/1.1 200 OK\r\n\r\n" + early).early == early


def test_early_bytes_may_look_like_a_head() -> None:
    assert read(b"HTTP/1.1 200 OK\r\n\r\n\r\nHTTP/1.1 403 No\r\n\r\n").early == b"\r\nHTTP/1.1 403 No\r\n\r\n"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "empty"),
        (b"\r\n", "empty"),
        (b"\r\n\r\n\r\n\r\n\r\n", "empty"),
        (b"H", "incomplete"),
        (b"HTTP/1.1 200 OK\r\n", "incomplete"),
        (b"HTTP/1.1 200 OK\r\nVia: x\r\n", "incomplete"),
        (b"\x05\xff", "malformed"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "malformed"),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "malformed"),
        (b"\r\n\r\n\r\n\r\n220 mail", "malformed"),
        (b"<html>", "malformed"),
        (b"HTTP/1.1 OK\r\n\r\n", "malformed"),
        (b"HTTP/1.1 20 OK\r\n\r\n", "malformed"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "malformed"),
        (b"HTTP/1.1 000 OK\r\n\r\n", "malformed"),
        (b"HTTP/1.1 099 OK\r\n\r\n", "malformed"),
        (b"HTTP/1.1 200OK\r\n\r\n", "malformed"),
        (b"HTTP/11 200 OK\r\n\r\n", "malformed"),
        (b"ICY 200 OK\r\n\r\n", "malformed"),
    ],
)
@pytest.mark.parametrize("method", ["CONNECT", "GET"])
def test_no_answer_has_a_problem_and_keeps_the_bytes(data: bytes, problem: str, method: Method) -> None:
    reply = read(data, method, closed=True)
    assert (reply.status, reply.problem, reply.complete) == (0, problem, False)
    assert not reply.success
    assert not reply.keeps_alive
    assert reply.body == data.lstrip(b"\r\n")


REFUSED = b"HTTP/1.1 403 Forbidden\r\nServer: s\r\n"


@pytest.mark.parametrize("method", ["CONNECT", "GET"])
@pytest.mark.parametrize(
    ("rest", "body", "complete"),
    [
        (b"Content-Length: 4\r\n\r\npage", b"page", True),
        (b"Content-Length: 4\r\n\r\npage and more", b"page", True),
        (b"Content-Length: 0\r\n\r\n", b"", True),
        (b"content-length: 4, 4\r\n\r\npage", b"page", True),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\npa\r\n2;x=y\r\nge\r\n0\r\n\r\n", b"page", True),
        (b"Content-Length: 4\r\n\r\npa", b"pa", False),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\npa\r\n2\r\ng", b"pag", False),
        (b"\r\nthe page", b"the page", False),
    ],
)
def test_the_content_of_a_refusal(method: Method, rest: bytes, body: bytes, complete: bool) -> None:
    reply = read(REFUSED + rest, method)
    assert (reply.status, reply.body, reply.complete, reply.problem) == (403, body, complete, None)
    assert reply.keeps_alive is complete
    assert reply.deviations == (("bytes-after-content",) if b"and more" in rest else ())


def test_the_end_of_the_connection_ends_content_without_a_length() -> None:
    reply = read(REFUSED + b"\r\nthe page", closed=True)
    assert (reply.body, reply.complete, reply.deviations) == (b"the page", True, ())


@pytest.mark.parametrize(
    ("rest", "body"),
    [
        (b"Content-Length: 10\r\n\r\npage", b"page"),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\npa\r\n", b"pa"),
        (b"Content-Length: 1\r\nContent-Length: 2\r\n\r\npage", b"page"),
        (b"Content-Length: many\r\n\r\npage", b"page"),
        (b"Content-Length: -1\r\n\r\npage", b"page"),
        (b"Content-Length: " + b"9" * 4400 + b"\r\n\r\npage", b"page"),
        (b"Transfer-Encoding: gzip\r\n\r\npage", b"page"),
        (b"Transfer-Encoding: chunked\r\n\r\n4\r\npage\r\nxyz\r\nrest", b"4\r\npage\r\nxyz\r\nrest"),
        (b"Transfer-Encoding: chunked\r\n\r\npage", b"page"),
    ],
)
def test_broken_framing_is_recorded_and_what_came_is_kept(rest: bytes, body: bytes) -> None:
    reply = read(REFUSED + rest, closed=True)
    assert (reply.status, reply.body, reply.complete) == (403, body, False)
    assert reply.deviations == ("bad-body-framing",)
    assert not reply.keeps_alive


def test_fields_that_h11_refuses_do_not_disturb_the_framing() -> None:
    data = b"HTTP/1.1 403 No\r\nA b: c\r\nX: \x00\x01\r\nnonsense\r\n: empty\r\nContent-Length: 4\r\n\r\npage"
    assert read(data).body == b"page"


@pytest.mark.parametrize(
    ("head", "kept"),
    [
        (b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", True),
        (b"HTTP/1.1 407 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", False),
        (b"HTTP/1.1 407 No\r\nContent-Length: 0\r\nProxy-Connection: Close\r\n\r\n", False),
        (b"HTTP/1.0 407 No\r\nContent-Length: 0\r\n\r\n", False),
        (b"HTTP/1.0 407 No\r\nContent-Length: 0\r\nProxy-Connection: keep-alive\r\n\r\n", True),
        (b"HTTP/1.1 407 No\r\nContent-Length: 1\r\n\r\n", False),
        (b"HTTP/1.1 407 No\r\n\r\n", False),
    ],
)
def test_whether_the_connection_may_be_used_again(head: bytes, kept: bool) -> None:
    assert read(head).keeps_alive is kept


@pytest.mark.parametrize("size", [BODY_LIMIT - 1, BODY_LIMIT, BODY_LIMIT + 1, 2 * BODY_LIMIT])
@pytest.mark.parametrize("piece", [1000, 1 << 20])
def test_content_is_cut_at_the_limit_and_its_connection_is_not_used_again(size: int, piece: int) -> None:
    data = b"HTTP/1.1 407 No\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
    reply = in_pieces(data, "GET", [piece] * (len(data) // piece), closed=False)
    assert len(reply.body) == min(size, BODY_LIMIT)
    assert reply.complete is (size <= BODY_LIMIT)
    assert reply.keeps_alive is reply.complete


def test_a_204_has_no_content_and_what_follows_it_is_told() -> None:
    assert read(b"HTTP/1.1 204 No Content\r\n\r\n", "GET").deviations == ()
    reply = read(b"HTTP/1.1 204 No Content\r\n\r\n<html>", "GET")
    assert (reply.body, reply.complete, reply.deviations) == (b"", True, ("bytes-after-204",))


def test_bytes_after_a_whole_answer_are_not_its_content() -> None:
    reply = read(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n", "GET")
    assert (reply.body, reply.complete, reply.deviations) == (b"ok", True, ("bytes-after-content",))


@pytest.mark.parametrize("size", [HEAD_LIMIT - 1, HEAD_LIMIT, HEAD_LIMIT + 1])
def test_a_head_at_the_limit_reads_the_same_whole_and_in_pieces(size: int) -> None:
    start, end = b"HTTP/1.1 200 OK\r\nX: ", b"\r\n\r\n"
    data = start + b"x" * (size - len(start) - len(end)) + end + b"early"
    whole = read_reply("CONNECT", data, closed=False)
    assert whole == in_pieces(data, "CONNECT", [1000] * 66, closed=False)
    assert whole == in_pieces(data, "CONNECT", [1] * len(data), closed=False)
    assert whole.problem == ("head-too-large" if size > HEAD_LIMIT else None)
    assert whole.success is (size <= HEAD_LIMIT)


@pytest.mark.parametrize(
    "line",
    [b"X: y\r\n", b"a\n", b" \r\n", b"x", b"\r\n", b"X: y\r\n z\r\n"],
    ids=["fields", "lines", "folds", "one-line", "blank-lines", "folded"],
)
@pytest.mark.parametrize("size", [1, 7, 65536])
@pytest.mark.slow
def test_an_endless_head_ends_at_the_limit_in_linear_time(line: bytes, size: int) -> None:
    reader = ReplyReader("CONNECT")
    reader.feed(b"" if line == b"\r\n" else b"HTTP/1.1 200 OK\r\nA: b\r\n")
    flood = line * (2 * HEAD_LIMIT // len(line))
    began = time.process_time()
    fed = 0
    while not reader.complete and fed < len(flood):
        reader.feed(flood[fed : fed + size])
        fed += size
    assert reader.reply.problem == "head-too-large"
    assert fed <= HEAD_LIMIT + size
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize("size", [1, 65536])
def test_endless_interim_answers_end_at_the_limit(size: int) -> None:
    reader = ReplyReader("CONNECT")
    flood = b"HTTP/1.1 100 Continue\r\n\r\n" * 6000
    began = time.process_time()
    for start in range(0, len(flood), size):
        reader.feed(flood[start : start + size])
    assert reader.reply.problem == "head-too-large"
    assert len(reader.reply.interim) <= HEAD_LIMIT // 25
    assert time.process_time() - began < 3.0


@pytest.mark.parametrize("framing", [b"", b"Content-Length: 10000000000\r\n", b"Transfer-Encoding: chunked\r\n"])
def test_content_without_end_stops_at_the_limit(framing: bytes) -> None:
    reader = ReplyReader("GET")
    reader.feed(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n")
    block = b"x" * 4096
    if b"chunked" in framing:
        block = b"1000\r\n" + block + b"\r\n"
    count = 0
    while not reader.complete:
        reader.feed(block)
        count += 1
    assert count == BODY_LIMIT // 4096 + 1
    assert reader.reply.body == b"x" * BODY_LIMIT
    assert not reader.reply.complete


def test_single_bytes_of_content_take_linear_time() -> None:
    reader = ReplyReader("GET")
    reader.feed(b"HTTP/1.1 200 OK\r\n\r\n")
    began = time.process_time()
    while not reader.complete:
        reader.feed(b"x")
    assert time.process_time() - began < 3.0


LINE_ENDS = st.sampled_from([b"\r\n", b"\n"])
STATUS_LINES = st.sampled_from(
    [b"HTTP/1.1 200 OK", b"HTTP/1.0 407 No", b"HTTP/1.1 100 Go", b"HTTP/1.1 204", b"HTTP/1.1 302 x", b"HTTP/1.1 12"]
)
FIELD_LINES = st.sampled_from(
    [
        b"Content-Length: 3",
        b"Content-Length: 0",
        b"Content-Length: x",
        b"Transfer-Encoding: chunked",
        b"Connection: close",
        b" folded",
        b"A:\x00",
        b"nonsense",
        b"",
    ]
)
CONTENTS = st.one_of(
    st.sampled_from([b"abc", b"3\r\nabc\r\n0\r\n\r\n", b"3\r\nabcX\r\n", b"zz\r\n", b"\x16\x03\x01"]),
    st.binary(max_size=40),
)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Something like one or two answers."""
    data = b""
    for _ in range(draw(st.integers(1, 2))):
        lines = [draw(STATUS_LINES), *draw(st.lists(FIELD_LINES, max_size=4)), b""]
        data += b"".join(line + draw(LINE_ENDS) for line in lines) + draw(CONTENTS)
    return draw(st.sampled_from([b"", b"", b"\r\n", b"\n\n"])) + data


@given(
    data=st.one_of(answers(), st.binary(max_size=80), st.binary(max_size=60).map(lambda rest: b"HTTP/1.1 200" + rest)),
    sizes=st.lists(st.integers(1, 30), max_size=40),
    method=st.sampled_from(["CONNECT", "GET"]),
    closed=st.booleans(),
)
@settings(max_examples=600, deadline=None, derandomize=True)
@pytest.mark.slow
def test_pieces_of_any_size_read_as_the_whole(data: bytes, sizes: list[int], method: Method, closed: bool) -> None:
    whole = read_reply(method, data, closed=closed)
    assert in_pieces(data, method, sizes, closed=closed) == whole
    assert in_pieces(data, method, [1] * len(data), closed=closed) == whole
    assert (whole.problem is None) == (whole.status >= 200)
    assert not (whole.complete and whole.problem)


def test_noise_never_raises() -> None:
    noise = random.Random(20260101)
    for _ in range(300):
        data = b"HTTP/1.1 " + noise.randbytes(noise.randrange(3000))
        for method in ("CONNECT", "GET"):
            reply = read_reply("GET" if method == "GET" else "CONNECT", data, closed=noise.random() < 0.5)
            assert reply.headers is not None


@pytest.mark.parametrize(
    ("failure", "status", "problem"),
    [
        (None, 200, None),
        ("refused-by-peer", 200, None),
        ("timeout", 0, "incomplete"),
    ],
)
def test_a_long_head_of_which_the_beginning_is_kept_is_still_the_answer_that_it_was(
    failure: FailureName | None, status: int, problem: str | None
) -> None:
    head = "HTTP/1.1 200 Connection established\r\nVia: one\r\nX-Long: " + "x" * 100
    whole = record("endpoints", "connect", "www.example.com:443", failure, received=head)
    reply = reply_in(structs.replace(whole, size=50_000))
    assert (reply.status, reply.problem) == (status, problem)
    if problem is None:
        assert reply.value("Via") == "one"
        assert reply.deviations == ()
