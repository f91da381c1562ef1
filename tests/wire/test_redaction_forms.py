"""A password written back in hexadecimal digits, in UTF-16, or percent-encoded more than once is found as well."""

import base64
from urllib.parse import quote

import pytest

from proxycheck.model.target import Credentials
from proxycheck.wire.secrets.redaction import REDACTED, Redactor

PASSWORD = "Gr%n+süß & 7\\"
PASSWORDS = ("correct-horse", PASSWORD, "p%2Fw d", "abcd", "пароль")


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("before", [b"", b"x", b"noise \xff "])
def test_no_form_is_left(password: str, before: bytes) -> None:
    forms = {
        "hex": password.encode().hex(),
        "HEX": password.encode().hex().upper(),
        "hex of the pair": f"clerk:{password}".encode().hex(),
        "hex of UTF-16": password.encode("utf-16-le").hex(),
        "twice": quote(quote(password, safe=""), safe=""),
        "thrice": quote(quote(quote(password, safe=""), safe=""), safe=""),
    }
    wide = {name: password.encode(name) for name in ("utf-16-le", "utf-16-be", "utf-16")}
    texts = [form.encode() for form in forms.values()] + list(wide.values())
    texts += [base64.b64encode(before + each) for each in wide.values()]
    for text in texts:
        if text == password.encode():
            continue
        cleaned = Redactor(Credentials("clerk", password)).clean(before + text + b" after")
        assert text not in cleaned
        assert REDACTED.encode() in cleaned, text


@pytest.mark.parametrize(
    ("said", "left"),
    [
        (b'return "PROXY user:geheim@h:8080";', b'return "PROXY <redacted>@h:8080";'),
        (b"SOCKS5  a:b@h:1; DIRECT", b"SOCKS5  <redacted>@h:1; DIRECT"),
        (b"Location: http://u:pw@h/x@y", b"Location: http://<redacted>@h/x@y"),
        (b"http://user@h/ and a:b@c and proxy of me:", b"http://user@h/ and a:b@c and proxy of me:"),
    ],
)
def test_user_and_password_in_front_of_a_host(said: bytes, left: bytes) -> None:
    assert Redactor(None).clean(said) == left
