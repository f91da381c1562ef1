"""Which hosts are asked for bytes inside TLS: a handshake alone does not show that anything passes after it.

One host of each owner and port is enough. A host may close for reasons of its own, so others of its owner are asked
until one has answered.
"""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct, field

MOST_AT_ONCE = 2
MOST = 4
"""Hosts of one owner and port that are asked at a time, and at all."""


class Turn(Struct):
    """Whether a host is to be asked, and afterwards whether it was heard."""

    wanted: bool
    heard: bool = False


class Hearing(Struct):
    """The turns of one run."""

    _asked: Counter[tuple[str, int]] = field(default_factory=Counter)
    _waiting: Counter[tuple[str, int]] = field(default_factory=Counter)
    _heard: set[tuple[str, int]] = field(default_factory=set)

    @asynccontextmanager
    async def turn(self, owner: str, port: int) -> AsyncIterator[Turn]:
        """Gives a turn to a host of `owner` at `port`; it is wanted as long as none was heard there."""
        key = (owner, port)
        wanted = key not in self._heard and self._waiting[key] < MOST_AT_ONCE and self._asked[key] < MOST
        if not wanted:
            yield Turn(wanted=False)
            return
        self._asked[key] += 1
        self._waiting[key] += 1
        turn = Turn(wanted=True)
        try:
            yield turn
        finally:
            self._waiting[key] -= 1
            if turn.heard:
                self._heard.add(key)
