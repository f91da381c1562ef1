"""Certificates to facts: what a certificate says about itself, read without believing any of it.

Peers send odd certificates, and public lists hold roots older than today's rules, so an unreadable extension or an
unknown kind of key is a fact like any other. What a strict reader refuses and OpenSSL takes is read loosely, and says
so: it proves nothing. `proxycheck.wire.certificates.verification` says what a chain proves.

`proxycheck.wire.certificates.reading`, which reads them, is loaded with the first certificate: where no tunnel opens
none is shown, and `cryptography` would take a sixth of such a run.
"""

import base64
from collections.abc import Iterable
from functools import lru_cache

from proxycheck.wire.certificates.certificate import CertificateFacts


@lru_cache(maxsize=1024)
def certificate_facts(der: bytes) -> CertificateFacts:
    """What the certificate in `der` says.

    Raises ValueError when not even its issuer and its key can be told apart (RFC 5280 section 4.1)."""
    from proxycheck.wire.certificates import reading  # noqa: PLC0415  loads with the first certificate

    return reading.facts_of(der)


def issuer_of(der: bytes, candidates: Iterable[bytes]) -> bytes | None:
    """The first certificate among `candidates` whose name and key issued the certificate in `der`, or None.

    Says nothing about trust. Candidates that are no certificates are skipped."""
    from proxycheck.wire.certificates.reading import issued  # noqa: PLC0415  the same

    return next((candidate for candidate in candidates if issued(der, candidate)), None)


@lru_cache(maxsize=512)
def to_pem(der: bytes) -> str:
    """`der` as one PEM block (RFC 7468 section 5)."""
    text = base64.b64encode(der).decode("ascii")
    body = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n"
