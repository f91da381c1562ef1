"""Do answers take long because so many are asked for at once?

A proxy that works at one thing after another, or a line that all tunnels share, answers the later, the more wait: of
what was asked at once some comes quickly, and the rest at all times after it. Hosts that are slow by themselves take as
long however few are asked. So where answers begin to come like that, a few at a time are tried. Where those come
sooner, it stays at few, and as many more as are answered quickly; where they do not, all is as before.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Final, Literal

from proxycheck.model.evidence import Evidence
from proxycheck.model.failure import Operation

FEW = 4
"""How many tunnels at a time are tried."""
LONG_S = 2.5
"""An answer that takes as long as this takes long: a quarter of the time for which one is waited for."""
_LONG_TIMES, _LONGER_TIMES = 2, 1.5
"""How many times as long as the quickest it takes at least: by itself, and where another has waited in vain."""
_BETWEEN = 3
"""So many answers of a queue come between the quick ones and the late."""
_BETTER = 0.6
_WINDOWS = 2
_SILENCES = 3 * FEW
"""How many times a few are tried, and how many silences count as once: what was asked for before may still be worked
at."""
_ANSWERS: Final[frozenset[Operation]] = frozenset(("connect", "auth", "tls"))


class Strain:
    """`base` are the tunnels at a time when all is well; `resize` is told how many there are to be: `count`,
    and `lowest` at the least. `few` says that it was found that answers come sooner where fewer are asked
    for, `found_s` when."""

    def __init__(self, base: int, resize: Callable[[int], object]) -> None:
        self.base, self.resize = base, resize
        self.few = False
        self.found_s = 0.0
        self.count = self.lowest = base
        self._state: Literal["calm", "trial", "few", "settled"] = "calm"
        self._took_s: defaultdict[str, list[float]] = defaultdict(list)
        self._since_s = 0.0
        self._tried: Operation = "connect"
        self._longest_s = 0.0
        self._after_s: list[float] = []
        self._windows = self._silences = self._quick = 0

    def learn(self, record: Evidence) -> None:
        """Takes account of a finished answer."""
        if record.operation not in _ANSWERS or self.base <= FEW:
            return
        silent = record.timed_out
        if record.failure is not None and not silent:
            return
        if self._state == "calm":
            self._look(record, silent=silent)
        elif self._state == "trial" and record.operation == self._tried:
            self._try(record, silent=silent)
        elif self._state == "few" and record.started_s > self._since_s:
            self._adapt(record, silent=silent)

    def _look(self, record: Evidence, *, silent: bool) -> None:
        took_s = self._took_s[record.operation]
        if not silent:
            took_s.append(record.duration_s)
        if len(took_s) <= _BETWEEN:
            return
        least_s, longest_s = min(took_s), max(took_s)
        late = longest_s >= max(LONG_S, least_s * (_LONGER_TIMES if silent else _LONG_TIMES))
        if not late:
            return
        quarter_s = (longest_s - least_s) / 4
        between = sum(least_s + quarter_s <= each <= longest_s - quarter_s for each in took_s)
        if silent or between >= _BETWEEN:
            self._state, self._tried, self._longest_s = "trial", record.operation, longest_s
            self._set(FEW, record)

    def _try(self, record: Evidence, *, silent: bool) -> None:
        if record.started_s <= self._since_s:
            self._longest_s = max(self._longest_s, record.duration_s)
            return
        self._silences += silent
        if not silent:
            self._after_s.append(record.duration_s)
        from statistics import median  # noqa: PLC0415  most proxies are not tried so

        if len(self._after_s) >= FEW or self._silences >= _SILENCES:
            self._windows += 1
            if self._after_s and median(self._after_s) <= self._longest_s * _BETTER:
                self._state, self.few = "few", True
                self.found_s = record.started_s + record.duration_s
            elif self._windows >= _WINDOWS:
                self._state = "settled"
                self._set(self.base, record)
            self._after_s.clear()
            self._silences = 0

    def _adapt(self, record: Evidence, *, silent: bool) -> None:
        if silent or record.duration_s > LONG_S:
            self._set(max(1, self.count // 2), record)
        elif record.operation == self._tried and record.duration_s < LONG_S / 2 and self.count < self.base:
            self._quick += 1
            if self._quick >= self.count:
                self._set(self.count + 1, record)

    def _set(self, count: int, record: Evidence) -> None:
        """Has `count` at a time; what began before says nothing of that."""
        self._since_s, self._quick = record.started_s + record.duration_s, 0
        if count != self.count:
            self.count = count
            self.lowest = min(self.lowest, count)
            self.resize(count)
