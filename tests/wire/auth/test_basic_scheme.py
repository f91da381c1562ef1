"""Basic against the examples of RFC 7617, and with the passwords people have."""

import base64

import pytest

from proxycheck.model.target import Credentials, Target
from proxycheck.wire.auth.basic import Basic, BasicEncoding
from proxycheck.wire.auth.scheme import Unanswerable

TARGET = Target("example.com", 443)


def answer(username: str, password: str, encoding: BasicEncoding = "iso-8859-1") -> str | Unanswerable:
    return Basic(Credentials(username, password), encoding).answer(None, TARGET)


def test_examples_of_the_rfc() -> None:
    assert answer("Aladdin", "open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="  # section 2
    assert answer("test", "123\u00a3", "utf-8") == "Basic dGVzdDoxMjPCow=="  # section 2.1


@pytest.mark.parametrize("password", ["", ":", "a:b", "p@ss", "50%", 'say "x"', "with space", "\u00fc", "x" * 200])
def test_the_proxy_reads_back_what_was_given(password: str) -> None:
    value = answer("D\\user@example.com", password)
    assert isinstance(value, str)
    scheme, _, encoded = value.partition(" ")
    assert scheme == "Basic"
    assert base64.b64decode(encoded, validate=True) == f"D\\user@example.com:{password}".encode("latin-1")


def test_what_basic_cannot_carry_is_not_sent() -> None:
    colon = answer("a:b", "secret")
    assert isinstance(colon, Unanswerable)
    assert colon.reason == "colon-in-username"
    euro = answer("user", "\u20acsecret")
    assert isinstance(euro, Unanswerable)
    assert euro.reason == "not-in-encoding"
    assert "secret" not in colon.detail + euro.detail
    assert isinstance(answer("user", "\u20acsecret", "utf-8"), str)
    assert isinstance(answer("user", "\udcff", "utf-8"), Unanswerable)
