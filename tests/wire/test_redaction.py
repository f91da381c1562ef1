"""No form of a secret survives, and what is no secret does."""

import base64
import html
import json
import time
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from proxycheck.model.target import Credentials
from proxycheck.wire.secrets.redaction import REDACTED, Redactor

MARK = REDACTED.encode()
PASSWORDS = [
    "secret-word",
    "a:b@c%d",
    'say "hi" <b>&amp;',
    "with two spaces",
    "back\\slash\\u0041",
    "gr\u00fcn\u00e9",
    "\u20acuro\u2713",
    "\U0001f511key",
    "x" * 200,
    "50%25+1/2",
    "?????>>>>",
    "four",
]


def full_percent(data: bytes, upper: bool) -> bytes:
    return "".join(f"%{byte:02{'X' if upper else 'x'}}" for byte in data).encode()


def forms(username: str, password: str) -> dict[str, bytes]:
    """Every form a proxy may show a password in, made by other code than the one that finds them."""
    utf8 = password.encode()
    pair = f"{username}:{password}"
    found = {
        "utf-8": utf8,
        "base64": base64.b64encode(pair.encode()),
        "base64 unpadded": base64.b64encode(pair.encode()).rstrip(b"="),
        "base64 url": base64.urlsafe_b64encode(pair.encode()),
        "base64 percent": quote(base64.b64encode(pair.encode()), safe="").encode(),
        "percent minimal": quote(password, safe="!*'();:@&=+$,/?#[]~ ").encode(),
        "percent component": quote(password, safe="").encode(),
        "percent form": quote_plus(password).encode(),
        "percent upper": full_percent(utf8, upper=True),
        "percent lower": full_percent(utf8, upper=False),
        "percent pair": quote(pair, safe="").encode(),
        "html": html.escape(password).encode(),
        "html decimal": "".join(f"&#{ord(letter)};" for letter in password).encode(),
        "html hexadecimal": "".join(f"&#x{ord(letter):X};" for letter in password).encode(),
        "html ascii": html.escape(password).encode("ascii", "xmlcharrefreplace"),
        "json": json.dumps(password)[1:-1].encode(),
        "json utf-8": json.dumps(password, ensure_ascii=False)[1:-1].encode(),
        "json slashes": json.dumps(password)[1:-1].replace("/", "\\/").encode(),
        "javascript": json.dumps(password)[1:-1].replace("<", "\\x3c").replace("&", "\\u0026").encode(),
    }
    if all(ord(letter) < 0x100 for letter in password):
        latin = password.encode("latin-1")
        found |= {
            "latin-1": latin,
            "latin-1 percent": full_percent(latin, upper=False),
            "latin-1 html": html.escape(password).encode("latin-1"),
            "percent u": "".join(f"%u{ord(letter):04x}" for letter in password).encode(),
        }
    if all(ord(letter) < 0x100 for letter in pair):
        found["latin-1 base64"] = base64.b64encode(pair.encode("latin-1"))
    return found


@pytest.mark.parametrize("password", PASSWORDS)
@pytest.mark.parametrize("around", [(b"", b""), (b"before ", b" after"), (b'<p title="', b'">\r\n'), (b"=", b"&x=1")])
def test_every_form_is_removed(password: str, around: tuple[bytes, bytes]) -> None:
    redactor = Redactor(Credentials("user", password))
    for name, form in forms("user", password).items():
        cleaned = redactor.clean(around[0] + form + around[1])
        assert form not in cleaned, name
        assert password.encode() not in cleaned, name
        assert cleaned.startswith(around[0].removesuffix(b"=")), name
        assert MARK in cleaned, name
        if not name.startswith("base64"):
            assert cleaned.endswith(around[1]), name
            assert len(cleaned) <= len(around[0]) + len(around[1]) + len(MARK) + len("user%3A"), name


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=30).filter(
        lambda password: password not in REDACTED and REDACTED not in password
    ),
)
def test_every_form_of_any_password_is_removed(username: str, password: str) -> None:
    redactor = Redactor(Credentials(username, password))
    for name, form in forms(username, password).items():
        cleaned = redactor.clean(b"\n" + form + b"\n")
        assert form not in cleaned.replace(MARK, b""), name


