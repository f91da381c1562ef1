"""Digest against the examples of the RFCs and against the answers of another implementation (requests)."""

import hashlib
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.auth import HTTPDigestAuth

from proxycheck.model.target import Credentials, Target
from proxycheck.wire.auth import digest
from proxycheck.wire.auth.challenge import Challenge
from proxycheck.wire.auth.challenges import read_challenges
from proxycheck.wire.auth.digest import Digest
from proxycheck.wire.auth.scheme import Unanswerable

TARGET = Target("example.com", 443)
MUFASA = Credentials("Mufasa", "Circle of Life")


class PathTarget(Target, frozen=True):
    """The examples ask for a path; the answer only ever sees `id`."""

    @property
    def id(self) -> str:
        return self.host


def challenge(parameters: str) -> Challenge:
    return read_challenges([(b"Proxy-Authenticate", b"Digest " + parameters.encode("latin-1"))])[0]


def fields(value: str | Unanswerable) -> dict[str, str]:
    assert isinstance(value, str), value
    return dict(read_challenges([(b"Proxy-Authenticate", value.encode("latin-1"))])[0].parameters)


def get_response(monkeypatch: pytest.MonkeyPatch, asked: str, credentials: Credentials, cnonce: str, path: str) -> str:
    """Our `response` for the `GET` of an example: CONNECT is the one word that differs."""
    compute = digest._Request.hash

    def as_get(self: digest._Request, *parts: bytes | str) -> str:
        return compute(self, *("GET" if part == "CONNECT" else part for part in parts))

    monkeypatch.setattr(digest._Request, "hash", as_get)
    return fields(Digest(credentials, cnonce).answer(challenge(asked), PathTarget(path, 0)))["response"]


