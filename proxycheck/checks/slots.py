"""How many connections a run has at once: places that are given out in turn, urgent ones first.

A check that needs one place after another (a greeting, then the next) would wait at the end of a long queue each time;
marked as urgent it only waits for the next free place. A check that needs several at once collects them under a lock:
two that collected at the same time could wait for each other for ever.
"""

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, nullcontext
from types import TracebackType


class Slots:
    """`count` places. `async with slots:` takes one in turn."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._arrivals = 0
        self._collecting = asyncio.Lock()

    async def _take(self, rank: int) -> None:
        if self._free > 0 and not self._waiting:
            self._free -= 1
            return
        self._arrivals += 1
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (rank, self._arrivals, place))
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._give()
            raise

    def _give(self) -> None:
        while self._waiting:
            _, _, place = heapq.heappop(self._waiting)
            if not place.done():
                place.set_result(None)
                return
        self._free += 1

    async def __aenter__(self) -> None:
        await self._take(1)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give()

    @asynccontextmanager
    async def several(self, count: int, *, urgent: bool = False) -> AsyncIterator[None]:
        """`count` places, in turn or before all who wait in turn."""
        async with AsyncExitStack() as taken:
            async with self._collecting if count > 1 else nullcontext():
                for _ in range(count):
                    await self._take(0 if urgent else 1)
                    taken.callback(self._give)
            yield
