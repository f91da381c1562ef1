"""A server's first flight from untrusted bytes."""

import ssl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxycheck.catalogue.client_hellos import load_client_hello
from proxycheck.wire.tls.alerts import Alert
from proxycheck.wire.tls.client_hello import client_hello
from proxycheck.wire.tls.flight import MOST_BYTES, ServerFlight
from proxycheck.wire.tls.records import vector
from tests.support.chains import authority, leaf, rsa_key
from tests.support.tls_servers import answer, server

_ROOT = authority("Root")
_LEAF = leaf(_ROOT, "www.example")
_HELLO = client_hello(load_client_hello("android-7.0"), "www.example", bytes(32)).data
_MODERN = client_hello(load_client_hello("modern"), "www.example", bytes(32)).data
_ANSWER = answer(server(_LEAF, _ROOT), _HELLO)
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")


def _flight(*parts: bytes) -> ServerFlight:
    flight = ServerFlight()
    for part in parts:
        flight.feed(part)
    return flight


def _record(content: bytes, kind: int = 22) -> bytes:
    return bytes([kind, 3, 3]) + vector(2, content)


def _message(number: int, body: bytes) -> bytes:
    return bytes([number]) + vector(3, body)


def _server_hello(extensions: bytes = b"", version: bytes = b"\x03\x03", random: bytes = bytes(32)) -> bytes:
    return _message(2, version + random + vector(1, b"") + b"\xc0\x2f\x00" + extensions)


def _facts(flight: ServerFlight) -> tuple[object, ...]:
    return (flight.kind, flight.hello, flight.certificates, flight.key_exchange, flight.head, flight.received)


def test_a_complete_flight() -> None:
    flight = _flight(_ANSWER)
    assert flight.finished
    assert (flight.kind, flight.problem, flight.alert) == ("complete", None, None)
    assert flight.certificates == (_LEAF.der, _ROOT.der)
    assert flight.head == _ANSWER
    assert flight.hello is not None
    assert (flight.hello.version_name, flight.hello.suite, flight.hello.retry) == ("TLSv1.2", 0xC02C, False)
    assert 0xFF01 in flight.hello.extensions
    assert flight.key_exchange is not None
    assert flight.ocsp_response is None


def test_byte_by_byte_and_cut_anywhere() -> None:
    whole = _facts(_flight(_ANSWER))
    assert _facts(_flight(*(_ANSWER[at : at + 1] for at in range(len(_ANSWER))))) == whole
    for at in range(1, len(_ANSWER)):
        assert _flight(_ANSWER[:at]).kind == "incomplete"
        assert _facts(_flight(_ANSWER[:at], b"", _ANSWER[at:])) == whole


def test_messages_do_not_keep_to_records() -> None:
    handshake = b""
    rest = _ANSWER
    while rest:
        size = int.from_bytes(rest[3:5], "big")
        handshake, rest = handshake + rest[5 : 5 + size], rest[5 + size :]
    together = _flight(_record(handshake))
    apart = _flight(*(_record(handshake[at : at + 7]) for at in range(0, len(handshake), 7)))
    assert together.kind == apart.kind == "complete"
    assert together.certificates == apart.certificates == (_LEAF.der, _ROOT.der)


@pytest.mark.parametrize("trailing", [b"\x00", b"GET / HTTP/1.1", _ANSWER, _record(b"\x02\x28", 21)], ids=range(4))
def test_what_follows_the_flight_is_counted_and_ignored(trailing: bytes) -> None:
    flight = _flight(_ANSWER + trailing, trailing)
    assert (flight.kind, flight.alert) == ("complete", None)
    assert flight.certificates == (_LEAF.der, _ROOT.der)
    assert flight.received == len(_ANSWER) + 2 * len(trailing)


def test_tls_13_ends_at_server_hello() -> None:
    whole = answer(server(_LEAF, newest=ssl.TLSVersion.TLSv1_3), _MODERN)
    for flight in (_flight(whole), _flight(*(whole[at : at + 1] for at in range(len(whole))))):
        assert flight.kind == "tls-1.3"
        assert flight.hello is not None
        assert (flight.hello.version, flight.hello.session_id_length) == (0x0304, 32)
        assert set(flight.hello.extensions) == {43, 51}
        assert flight.certificates == ()


def test_a_request_for_another_key_share() -> None:
    chosen = vector(2, b"\x00\x2b" + vector(2, b"\x03\x04") + b"\x00\x33" + vector(2, b"\x00\x17"))
    flight = _flight(_record(_server_hello(chosen, random=_RETRY)))
    assert flight.kind == "hello-retry"
    assert flight.hello is not None
    assert flight.hello.retry


def test_a_refusal_is_an_alert() -> None:
    rsa_only = server(leaf(_ROOT, "www.example", key=rsa_key()), newest=ssl.TLSVersion.TLSv1_3)
    rsa_only.minimum_version = ssl.TLSVersion.TLSv1_3
    flight = _flight(answer(rsa_only, _HELLO))
    assert (flight.kind, flight.hello) == ("alert", None)
    assert flight.alert is not None
    assert flight.alert.name == "protocol_version"


def test_a_warning_does_not_end_the_flight() -> None:
    flight = _flight(_record(b"\x01\x70", 21) + _ANSWER)
    assert flight.kind == "complete"
    assert flight.alert == Alert(1, 112)
    assert flight.alert.name == "unrecognized_name"


