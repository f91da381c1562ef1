"""What a chain of certificates was found to prove, in OpenSSL's words."""

import hashlib

from msgspec import Struct

OK = 0
UNSPECIFIED = 1
WRONG_SIGNATURE = 7
NOT_YET_VALID = 9
EXPIRED = 10
ISSUER_MISSING = frozenset({2, 20, 21})
UNKNOWN_ISSUER = ISSUER_MISSING | {18, 19}
"""OpenSSL's X509_V_ERR codes for a chain that reaches no anchor: issuer not found (2, 20, 21; it is 20 at
depth 0 when nothing above the leaf was sent), self-signed leaf (18), self-signed certificate in the chain
(19)."""


class Verification(Struct, frozen=True, kw_only=True):
    """The outcome for one chain.

    `code` is OpenSSL's verification result (0 is good), `depth` the certificate it is about (0 is the leaf),
    `message` OpenSSL's words. `path` (DER, leaf first, anchor last) is set whenever signatures lead to an
    anchor, dates aside. `undecided` names the root that could settle the question but is known by fingerprint
    only: then `ok` is false and means nothing."""

    ok: bool
    code: int
    depth: int
    message: str
    path: tuple[bytes, ...] = ()
    undecided: str | None = None

    @property
    def anchored(self) -> bool:
        """Whether signatures lead to an anchor, whatever the dates say."""
        return bool(self.path)

    @property
    def anchor_sha256(self) -> str | None:
        """SHA-256 (hex) of the anchor that the chain leads to."""
        return hashlib.sha256(self.path[-1]).hexdigest() if self.path else None
