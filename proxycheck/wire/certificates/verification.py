"""What a chain of certificates proves against a set of roots, offline: no network, no clock, no system store.

OpenSSL's path building does the work, in `proxycheck.wire.certificates.paths`, from what the peer sent and nothing
else: no issuer is fetched, as Android fetches none. Dates are judged apart from trust, so that an expired certificate
of a public authority is still known as one.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from proxycheck.model.trust import TrustAnchors
from proxycheck.wire.certificates.outcome import UNSPECIFIED, Verification

if TYPE_CHECKING:
    from proxycheck.wire.certificates.paths import Paths

_LONGEST_CHAIN = 32


class RootStore:
    """Trust anchors, made ready for OpenSSL at the first use and once. In their place may stand what loads them."""

    def __init__(self, anchors: TrustAnchors | Callable[[], TrustAnchors]) -> None:
        self._given = anchors

    @cached_property
    def anchors(self) -> TrustAnchors:
        """The anchors. Raises what loading them raises."""
        return self._given() if callable(self._given) else self._given

    @cached_property
    def paths(self) -> "Paths":
        """The same for OpenSSL."""
        from proxycheck.wire.certificates.paths import Paths  # noqa: PLC0415  OpenSSL loads with the first chain

        return Paths(self.anchors)


def verify(chain: Sequence[bytes], roots: RootStore, at: datetime) -> Verification:
    """What `chain` (DER, leaf first, then in any order) proves against `roots` at the moment `at` (aware).

    Names and key usages are not looked at. A chain that is empty, overlong or unreadable is not ok, with code
    1."""
    if not 0 < len(chain) <= _LONGEST_CHAIN:
        return Verification(ok=False, code=UNSPECIFIED, depth=0, message=f"{len(chain)} certificates were sent")
    return roots.paths.verified(tuple(chain), at)
