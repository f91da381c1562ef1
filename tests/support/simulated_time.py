"""A clock that jumps: coroutines run with deadlines of any length and no time goes by.

Whenever nobody has anything to do, the clock goes to the next deadline. Ten seconds of silence are tested in no time,
in the same order each time, and what has no deadline hangs here as it would hang out there. Only for peers that live
in the same loop (`tests.support.scripted`): a real one would never be waited for.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _NoWaiting(selectors.DefaultSelector):
    """Turns every wait for a deadline into a step of the clock."""

    skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0 if timeout is not None else None)
        if not ready and timeout is not None:
            self.skipped += max(timeout, 0.0)
        return ready


class SimulatedTime(asyncio.SelectorEventLoop):
    """An event loop whose clock stands still while there is work, and jumps to the next deadline when there is none."""

    def __init__(self) -> None:
        self._jumps = _NoWaiting()
        super().__init__(self._jumps)

    def time(self) -> float:
        """Seconds that were waited for."""
        return self._jumps.skipped

    def run_in_executor(  # type: ignore[override]  # the type of the stubs is written with a newer kind of variable
        self, _executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        """Work for another thread takes no time either: while one works, this clock would jump."""
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done


def run(work: Coroutine[Any, Any, T]) -> T:
    """As `asyncio.run`, with a clock that jumps."""
    with asyncio.Runner(loop_factory=SimulatedTime) as runner:
        return runner.run(work)
