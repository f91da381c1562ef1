"""NTLM and Negotiate against pyspnego's acceptor, and the NTLM proof against MS-NLMP itself."""

import base64
import hashlib
import hmac
import socket
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import spnego
from hypothesis import given, settings
from hypothesis import strategies as st

from proxycheck.model.target import Credentials, Target
from proxycheck.wire.auth.challenge import Challenge
from proxycheck.wire.auth.challenges import read_challenges
from proxycheck.wire.auth.negotiate import Negotiate
from proxycheck.wire.auth.ntlm import Ntlm
from proxycheck.wire.auth.scheme import Scheme, Unanswerable

TARGET = Target("example.com", 443)
PROXY = "proxy.example"
OPENERS: dict[str, Callable[[Credentials, str], Scheme]] = {"NTLM": Ntlm, "Negotiate": Negotiate}
# MS-NLMP section 4.2.2.1.2: the NT hash of "Password"
NT_HASH_OF_PASSWORD = bytes.fromhex("a4f49c406510bdcab6824ee7c30fd852")


def challenge(value: str) -> Challenge:
    return read_challenges([(b"Proxy-Authenticate", value.encode("latin-1"))])[0]


def token(value: str | Unanswerable, spelling: str) -> bytes:
    assert isinstance(value, str), value
    scheme, _, encoded = value.partition(" ")
    assert scheme == spelling
    return base64.b64decode(encoded, validate=True)


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, str], None]:
    """Makes an account that the acceptor knows: domain, user, password."""

    def create(domain: str, user: str, password: str) -> None:
        file = tmp_path / "accounts"
        file.write_text(f"{domain}:{user}:{password}\n", encoding="utf-8")
        monkeypatch.setenv("NTLM_USER_FILE", str(file))

    return create


def accepted(spelling: str, credentials: Credentials) -> bool:
    """Runs the three messages between our client and the acceptor."""
    acceptor = spnego.server(protocol=spelling.lower(), options=spnego.NegotiateOptions.use_negotiate)
    if spelling == "NTLM":
        acceptor = spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
    scheme = OPENERS[spelling](credentials, PROXY)
    assert scheme.per_connection
    second = acceptor.step(token(scheme.answer(challenge(spelling), TARGET), spelling))
    assert second is not None
    again = challenge(f"{spelling} {base64.b64encode(second).decode()}")
    third = token(scheme.answer(again, TARGET), spelling)
    try:
        acceptor.step(third)
    except spnego.exceptions.SpnegoError:
        return False
    return acceptor.complete


ACCOUNTS = [
    ("", "user", "Password", "user"),
    ("CORP", "user", "Password", "CORP\\user"),
    ("", "user@corp.example", "Password", "user@corp.example"),
    ("", "user", 'p@%" ss', "user"),
    ("", "J\u00f6rg", "gr\u00fcn\u20ac", "J\u00f6rg"),
    ("", "user", "x" * 200, "user"),
    ("", "user", "A" * 32, "user"),
    ("", "user", "", "user"),
]


@pytest.mark.parametrize("spelling", ["NTLM", "Negotiate"])
@pytest.mark.parametrize(("domain", "user", "password", "given_name"), ACCOUNTS)
def test_right_credentials_are_accepted(
    account: Callable[[str, str, str], None], spelling: str, domain: str, user: str, password: str, given_name: str
) -> None:
    account(domain, user, password)
    assert accepted(spelling, Credentials(given_name, password))


@pytest.mark.parametrize("spelling", ["NTLM", "Negotiate"])
def test_a_wrong_password_is_not_accepted(account: Callable[[str, str, str], None], spelling: str) -> None:
    account("", "user", "Password")
    assert not accepted(spelling, Credentials("user", "password"))


def field(message: bytes, at: int) -> bytes:
    """A length, maximum and offset triple of MS-NLMP section 2.2.1.3, followed."""
    length, _, offset = struct.unpack_from("<HHI", message, at)
    return message[offset : offset + length]


def type_2(server_challenge: bytes) -> bytes:
    """CHALLENGE_MESSAGE (MS-NLMP section 2.2.1.2) with Unicode, NTLM, extended session security, target info."""
    info = struct.pack("<HH", 2, 8) + "CORP".encode("utf-16-le") + struct.pack("<HH", 0, 0)
    name = "CORP".encode("utf-16-le")
    head = b"NTLMSSP\0" + struct.pack("<IHHI", 2, len(name), len(name), 56)
    head += struct.pack("<I", 0x00890205) + server_challenge + b"\0" * 8
    return head + struct.pack("<HHI", len(info), len(info), 56 + len(name)) + b"\0" * 8 + name + info


def test_the_proof_is_that_of_ms_nlmp() -> None:
    scheme = Ntlm(Credentials("CORP\\User", "Password"), PROXY)
    first = token(scheme.answer(None, TARGET), "NTLM")
    assert first[:12] == b"NTLMSSP\0\x01\0\0\0"
    assert b"Password" not in first
    asked = bytes.fromhex("0123456789abcdef")
    second = challenge("NTLM " + base64.b64encode(type_2(asked)).decode())
    third = token(scheme.answer(second, TARGET), "NTLM")
    assert third[:12] == b"NTLMSSP\0\x03\0\0\0"
    response, domain, user = field(third, 20), field(third, 28), field(third, 36)
    assert (domain.decode("utf-16-le"), user.decode("utf-16-le")) == ("CORP", "User")
    # section 3.3.2: NTOWFv2 and NTProofStr
    key = hmac.digest(NT_HASH_OF_PASSWORD, "USER".encode("utf-16-le") + domain, hashlib.md5)
    assert response[:16] == hmac.digest(key, asked + response[16:], hashlib.md5)