RFC_7616_3_9_1 = (
    'realm="http-auth@example.org", qop="auth, auth-int", algorithm={}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_rfc_7616_section_3_9_1(monkeypatch: pytest.MonkeyPatch, algorithm: str, response: str) -> None:
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
    asked = RFC_7616_3_9_1.format(algorithm)
    assert get_response(monkeypatch, asked, MUFASA, cnonce, "/dir/index.html") == response


def test_rfc_2617_section_3_5(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 'realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    who = Credentials("Mufasa", "Circle Of Life")
    response = get_response(monkeypatch, asked, who, "0a4f113b", "/dir/index.html")
    assert response == "6629fae49393a05397450978507c4ef1"


@pytest.mark.skipif("sha512_256" not in hashlib.algorithms_available, reason="this OpenSSL has no SHA-512/256")
def test_rfc_7616_section_3_9_2_user_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    # The numbers the RFC prints here are cut from SHA-512, which is not the SHA-512/256 of FIPS 180-4 it names.
    asked = (
        'realm="api@example.org", qop="auth", algorithm=SHA-512-256, charset=UTF-8, userhash=true, '
        'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS"'
    )
    user, password, realm = "J\u00e4s\u00f8n Doe", "Secret, or not?", "api@example.org"

    def h(text: str) -> str:
        return hashlib.new("sha512_256", text.encode()).hexdigest()

    nonce, cnonce = "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", "NTg6RKcb9boFIAS3KrFK9BGeh+niz/sm"
    due = h(f"{h(f'{user}:{realm}:{password}')}:{nonce}:00000001:{cnonce}:auth:{h('GET:/doe.json')}")
    assert get_response(monkeypatch, asked, Credentials(user, password), cnonce, "/doe.json") == due
    told = fields(Digest(Credentials(user, password), cnonce).answer(challenge(asked), TARGET))
    assert told["username"] == h(f"{user}:{realm}")
    assert told["userhash"] == "true"


def foreign_header(who: Credentials, asked: Challenge) -> str:
    """What requests answers to the same challenge. It takes the request target from the path of a URL."""
    session: Any = HTTPDigestAuth(who.username, who.password)  # the stubs leave out how to use it without a socket
    session.init_per_thread_state()
    session._thread_local.chal = dict(asked.parameters)
    return str(session.build_digest_header("CONNECT", f"connect:{TARGET.id}"))


@pytest.mark.parametrize("algorithm", ["", ", algorithm=MD5", ", algorithm=MD5-SESS", ", algorithm=SHA-256"])
@pytest.mark.parametrize("qop", ["", ', qop="auth"', ', qop="auth-int,auth"', ", qop=auth"])
@pytest.mark.parametrize("opaque", ["", ', opaque="o=+/"'])
def test_answers_as_another_implementation_does(algorithm: str, qop: str, opaque: str) -> None:
    asked = challenge(f'realm="Squid proxy", nonce="MTIz+/=="{qop}{algorithm}{opaque}')
    if qop == ', qop="auth-int,auth"':
        asked = challenge(f'realm="Squid proxy", nonce="MTIz+/==", qop="auth,auth-int"{algorithm}{opaque}')
    who = Credentials("user", 'p:@%" \u00fc'.encode().decode("ascii", "ignore"))
    theirs = fields(foreign_header(who, asked))
    ours = fields(Digest(who, theirs.get("cnonce", "c0ffee")).answer(asked, TARGET))
    if "qop" not in theirs and "SESS" not in algorithm:
        assert "cnonce" not in ours
    if "SESS" in algorithm and "qop" not in theirs:
        return  # requests keeps to itself the cnonce it hashed
    assert ours == theirs


def test_a_session_key_needs_its_cnonce_told() -> None:
    told = fields(Digest(MUFASA, "c0ffee").answer(challenge('realm="r", nonce="n", algorithm=MD5-sess'), TARGET))
    assert told["cnonce"] == "c0ffee"
    assert "qop" not in told


@settings(max_examples=50)
@given(st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_utf8_credentials_as_another_implementation_has_them(username: str, password: str) -> None:
    who = Credentials(username, password)
    asked = challenge('realm="r", nonce="n", qop="auth", charset=UTF-8')
    theirs = re.search(r'response="(\w+)".*cnonce="(\w+)"', foreign_header(who, asked), re.DOTALL)
    assert theirs is not None
    ours = Digest(who, theirs.group(2)).answer(asked, TARGET)
    if any(ord(letter) < 0x20 or letter == "\x7f" for letter in username):
        assert isinstance(ours, Unanswerable)
    else:
        assert fields(ours)["response"] == theirs.group(1)


def test_the_count_goes_up_with_a_nonce_and_starts_again_with_the_next() -> None:
    scheme = Digest(MUFASA, "c0ffee")
    first = challenge('realm="r", nonce="one", qop="auth"')
    counts = [fields(scheme.answer(first, TARGET))["nc"], fields(scheme.answer(None, TARGET))["nc"]]
    counts.append(fields(scheme.answer(first, TARGET))["nc"])
    stale = challenge('realm="r", nonce="two", qop="auth", stale=TRUE')
    assert digest.is_stale(stale)
    assert not digest.is_stale(first)
    renewed = fields(scheme.answer(stale, TARGET))
    assert [*counts, renewed["nc"]] == ["00000001", "00000002", "00000003", "00000001"]
    assert renewed["nonce"] == "two"


def test_nextnonce_is_used_for_the_next_request_and_keeps_the_session_key() -> None:
    asked = challenge('realm="r", nonce="one", qop="auth", algorithm=MD5-sess')
    scheme = Digest(MUFASA, "c0ffee")
    scheme.answer(asked, TARGET)
    scheme.learn(b'nextnonce="two", qop=auth, rspauth="00"')
    told = fields(scheme.answer(None, TARGET))
    assert (told["nonce"], told["nc"]) == ("two", "00000001")

    def h(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    key = h(f"{h('Mufasa:r:Circle of Life')}:one:c0ffee")
    assert told["response"] == h(f"{key}:two:00000001:c0ffee:auth:{h(f'CONNECT:{TARGET.id}')}")


@pytest.mark.parametrize("info", [b"", b"nextnonce=", b'nextnonce="a\0b"', b'qop=auth, rspauth="00"', b"\xff" * 50])
def test_useless_information_changes_nothing(info: bytes) -> None:
    scheme = Digest(MUFASA, "c0ffee")
    scheme.learn(b'nextnonce="early"')
    scheme.answer(challenge('realm="r", nonce="one", qop="auth"'), TARGET)
    scheme.learn(info)
    assert fields(scheme.answer(None, TARGET))["nonce"] == "one"


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ('nonce="n"', "no-realm"),
        ('realm="r"', "no-nonce"),
        ('realm="r", nonce=""', "no-nonce"),
        ('realm="r", nonce="n", algorithm=SHA-1', "algorithm-unsupported"),
        ('realm="r", nonce="n", algorithm=-sess', "algorithm-unsupported"),
        ('realm="r", nonce="n", qop="other"', "qop-unsupported"),
        ('realm="r", nonce="n\r\n X: y"', "malformed-challenge"),
        ('realm="r\0", nonce="n"', "malformed-challenge"),
    ],
)
def test_what_cannot_be_answered_is_told(asked: str, reason: str) -> None:
    refusal = Digest(MUFASA, "c0ffee").answer(challenge(asked), TARGET)
    assert isinstance(refusal, Unanswerable)
    assert refusal.reason == reason


def test_it_cannot_speak_first() -> None:
    refusal = Digest(MUFASA, "c0ffee").answer(None, TARGET)
    assert isinstance(refusal, Unanswerable)
    assert refusal.reason == "no-challenge"


def test_latin_1_without_charset_and_utf_8_with_it() -> None:
    who = Credentials("J\u00f6rg", "gr\u00fcn")
    plain = fields(Digest(who, "c").answer(challenge('realm="r", nonce="n"'), TARGET))
    key = hashlib.md5("J\u00f6rg:r:gr\u00fcn".encode("latin-1"), usedforsecurity=False).hexdigest()
    told = hashlib.md5(f"CONNECT:{TARGET.id}".encode(), usedforsecurity=False).hexdigest()
    assert plain["response"] == hashlib.md5(f"{key}:n:{told}".encode(), usedforsecurity=False).hexdigest()
    assert plain["username"] == "J\u00f6rg"
    utf8 = fields(Digest(who, "c").answer(challenge('realm="r", nonce="n", charset="utf-8"'), TARGET))
    assert utf8["username*"] == "UTF-8''J%C3%B6rg"
    refusal = Digest(Credentials("\u20ac", "x"), "c").answer(challenge('realm="r", nonce="n"'), TARGET)
    assert isinstance(refusal, Unanswerable)
    assert refusal.reason == "not-in-encoding"


def test_quotes_and_backslashes_survive() -> None:
    asked = challenge('realm="a \\"b\\" \\\\", nonce="n\\"", opaque="\\\\"')
    told = fields(Digest(Credentials('D\\u"x', "p"), "c").answer(asked, TARGET))
    assert (told["realm"], told["nonce"], told["opaque"], told["username"]) == ('a "b" \\', 'n"', "\\", 'D\\u"x')


def test_auth_int_covers_the_empty_content_of_a_connect() -> None:
    told = fields(Digest(MUFASA, "c").answer(challenge('realm="r", nonce="n", qop="auth-int"'), TARGET))

    def h(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    due = h(f"{h('Mufasa:r:Circle of Life')}:n:00000001:c:auth-int:{h(f'CONNECT:{TARGET.id}:{h(str())}')}")
    assert (told["qop"], told["response"]) == ("auth-int", due)
