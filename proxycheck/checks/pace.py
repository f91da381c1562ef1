"""How many tunnels a run works in at a time: kind to the proxy by what it shows, not by a constant.

A run begins with so many places. While CONNECTs are answered in about the time that the first one took, each answer
adds a place, up to twice as many: the proxy is as idle as it was for one. The first sign that it is not (429, 503, a
cut connection, a silence) takes them all back, for the rest of the run. Where answers come the later, the more are
asked for at once (`strain`), there are fewer than at the beginning. What was turned away while there were more than
there should be says nothing of its host, and is asked for once more.
"""

from collections.abc import Callable

from proxycheck.checks.strain import Strain
from proxycheck.model.evidence import Evidence
from proxycheck.wire.http.reply import reply_in

MOST_TIMES = 2
"""How many times as many tunnels as at the beginning there are at most."""
_QUICK_TIMES = 1.5
_QUICK_S = 0.05
"""What an answer may take beyond the first one's time: other hosts are further away from the proxy, and this computer
is busy itself."""
_CUT = frozenset(("refused", "reset", "eof", "timeout"))


class Pace:
    """`now` are the places there are, `base` those of the beginning, `most` those there will ever be; `resize` makes it
    so. `highest` are the most there were, `slowed_by` says in a few words what ended it, None where nothing did;
    `strain` finds whether fewer are answered sooner."""

    def __init__(self, base: int, most: int, resize: Callable[[int], object]) -> None:
        self.base, self.most, self.resize = base, most, resize
        self.now = self.highest = base
        self.slowed_by: str | None = None
        self.strain = Strain(base, self._set)
        self._first_s: float | None = None

    @property
    def lowest(self) -> int:
        """The fewest that there were at a time because they are answered sooner, 0 where they are not."""
        return self.strain.lowest if self.strain.few else 0

    def learn(self, record: Evidence) -> None:
        """Takes account of a finished record."""
        if record.check in ("endpoints", "hellos"):
            self.strain.learn(record)
        if record.check != "endpoints" or record.variant is not None:
            return
        if turned_away(record):
            self.slow_down(record.failure.detail or record.failure.name if record.failure is not None else "")
        elif record.operation == "connect" and record.failure is None:
            if self._first_s is None:
                self._first_s = record.duration_s
            elif record.duration_s <= self._first_s * _QUICK_TIMES + _QUICK_S:
                self._grow()

    def late(self) -> None:
        """Takes account of an answer that is late. Before there was any, nothing is known of how long one takes."""
        if self._first_s is not None:
            self.slow_down("an answer that is late")

    def slow_down(self, why: str) -> None:
        """Goes back to the places of the beginning, and stays there."""
        if self.slowed_by is None and self.most > self.base:
            self.slowed_by = why
        self.most = self.base
        self._set(min(self.base, self.strain.count))

    def _grow(self) -> None:
        if self.now < self.most and self.strain.count == self.base:
            self._set(self.now + 1)
            self.highest = max(self.highest, self.now)

    def _set(self, count: int) -> None:
        if count != self.now:
            self.now = count
            self.resize(count)


def turned_away(record: Evidence | None) -> bool:
    """Whether a record ended as it does where there was too much at a time, whatever else it may mean."""
    if record is None:
        return False
    if record.failure is None:
        return record.operation == "http_forward" and reply_in(record).for_now
    if record.failure.name == "refused-by-peer":
        return reply_in(record).for_now
    return record.failure.name in _CUT
