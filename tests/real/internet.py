"""A process that is the whole private internet: `python -m tests.real.internet SPECIFICATION`.

The specification (JSON, `Specification`) names every host with its address and its file of key and chain. All
ports listen before the file `ready` appears. Port 80 answers HTTP, 443 and 5228 HTTP over TLS, 5938 as TeamViewer's
routers do: bytes for bytes. A host shows its own certificate at its own address, whatever name the client asks for.
"""

import asyncio
import signal
import ssl
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec

from proxycheck.wire.domains import domain_of
from tests.real.resolver import serve_names

TEAMVIEWER_GREETING = bytes.fromhex("172411041d000000") + bytes(29)
"""A command packet in TeamViewer's framing: magic 0x1724, a command, a little-endian length, a body."""

_LIMIT = 65536
_Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Host(msgspec.Struct, frozen=True):
    """A host of the internet: its IPv4 address, and the PEM file with its key and chain."""

    address: str
    certificate: str


class Specification(msgspec.Struct, frozen=True):
    """What the internet consists of."""

    hosts: dict[str, Host]
    ready: str


_REDIRECTS = {
    "microsoft.com": "https://www.microsoft.com/",
    "s3.amazonaws.com": "https://aws.amazon.com/s3/",
    "www.pitneybowes.com": "/uk",
}
_REFUSALS = ("api.", "cognito-identity.", "firebaseinstallations.")
"""Hosts with manners of their own, as on the real internet: redirects, and 403 for a request without a token."""


def answer(host: str, target: str) -> bytes:
    """What this internet says to `GET target` on `host`, port 80 and 443 alike."""
    name = host.rsplit(":", 1)[0].lower()
    if target.endswith("/generate_204"):
        return b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
    if name in _REDIRECTS:
        return f"HTTP/1.1 301 Moved Permanently\r\nLocation: {_REDIRECTS[name]}\r\nContent-Length: 0\r\n\r\n".encode()
    if name.startswith(_REFUSALS):
        body = '{"message":"Forbidden"}'
        return _response("403 Forbidden", "application/json", body, name)
    page = f"<html><title>{name}</title><p>origin {name}{target}<p>in the words of {_owner(name)}</html>"
    return _response("200 OK", "text/html", page, name)


def _response(status: str, kind: str, body: str, host: str) -> bytes:
    server = f"origin of {_owner(host)}"
    head = f"HTTP/1.1 {status}\r\nServer: {server}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()


def _owner(host: str) -> str:
    """Who writes what the host says: some proxies put their own name in place of the server's."""
    return domain_of(host).partition(".")[0]


async def _http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while head := await reader.readuntil(b"\r\n\r\n"):
        lines = head.decode("iso-8859-1").split("\r\n")
        method, target, _ = lines[0].split(" ", 2)
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        if length := int(fields.get("content-length", "0")):
            await reader.readexactly(length)
        reply = answer(fields.get("host", ""), target)
        writer.write(reply.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" if method == "HEAD" else reply)
        await writer.drain()
        if fields.get("connection", "").lower() == "close":
            return


async def _teamviewer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while await reader.read(_LIMIT):
        writer.write(TEAMVIEWER_GREETING)
        await writer.drain()


def _polite(conversation: _Conversation) -> _Conversation:
    """The conversation, ended without noise however the client leaves, the connection always closed."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await conversation(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, ssl.SSLError):
            pass
        finally:
            writer.close()

    return serve


def _addresses_by_certificate(specification: Specification) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for host in specification.hosts.values():
        found.setdefault(host.certificate, []).append(host.address)
    return found


def _context(certificate: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols(["http/1.1"])
    return context


async def serve(specification: Specification, ready: Callable[[], None]) -> None:
    """Serve until SIGTERM; calls `ready` when every port listens."""
    finished = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, finished.set)
    for port, conversation in ((80, _http), (5938, _teamviewer)):
        await asyncio.start_server(_polite(conversation), "0.0.0.0", port, backlog=1024)  # noqa: S104 (in a namespace)
    for certificate, addresses in _addresses_by_certificate(specification).items():
        for port in (443, 5228):
            await asyncio.start_server(
                _polite(_http), sorted(set(addresses)), port, ssl=_context(certificate), backlog=1024
            )
    await serve_names({name: host.address for name, host in specification.hosts.items()})
    ready()
    await finished.wait()


def main(file: Path) -> None:
    """Serve the internet that `file` specifies."""
    specification = msgspec.json.decode(file.read_bytes(), type=Specification)
    asyncio.run(serve(specification, Path(specification.ready).touch))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
