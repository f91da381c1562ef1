"""A Certificate Transparency log of the lab's own, so that the box's origins carry genuine timestamps (RFC
6962).

The client learns of it by `--ct-log-list`; no public log is imitated.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtensionOID

from proxycheck.model.trust import CtLog
from proxycheck.wire.certificates.sct import signed_data
from proxycheck.wire.tls.records import vector

_COLUMNS = ("log_id", "key", "operator", "description", "state", "state_since", "interval_start", "interval_end")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VERSION_1 = b"\x00"
_SHA256_ECDSA = b"\x04\x03"
_OCTET_STRING = 0x04
_SHORT_FORM = 0x80


class LabLog:
    """One log with a fresh key. It signs whatever it is shown and stores nothing."""

    def __init__(self, description: str = "Lab log") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        spki = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        self.log = CtLog(
            log_id=hashlib.sha256(spki).digest(),
            key=spki,
            operator="proxycheck lab",
            description=description,
            state="usable",
        )

    def timestamp(self, precertificate: bytes, issuer_spki: bytes, at: datetime) -> bytes:
        """A SignedCertificateTimestamp for a TBSCertificate without timestamps (RFC 6962 section 3.2)."""
        signature = self._key.sign(signed_data(at, precertificate, issuer_spki, b""), ec.ECDSA(hashes.SHA256()))
        milliseconds = (at - _EPOCH) // timedelta(milliseconds=1)
        return (
            _VERSION_1
            + self.log.log_id
            + milliseconds.to_bytes(8, "big")
            + vector(2, b"")
            + _SHA256_ECDSA
            + vector(2, signature)
        )


def with_timestamps(
    builder: x509.CertificateBuilder,
    sign: Callable[[x509.CertificateBuilder], x509.Certificate],
    issuer_spki: bytes,
    logs: Iterable[LabLog],
    at: datetime,
) -> x509.CertificateBuilder:
    """`builder` with one timestamp of every log as its last extension (RFC 6962 section 3.3).

    `sign` is what will sign the finished certificate; the logs are shown what it signs without timestamps."""
    precertificate = sign(builder).tbs_certificate_bytes
    timestamps = b"".join(vector(2, log.timestamp(precertificate, issuer_spki, at)) for log in logs)
    extension = x509.UnrecognizedExtension(
        ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS, _octet_string(vector(2, timestamps))
    )
    return builder.add_extension(extension, critical=False)


def log_list(logs: Iterable[LabLog]) -> str:
    """The logs as a table for `--ct-log-list`."""
    rows = [
        (
            base64.b64encode(entry.log.log_id).decode("ascii"),
            base64.b64encode(entry.log.key).decode("ascii"),
            entry.log.operator,
            entry.log.description,
            entry.log.state,
            "",
            "",
            "",
        )
        for entry in logs
    ]
    return "".join("\t".join(row) + "\n" for row in (_COLUMNS, *rows))


def _octet_string(content: bytes) -> bytes:
    """DER (ITU-T X.690 section 8.1.3): a length below 128 is one octet, a longer one says how many follow."""
    size = len(content)
    if size < _SHORT_FORM:
        return bytes([_OCTET_STRING, size]) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([_OCTET_STRING, _SHORT_FORM | len(octets)]) + octets + content
