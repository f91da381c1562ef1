"""Whom to believe: sets of root certificates and the logs of Certificate Transparency, as data."""

import base64
import hashlib
import re
from datetime import datetime
from functools import cached_property

from msgspec import Struct

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")


def certificates_in(pem: bytes) -> tuple[bytes, ...]:
    """The DER of every `CERTIFICATE` block of a PEM text (RFC 7468 section 5), in order; text around is
    ignored.

    Raises ValueError for a block that is not base64."""
    return tuple(base64.b64decode(body) for body in _PEM.findall(pem))


class KnownRoot(Struct, frozen=True):
    """A root of which only the fingerprint (SHA-256 of the DER, hex) and the common name are known."""

    sha256: str
    name: str


class TrustAnchors(Struct, frozen=True, eq=False, dict=True, kw_only=True):
    """A set of certificates that end a chain (RFC 5280 section 6.1.1 d).

    `certificates` are DER. `fingerprint_only` are members whose certificate is not at hand: a chain that
    needs one of them cannot be decided unless the peer sends it. `expiry_ignored` says that the dates of an
    anchor itself do not count, as on Android."""

    name: str
    certificates: tuple[bytes, ...]
    fingerprint_only: tuple[KnownRoot, ...] = ()
    expiry_ignored: bool = False

    @cached_property
    def fingerprints(self) -> frozenset[str]:
        """SHA-256 (hex) of every certificate at hand."""
        return frozenset(hashlib.sha256(der).hexdigest() for der in self.certificates)

    def joined(self, more: "TrustAnchors") -> "TrustAnchors":
        """These anchors and `more`, each certificate once, under this set's name and rules."""
        return TrustAnchors(
            name=self.name,
            certificates=tuple(dict.fromkeys(self.certificates + more.certificates)),
            fingerprint_only=tuple(root for root in self.fingerprint_only if root.sha256 not in more.fingerprints),
            expiry_ignored=self.expiry_ignored,
        )


class CtLog(Struct, frozen=True):
    """A log of Certificate Transparency (RFC 6962). `log_id` is the SHA-256 of `key`, the log's public key
    (DER of SubjectPublicKeyInfo); `state` is the log list's word (`usable`, `readonly`, `retired` ...); the
    interval limits the expiry dates of the certificates the log takes, where it is limited."""

    log_id: bytes
    key: bytes
    operator: str
    description: str
    state: str
    interval_start: datetime | None = None
    interval_end: datetime | None = None
