"""How much of a run is kept, however much a proxy sends: what a report may weigh is given out by endpoints.

Counted is what a character costs in the report's JSON: one for a letter, six for a control character. Every endpoint
has a share of its own, of which one operation takes half of what is left at most, so that later ones find some. Beyond
that there is a reserve for whoever comes first. And whatever was spent, the beginning of each answer is kept, and the
certificates of an ordinary chain: what decides stands there.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

SHARED_OUT = 4 << 20
"""What the shares of all endpoints cost together, in bytes of JSON."""
RESERVE = 2 << 20
"""What those that need more than their share may cost together."""
LEAST_TEXT = 9 << 10
"""The beginning of an answer that is kept in any case: its head, and as much of a page as comparisons look at."""
LEAST_CHAIN = 24 << 10
"""The certificates that are kept in any case: an ordinary chain takes half of it."""

_BESIDE = 8
"""Shares for what belongs to no endpoint: greetings of the listener, comparisons."""
_TWICE = 2
"""A chain stands in the evidence and in the answer of its endpoint."""
_SHORT_ESCAPES = b'"\\\n\r\t\b\f'
_COSTS = bytes(2 if byte in _SHORT_ESCAPES else 1 if 0x20 <= byte < 0x7F else 6 for byte in range(256))
_CHEAP = bytes(byte for byte in range(256) if _COSTS[byte] == 1)
_NOT_DEAR = bytes(byte for byte in range(256) if _COSTS[byte] < 6)
_PLAIN = re.compile(r"[ !#-\[\]-~]*\Z")


class EvidenceBudget:
    """What may still be kept. `endpoints` is the number of those that share it; `left_out` counts the texts and chains
    of which not all was kept."""

    def __init__(self, endpoints: int = 1) -> None:
        self._share = SHARED_OUT // (endpoints + _BESIDE)
        self._left: dict[str | None, int] = {}
        self._reserve = RESERVE
        self.left_out = 0

    def text(self, endpoint: str | None, text: str) -> str:
        """The part of `text` that is kept, from its beginning: characters of U+0000 to U+00FF, one for each byte."""
        left = self._left.get(endpoint, self._share)
        if _PLAIN.match(text):
            granted = self._grant(endpoint, len(text), max(LEAST_TEXT, left // 2))
            kept = text[:granted]
        else:
            written = text.encode("latin-1")
            whole = _cost(written)
            granted = self._grant(endpoint, whole, max(LEAST_TEXT, left // 2))
            kept = text if granted >= whole else text[: _affordable(written, granted)]
        self.left_out += len(kept) < len(text)
        return kept

    def chain(self, endpoint: str | None, chain: Iterable[str]) -> tuple[str, ...]:
        """The certificates that are kept, from the leaf on, each whole."""
        sent = tuple(chain)
        sizes = list(accumulate(_TWICE * len(pem) for pem in sent))
        if not sizes:
            return sent
        left = self._left.get(endpoint, self._share)
        granted = self._grant(endpoint, sizes[-1], max(LEAST_CHAIN, left))
        kept = sent[: bisect_right(sizes, granted)]
        self.left_out += len(kept) < len(sent)
        return kept

    def _grant(self, endpoint: str | None, wanted: int, own: int) -> int:
        """What may be spent of `wanted`: `own` at the endpoint's expense, the rest from the reserve."""
        granted = min(wanted, own + self._reserve)
        self._reserve -= max(0, granted - own)
        self._left[endpoint] = max(0, self._left.get(endpoint, self._share) - min(granted, own))
        return granted


def _affordable(written: bytes, granted: int) -> int:
    """How many of its bytes may be kept."""
    return bisect_right(list(accumulate(written.translate(_COSTS))), granted)


def _cost(written: bytes) -> int:
    """The sum of what its bytes cost: they are counted by kind, which is ten times as fast as one by one."""
    special, dear = written.translate(None, _CHEAP), written.translate(None, _NOT_DEAR)
    return len(written) + len(special) + 4 * len(dear)
