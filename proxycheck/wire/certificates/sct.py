"""Signed certificate timestamps: a log's word that the authority really issued this certificate (RFC 6962).

The signature covers the certificate without the timestamps, and the issuer's key. Somebody who copies a
genuine certificate, timestamps included, under a key of their own fails here: that is why it tells a mimic
from the origin.
"""

import base64
import hashlib
import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key
from cryptography.x509.certificate_transparency import SignedCertificateTimestamp
from msgspec import Struct

from proxycheck.model.trust import CtLog
from proxycheck.wire.certificates.certificate import UnreadableCertificateError
from proxycheck.wire.certificates.reading import load_certificate, strict_reading

SctVerdict = Literal["valid", "invalid", "unknown-log"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PRECERT_ENTRY = 1


class SctResult(Struct, frozen=True):
    """One timestamp: which log it names (base64 of the log id, the log's description where known), when it
    was given, and whether that log signed it. An unknown log is unknown, not wrong."""

    log_id: str
    log: str | None
    timestamp: datetime
    verdict: SctVerdict


def verify_scts(leaf: bytes, issuer_spki: bytes, logs: Mapping[bytes, CtLog]) -> tuple[SctResult, ...]:
    """Every timestamp embedded in `leaf` (DER), in order; none where there are none or they cannot be read.

    `issuer_spki` is SubjectPublicKeyInfo (DER) of the certificate that issued `leaf`: see
    `certificates.certificate.spki_of`. Raises ValueError when `leaf` is no certificate."""
    certificate = load_certificate(leaf)
    try:
        with strict_reading():
            found = certificate.extensions.get_extension_for_class(x509.PrecertificateSignedCertificateTimestamps)
            precertificate = certificate.tbs_precertificate_bytes
            return tuple(_verified(sct, precertificate, issuer_spki, logs) for sct in found.value)
    except UnreadableCertificateError:
        return ()


def signed_data(timestamp: datetime, precertificate: bytes, issuer_spki: bytes, extensions: bytes) -> bytes:
    """What a log signs for a precertificate: `digitally-signed struct` of RFC 6962 section 3.2.

    `precertificate` is the TBSCertificate without poison and timestamps; `timestamp` counts in
    milliseconds."""
    milliseconds = (timestamp - _EPOCH) // timedelta(milliseconds=1)
    return (
        struct.pack(">BBQH", 0, 0, milliseconds, _PRECERT_ENTRY)
        + hashlib.sha256(issuer_spki).digest()
        + len(precertificate).to_bytes(3, "big")
        + precertificate
        + len(extensions).to_bytes(2, "big")
        + extensions
    )


def _verified(
    sct: SignedCertificateTimestamp, precertificate: bytes, issuer_spki: bytes, logs: Mapping[bytes, CtLog]
) -> SctResult:
    timestamp = sct.timestamp.replace(tzinfo=UTC)
    log = logs.get(sct.log_id)
    verdict: SctVerdict = "unknown-log"
    if log is not None and _public_key(log.key) is not None:
        data = signed_data(timestamp, precertificate, issuer_spki, sct.extension_bytes)
        verdict = "valid" if _signed(log.key, sct.signature, data) else "invalid"
    return SctResult(
        log_id=base64.b64encode(sct.log_id).decode("ascii"),
        log=log.description if log else None,
        timestamp=timestamp,
        verdict=verdict,
    )


def _signed(log_key: bytes, signature: bytes, data: bytes) -> bool:
    """RFC 6962 section 2.1.4: ECDSA on P-256 or RSA, with SHA-256."""
    key = _public_key(log_key)
    try:
        match key:
            case ec.EllipticCurvePublicKey():
                key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
            case rsa.RSAPublicKey():
                key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
            case _:
                return False
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=256)
def _public_key(der: bytes) -> object | None:
    """A log's key; None for one that cannot be read, which makes its log an unknown one."""
    try:
        return load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        return None
