"""How long a run waits for an answer: the whole deadline, until a few have been silent to the end of it.

A proxy or a filter that drops what it does not like is silent to all hosts alike. Once so many have been waited for to
the end, half of the deadline is enough for those that follow, or twice what the slowest answer took. Nor is a silence
that begins late waited for beyond the half minute that a run may take, unless answers are as slow as that.
"""

from collections.abc import Callable
from typing import Final

from proxycheck.model.evidence import Evidence
from proxycheck.model.failure import Operation
from proxycheck.model.questions import CheckId

ENOUGH = 8
"""Silences to the end of the deadline after which the next ones are cut short."""
RUN_S = 27.0
"""How long a run may take, in seconds: half a minute, with time left to judge it."""
LEAST_S = 2.5
"""What is waited for in any case: a connection whose first packet was lost comes about after a second or so."""
LATE_S = 1.0
"""What is longer than this is late, where answers come quickly."""
_SHARE = 0.5
_TIMES = 2.0
_CLOCK_S = 0.05
"""How much earlier than asked a deadline may end by the clock of the records."""

_ANSWERED: Final[frozenset[Operation]] = frozenset(("connect", "auth", "tls", "tunnel", "http", "http_forward"))
_DEADLINE: Final[frozenset[CheckId]] = frozenset(("endpoints", "plain-http", "controls"))
"""Checks whose waiting ends with the deadline and nothing earlier."""


class Patience:
    """What a run has learned about waiting. `whole_s` is the deadline in seconds that was asked for; without `learns`
    it stays in force. `elapsed_s` tells for how many seconds the run has lasted. `cut_short` counts the answers that
    were not waited for to its end."""

    def __init__(
        self, whole_s: float, learns: bool = True, elapsed_s: Callable[[], float] = lambda: 0.0, cut_short: int = 0
    ) -> None:
        self.whole_s = whole_s
        self.learns = learns
        self.elapsed_s = elapsed_s
        self.cut_short = cut_short
        self._silent = 0
        self._slowest_s = 0.0
        self._slowest_success_s = 0.0

    @property
    def timeout_s(self) -> float:
        """How long an answer is waited for now, in seconds."""
        if not self.learns:
            return self.whole_s
        share_s = self.whole_s if self._silent < ENOUGH else self.whole_s * _SHARE
        return min(self.whole_s, max(min(share_s, RUN_S - self.elapsed_s()), self._slowest_s * _TIMES, LEAST_S))

    @property
    def late_s(self) -> float:
        """After how many seconds an answer is late, by what successful ones have taken so far."""
        return max(LATE_S, self._slowest_success_s * _TIMES)

    def learn(self, record: Evidence) -> None:
        """Takes account of a finished record."""
        if record.timed_out:
            if record.check in _DEADLINE:
                whole = record.duration_s > self.whole_s - _CLOCK_S
                self._silent += whole
                self.cut_short += not whole and record.duration_s > self.timeout_s - _CLOCK_S
        elif record.operation in _ANSWERED:
            self._slowest_s = max(self._slowest_s, record.duration_s)
            if record.failure is None:
                self._slowest_success_s = max(self._slowest_success_s, record.duration_s)