@pytest.mark.parametrize("prefix", ["", "D", "DO", "CORP\\", "a@b.c", "\u00fc"])
def test_the_pair_with_another_user_name_is_removed(prefix: str) -> None:
    redactor = Redactor(Credentials("user", "secret-word"))
    other = base64.b64encode(f"{prefix}user:secret-word".encode())
    assert redactor.clean(b"was: " + other + b".") == b"was: " + MARK + b"."


def test_further_credentials_are_removed_too() -> None:
    redactor = Redactor(Credentials("user", "secret-word"), [Credentials("D\\user", "abc")])
    short = base64.b64encode(b"D\\user:abc")
    assert redactor.clean(b"secret-word " + short) == MARK + b" " + MARK


@pytest.mark.parametrize("password", ["", "x", "ab", "abc"])
def test_short_passwords_go_where_they_mean_something(password: str) -> None:
    redactor = Redactor(Credentials("user", password))
    pair = base64.b64encode(f"user:{password}".encode())
    assert redactor.clean(b"GET /abc HTTP/1.1 x " + pair) == b"GET /abc HTTP/1.1 x " + MARK
    sent = b"Proxy-Authorization: Basic " + pair + b"\r\n"
    assert redactor.clean(sent) == b"Proxy-Authorization: Basic " + MARK + b"\r\n"
    if password:
        assert redactor.clean(f"http://user:{password}@h/".encode()) == b"http://" + MARK + b"@h/"
        assert redactor.clean(f"?p=user%3A{password}&x".encode()) == b"?p=" + MARK + b"&x"


def test_a_tiny_pair_is_only_a_word_of_its_own() -> None:
    redactor = Redactor(Credentials("a", "b"))
    assert redactor.clean(b"YTpi xYTpi YTpiz 'YTpi'") == MARK + b" xYTpi YTpiz '" + MARK + b"'"


