"""What listens on the port: each kind of server is told as what it is, and no proxy as anything else."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509 import load_pem_x509_certificate
from OpenSSL import SSL

from tests.checks.checking import codes, report_on
from tests.checks.listening import Conversation, closed, listening
from tests.support.answers import OPEN

_GREETINGS = 65536


def answering(answer: Callable[[bytes], bytes | None]) -> Conversation:
    """A server that answers each message by itself; None is silence, an empty answer closes."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_GREETINGS):
            reply = answer(data)
            if reply is None:
                continue
            if not reply:
                return
            writer.write(reply)
            await writer.drain()

    return converse


def socks5(method: int) -> Conversation:
    """SOCKS 5 that chooses this method, and hangs up on whatever else is said."""
    return answering(lambda data: bytes((5, method)) if data[:1] == b"\x05" else b"")


def socks4(*, names: bool, grants: bool = True) -> Conversation:
    """SOCKS 4, with or without the extension 4A."""

    def answer(data: bytes) -> bytes:
        if data[:1] != b"\x04":
            return b""
        named = data[4:7] == b"\x00\x00\x00"
        return bytes((0, 0x5A if grants and (names or not named) else 0x5B)) + bytes(6)

    return answering(answer)


def banner(words: bytes) -> Conversation:
    """A server that speaks first and hangs up on what it does not understand."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await writer.drain()
        await reader.read(_GREETINGS)

    return converse


_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"


def http(connect: bytes, origin: bytes, absolute: bytes = _NOT_FOUND) -> Conversation:
    """An HTTP server: its answers to CONNECT, to origin form and to absolute form."""

    def answer(data: bytes) -> bytes:
        if data.startswith(b"CONNECT "):
            return connect
        if data.startswith(b"GET http://"):
            return absolute
        return origin if data.startswith(b"GET ") else b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"

    return answering(answer)


_NOT_ALLOWED = b"HTTP/1.1 405 Not Allowed\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n"
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
_PAGE = b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 2\r\n\r\nhi"
_NO_PAGE = b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n"
_PORTAL = b"HTTP/1.1 302 Found\r\nLocation: https://login.guest.example/\r\nContent-Length: 0\r\n\r\n"
_TO_TLS_PORT = b"HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("server", "code", "because"),
    [
        pytest.param(socks5(0), "setup.socks-only", "SOCKS 5, without authentication", id="socks5"),
        pytest.param(socks5(2), "setup.socks-only", "SOCKS 5, with user name and password", id="socks5-login"),
        pytest.param(socks5(1), "setup.socks-only", "SOCKS 5, with GSSAPI", id="socks5-gssapi"),
        pytest.param(socks5(255), "setup.socks-only", "neither anonymous clients", id="socks5-refusing"),
        pytest.param(socks4(names=False), "setup.socks-only", "the port speaks SOCKS 4", id="socks4"),
        pytest.param(socks4(names=True), "setup.socks-only", "the port speaks SOCKS 4 and 4A", id="socks4a"),
        pytest.param(
            socks4(names=True, grants=False), "setup.socks-only", "SOCKS 4 (a request for its own", id="socks4-refusing"
        ),
        pytest.param(banner(b"SSH-2.0-OpenSSH_9.2\r\n"), "proxy.not-a-proxy", "it speaks SSH", id="ssh"),
        pytest.param(banner(b"220 mail.example ESMTP\r\n"), "proxy.not-a-proxy", "it speaks SMTP (mail)", id="smtp"),
        pytest.param(banner(b"\x01\x02 hello\r\n"), "proxy.not-a-proxy", "it answers: \\x01\\x02 hello", id="unknown"),
        pytest.param(http(_NOT_ALLOWED, _PAGE), "proxy.not-a-proxy", "like a web server (200 OK", id="web-server"),
        pytest.param(http(_BAD_REQUEST, _NO_PAGE), "proxy.not-a-proxy", "(404 Not Found", id="reverse-proxy"),
        pytest.param(
            http(_BAD_REQUEST, _PORTAL, _PORTAL),
            "proxy.not-a-proxy",
            "redirecting to https://login.guest.example/",
            id="redirect-to-a-portal",
        ),
        pytest.param(http(_PORTAL, _PORTAL, _PORTAL), "connect.redirected", "login.guest.example", id="portal-for-all"),
        pytest.param(answering(lambda _: None), "proxy.silent", "not a single byte came", id="silence"),
    ],
)  # fmt: skip
def test_other_servers_are_told_as_what_they_are(server: Conversation, code: str, because: str) -> None:
    with listening(server) as port:
        report = report_on(port)
    assert codes(report)[0] == code
    assert because in " | ".join(report.causes[0].because)
    assert report.verdict == "incompatible"
    assert report.causes[0].severity == "blocker"


def test_which_socks_and_what_is_needed_instead_is_said() -> None:
    with listening(socks5(0)) as port:
        cause = report_on(port).causes[0]
    assert cause.because == ("the port speaks SOCKS 5, without authentication", "the device needs an HTTP proxy")


def test_a_plain_socks4_server_is_not_called_4a() -> None:
    with listening(socks4(names=False)) as port:
        assert report_on(port).causes[0].because[0] == "the port speaks SOCKS 4"


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def _server_context(authority: trustme.CA, protocols: list[str]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    context.set_alpn_protocols(protocols)
    return context


@pytest.mark.slow
@pytest.mark.parametrize(
    ("protocols", "connect", "code", "because"),
    [
        (["http/1.1"], OPEN, "setup.https-proxy", "inside TLS, CONNECT is answered with 200"),
        (
            ["h2", "http/1.1"],
            b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
            "setup.https-proxy",
            "answered with 407",
        ),
        (["http/1.1"], _NOT_ALLOWED, "proxy.not-a-proxy", "a web server with TLS"),
    ],
)
def test_tls_listeners(authority: trustme.CA, protocols: list[str], connect: bytes, code: str, because: str) -> None:
    with listening(http(connect, _PAGE), _server_context(authority, protocols)) as port:
        report = report_on(port)
    assert codes(report) == [code]
    assert because in " | ".join(report.causes[0].because)


def test_a_secure_web_proxy_for_http2_only(authority: trustme.CA) -> None:
    with listening(_insisting_on_http2(authority)) as port:
        report = report_on(port)
    assert codes(report) == ["setup.https-proxy"]
    assert "HTTP/2 only" in report.causes[0].because[0]


def _insisting_on_http2(authority: trustme.CA) -> Conversation:
    """A TLS server that answers a client without HTTP/2 with the alert of RFC 7301 section 3.2."""
    issued = authority.issue_cert("127.0.0.1")
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_certificate(load_pem_x509_certificate(issued.cert_chain_pems[0].bytes()))
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    context.use_privatekey(key)
    context.set_alpn_select_callback(_only_http2)  # type: ignore[arg-type]  # its stub lacks the answer

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = SSL.Connection(context, None)
        connection.set_accept_state()
        while data := await reader.read(_GREETINGS):
            connection.bio_write(data)
            with contextlib.suppress(SSL.Error, LookupError):
                connection.do_handshake()
            with contextlib.suppress(SSL.Error):
                writer.write(connection.bio_read(_GREETINGS))
            await writer.drain()

    return converse


def _only_http2(_: SSL.Connection, offered: list[bytes]) -> bytes:
    if b"h2" not in offered:
        raise LookupError
    return b"h2"


def test_plain_advice_of_a_tls_port_is_not_taken_for_a_web_server(authority: trustme.CA) -> None:
    """Go's servers answer plain HTTP on a TLS port in plain HTTP."""
    context = _server_context(authority, ["http/1.1"])

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.read(1)
        if first == b"\x16":
            await _relay(first, reader, writer, inner)
        elif first:
            await reader.read(_GREETINGS)
            writer.write(_TO_TLS_PORT)
            await writer.drain()

    with listening(http(OPEN, _PAGE), context) as inner, listening(converse) as port:
        report = report_on(port)
    assert codes(report) == ["setup.https-proxy"]


