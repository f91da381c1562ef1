"""An interceptor that hides: `python mimic.py CONFIGURATION`. It does what an inspecting proxy could do at its best.

Behind CONNECT it takes the certificate that the real host shows for the server name asked for, and forges one that
differs in the key, the signature and what `Disguise` leaves different: serial number, dates, names, extensions and
transparency timestamps are the genuine ones. Hosts that it does not watch, and whatever is not TLS, pass untouched.
"""

import contextlib
import datetime
import json
import select
import socket
import socketserver
import sys
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

_TLS = 0x16
_PIECE = 65536
_IDLE_S = 20.0
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Disguise:
    """How far it goes. `watched`: host names (a leading dot for a domain), empty for all. `send_issuer`: the forged
    leaf comes with its issuer. `copy_issuer`: the issuer bears the genuine issuer's name and key identifier.
    `one_key`: all leaves have one key. `rsa`: the issuer's key is RSA, else P-256.
    `plain`: nothing is copied; one certificate that signs itself serves for every host."""

    address: str = "127.0.0.1"
    port: int = 0
    watched: tuple[str, ...] = ()
    send_issuer: bool = True
    copy_issuer: bool = False
    one_key: bool = False
    rsa: bool = False
    plain: bool = False


class Forger:
    """Forged certificates, each made once."""

    def __init__(self, disguise: Disguise) -> None:
        self._disguise = disguise
        self._key = rsa.generate_private_key(65537, 2048) if disguise.rsa else ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Regional Transit CA 7")])
        self._leaf_key = ec.generate_private_key(ec.SECP256R1())
        self._contexts: dict[bytes, SSL.Context] = {}
        self._lock = threading.Lock()

    def context(self, chain: list[x509.Certificate]) -> SSL.Context:
        """What to show in place of `chain`."""
        if self._disguise.plain:
            return self._plain
        fingerprint = chain[0].fingerprint(hashes.SHA256())
        with self._lock:
            if fingerprint not in self._contexts:
                self._contexts[fingerprint] = _context(*self.forge(chain))
            return self._contexts[fingerprint]

    def forge(self, chain: list[x509.Certificate]) -> tuple[ec.EllipticCurvePrivateKey, list[x509.Certificate]]:
        """A key, and a chain for it that is like `chain`, leaf first."""
        key = self._leaf_key if self._disguise.one_key else ec.generate_private_key(ec.SECP256R1())
        issuer = self._issuer(chain[1])
        leaf = self._leaf(chain[0], key.public_key(), issuer)
        return key, [leaf, issuer] if self._disguise.send_issuer else [leaf]

    @cached_property
    def _plain(self) -> SSL.Context:
        now, name = datetime.datetime.now(datetime.UTC), "proxy.customer.example"
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = x509.CertificateBuilder(subject, subject, self._leaf_key.public_key(), x509.random_serial_number())
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        dated = builder.not_valid_before(now - _DAY).not_valid_after(now + 365 * _DAY)
        leaf = dated.add_extension(names, critical=False).sign(self._leaf_key, hashes.SHA256())
        return _context(self._leaf_key, [leaf])

    def _issuer(self, genuine: x509.Certificate) -> x509.Certificate:
        name = genuine.subject if self._disguise.copy_issuer else self._name
        builder = _like(genuine, name, name, self._key.public_key())
        identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        for extension in genuine.extensions:
            value: x509.ExtensionType = extension.value
            if isinstance(value, x509.SubjectKeyIdentifier) and not self._disguise.copy_issuer:
                value = identifier
            if not isinstance(value, x509.AuthorityKeyIdentifier):
                builder = builder.add_extension(value, extension.critical)
        return builder.sign(self._key, hashes.SHA256())

    def _leaf(
        self, genuine: x509.Certificate, key: ec.EllipticCurvePublicKey, issuer: x509.Certificate
    ) -> x509.Certificate:
        builder = _like(genuine, genuine.subject, issuer.subject, key)
        identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        for extension in genuine.extensions:
            value: x509.ExtensionType = extension.value
            if isinstance(value, x509.AuthorityKeyIdentifier):
                value = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)
            builder = builder.add_extension(value, extension.critical)
        return builder.sign(self._key, hashes.SHA256())