HEADERS = [
    (b"Proxy-Authorization: Basic dXNlcjpwYXNz", b"Proxy-Authorization: Basic <redacted>"),
    (b"proxy-authorization:basic  dXNlcjpwYXNz", b"proxy-authorization:basic  <redacted>"),
    (b"Proxy-Authorization : Basic dXNl", b"Proxy-Authorization : Basic <redacted>"),
    (b"Authorization: opaque value", b"Authorization: <redacted>"),
    (b"Authorization: Bearer abc.def", b"Authorization: Bearer <redacted>"),
    (b'Proxy-Authorization: Digest username="u", response="x"', b"Proxy-Authorization: Digest <redacted>"),
    (b"Proxy-Authorization: Basic\r\n dXNlcjpwYXNz", b"Proxy-Authorization: <redacted>"),
    (b"Proxy-Authorization: NTLM TlRMTVNTUAABAAAA", b"Proxy-Authorization: NTLM <redacted>"),
    (b"Proxy-Authorization: ", b"Proxy-Authorization: "),
    (b"Cookie: a=<b>; c=d", b"Cookie: <redacted>"),
    (b"Set-Cookie: sid=1; Path=/", b"Set-Cookie: <redacted>"),
    (b"Set-Cookie2: sid=1", b"Set-Cookie2: <redacted>"),
    (b'Proxy-Authentication-Info: rspauth="00", nextnonce="n"', b"Proxy-Authentication-Info: <redacted>"),
    (b"Authentication-Info: x", b"Authentication-Info: <redacted>"),
    (b"X-Auth-Token: t", b"X-Auth-Token: <redacted>"),
    (b"X-Auth: t", b"X-Auth: <redacted>"),
]
UNTOUCHED = [
    b"",
    b"HTTP/1.1 407 Proxy Authentication Required",
    b'Proxy-Authenticate: Basic realm="Squid proxy-caching web server"',
    b'Proxy-Authenticate: Digest realm="r", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", qop="auth"',
    b"Proxy-Authenticate: Negotiate, NTLM",
    b"Access-Control-Allow-Headers: Authorization, Cookie",
    b"Vary: Cookie\r\n\r\n<html><head><title>Access denied",
    b"X-Author: me",
    b"<p>NTLM authentication or Negotiate authentication/authorization is required</p>",
    b"<p>Please allow cookies. Your cookie settings, Basic authentication, authorization failed</p>",
    b"the response=ok",
    bytes(range(256)),
]
ECHOES = [
    (
        b"<td>Proxy-Authorization</td><td>Basic dXNl</td></tr>",
        b"<td>Proxy-Authorization</td><td>Basic <redacted></td></tr>",
    ),
    (b"<b>Cookie:</b> a=b<br>Via: x", b"<b>Cookie:</b> <redacted><br>Via: x"),
    (b"<td>Cookie</td>\r\n <td class='v'>a=b</td>", b"<td>Cookie</td>\r\n <td class='v'><redacted></td>"),
    (b'{"Authorization": "Bearer a\\"b", "Via": "x"}', b'{"Authorization": "Bearer <redacted>", "Via": "x"}'),
    (b"{'X-Auth-Token': 'a', 'Via': 'x'}", b"{'X-Auth-Token': '<redacted>', 'Via': 'x'}"),
    (b"you sent Proxy-Authorization: Basic dXNl<br>", b"you sent Proxy-Authorization: Basic <redacted><br>"),
    (b"HTTP_COOKIE=a=b\nHTTP_VIA=x", b"HTTP_COOKIE=<redacted>\nHTTP_VIA=x"),
    (b"HTTP_PROXY_AUTHORIZATION => Basic dXNl", b"HTTP_PROXY_AUTHORIZATION => Basic <redacted>"),
    (b"&quot;Cookie&quot;: &quot;a=b&quot;", b"&quot;Cookie&quot;: &quot;<redacted>"),
    (
        b"<pre>CONNECT a:443 HTTP/1.1\nCookie: a=b\nVia: x</pre>",
        b"<pre>CONNECT a:443 HTTP/1.1\nCookie: <redacted>\nVia: x</pre>",
    ),
    (b"response=&quot;" + b"0af1" * 8 + b"&quot;, nc=1", b"response=&quot;<redacted>&quot;, nc=1"),
    (b'cnonce="Zm9v+/=", qop', b'cnonce="<redacted>", qop'),
    (b"response%3D%22" + b"0AF1" * 16 + b"%22", b"response%3D%22<redacted>%22"),
]
BLOB = base64.b64encode(b"NTLMSSP\0\x02\0\0\0" + bytes(100))
BLOBS = [
    (b"Proxy-Authenticate: NTLM " + BLOB + b"\r\n", b"Proxy-Authenticate: NTLM <redacted> (%d characters)\r\n"),
    (
        b"Proxy-Authenticate: negotiate  " + BLOB + b', Basic realm="x"',
        b'Proxy-Authenticate: negotiate  <redacted> (%d characters), Basic realm="x"',
    ),
    (b"token " + BLOB + b" seen", b"token <redacted> (%d characters) seen"),
]


@pytest.mark.parametrize(("data", "expected"), HEADERS)
@pytest.mark.parametrize("known", [True, False])
def test_header_values_are_removed(data: bytes, expected: bytes, known: bool) -> None:
    redactor = Redactor(Credentials("user", "secret-word") if known else None)
    head, tail = b"HTTP/1.1 200 OK\r\n", b"\r\nVia: x\r\n\r\n"
    assert redactor.clean(data + tail) == expected + tail
    assert redactor.clean(head + data + tail) == head + expected + tail
    assert redactor.clean(head + data) == head + expected


@pytest.mark.parametrize("data", UNTOUCHED)
def test_what_is_no_secret_stays(data: bytes) -> None:
    assert Redactor(Credentials("user", "secret-word")).clean(data) == data


