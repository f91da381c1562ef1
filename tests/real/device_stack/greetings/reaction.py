"""One greeting played against one server, and what came back."""

import os
import socket
import time
from collections.abc import Callable

from cryptography import x509
from msgspec import Struct, structs

from proxycheck.catalogue.client_hellos import load_client_hello
from proxycheck.wire.tls.cipher_suites import openssl_name
from proxycheck.wire.tls.client import TlsClient
from proxycheck.wire.tls.client_hello import client_hello
from proxycheck.wire.tls.flight import ServerFlight
from tests.real.device_stack.recording import HOST, load

PATIENCE_S = 60.0
"""For servers that start, on a machine that is busy with other things."""
_NAMED_CURVE = 3


class Listener(Struct, frozen=True):
    """Somebody who answers greetings, on loopback. `tunnel` is the target of the CONNECT that an inspecting proxy wants
    first."""

    port: int
    tunnel: str | None = None


class Reaction(Struct, frozen=True):
    """What a server made of a greeting. `outcome` is how far its flight came, with the alert where it sent one;
    `curve` is that of the key exchange, `extensions` are numbers of its ServerHello, `chain` holds subject and issuer
    of every certificate. Nothing in it changes from one connection to the next."""

    outcome: str
    version: str = ""
    cipher: str = ""
    curve: str = ""
    alpn: str = ""
    extensions: str = ""
    chain: str = ""

    def beside(self, other: "Reaction") -> dict[str, list[str]]:
        """What differs, this one's part and the other's. Where one came further than the other, that is all."""
        mine, theirs = structs.asdict(self), structs.asdict(other)
        if self.outcome != other.outcome:
            return {"outcome": [self.outcome, other.outcome]}
        return {part: [mine[part], theirs[part]] for part in mine if mine[part] != theirs[part]}


def recorded(stack: str) -> bytes:
    """The greeting of the real stack as it was recorded, with random bytes of its own."""
    hello = bytes.fromhex(load(stack).client_hello)
    return hello[:11] + os.urandom(32) + hello[43:]


def of_the_catalogue(stack: str) -> bytes:
    """The greeting of the catalogue that stands for the stack's."""
    return client_hello(load_client_hello(stack), HOST, os.urandom(32)).data


def of_the_handshake(stack: str) -> bytes:
    """The greeting of the check's main handshake: OpenSSL's, with the limits of the stack."""
    return TlsClient(HOST, limits=load_client_hello(stack)).pending()


GREETINGS: dict[str, Callable[[str], bytes]] = {
    "recorded": recorded,
    "catalogue": of_the_catalogue,
    "handshake": of_the_handshake,
}
"""The real stack's own, and the two that stand for it."""


def reaction(listener: Listener, hello: bytes) -> Reaction:
    """What the listener answers to `hello`."""
    flight = ServerFlight()
    with _connected(listener.port) as connection:
        if listener.tunnel is not None:
            _open(connection, listener.tunnel)
        connection.sendall(hello)
        try:
            while not flight.finished and (data := connection.recv(65536)):
                flight.feed(data)
        except ConnectionResetError:
            return Reaction("reset")
    return _read(flight)


def _connected(port: int) -> socket.socket:
    """A connection, as soon as somebody listens there."""
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), PATIENCE_S)
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def _open(connection: socket.socket, target: str) -> None:
    connection.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        assert byte, f"the proxy ended with {head!r}"
        head += byte
    assert head.split()[1] == b"200", head


def _read(flight: ServerFlight) -> Reaction:
    outcome = flight.kind if flight.alert is None else f"{flight.kind}: {flight.alert.name}"
    hello = flight.hello
    if hello is None:
        return Reaction(outcome if flight.received else "closed")
    chain = [x509.load_der_x509_certificate(der) for der in flight.certificates]
    return Reaction(
        outcome,
        hello.version_name,
        openssl_name(hello.suite) or f"{hello.suite:#06x}",
        _curve(flight.key_exchange),
        hello.alpn or "",
        " ".join(map(str, hello.extensions)),
        " < ".join(f"{each.subject.rfc4514_string()} by {each.issuer.rfc4514_string()}" for each in chain),
    )


def _curve(key_exchange: bytes | None) -> str:
    """The curve's number in the registry, where the key exchange names one (RFC 8422 section 5.4)."""
    if not key_exchange or key_exchange[0] != _NAMED_CURVE:
        return ""
    return str(int.from_bytes(key_exchange[1:3]))
