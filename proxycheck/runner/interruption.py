"""Ctrl-C, SIGTERM, SIGHUP and Ctrl-Break of Windows as requests: they end the measuring, and what was measured is
judged and written all the same.

The first signal ends the measuring. One that comes later, while a report is made of it, is noted and nothing else: that
takes a second or two. Whoever asks twice while the report is made ends it at once.
"""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""SIGHUP comes when the terminal or the connection to it is closed. The last only Windows has; there it is what a
process of its own group gets, and one whose window is closed."""
_Handler = Callable[[int, FrameType | None], object] | int | None


class Interruption:
    """From `with` to its end, those signals of this process. In another thread than the main one it does nothing: only
    there are signals delivered. One that the caller of this process has it ignore stays ignored.

    `requested` says whether a signal has come."""

    def __init__(self) -> None:
        self.requested = False
        self._stop: Callable[[], object] | None = None
        self._patience = 1
        self._before: dict[int, _Handler] = {}

    def __enter__(self) -> "Interruption":
        if threading.current_thread() is threading.main_thread():
            known = (getattr(signal, name) for name in _SIGNALS if hasattr(signal, name))
            for number in (each for each in known if signal.getsignal(each) is not signal.SIG_IGN):
                self._before[number] = signal.signal(number, self._receive)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def ends_this_task(self) -> None:
        """From now on the first signal, or the one that has come already, cancels the task that calls this; the second
        raises KeyboardInterrupt."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def stop() -> None:
            if task is not None:
                with contextlib.suppress(RuntimeError):  # the loop is closed: the task has ended by itself
                    loop.call_soon_threadsafe(task.cancel)

        self._stop, self._patience = stop, 1
        if self.requested:
            stop()

    def hold(self) -> None:
        """From now on the first signal is only noted, the second raises KeyboardInterrupt."""
        self._stop, self._patience = None, 1

    def raise_at_once(self) -> None:
        """From now on the first signal raises KeyboardInterrupt."""
        self._stop, self._patience = None, 0

    def _receive(self, _number: int, _frame: FrameType | None) -> None:
        self.requested = True
        self._patience -= 1
        if self._patience < 0:
            raise KeyboardInterrupt
        if self._stop is not None:
            self._stop()
