"""Certificate chains made to measure: any dates, any names, RSA or EC keys."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from proxycheck.model.trust import TrustAnchors
from proxycheck.wire.certificates.verification import RootStore

NOBODY = RootStore(TrustAnchors(name="nobody", certificates=()))
"""A list that has no root."""

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
Amend = Callable[[x509.CertificateBuilder], x509.CertificateBuilder]

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
START = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2027, 1, 1, tzinfo=UTC)


@cache
def rsa_key(number: int = 0) -> rsa.RSAPrivateKey:
    """RSA keys are slow to make: one for each number."""
    assert number >= 0
    return rsa.generate_private_key(65537, 2048)


def ec_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(curve or ec.SECP256R1())


@dataclass(frozen=True)
class Issued:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def spki(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        return builder.sign(self.key, hashes.SHA256())


def name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example, Inc."),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def authority(
    common_name: str,
    issuer: Issued | None = None,
    *,
    start: datetime = START,
    end: datetime = END,
    key: Key | None = None,
    amend: Amend | None = None,
) -> Issued:
    """A root, or an intermediate when there is an `issuer`."""
    own = key or ec_key()
    builder = _builder(common_name, issuer, own, start, end)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = amend(builder) if amend else builder
    return Issued(builder.sign(issuer.key if issuer else own, hashes.SHA256()), own)


def leaf(
    issuer: Issued,
    *hosts: str,
    start: datetime = START,
    end: datetime = END,
    key: Key | None = None,
    amend: Amend | None = None,
) -> Issued:
    """A server certificate for `hosts` (names or addresses)."""
    own = key or ec_key()
    builder = _builder(hosts[0] if hosts else "nobody", issuer, own, start, end)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    if hosts:
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    return Issued(issuer.sign(amend(builder) if amend else builder), own)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(
    common_name: str, issuer: Issued | None, key: Key, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    return x509.CertificateBuilder(
        subject_name=name(common_name),
        issuer_name=issuer.certificate.subject if issuer else name(common_name),
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=start,
        not_valid_after=end,
    )
