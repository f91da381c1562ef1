"""Loads what the first answer does not need: beside that answer where it takes its time, else right after it.

A second thread that loads while tunnels work costs more than it saves: each takes the interpreter from the other at
every read and write. So it only begins where the first answer lets it wait, and nothing that many do at once begins
before it has ended.
"""

import asyncio
from collections.abc import Callable

SOON_S = 0.003
"""A proxy in the same network that takes no connections, or that answers at once, has said so by then."""


class Loading:
    """`load`, called once: in a thread `SOON_S` seconds from now, or before that by whoever waits for it."""

    def __init__(self, load: Callable[[], object]) -> None:
        self._load = load
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[object] | None = None
        self._timer = self._loop.call_later(SOON_S, self._begin)

    def _begin(self) -> None:
        self._done = self._loop.run_in_executor(None, self._load)

    async def done(self) -> None:
        """Ends when everything is loaded. Raises what loading it raises."""
        self._timer.cancel()
        if self._done is None:
            self._done = self._loop.create_future()
            try:
                self._done.set_result(self._load())
            except Exception as error:
                self._done.set_exception(error)
        await asyncio.shield(self._done)