@pytest.mark.parametrize(("data", "expected"), ECHOES)
def test_echoed_fields_are_removed(data: bytes, expected: bytes) -> None:
    assert Redactor(None).clean(data) == expected


@pytest.mark.parametrize(("data", "expected"), BLOBS)
def test_of_tokens_the_length_stays(data: bytes, expected: bytes) -> None:
    assert Redactor(None).clean(data) == expected % len(BLOB)


def test_spnego_tokens_are_tokens() -> None:
    token = base64.b64encode(bytes.fromhex("6048") + bytes(range(70)))
    assert Redactor(None).clean(b"Proxy-Authenticate: Negotiate " + token).endswith(b"<redacted> (96 characters)")


WORDS = st.sampled_from(
    [
        *(
            b"Proxy-Authorization",
            b"Cookie",
            b"X-Auth-Token",
            b"NTLM ",
            b"Negotiate ",
            b"Basic ",
            b"cnonce=",
            b"response=",
        ),
        *(
            b"<redacted>",
            b"<redacted> (12 characters)",
            b"<",
            b">",
            b"\r\n",
            b"\n ",
            b": ",
            b"=",
            b'"',
            b"\\",
            b"%",
            b"&",
            b";",
        ),
        *(
            b"\\u0061",
            b"%61",
            b"&#97;",
            b"&amp;",
            b"aaa",
            b"aaaa",
            b"bcde",
            b"characters",
            b"redacted",
            BLOB,
            b"0af1" * 8,
        ),
        *(b"<td>", b"</td>", b"dXNlcjphYWFh", b"dXNlcjpiY2Rl", b" ", b"+", b"\xfc", b"\xc3\xbc"),
    ]
)
SECRETS = [
    "aaaa",
    "bcde",
    "aaa\\",
    "redacted",
    "acted> (1",
    "characters",
    "Cookie",
    "Basic",
    "NTLM",
    "u0061",
    "&amp;a",
    "aa aa",
    "",
    "a",
]


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(SECRETS) | st.text(max_size=8), st.lists(WORDS | st.binary(max_size=6), max_size=14).map(b"".join)
)
@example("aaa\\", b"aaa\\\\u0061aa\\")
def test_cleaning_twice_changes_nothing(password: str, data: bytes) -> None:
    redactor = Redactor(Credentials("user", password))
    once = redactor.clean(data)
    assert redactor.clean(once) == once


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=6), st.text(max_size=8), st.binary(max_size=300))
def test_never_fails(username: str, password: str, data: bytes) -> None:
    assert isinstance(Redactor(Credentials(username, password)).clean(data), bytes)


def test_a_password_that_has_no_encoding_does_not_stop_the_others() -> None:
    redactor = Redactor(Credentials("user", "\udcff\udcfexy"))
    assert redactor.clean(b"Cookie: a") == b"Cookie: <redacted>"


SIZE = 131072
HOSTILE = [
    b"a", b"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", b"%61", b"&#97;", b"\\u0061", b"\\", b"&", b"%", b"+", b"A",
    b"Cookie", b"Cookie:", b"Cookie ", b"Cookie</a", b"Cookie<a>", b"Cookie</a><a", b"Cookie\n", b"Cookie:\n ",
    b'"Cookie":"\\', b"x-auth-", b"HTTP_", b"cnonce=", b'cnonce="', b"response=0", b"NTLM ", b"NTLM a",
    b"TlRMTVNTU", b"<redacted>", b"<", b"\n ", b"dXNlcjph", b"YWFh",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
@pytest.mark.parametrize("password", ["a" * 40 + "b", "a" * 6, "\\" * 40 + "x y", "%&+\\\u00fc" * 8])
@pytest.mark.slow
def test_hostile_bytes_take_linear_time(password: str, unit: bytes) -> None:
    redactor = Redactor(Credentials("user", password))
    data = b"Cookie" + unit * (SIZE // len(unit))
    begin = time.process_time()
    redactor.clean(data)
    assert time.process_time() - begin < 1.0