@pytest.mark.parametrize("spelling", ["NTLM", "Negotiate"])
def test_only_the_first_message_awaits_a_challenge(account: Callable[[str, str, str], None], spelling: str) -> None:
    account("", "user", "Password")
    scheme = OPENERS[spelling](Credentials("user", "Password"), PROXY)
    acceptor = spnego.server(protocol=spelling.lower(), options=spnego.NegotiateOptions.use_negotiate)
    waits = [scheme.awaits_challenge]
    second = acceptor.step(token(scheme.answer(None, TARGET), spelling)) or b""
    waits.append(scheme.awaits_challenge)
    scheme.answer(challenge(f"{spelling} {base64.b64encode(second).decode()}"), TARGET)
    assert [*waits, scheme.awaits_challenge] == [False, True, False]


@pytest.mark.parametrize("spelling", ["NTLM", "Negotiate"])
def test_after_the_proof_a_further_challenge_is_a_refusal(
    account: Callable[[str, str, str], None], spelling: str
) -> None:
    account("", "user", "Password")
    scheme = OPENERS[spelling](Credentials("user", "Password"), PROXY)
    acceptor = spnego.server(protocol=spelling.lower(), options=spnego.NegotiateOptions.use_negotiate)
    second = acceptor.step(token(scheme.answer(None, TARGET), spelling)) or b""
    scheme.answer(challenge(f"{spelling} {base64.b64encode(second).decode()}"), TARGET)
    refusal = scheme.answer(challenge(spelling), TARGET)
    assert isinstance(refusal, Unanswerable)
    assert refusal.reason == "already-answered"


@pytest.mark.parametrize("spelling", ["NTLM", "Negotiate"])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("", "no-token"),
        (" !!!!", "no-token"),
        (" abc", "malformed-challenge"),
        (" TlRMTVNTUAA=", "malformed-challenge"),
        (" TlRMTVNTUAACAAAA", "malformed-challenge"),
        (" <redacted> (312 characters)", "malformed-challenge"),
    ],
)
def test_a_second_message_that_cannot_be_used(spelling: str, value: str, reason: str) -> None:
    scheme = OPENERS[spelling](Credentials("user", "Password"), PROXY)
    scheme.answer(None, TARGET)
    refusal = scheme.answer(challenge(spelling + value), TARGET)
    assert isinstance(refusal, Unanswerable)
    assert refusal.reason == reason
    assert not scheme.awaits_challenge


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["NTLM", "Negotiate"]), st.binary(max_size=120), st.booleans())
def test_hostile_tokens_never_raise(spelling: str, data: bytes, signed: bool) -> None:
    scheme = OPENERS[spelling](Credentials("user", "Password"), PROXY)
    scheme.answer(None, TARGET)
    whole = b"NTLMSSP\0\x02\0\0\0" + data if signed else data
    answer = scheme.answer(challenge(f"{spelling} {base64.b64encode(whole).decode()}"), TARGET)
    assert isinstance(answer, str | Unanswerable)


@pytest.mark.parametrize("spelling", ["NTLM", "Negotiate"])
def test_an_environment_the_library_refuses_is_told(monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    monkeypatch.setenv("LM_COMPAT_LEVEL", "none")
    scheme = OPENERS[spelling](Credentials("user", "Password"), PROXY)
    refusal = scheme.answer(None, TARGET)
    assert isinstance(refusal, Unanswerable)
    assert refusal.reason == "no-context"
    assert not scheme.awaits_challenge


@pytest.mark.parametrize("spelling", ["NTLM", "Negotiate"])
def test_empty_and_odd_credentials_never_ask_a_file(monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    monkeypatch.setenv("NTLM_USER_FILE", "/dev/null")
    for credentials in (Credentials("", ""), Credentials("", "x"), Credentials("user", "\udcff")):
        scheme = OPENERS[spelling](credentials, PROXY)
        token(scheme.answer(None, TARGET), spelling)


@pytest.mark.parametrize("spelling", ["NTLM", "Negotiate"])
def test_nothing_touches_the_network(monkeypatch: pytest.MonkeyPatch, spelling: str) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was touched")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname", "gethostbyaddr", "getfqdn"):
        monkeypatch.setattr(socket, name, refuse)
    scheme = OPENERS[spelling](Credentials("user@CORP.EXAMPLE", "Password"), PROXY)
    token(scheme.answer(None, TARGET), spelling)
    second = base64.b64encode(type_2(bytes(8))).decode()
    token(scheme.answer(challenge(f"{spelling} {second}"), TARGET), spelling)


def test_negotiate_says_ntlm_without_wrapping() -> None:
    first = token(Negotiate(Credentials("user", "Password"), PROXY).answer(None, TARGET), "Negotiate")
    assert first[:12] == b"NTLMSSP\0\x01\0\0\0"
