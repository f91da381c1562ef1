"""Refusals that mean credentials, and answers that want a person."""

import pytest

from proxycheck.wire.auth.refusal import means_credentials, wants_a_person
from proxycheck.wire.reply import Reply


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
