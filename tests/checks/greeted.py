"""A proxy on loopback that judges clients by their first words in TLS, and plays the hosts behind it."""

from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from pathlib import Path

from proxycheck.lab.internet.authority import Authority
from proxycheck.lab.internet.certificates import Certificates
from proxycheck.lab.internet.origin import TlsOrigin
from proxycheck.model.report import Report
from tests.checks.checking import report_on
from tests.checks.listening import Conversation, listening

HOSTS = ("distservp1.pb.com", "api.pitneybowes.com", "connectivitycheck.gstatic.com")
_TLS_13 = bytes.fromhex("002b0005040304")
"""The extension supported_versions (RFC 8446 section 4.2.1) that offers TLS 1.3 first."""

Taste = Callable[[str, bytes], bool]
"""Whether the first words for a host please: whole records, or whatever one read brought, as the proxy likes."""


def offers_tls_13(hello: bytes) -> bool:
    """Whether a ClientHello offers TLS 1.3."""
    return _TLS_13 in hello


def whole(hello: bytes) -> bool:
    """Whether the bytes are a whole record (RFC 8446 section 5.1)."""
    return len(hello) >= 5 and len(hello) == 5 + int.from_bytes(hello[3:5], "big")


def nobody(_host: str, _hello: bytes) -> bool:
    """No greeting at all."""
    return False


def proxy(
    taste: Taste,
    genuine: Certificates,
    forged: Certificates,
    *,
    inspects: Taste = nobody,
    one_read: bool = False,
    alert: bool = False,
) -> Conversation:
    """The conversation of a proxy that opens every tunnel and goes on only with greetings to its taste; others it
    answers with an alert, or by hanging up. To those that it `inspects` it shows certificates of its own. `one_read`:
    it never waits for the rest of a greeting."""

    async def serve(reader: StreamReader, writer: StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"CONNECT "):
            writer.write(b"HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n")
            return
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        host = head.split(b" ")[1].decode().rpartition(":")[0]
        words = await reader.read(65536)
        while words[:1] == b"\x16" and not one_read and not whole(words):
            words += await reader.readexactly(1)
        if words[:1] != b"\x16":
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        elif taste(host, words):
            await _play(TlsOrigin(forged if inspects(host, words) else genuine), words, reader, writer)
        elif alert:
            writer.write(b"\x15\x03\x03\x00\x02\x02\x28")  # handshake_failure

    return serve


async def _play(origin: TlsOrigin, words: bytes, reader: StreamReader, writer: StreamWriter) -> None:
    while words and not origin.finished:
        writer.write(origin.receive(words))
        await writer.drain()
        words = await reader.read(65536)


def measured(
    tmp_path: Path,
    taste: Taste,
    *,
    inspects: Taste = nobody,
    one_read: bool = False,
    alert: bool = False,
    concurrency: int = 32,
    also: tuple[str, ...] = (),
) -> Report:
    """The report on such a proxy, whose hosts, these too, have public certificates."""
    authority = Authority.public()
    roots = tmp_path / "roots.pem"
    roots.write_bytes(authority.root_pem)
    genuine = Certificates((*HOSTS, *also), authority.issue)
    forged = Certificates((*HOSTS, *also), Authority.private("Company inspection").issue)
    conversation = proxy(taste, genuine, forged, inspects=inspects, one_read=one_read, alert=alert)
    with listening(conversation) as port:
        endpoints = tuple(f"{host}:443" for host in also)
        return report_on(port, roots=roots, timeout_s=5.0, concurrency=concurrency, also=endpoints)