async def _relay(first: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
    inner_writer.write(first)

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(_GREETINGS):
                sink.write(data)
                await sink.drain()
        sink.close()

    try:
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))
    finally:
        await closed(inner_writer)


def intercepting(*, first_cut: bool) -> Conversation:
    """A port for diverted traffic: serves origin form for any host; or, as Squid without a router before it, cuts the
    first connection and leaves the later ones alone."""
    seen = 0

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal seen
        seen += 1
        number = seen
        data = await reader.read(_GREETINGS)
        if first_cut:
            if number > 1:
                await reader.read(_GREETINGS)
            return
        if data.startswith(b"GET /") and b"proxy.invalid" not in data:
            writer.write(b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
        elif data.startswith(b"GET /"):
            writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        await reader.read(_GREETINGS)

    return converse


_NOT_DIVERTED = b"HTTP/1.1 409 Conflict\r\nX-Squid-Error: ERR_CONFLICT_HOST 0\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    ("server", "because"),
    [
        (intercepting(first_cut=False), "a request for connectivitycheck.gstatic.com as a router would divert it"),
        (intercepting(first_cut=True), "the first connection was cut"),
        (http(_NOT_DIVERTED, _BAD_REQUEST), "409, ERR_CONFLICT_HOST"),
    ],
)
@pytest.mark.slow
def test_intercepting_ports(server: Conversation, because: str) -> None:
    with listening(server) as port:
        report = report_on(port)
    assert codes(report) == ["setup.intercept-port"]
    assert because in report.causes[0].because[0]


@pytest.mark.parametrize("scheme", ["http", "socks5", "https"])
def test_a_mixed_port_passes_under_whatever_name(authority: trustme.CA, scheme: str, tmp_path: Path) -> None:
    """HTTP and SOCKS on one port: CONNECT works, and nothing else matters."""
    roots = tmp_path / "roots.pem"
    authority.cert_pem.write_to_path(str(roots))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("distservp1.pb.com", "api.pitneybowes.com").configure_cert(tls)
    origin = answering(lambda _: b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n")
    with listening(origin) as plain, listening(origin, tls) as secure, listening(_mixed(plain, secure)) as port:
        report = report_on(port, scheme, roots=roots, timeout_s=5.0)
    assert (report.verdict, codes(report)) == ("compatible", [])


def _mixed(plain: int, secure: int) -> Conversation:
    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        data = await reader.read(_GREETINGS)
        if data[:1] == b"\x05":
            writer.write(b"\x05\x00")
            await writer.drain()
        elif data.startswith(b"CONNECT ") and b".invalid" not in data:
            writer.write(OPEN)
            await _relay(b"", reader, writer, secure if b":443 HTTP" in data else plain)
        else:
            writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()

    return converse
