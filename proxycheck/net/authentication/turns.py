"""Who may send credentials next that the proxy has accepted.

Behind a proxy that takes them may stand another that does not, for some destinations or for all but a few; it counts
what it refuses, as everybody does who checks passwords. So credentials go to a place where nobody has taken them yet
only beside a few others, and to no new place once some have refused them. Where they are taken, more and more go out
at a time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct, field

from proxycheck.model.failure import Operation
from proxycheck.model.target import Target
from proxycheck.wire.auth.refusal import LoginAnswer
from proxycheck.wire.domains import domain_of

Place = tuple[Operation, str, int]
"""A kind of request, the domain of the host, and the port: what a rule about logins may tell apart."""

MOST_REFUSED = 3
"""After so many refusals the credentials go to no place any more where they have not been taken."""
MOST_REFUSED_ANYWHERE = 8
"""After so many they go nowhere any more: they may be refused now where they were taken before."""
MOST_STRANGERS = 3
"""How many requests at a time may wait for the first answer of their places."""
AT_FIRST = 3
PATIENT_S = 0.5
"""How long others are held back by a request that gets no answer: a refusal takes no way to a host, and is quick."""

AHEAD_S = 0.25
"""How long comparisons let go first, to a new place, what the device needs: a refusal is to tell of that."""


def place_of(operation: Operation, target: Target) -> Place:
    """Where credentials go with this request."""
    return operation, domain_of(target.host), target.port


class Turn(Struct, eq=False):
    """One request with credentials: `needed` for what the device needs, or to compare with. `began_s` is since when it
    waits, by the loop's clock, `waited_s` how long it was held back; a `stranger` goes to a new place."""

    place: Place
    needed: bool
    began_s: float
    waited_s: float = 0.0
    stranger: bool = True
    answer: LoginAnswer | None = None
    left: bool = False


class Turns(Struct):
    """The turns of a run. `refused` counts the requests that ended in a refusal, whatever was accepted in between."""

    refused: int = 0
    _taken: set[Place] = field(default_factory=set)
    _denied: set[Place] = field(default_factory=set)
    _sending: list[Turn] = field(default_factory=list)
    _waiting: dict[asyncio.Future[None], Turn] = field(default_factory=dict)
    _at_a_time: int = AT_FIRST

    def spared(self, place: Place) -> bool:
        """Whether nothing is sent there, so that the account is not locked."""
        if place in self._taken:
            return self.refused >= MOST_REFUSED_ANYWHERE
        return self.refused >= MOST_REFUSED or place in self._denied

    @asynccontextmanager
    async def turn(self, place: Place, *, needed: bool = True) -> AsyncIterator[Turn | None]:
        """The turn of a request, as soon as it may go; None where it is spared. Whoever gets one sets its `answer`."""
        loop = asyncio.get_running_loop()
        turn = Turn(place, needed, loop.time())
        while not (self.spared(place) or self._has_room(turn, loop.time())):
            self._waiting[waiter := loop.create_future()] = turn
            ahead = loop.call_later(AHEAD_S, self._wake)
            try:
                await waiter
            finally:
                ahead.cancel()
                self._waiting.pop(waiter, None)
        if self.spared(place):
            yield None
            return
        turn.stranger, turn.waited_s = place not in self._taken, loop.time() - turn.began_s
        self._sending.append(turn)
        late = loop.call_later(PATIENT_S, self._leave, turn)
        try:
            yield turn
        finally:
            late.cancel()
            self._decide(turn)
            self._leave(turn)

    def taken(self, place: Place) -> None:
        """Says that credentials were accepted there, by the request that proved them."""
        self._taken.add(place)

    def _has_room(self, turn: Turn, now_s: float) -> bool:
        if any(other.answer == "refused" for other in self._sending):
            return False  # it may be asked a second time, and taken then
        if turn.place in self._taken:
            return len(self._sending) < self._at_a_time
        strangers = [other for other in self._sending if other.stranger]
        if not turn.needed:
            waiting = any(other.needed and other.place not in self._taken for other in self._waiting.values())
            return not strangers and not waiting and now_s - turn.began_s >= AHEAD_S
        pending = any(other.place == turn.place for other in strangers)
        return not pending and len(strangers) < min(MOST_STRANGERS, self._at_a_time)

    def _decide(self, turn: Turn) -> None:
        if turn.answer == "refused":
            self.refused += 1
            self._at_a_time = 1
            if turn.place not in self._taken:
                self._denied.add(turn.place)
        elif turn.answer is not None:
            self._at_a_time += 1
            self._taken.add(turn.place)

    def _leave(self, turn: Turn) -> None:
        """Lets others go, where this one has its answer or is late."""
        if not turn.left:
            turn.left = True
            self._sending.remove(turn)
        self._wake()

    def _wake(self) -> None:
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
