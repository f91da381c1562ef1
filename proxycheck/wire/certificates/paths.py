"""Paths of certificates, built by OpenSSL (RFC 5280 section 6), from what the peer sent and nothing else.

Two traps of OpenSSL are kept away from: a store keeps the first time it was given, and a handshake that verified
nothing still reports a "verified" chain. `proxycheck.wire.certificates.verification` loads this with the first chain.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import NamedTuple

from OpenSSL import crypto

from proxycheck.model.trust import TrustAnchors
from proxycheck.wire.certificates.outcome import EXPIRED, ISSUER_MISSING, NOT_YET_VALID, OK, UNSPECIFIED, Verification
from proxycheck.wire.certificates.reading import issuer_names
from proxycheck.wire.certificates.signature import forget_errors

_NO_CHECK_TIME = 0x200000  # X509_V_FLAG_NO_CHECK_TIME
_AT_ONCE = 100
"""So many roots are read in a few milliseconds."""


class Paths:
    """Trust anchors made ready for OpenSSL, each store at its first use and once."""

    def __init__(self, anchors: TrustAnchors) -> None:
        self._anchors = anchors
        self._dated = lru_cache(maxsize=4)(self._store_at)
        self._walked = lru_cache(maxsize=1024)(self._walk_undated)

    def verified(self, chain: tuple[bytes, ...], at: datetime) -> Verification:
        """What `chain` proves at the moment `at`; code 1 where a certificate cannot be read."""
        try:
            path = self._walked(chain)
        except crypto.Error:
            return Verification(ok=False, code=UNSPECIFIED, depth=0, message="a certificate cannot be read")
        if isinstance(path, _DeadEnd):
            return _without_path(path, chain, self._anchors, at)
        wrong = _wrong_date(path, self._anchors, at)
        if wrong is None:
            return _good(path)
        leaf, *others = map(_openssl, chain)
        other_path = _walk(self._dated(at.astimezone(UTC).replace(microsecond=0)), leaf, others)
        return wrong if isinstance(other_path, _DeadEnd) else _good(other_path)

    def prepare(self) -> Iterator[None]:
        """Builds the store that nearly every chain is held against, step by step."""
        for number, der in enumerate(self._anchors.certificates):
            _openssl(der)
            if number % _AT_ONCE == 0:
                yield
        self.undated  # noqa: B018  a cached property

    @cached_property
    def undated(self) -> crypto.X509Store:
        """A store that does not look at dates."""
        store = self._filled()
        store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN | _NO_CHECK_TIME)
        return store

    @cached_property
    def _certificates(self) -> tuple[crypto.X509, ...]:
        return tuple(_openssl(der) for der in self._anchors.certificates)

    def _walk_undated(self, chain: tuple[bytes, ...]) -> "tuple[bytes, ...] | _DeadEnd":
        """The path from the first certificate of `chain` (DER) that signatures alone lead along, or where it ends. A
        proxy's own chains are met again in every run of a process. Raises crypto.Error where one cannot be read."""
        leaf, *others = map(_openssl, chain)
        return _walk(self.undated, leaf, others)

    def _store_at(self, moment: datetime) -> crypto.X509Store:
        store = self._filled()
        store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
        store.set_time(moment)
        return store

    def _filled(self) -> crypto.X509Store:
        store = crypto.X509Store()
        for certificate in self._certificates:
            store.add_cert(certificate)
        return store


class _DeadEnd(NamedTuple):
    code: int
    depth: int
    message: str
    certificate: crypto.X509


def _good(path: tuple[bytes, ...]) -> Verification:
    return Verification(ok=True, code=OK, depth=0, message="ok", path=path)


def _walk(store: crypto.X509Store, leaf: crypto.X509, others: list[crypto.X509]) -> tuple[bytes, ...] | _DeadEnd:
    """The path that OpenSSL finds, or where it ends."""
    try:
        path = crypto.X509StoreContext(store, leaf, others).get_verified_chain()
        return tuple(crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate) for certificate in path)
    except crypto.X509StoreContextError as error:
        forget_errors()
        code, depth, message = error.errors
        return _DeadEnd(code, depth, message, error.certificate)
    except crypto.Error:  # a key that OpenSSL does not know cannot be written back
        return _DeadEnd(UNSPECIFIED, 0, "a certificate cannot be read", leaf)


def _without_path(end: _DeadEnd, chain: Sequence[bytes], anchors: TrustAnchors, at: datetime) -> Verification:
    """The outcome of a chain that reaches no certificate at hand: it may reach one known by fingerprint."""
    known = {root.sha256: root.name for root in anchors.fingerprint_only}
    sent = tuple(der for der in chain if hashlib.sha256(der).hexdigest() in known)
    if sent:
        found = TrustAnchors(name=anchors.name, certificates=sent, expiry_ignored=anchors.expiry_ignored)
        return Paths(found).verified(tuple(chain), at)
    issuers = _issuer_names(end.certificate) if known and end.code in ISSUER_MISSING else frozenset()
    undecided = next((title for title in known.values() if title in issuers), None)
    return Verification(ok=False, code=end.code, depth=end.depth, message=end.message, undecided=undecided)


def _wrong_date(path: tuple[bytes, ...], anchors: TrustAnchors, at: datetime) -> Verification | None:
    """The certificate nearest to the leaf that is not valid at `at`, as an outcome."""
    moment = at.astimezone(UTC).strftime("%Y%m%d%H%M%SZ").encode("ascii")
    for depth, der in enumerate(path[:-1] if anchors.expiry_ignored and len(path) > 1 else path):
        certificate = _openssl(der)
        if moment < (certificate.get_notBefore() or b""):
            return Verification(
                ok=False, code=NOT_YET_VALID, depth=depth, message="certificate is not yet valid", path=path
            )
        if moment > (certificate.get_notAfter() or b""):
            return Verification(ok=False, code=EXPIRED, depth=depth, message="certificate has expired", path=path)
    return None


def _issuer_names(certificate: crypto.X509) -> frozenset[str]:
    try:
        return issuer_names(crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate))
    except (ValueError, crypto.Error):  # a key that OpenSSL does not know cannot be written back
        return frozenset()


@lru_cache(maxsize=2048)
def _openssl(der: bytes) -> crypto.X509:
    return crypto.load_certificate(crypto.FILETYPE_ASN1, der)
