"""How many connections a run has at once: places that are given out in turn, urgent ones first.

A check that needs one place after another (a greeting, then the next) would wait at the end of a long queue each time;
marked as urgent it only waits for the next free place. A check that needs several at once collects them under a lock:
two that collected at the same time could wait for each other for ever.

A place that is held for long is `late`. Where every place is held and nothing has ended or come for as long, what holds
them is only waiting for silent peers: then the late ones leave, which means that they go on waiting beside the places
while others work in them. As long as anything ends, or bytes come, the proxy is working at its own pace, and nothing
leaves.
"""

import asyncio
import heapq
import math
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext

_OUTSIDE = 4
"""How many have left at a time, at most, for each place: what a proxy that answers nothing is asked for has a bound."""


class Place:
    """A place that somebody holds. `when_late` is called once it has been held for long; `heard_s` is when something
    last came about there, by the loop's clock."""

    def __init__(self, slots: "Slots", late_s: float) -> None:
        self._slots = slots
        self.left = False
        self.when_late: Callable[[], object] | None = None
        self.follower: Place | None = None
        self._loop = asyncio.get_running_loop()
        self._turn = slots.turn
        self.heard_s = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None
        if late_s < math.inf:
            self.watch(late_s, slots.is_late)

    def watch(self, after_s: float, tell: Callable[["Place"], object]) -> None:
        """Calls `tell` after so many seconds, unless the place was given back by then."""
        self._timer = self._loop.call_later(after_s, tell, self)

    def heard(self) -> None:
        """Says that something came about here."""
        self.heard_s = self._loop.time()

    @property
    def crowded(self) -> bool:
        """Whether more places than there should be have been held since this one is."""
        return self._slots.crowded_since(self._turn)

    def end(self) -> None:
        """Gives the place back, unless it has left."""
        if self._timer is not None:
            self._timer.cancel()
        self._slots.ended(self)

    def leave(self) -> None:
        """Gives the place to somebody else, though what holds it goes on; so does the one that follows it."""
        if not self.left:
            self.left = True
            self._slots.give()
        if self.follower is not None:
            self.follower.leave()


class Slots:
    """`count` places. `late_s` says for how many seconds a place is held, and nothing ends, before it may leave;
    `when_silent` is called whenever nothing came about in one for so long. `turn` counts the places that were given."""

    def __init__(
        self,
        count: int,
        late_s: Callable[[], float] = lambda: math.inf,
        when_silent: Callable[[], object] = lambda: None,
    ) -> None:
        self._first = self._count = count
        self._held = 0
        self._when_silent = when_silent
        self._most_outside = count * _OUTSIDE
        self._late_s = late_s
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._arrivals = 0
        self._collecting = asyncio.Lock()
        self._late: dict[Place, None] = {}
        self._outside: set[Place] = set()
        self._last_move = -math.inf
        self.turn = self._last_crowd = 0
        self._relief: asyncio.TimerHandle | None = None

    async def _take(self, rank: int, *, idle: bool) -> Place:
        if self._free and not self._waiting:
            self._held += 1
            return self._place(idle=idle)
        self._arrivals += 1
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, self._arrivals, place))
        self._relieve()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self.give()
            raise
        return self._place(idle=idle)

    def _place(self, *, idle: bool) -> Place:
        self.turn += 1
        self._note_crowd()
        return Place(self, math.inf if idle else self._late_s())

    def _note_crowd(self) -> None:
        if self._held > min(self._first, self._count):
            self._last_crowd = self.turn

    def crowded_since(self, turn: int) -> bool:
        """Whether more places than at first, or than there are now, have been held at any time since the one of this
        `turn` was given."""
        self._note_crowd()
        return self._last_crowd >= turn

    def give(self) -> None:
        """Gives a place that is free to whoever is next."""
        self._held -= 1
        self._hand_on()

    @property
    def _free(self) -> bool:
        """Whether a place is free; who needs several at once gets as many as there were at first, however few there are
        by now."""
        return self._held < (max(self._first, self._count) if self._collecting.locked() else self._count)

    def _hand_on(self) -> None:
        while self._waiting and self._free:
            _, _, place = heapq.heappop(self._waiting)
            if not place.done():
                self._held += 1
                place.set_result(None)

    def resize(self, count: int) -> None:
        """Has `count` places from now on."""
        self._count = count
        self._hand_on()
        self._note_crowd()

    def moved(self) -> None:
        """Something has ended, or bytes have come."""
        self._last_move = asyncio.get_running_loop().time()

    def ended(self, place: Place) -> None:
        """What held `place` has ended."""
        self._late.pop(place, None)
        self._note_crowd()
        if place in self._outside:
            self._outside.remove(place)
            self._relieve()
        elif not place.left:
            self.moved()
            self.give()

    def is_late(self, place: Place) -> None:
        """`place` has been held for long."""
        self._late[place] = None
        self._watch_silence(place)
        if place.when_late is not None:
            place.when_late()
        self._relieve()

    def _watch_silence(self, place: Place) -> None:
        rest = place.heard_s + self._late_s() - asyncio.get_running_loop().time()
        if rest > 0:
            place.watch(rest, self._watch_silence)
        else:
            self._when_silent()

    def _relieve(self) -> None:
        """Lets late places leave, where somebody waits and nothing has ended for long."""
        if not self._late or not self._waiting or self._relief is not None:
            return
        loop = asyncio.get_running_loop()
        rest = self._last_move + self._late_s() - loop.time()
        if rest > 0:
            self._relief = loop.call_later(rest, self._relieve_later)
            return
        for place in list(self._late)[: self._most_outside - len(self._outside)]:
            del self._late[place]
            self._outside.add(place)
            place.leave()

    def _relieve_later(self) -> None:
        self._relief = None
        self._relieve()

    @asynccontextmanager
    async def places(self, count: int = 1, *, urgent: bool = False, idle: bool = False) -> AsyncIterator[list[Place]]:
        """`count` places, in turn or before all who wait in turn. `idle` ones are for what is quiet by its own will:
        they are never late."""
        async with AsyncExitStack() as taken:
            places = []
            async with self._together_in_turn() if count > 1 else nullcontext():
                for _ in range(count):
                    place = await self._take(0 if urgent else 1, idle=idle)
                    taken.callback(place.end)
                    places.append(place)
            yield places

    @asynccontextmanager
    async def _together_in_turn(self) -> AsyncIterator[None]:
        """Lets one after another collect places."""
        async with self._collecting:
            self._hand_on()
            yield
