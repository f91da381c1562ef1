"""Certificates to facts: what a certificate says about itself, read without believing any of it.

Peers send odd certificates, and public lists hold roots older than today's rules, so an unreadable extension or an
unknown kind of key is a fact like any other. `proxycheck.wire.certificates.verification` says what a chain proves.
"""

import base64
import hashlib
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from msgspec import Struct

from proxycheck.wire.certificates.der import elements
from proxycheck.wire.certificates.extensions import Extensions

_EXPLICIT_VERSION = 0xA0
_SPKI_AFTER_VERSION = 5  # serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


class CertificateFacts(Struct, frozen=True, kw_only=True):
    """One certificate. Names are RFC 4514 strings, digests and identifiers lower-case hex, times UTC.

    `spki_sha256` is the digest of SubjectPublicKeyInfo: the same key gives the same value in every
    certificate. `self_signed` is proved with the certificate's own key. `readable` is false where an
    extension is malformed; then everything that comes from extensions is empty. URLs are as written."""

    sha256: str
    spki_sha256: str
    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    key_type: str
    signature_algorithm: str
    self_signed: bool
    readable: bool
    is_ca: bool
    dns_names: tuple[str, ...]
    ip_addresses: tuple[str, ...]
    extended_key_usages: tuple[str, ...]
    policies: tuple[str, ...]
    ca_issuers: tuple[str, ...]
    ocsp: tuple[str, ...]
    crl_distribution_points: tuple[str, ...]
    subject_key_id: str | None
    authority_key_id: str | None
    has_scts: bool
    extensions: tuple[str, ...]


@lru_cache(maxsize=1024)
def certificate_facts(der: bytes) -> CertificateFacts:
    """What the certificate in `der` says. Raises ValueError when it is no certificate (RFC 5280 section
    4.1)."""
    with old_habits_allowed():
        certificate = x509.load_der_x509_certificate(der)
        found = Extensions(certificate)
        return CertificateFacts(
            sha256=hashlib.sha256(der).hexdigest(),
            spki_sha256=hashlib.sha256(spki_of(der)).hexdigest(),
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            serial=f"{certificate.serial_number:x}",
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            key_type=_key_type(certificate),
            signature_algorithm=certificate.signature_algorithm_oid.dotted_string,
            self_signed=_issued(certificate, certificate),
            readable=found.readable,
            is_ca=found.is_ca,
            dns_names=found.dns_names,
            ip_addresses=found.ip_addresses,
            extended_key_usages=found.extended_key_usages,
            policies=found.policies,
            ca_issuers=found.access(Access.CA_ISSUERS),
            ocsp=found.access(Access.OCSP),
            crl_distribution_points=found.crl_distribution_points,
            subject_key_id=found.subject_key_id,
            authority_key_id=found.authority_key_id,
            has_scts=found.has_scts,
            extensions=found.all,
        )


def spki_of(der: bytes) -> bytes:
    """SubjectPublicKeyInfo as it stands in the certificate `der` (RFC 5280 section 4.1), so that its digest
    is that of the key in a log or a pin, whatever the kind of key.

    Raises ValueError when `der` is no certificate."""
    try:
        tbs = next(elements(next(elements(der)).content)).content
        fields = [field for field in elements(tbs) if field.tag != _EXPLICIT_VERSION]
        return fields[_SPKI_AFTER_VERSION].encoded
    except (IndexError, StopIteration) as error:
        raise ValueError("not a certificate: SubjectPublicKeyInfo is missing") from error


def issuer_of(der: bytes, candidates: Iterable[bytes]) -> bytes | None:
    """The first certificate among `candidates` whose name and key issued the certificate in `der`, or None.

    Says nothing about trust. Raises ValueError when `der` is no certificate; candidates that are none are
    skipped."""
    certificate = load_certificate(der)
    for candidate in candidates:
        try:
            issuer = load_certificate(candidate)
        except ValueError:
            continue
        with old_habits_allowed():
            if _issued(certificate, issuer):
                return candidate
    return None


def issuer_names(der: bytes) -> frozenset[str]:
    """Every attribute of the issuer's name, such as its common name. Raises ValueError for no certificate."""
    with old_habits_allowed():
        issuer = x509.load_der_x509_certificate(der).issuer
        return frozenset(str(attribute.value) for attribute in issuer)


def load_certificate(der: bytes) -> x509.Certificate:
    """The certificate in `der`, odd serial numbers accepted. Raises ValueError when it is no certificate."""
    with old_habits_allowed():
        return x509.load_der_x509_certificate(der)


def to_pem(der: bytes) -> str:
    """`der` as one PEM block (RFC 7468 section 5)."""
    text = base64.b64encode(der).decode("ascii")
    body = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"


@contextmanager
def old_habits_allowed() -> Iterator[None]:
    """Serial numbers and name lengths of old roots break RFC 5280; that is known and not worth a warning."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Parsed a .*serial number", CryptographyDeprecationWarning)
        warnings.filterwarnings("ignore", "Attribute's length must be", UserWarning)
        yield


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, TypeError):
        return False
    return True


def _key_type(certificate: x509.Certificate) -> str:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return certificate.public_key_algorithm_oid.dotted_string
    match key:
        case rsa.RSAPublicKey():
            return f"RSA {key.key_size}"
        case ec.EllipticCurvePublicKey():
            return f"EC {_CURVES.get(key.curve.name, key.curve.name)}"
        case dsa.DSAPublicKey():
            return f"DSA {key.key_size}"
        case ed25519.Ed25519PublicKey():
            return "Ed25519"
        case ed448.Ed448PublicKey():
            return "Ed448"
        case _:
            return certificate.public_key_algorithm_oid.dotted_string
