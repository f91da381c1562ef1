"""TLS at the canary: what both ends see of the same session, and which hellos are tried.

A ClientHello that arrives as it was sent, and a TLS exporter (RFC 5705, RFC 8446 section 7.5) that is the same at both
ends, leave no room for anybody in between: whoever ends TLS has two sessions with two different exporters.
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from typing import Any, Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from OpenSSL import SSL

from proxycheck.wire.tls.records import HANDSHAKE, RecordReader, TlsFormatError

LABEL = b"EXPORTER-proxycheck-canary-1"
EXPORTED = 32
HelloCase = Literal["tls12", "modern", "large", "split"]
HELLO_CASES: tuple[HelloCase, ...] = ("tls12", "modern", "large", "split")
"""`tls12`: small, as old devices greet. `modern`: what OpenSSL sends today. `large`: over 1.5 kB. `split`: as `tls12`,
in two TCP segments."""

_HTTP_1_1 = b"http/1.1"
_MESSAGE_HEADER = 4
_LARGEST_HELLO = 16384
_DAYS = 90


def client_hello_in(flight: bytes) -> bytes | None:
    """The ClientHello message (RFC 8446 section 4.1.2) at the start of what a client sent, without record headers;
    None while it is incomplete, or when there is none."""
    message = b""
    try:
        for record in RecordReader().feed(flight):
            if record.content_type != HANDSHAKE:
                return None
            message += record.fragment
            length = _MESSAGE_HEADER + int.from_bytes(message[1:_MESSAGE_HEADER], "big")
            if len(message) >= max(_MESSAGE_HEADER, length):
                return message[:length]
    except TlsFormatError:
        pass
    return None


def exporter_digest(exported: bytes) -> str:
    """What is told of an exporter: its SHA-256."""
    return hashlib.sha256(exported).hexdigest()


@cache
def hello_context(case: HelloCase) -> SSL.Context:
    """The client context of one case. Nobody is trusted or refused by it."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_verify(SSL.VERIFY_NONE)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    padding = [b"proxycheck-padding-%02d-xxxxxxxxxxxxxxxxxx" % number for number in range(45)]
    context.set_alpn_protos([_HTTP_1_1, *(padding if case == "large" else [])])
    if case in ("tls12", "split"):
        context.set_max_proto_version(SSL.TLS1_2_VERSION)
    return context


class TlsIdentity:
    """What the canary shows in TLS: a chain (leaf first) and the leaf's key.

    Raises OpenSSL.SSL.Error when the two do not belong together."""

    def __init__(self, chain: Iterable[x509.Certificate], key: PrivateKeyTypes) -> None:
        leaf, *rest = chain
        self.certificate_sha256 = hashlib.sha256(leaf.public_bytes(Encoding.DER)).hexdigest()
        self._context = SSL.Context(SSL.TLS_SERVER_METHOD)
        self._context.set_min_proto_version(SSL.TLS1_2_VERSION)
        self._context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        self._context.set_options(SSL.OP_NO_TICKET)
        select: Any = _select_protocol  # pyOpenSSL 24.3 declares the callback's type wrongly
        self._context.set_alpn_select_callback(select)
        private: Any = key
        self._context.use_certificate(leaf)
        for certificate in rest:
            self._context.add_extra_chain_cert(certificate)
        self._context.use_privatekey(private)
        self._context.check_privatekey()

    def session(self) -> "TlsSession":
        """The server's side of one connection."""
        return TlsSession(self._context)


class TlsSession:
    """The server's side of one TLS connection on memory BIOs; remembers the client's first words.

    `state` is `handshake`, `established` or `ended`. Nothing the peer sends makes a method raise."""

    def __init__(self, context: SSL.Context) -> None:
        self._connection = SSL.Connection(context, None)
        self._connection.set_accept_state()
        self._flight = b""
        self.hello: bytes | None = None
        self.state: Literal["handshake", "established", "ended"] = "handshake"

    def receive(self, data: bytes) -> bytes:
        """Takes bytes from the client; returns the plaintext that they bring."""
        if self.hello is None and len(self._flight) < _LARGEST_HELLO:
            self._flight += data
            self.hello = client_hello_in(self._flight)
        self._connection.bio_write(data)
        if self.state == "handshake":
            self._advance()
        return self._plaintext() if self.state == "established" else b""

    def _advance(self) -> None:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return
        except SSL.Error:
            self.state = "ended"
            return
        self.state = "established"

    def _plaintext(self) -> bytes:
        parts = []
        while True:
            try:
                parts.append(self._connection.recv(65536))
            except SSL.WantReadError:
                return b"".join(parts)
            except SSL.Error:
                self.state = "ended"
                return b"".join(parts)

    def write(self, plaintext: bytes) -> None:
        """Encrypts; `pending` has the result. A session that has ended drops it."""
        try:
            self._connection.sendall(plaintext)
        except SSL.Error:
            self.state = "ended"

    def close(self) -> None:
        """Says goodbye to the client (RFC 8446 section 6.1)."""
        try:
            self._connection.shutdown()
        except SSL.Error:
            self.state = "ended"

    def pending(self) -> bytes:
        """Bytes to be sent to the client now."""
        parts = []
        while True:
            try:
                parts.append(self._connection.bio_read(65536))
            except SSL.Error:
                return b"".join(parts)

    def exporter(self) -> bytes:
        """The exporter of an established session."""
        return self._connection.export_keying_material(LABEL, EXPORTED)

    @property
    def version(self) -> str:
        """The protocol version in OpenSSL's words."""
        return self._connection.get_protocol_version_name()


def _select_protocol(_connection: SSL.Connection, offered: list[bytes]) -> bytes | object:
    return _HTTP_1_1 if _HTTP_1_1 in offered else SSL.NO_OVERLAPPING_PROTOCOLS


def self_signed(host: str, now: datetime) -> TlsIdentity:
    """A fresh key (P-256, which every device knows) and a certificate for `host`, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "proxycheck canary")])
    try:
        subject: x509.GeneralName = x509.IPAddress(ip_address(host))
    except ValueError:
        subject = x509.DNSName(host)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - timedelta(days=1))
        .not_valid_after(now.astimezone(UTC) + timedelta(days=_DAYS))
        .add_extension(x509.SubjectAlternativeName([subject]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    return TlsIdentity([certificate], key)