def test_closing_ends_it_even_as_a_warning() -> None:
    assert _flight(_record(b"\x01\x00", 21)).kind == "alert"
    assert Alert(2, 99).name == "alert 99"


def test_a_stapled_response_is_kept() -> None:
    staple = _message(22, b"\x01" + vector(3, b"response"))
    flight = _flight(_record(_server_hello() + _message(11, vector(3, b"")) + staple + _message(14, b"")))
    assert (flight.kind, flight.ocsp_response, flight.certificates) == ("complete", b"response", ())


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 403 Forbidden\r\nServer: x\r\n\r\n<html>",
        b"http/1.0 200 ok\r\n",
        b"\r\nHTTP/1.1 400 Bad Request\r\n",
        b"<html><body>Blocked</body></html>",
        b"<!doctype html>",
    ],
)
def test_a_web_reply_is_told_from_tls(reply: bytes) -> None:
    assert _flight(reply).kind == "http"
    assert _flight(*(reply[at : at + 1] for at in range(len(reply)))).kind == "http"
    assert _flight(reply).head == reply


@pytest.mark.parametrize("reply", [b"SSH-2.0-OpenSSH_9.2\r\n", b"\x00" * 20, b"\x80\x2e\x01", b"\x16\x01\x00\x00\x05"])
def test_other_bytes_are_told_from_tls(reply: bytes) -> None:
    flight = _flight(reply)
    assert (flight.kind, flight.problem) == ("not-tls", None)
    assert _flight(*(reply[at : at + 1] for at in range(len(reply)))).kind == "not-tls"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (_record(bytes(18433)), "longer than TLS allows"),
        (b"\x16\x03\x03\xff\xff", "longer than TLS allows"),
        (_record(b""), "empty handshake record"),
        (_record(_message(11, b"")), "before ServerHello"),
        (_record(_message(14, b"")), "before ServerHello"),
        (_record(b"\x02\xff\xff\xff"), "a handshake message of"),
        (_record(_message(2, b"")), "ServerHello ends"),
        (_record(_server_hello(version=b"\x02\x00")), "version 0x0200"),
        (_record(_server_hello(b"\x00")), "ServerHello ends"),
        (_record(_server_hello(b"\x00\x05\x00")), "ServerHello ends"),
        (_record(_server_hello(vector(2, b"\x00\x17\x00\x00") + b"\x00")), "1 bytes too many"),
        (_record(_server_hello(vector(2, b"\x00\x17\x00\x00" * 2))), "extension 23 twice"),
        (_record(_server_hello(vector(2, b"\x00\x10" + vector(2, b"\x00\x03\x09h")))), "ALPN"),
        (_record(_server_hello() + _server_hello()), "message 2 where none is due"),
        (_record(_server_hello() + _message(11, b"\x00\x00\x09")), "Certificate ends"),
        (_record(_server_hello() + _message(11, vector(3, b"\x00\x00\x05abc"))), "certificate list ends"),
        (_record(_server_hello() + _message(11, vector(3, b"") + b"\x00")), "1 bytes too many"),
        (_record(_server_hello() + _message(22, b"\x02" + vector(3, b""))), "unknown type 2"),
        (_record(_server_hello() + _message(20, b"")), "message 20 where none is due"),
        (_record(_server_hello()) + _record(b"\x01", 20), "record of type 20"),
        (_record(_server_hello()) + _record(b"x", 23), "record of type 23"),
        (_record(_server_hello()) + b"HTTP/1.1 ", "no TLS record has type 72"),
        (_record(_server_hello()) + b"\x16\x01", "no TLS record has major version 1"),
        (_record(b"\x02", 21), "an alert of 1 bytes"),
        (_record(b"\x01\x70" * 3, 21), "an alert of 6 bytes"),
    ],
)
def test_broken_tls_is_malformed_with_a_reason(data: bytes, problem: str) -> None:
    flight = _flight(data)
    assert flight.kind == "malformed"
    assert flight.problem is not None
    assert problem in flight.problem
    assert _flight(*(data[at : at + 1] for at in range(len(data)))).problem == flight.problem


def test_an_endless_server_is_stopped() -> None:
    warning = _record(b"\x01\x70", 21)
    enough = MOST_BYTES // len(warning)
    assert _flight(warning * enough).kind == "incomplete"
    assert _flight(warning * enough, warning).kind == "malformed"


@given(data=st.binary(max_size=200), prefix=st.sampled_from([b"", b"\x16\x03\x03", _ANSWER[:20], _ANSWER[:90]]))
def test_no_bytes_make_it_raise(data: bytes, prefix: bytes) -> None:
    whole = _flight(prefix + data)
    cut = _flight(*((prefix + data)[at : at + 1] for at in range(len(prefix + data))))
    assert _facts(whole) == _facts(cut)
    assert len(whole.head) == whole.received


@given(at=st.integers(0, len(_ANSWER) - 1), octet=st.integers(0, 255))
def test_no_changed_byte_makes_it_raise(at: int, octet: int) -> None:
    flight = _flight(_ANSWER[:at] + bytes([octet]) + _ANSWER[at + 1 :])
    assert flight.received == len(_ANSWER)
