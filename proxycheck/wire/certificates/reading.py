"""Who reads certificates: `cryptography`, which is strict, and where it refuses, what OpenSSL takes, read loosely.

`proxycheck.wire.certificates.facts` asks it, and loads it with the first certificate.
"""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.oid import AuthorityInformationAccessOID as Access

from proxycheck.wire.certificates.certificate import CertificateFacts, UnreadableCertificateError, spki_of
from proxycheck.wire.certificates.der import elements, object_identifier
from proxycheck.wire.certificates.extensions import Extensions
from proxycheck.wire.certificates.loose import LooseCertificate
from proxycheck.wire.certificates.signature import signed_by

_TIMESTAMPS = "1.3.6.1.4.1.11129.2.4.2"
_CURVES = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


def facts_of(der: bytes) -> CertificateFacts:
    """What the certificate in `der` says.

    Raises ValueError when not even its issuer and its key can be told apart (RFC 5280 section 4.1)."""
    try:
        return _strict_facts(der)
    except UnreadableCertificateError as error:
        return _loose_facts(der, str(error))


def _strict_facts(der: bytes) -> CertificateFacts:
    with strict_reading():
        certificate = x509.load_der_x509_certificate(der)
        found = Extensions(certificate)
        spki = spki_of(der)
        subject, issuer = certificate.subject.rfc4514_string(), certificate.issuer.rfc4514_string()
        return CertificateFacts(
            sha256=hashlib.sha256(der).hexdigest(),
            spki_sha256=hashlib.sha256(spki).hexdigest(),
            subject=subject,
            issuer=issuer,
            serial=f"{certificate.serial_number:x}",
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            key_type=_key_type(spki),
            signature_algorithm=certificate.signature_algorithm_oid.dotted_string,
            self_signed=_same(subject, issuer) and issued(der, der),
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


def _loose_facts(der: bytes, problem: str) -> CertificateFacts:
    found = LooseCertificate(der)
    spki = spki_of(der)
    not_before, not_after = found.dates
    return CertificateFacts(
        sha256=hashlib.sha256(der).hexdigest(),
        spki_sha256=hashlib.sha256(spki).hexdigest(),
        subject=found.subject,
        issuer=found.issuer,
        serial=found.serial,
        not_before=not_before,
        not_after=not_after,
        key_type=_key_type(spki),
        signature_algorithm=found.signature_algorithm,
        self_signed=issued(der, der),
        problem=problem,
        is_ca=found.is_ca,
        dns_names=found.dns_names,
        ip_addresses=found.ip_addresses,
        extended_key_usages=found.extended_key_usages,
        policies=(),
        ca_issuers=(),
        ocsp=(),
        crl_distribution_points=(),
        subject_key_id=found.subject_key_id,
        authority_key_id=found.authority_key_id,
        has_scts=_TIMESTAMPS in found.extensions,
        extensions=tuple(found.extensions),
    )


def issuer_names(der: bytes) -> frozenset[str]:
    """Every attribute of the issuer's name, such as its common name. Raises ValueError for no certificate."""
    with strict_reading():
        issuer = x509.load_der_x509_certificate(der).issuer
        return frozenset(str(attribute.value) for attribute in issuer)


def load_certificate(der: bytes) -> x509.Certificate:
    """The certificate in `der`, odd serial numbers accepted. Raises UnreadableCertificateError otherwise."""
    with strict_reading():
        return x509.load_der_x509_certificate(der)


@lru_cache(maxsize=4096)
def issued(der: bytes, issuer: bytes) -> bool:
    """Whether the name and the key of the certificate in `issuer` issued the one in `der`. What a strict reader refuses
    is asked of OpenSSL."""
    try:
        certificate, authority = load_certificate(der), load_certificate(issuer)
        with strict_reading():
            if not _same(certificate.issuer.rfc4514_string(), authority.subject.rfc4514_string()):
                return False
            certificate.verify_directly_issued_by(authority)
    except InvalidSignature:
        return False
    except UnreadableCertificateError:
        return signed_by(der, issuer)
    return True


def _same(name: str, other: str) -> bool:
    """Whether two names (RFC 4514) differ at most in the case and the spaces, which OpenSSL does not look at (RFC 5280
    section 7.1)."""
    return name == other or "".join(name.casefold().split()) == "".join(other.casefold().split())


@contextmanager
def strict_reading() -> Iterator[None]:
    """Turns what `cryptography` raises of an odd certificate into UnreadableCertificateError; InvalidSignature stays.

    Its parser lets through what its parts raise: ValueError, KeyError, TypeError and kinds of its own. What it only
    warns of, such as serial numbers and name lengths of old roots, is known and not worth a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (InvalidSignature, UnreadableCertificateError):
            raise
        except Exception as error:
            raise UnreadableCertificateError(f"{type(error).__name__}: {error}") from error


def _key_type(spki: bytes) -> str:
    """The kind of key in SubjectPublicKeyInfo; its object identifier where it is none that is known."""
    try:
        with strict_reading():
            key = load_der_public_key(spki)
    except UnreadableCertificateError:
        return _algorithm(spki)
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
            return _algorithm(spki)


def _algorithm(spki: bytes) -> str:
    try:
        algorithm = next(elements(next(elements(spki)).content))
        return object_identifier(next(elements(algorithm.content)).content)
    except (StopIteration, ValueError):
        return "unknown"
