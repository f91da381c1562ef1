"""First words and what answers to them: SOCKS, banners, the head of DNS, the time."""

from datetime import UTC, datetime

import pytest

from proxycheck.wire.banners import service_of
from proxycheck.wire.dns_answer import read_head
from proxycheck.wire.http.date import read_date
from proxycheck.wire.sntp import read_time, time_request
from proxycheck.wire.socks import read_socks4, read_socks5, socks4_request, socks4a_request
from proxycheck.wire.tls.alerts import wants_other_protocol
from proxycheck.wire.tls.greeting import greeting_client


def test_socks_requests_byte_for_byte() -> None:
    assert socks4_request("10.77.0.1", 3128) == bytes.fromhex("04010c380a4d000100")
    assert socks4_request("fe80::1", 3128) is None
    assert socks4_request("proxy.example", 3128) is None
    assert socks4a_request("p.example", 80) == bytes.fromhex("04010050000000010070") + b".example\0"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"\x05\x00", "without authentication"),
        (b"\x05\x02", "with user name and password"),
        (b"\x05\x01", "with GSSAPI"),
        (b"\x05\xff", "and accepts neither anonymous clients nor a user name and password"),
        (b"\x05\x80", "with method 128"),
        (b"\x05", None),
        (b"", None),
        (b"HTTP/1.1 400", None),
    ],
)
def test_socks5_answers(answer: bytes, words: str | None) -> None:
    assert read_socks5(answer) == words


@pytest.mark.parametrize(
    ("answer", "granted"),
    [
        (b"\0\x5a" + bytes(6), True),
        (b"\0\x5b" + bytes(6), False),
        (b"\0\x5d" + bytes(6), False),
        (b"\0\x5a", None),
        (b"\x04\x5a" + bytes(6), None),
        (b"\0\x60" + bytes(6), None),
        (b"", None),
    ],
)
def test_socks4_answers(answer: bytes, granted: bool | None) -> None:
    assert read_socks4(answer) is granted


@pytest.mark.parametrize(
    ("banner", "service"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n", "SSH"),
        (b"220 mail.example ESMTP Postfix\r\n", "SMTP (mail)"),
        (b"220 (vsFTPd 3.0.3)\r\n", "FTP"),
        (b"220 ready\r\n", "SMTP or FTP"),
        (b"+OK Dovecot ready.\r\n", "POP3 (mail)"),
        (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", "IMAP (mail)"),
        (b"RFB 003.008\n", "VNC"),
        (b"J\x00\x00\x00\x0a8.0.36\x00", "MySQL"),
        (b"-ERR unknown command\r\n", "Redis"),
        (b"\xff\xfd\x18", "Telnet"),
        (b"HTTP/1.1 200 OK\r\n", None),
        (b"\x16\x03\x01", None),
        (b"", None),
    ],
)
def test_banners(banner: bytes, service: str | None) -> None:
    assert service_of(banner) == service


def test_the_head_of_a_dns_answer() -> None:
    assert read_head(bytes.fromhex("1234 8183 0001 0000 0000 0000".replace(" ", ""))) is not None
    head = read_head(bytes.fromhex("123483830001000300000000"))
    assert head is not None
    assert (head.rcode, head.code, head.truncated, head.answers) == (3, "NXDOMAIN", True, 3)
    assert read_head(bytes.fromhex("123401000001000000000000")) is None  # a query
    assert read_head(b"short") is None


_NONCE = b"12345678"


def _answer(first: int, stratum: int, seconds: int, fraction: int = 0) -> bytes:
    stamp = seconds.to_bytes(4, "big") + fraction.to_bytes(4, "big")
    return bytes((first, stratum)) + bytes(22) + _NONCE + bytes(8) + stamp


def test_the_time_as_it_is_told() -> None:
    assert len(time_request(_NONCE)) == 48
    assert time_request(_NONCE)[40:] == _NONCE
    told = read_time(_answer(0x24, 2, 3_976_214_400, 1 << 31), _NONCE)
    assert told is not None
    assert told.time == datetime(2026, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)
    after_2036 = read_time(_answer(0x24, 2, 86_400), _NONCE)
    assert after_2036 is not None
    assert after_2036.time == datetime(2036, 2, 8, 6, 28, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "time_told"),
    [
        (_answer(0xE4, 3, 3_976_214_400), False),  # not synchronised
        (_answer(0x24, 0, 3_976_214_400), False),  # kiss-o'-death
    ],
)
def test_a_server_that_tells_no_time(message: bytes, time_told: bool) -> None:
    answer = read_time(message, _NONCE)
    assert answer is not None
    assert (answer.time is not None) is time_told


_STRANGER = _answer(0x24, 2, 1).replace(_NONCE, b"87654321")


@pytest.mark.parametrize("message", [b"", bytes(47), _answer(0x23, 2, 1), _STRANGER])
def test_what_is_no_answer(message: bytes) -> None:
    assert read_time(message, _NONCE) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Wed, 04 Mar 2026 12:00:01 GMT", datetime(2026, 3, 4, 12, 0, 1, tzinfo=UTC)),
        (" Sun, 31 Dec 2028 23:59:60 GMT", datetime(2028, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Wednesday, 04-Mar-26 12:00:01 GMT", None),
        ("Wed, 31 Feb 2026 12:00:01 GMT", None),
        ("Wed, 04 Foo 2026 12:00:01 GMT", None),
        ("Wed, 04 Mar 2026 12:00:01 +0100", None),
        ("", None),
    ],
)
def test_the_moment_of_an_http_answer(text: str, moment: datetime | None) -> None:
    assert read_date(text) == moment


def test_the_dialect_of_a_tls_greeting_is_on_the_wire() -> None:
    assert b"\x02h2" in greeting_client("proxy.example", "h2").pending()
    assert b"\x08http/1.1" in greeting_client("proxy.example", "http/1.1").pending()
    assert wants_other_protocol("tlsv1 alert no application protocol")
    assert not wants_other_protocol("tlsv1 alert handshake failure")
    assert not wants_other_protocol(None)