def _context(key: ec.EllipticCurvePrivateKey, chain: list[x509.Certificate]) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.use_privatekey(key)
    context.use_certificate(chain[0])
    for certificate in chain[1:]:
        context.add_extra_chain_cert(certificate)
    return context


def _like(
    genuine: x509.Certificate,
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey,
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key,
        serial_number=genuine.serial_number,
        not_valid_before=genuine.not_valid_before_utc,
        not_valid_after=genuine.not_valid_after_utc,
    )


class _Client(socketserver.BaseRequestHandler):
    request: socket.socket
    server: "Mimic"

    def handle(self) -> None:
        with contextlib.suppress(OSError, SSL.Error, ValueError, IndexError):
            self.request.settimeout(_IDLE_S)
            target = self._connect_target()
            try:
                far = socket.create_connection(target, timeout=_IDLE_S)
            except OSError:
                self.request.sendall(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
                return
            with far:
                self.request.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                first = self.request.recv(1, socket.MSG_PEEK)
                if first[:1] == bytes([_TLS]) and self.server.watches(target[0]):
                    self._intercept(target, far)
                else:
                    _relay(self.request, far)

    def _connect_target(self) -> tuple[str, int]:
        head = b""
        while b"\r\n\r\n" not in head:
            piece = self.request.recv(_PIECE)
            if not piece:
                raise OSError("closed before a request was complete")
            head += piece
            if not head[:1].isalpha():
                raise ValueError("not HTTP")
        method, target, _ = head.split(b" ", 2)
        if method != b"CONNECT":
            self.request.sendall(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n")
            raise ValueError(method)
        host, _, port = target.decode("ascii").rpartition(":")
        return host, int(port)

    def _intercept(self, target: tuple[str, int], far: socket.socket) -> None:
        opened: list[SSL.Connection] = []

        def choose(connection: SSL.Connection) -> None:
            name = connection.get_servername() or target[0].encode("ascii")
            upstream = _handshake(far, name)
            opened.append(upstream)
            chain = upstream.get_peer_cert_chain(as_cryptography=True) or []
            connection.set_context(self.server.forger.context(list(chain)))

        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_tlsext_servername_callback(choose)
        near = SSL.Connection(context, self.request)
        near.set_accept_state()
        _complete(near, self.request)
        _relay(near, opened[0])


def _handshake(far: socket.socket, name: bytes) -> SSL.Connection:
    upstream = SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD), far)
    upstream.set_tlsext_host_name(name)
    upstream.set_connect_state()
    _complete(upstream, far)
    return upstream


def _complete(connection: SSL.Connection, transport: socket.socket) -> None:
    while True:
        try:
            connection.do_handshake()
        except SSL.WantReadError:
            if not select.select([transport], [], [], _IDLE_S)[0]:
                raise OSError("no answer in the handshake") from None
        else:
            return


def _relay(one: socket.socket | SSL.Connection, other: socket.socket | SSL.Connection) -> None:
    """Bytes both ways until either side ends or nothing is said for a while."""
    peers = {one: other, other: one}
    while ready := select.select(list(peers), [], [], _IDLE_S)[0]:
        for end in ready:
            try:
                data = end.recv(_PIECE)
            except SSL.WantReadError:
                continue
            if not data:
                return
            peers[end].sendall(data)


class Mimic(socketserver.ThreadingTCPServer):
    """The proxy, one thread a client."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, disguise: Disguise) -> None:
        super().__init__((disguise.address, disguise.port), _Client)
        self.forger = Forger(disguise)
        self._watched = disguise.watched

    def watches(self, host: str) -> bool:
        """Whether TLS to this host is intercepted."""
        return not self._watched or any(
            host == each or (each.startswith(".") and f".{host}".endswith(each)) for each in self._watched
        )


if __name__ == "__main__":
    settings = json.loads(Path(sys.argv[1]).read_text())
    Mimic(Disguise(**settings)).serve_forever()
