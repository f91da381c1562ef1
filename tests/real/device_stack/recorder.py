"""A proxy that records what a client says to it: its requests for a tunnel, and the first message inside."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

CHALLENGE = (
    b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="lab"\r\nContent-Length: 0\r\n\r\n'
)
SUCCESS = b"HTTP/1.1 200 Connection established\r\n\r\n"
REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
HANDSHAKE_FAILURE = b"\x15\x03\x01\x00\x02\x02\x28"
"""A fatal alert of TLS, as a server sends it to a greeting that it cannot serve (RFC 5246 section 7.2.2)."""
_PATIENCE_S = 10.0


@dataclass
class Recorded:
    """What one connection said: the heads of its requests, and the bytes that followed the 200."""

    heads: list[bytes] = field(default_factory=list)
    first: bytes = b""


@contextmanager
def recorder(*answers: bytes, last: bytes = b"") -> Iterator[tuple[tuple[str, int], list[Recorded]]]:
    """Its address, and what has been recorded of each connection, in the order they came; each request of a
    connection is answered by the next of `answers`, the first message inside by `last`, and then the connection is
    closed."""
    recorded: list[Recorded] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=_serve, args=(server, answers, last, recorded), daemon=True)
        thread.start()
        try:
            host, port = server.getsockname()
            yield (host, port), recorded
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve(server: socket.socket, answers: tuple[bytes, ...], last: bytes, recorded: list[Recorded]) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.settimeout(_PATIENCE_S)
            record = Recorded()
            recorded.append(record)
            for answer in answers:
                record.heads.append(_head(connection))
                connection.sendall(answer)
            record.first = _first_record(connection)
            if record.first and last:
                connection.sendall(last)


def _head(connection: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            break
        head += byte
    return head


def _first_record(connection: socket.socket) -> bytes:
    """One whole TLS record (RFC 8446 section 5.1), or what came of it."""
    data = b""
    while len(data) < 5 or len(data) < 5 + int.from_bytes(data[3:5]):
        piece = connection.recv(65536)
        if not piece:
            break
        data += piece
    return data
