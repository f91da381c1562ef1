"""Refusals that mean credentials, and answers that want a person."""

import pytest

from proxycheck.wire.auth.refusal import LoginAnswer, login_answer, means_credentials, wants_a_person
from proxycheck.wire.http.reply import Reply, read_reply


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", "accepted"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", "accepted"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "accepted"),
        (b"HTTP/1.1 200 OK\r\n\r\nSSH-2.0-x", "accepted"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 93\r\n\r\n", "undecided"),
        (b"HTTP/1.1 200 OK\r\n\r\n <html>wrong password", "undecided"),
        (b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", "undecided"),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "undecided"),
        (b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "undecided"),
        (b"HTTP/1.1 403 No\r\nContent-Length: 33\r\n\r\nProxy authentication is required.", "refused"),
        (b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n", "refused"),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", "refused"),
    ],
)
def test_what_an_answer_says_of_the_credentials(said: bytes, answer: LoginAnswer) -> None:
    assert login_answer(read_reply("CONNECT", said, closed=False)) == answer


def test_a_login_form_in_answer_to_a_plain_request_proves_nothing() -> None:
    form = b"HTTP/1.1 200 OK\r\nContent-Length: 24\r\n\r\n<input type='password' >"
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n<html></html>"
    assert login_answer(read_reply("GET", form, closed=False)) == "undecided"
    assert login_answer(read_reply("GET", page, closed=False)) == "accepted"


def test_a_connection_that_is_cut_off_counts_as_a_refusal() -> None:
    assert login_answer(None) == "refused"


@pytest.mark.parametrize(
    ("status", "body", "meant"),
    [
        (401, b"", True),
        (403, b"<TITLE>407 Proxy Authentication Required</TITLE>", True),
        (403, b"Proxy authentication is required to go on", True),
        (403, b"<h1>Access denied</h1> by policy 407", False),
        (403, b"", False),
        (502, b"407 Proxy Authentication Required", False),
    ],
)
def test_what_means_credentials(status: int, body: bytes, meant: bool) -> None:
    assert means_credentials(Reply(status=status, body=body)) is meant


@pytest.mark.parametrize(
    ("status", "location", "body", "wanted"),
    [
        (302, "https://10.0.0.1:1003/fgtauth?0a", b"", True),
        (302, "http:///httpclient.html", b"", True),
        (307, "https://gateway.example/login.cgi?u=x", b"", True),
        (303, "https://idp.example/adfs/ls/?SAMLRequest=x&wa=signin", b"", True),
        (302, "http://blocked.customer.example/", b"", False),
        (302, "https://www.author.example/blogin/authority", b"", False),
        (511, "", b"", True),
        (403, "", b'<input id="p" type="password">', True),
        (403, "", b"<input type=password>", True),
        (403, "", b'<input type="text" name="password">', False),
        (407, "", b'<input type="password">', False),
        (200, "", b'<input type="password">', False),
    ],
)
def test_what_wants_a_person(status: int, location: str, body: bytes, wanted: bool) -> None:
    reply = Reply(status=status, headers=(("Location", location),) if location else (), body=body)
    assert (wants_a_person(reply) is not None) is wanted
