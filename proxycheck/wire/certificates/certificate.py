"""A certificate's facts, and where its key stands: data that a reader fills in."""

from datetime import datetime

from msgspec import Struct

from proxycheck.wire.certificates.der import elements

_EXPLICIT_VERSION = 0xA0
_SPKI_AFTER_VERSION = 5  # serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo


class CertificateFacts(Struct, frozen=True, kw_only=True):
    """One certificate. Names are RFC 4514 strings, digests and identifiers lower-case hex, times UTC.

    `spki_sha256` is the digest of SubjectPublicKeyInfo: the same key gives the same value in every
    certificate. `self_signed` is proved with the certificate's own key. `problem` is why a strict reader refuses the
    certificate, None where it does not; then names, dates and extensions are read loosely, those that make sense. URLs
    are as written."""

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
    problem: str | None = None
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


class UnreadableCertificateError(ValueError):
    """Bytes that are no certificate, or one that breaks the rules; the message says how, in the reader's words."""


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
