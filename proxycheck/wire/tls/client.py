"""A TLS client on memory BIOs (pyOpenSSL), which keeps the chain it was shown and trusts nobody.

The handshake itself is authenticated by the leaf's key; whether that leaf deserves trust is judged later from the
recorded chain. OpenSSL's own verification is off and the operating system's roots are never read.
"""

import ipaddress
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL, crypto

from proxycheck.model.evidence import TlsEvidence
from proxycheck.model.files.client_hello import HelloProfile
from proxycheck.wire.certificates.facts import to_pem
from proxycheck.wire.tls.cipher_suites import openssl_name

_READ = 16384


_P_256 = 0x0017
_NO_ENCRYPT_THEN_MAC = 0x80000
"""SSL_OP_NO_ENCRYPT_THEN_MAC: no stack of the devices offers that extension (RFC 7366), OpenSSL alone does."""


@cache
def client_context(limits: HelloProfile | None = None) -> SSL.Context:
    """One context for the whole run: TLS 1.2 at least, ALPN `http/1.1` as the devices offer.

    With `limits`, OpenSSL offers no version that this profile does not, its cipher suites in its order, and its curve
    where it has only one; the order of the extensions and what else OpenSSL adds stay OpenSSL's own."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    if limits is not None:
        context.set_max_proto_version(max(limits.version, *limits.versions, SSL.TLS1_2_VERSION))
        if limits.groups == (_P_256,):
            context.set_tmp_ecdh(ec.SECP256R1())
    context.set_options(_NO_ENCRYPT_THEN_MAC)
    context.set_verify(SSL.VERIFY_NONE)
    context.set_alpn_protos([b"http/1.1"])
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    suites = [] if limits is None else list(filter(None, map(openssl_name, limits.cipher_suites)))
    if suites:  # last: pyOpenSSL 25.1 tries the list on a connection, and takes no setting after the first of those
        context.set_cipher_list(":".join(suites).encode("ascii"))
    return context


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class TlsClient:
    """One handshake with the server called `host`; bytes go in by `receive` and come out by `pending`.

    `state` is `handshake`, `established` or `failed`. `farewell` is the alert with which the peer ended an established
    session, `close_notify` or another: its records are authenticated, so nobody on the way can have said it. Nothing
    the peer sends makes a method raise."""

    def __init__(self, host: str, context: SSL.Context | None = None, limits: HelloProfile | None = None) -> None:
        self._host = host
        self._profile = "openssl" if limits is None else f"openssl-as-{limits.name}"
        self._connection = SSL.Connection(context or client_context(limits), None)
        self._connection.set_connect_state()
        if not _is_address(host):
            self._connection.set_tlsext_host_name(host.encode("ascii", "replace"))
        self.state = "handshake"
        self.alert: str | None = None
        self.farewell: str | None = None
        self._evidence: TlsEvidence | None = None
        self._advance()

    def _advance(self) -> None:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return
        except SSL.Error as error:
            self.state = "failed"
            self.alert = _words(error)
            return
        self.state = "established"

    def pending(self) -> bytes:
        """Bytes to be sent to the server now."""
        parts = []
        while True:
            try:
                parts.append(self._connection.bio_read(_READ))
            except SSL.Error:
                return b"".join(parts)

    def receive(self, data: bytes) -> None:
        """Takes bytes from the server and moves the handshake on."""
        if self.state == "failed":
            return
        self._connection.bio_write(data)
        if self.state == "handshake":
            self._advance()

    def write(self, plaintext: bytes) -> bytes:
        """Encrypts `plaintext` on an established session; returns the bytes to send (empty when it failed)."""
        try:
            self._connection.sendall(plaintext)
        except SSL.Error as error:
            self.state, self.alert = "failed", _words(error)
        return self.pending()

    def read(self) -> bytes:
        """Plaintext received so far, empty when there is none yet or the session ended."""
        parts = []
        while True:
            try:
                parts.append(self._connection.recv(_READ))
            except SSL.ZeroReturnError:
                self.farewell = "close_notify"
                return b"".join(parts)
            except SSL.Error as error:
                words = _words(error)
                self.farewell = words if " alert " in f" {words} " else self.farewell
                return b"".join(parts)

    def export(self, label: bytes, size: int) -> bytes:
        """Keying material of the session (RFC 5705, RFC 8446 section 7.5)."""
        return self._connection.export_keying_material(label, size)

    def evidence(self) -> TlsEvidence:
        """The handshake as far as it came."""
        if self._evidence is not None:
            return self._evidence
        established = self.state == "established"
        chain = self._connection.get_peer_cert_chain() or []
        alpn = self._connection.get_alpn_proto_negotiated() if established else b""
        found = TlsEvidence(
            server_name=self._host,
            profile=self._profile,
            authenticated=established,
            version=self._connection.get_protocol_version_name() if established else None,
            cipher=self._connection.get_cipher_name(),
            alpn=alpn.decode("latin-1") or None,
            chain=tuple(to_pem(_written(certificate)) for certificate in chain),
            alert=self.alert,
        )
        if established:
            self._evidence = found
        return found


def _written(certificate: crypto.X509) -> bytes:
    """The bytes of a certificate; none where OpenSSL cannot write back what it has read."""
    try:
        return crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)
    except crypto.Error:
        return b""


def _words(error: SSL.Error) -> str:
    reasons = error.args[0] if error.args and isinstance(error.args[0], list) else []
    return "; ".join(str(reason[-1]) for reason in reasons) or type(error).__name__
