"""A client that is not ours: plain sockets and the standard library's TLS."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from proxycheck.model.target import ProxyAddress

WAIT_S = 10.0
HOSTS = tuple(f"host{number}.example" for number in range(40))
HOST = HOSTS[0]


@contextmanager
def connected(proxy: ProxyAddress, host: str, port: int) -> Iterator[tuple[socket.socket, bytes]]:
    """A connection on which CONNECT has been sent, and the head of the reply (empty when none came)."""
    with socket.create_connection((proxy.host, proxy.port), WAIT_S) as connection:
        connection.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        yield connection, head(connection)


def head(connection: socket.socket) -> bytes:
    """Bytes up to the end of a head, none beyond it; what came when the peer closed earlier."""
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            break
        received += byte
    return received


def status(proxy: ProxyAddress, host: str, port: int) -> int:
    """The status code of the reply to CONNECT."""
    with connected(proxy, host, port) as (_, reply):
        return int(reply.split()[1])


def exchange(proxy: ProxyAddress, host: str, port: int, data: bytes) -> bytes:
    """What comes back first for `data` sent through the tunnel."""
    with connected(proxy, host, port) as (connection, reply):
        assert reply.startswith(b"HTTP/1.1 200 "), reply
        connection.sendall(data)
        return connection.recv(65536)


def certificate(proxy: ProxyAddress, host: str, port: int = 443, roots: Path | None = None) -> bytes:
    """The certificate (DER) of the TLS server behind the tunnel, verified if `roots` are given.

    Raises ssl.SSLError when the handshake or the verification fails."""
    context = ssl.create_default_context(cafile=str(roots) if roots else None)
    if roots is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    with connected(proxy, host, port) as (connection, reply):
        assert reply.startswith(b"HTTP/1.1 200 "), reply
        with context.wrap_socket(connection, server_hostname=host) as secure:
            found = secure.getpeercert(binary_form=True)
            assert found
            return found
