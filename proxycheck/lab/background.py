"""An event loop in a thread of its own, for a lab that runs beside the check."""

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from types import TracebackType
from typing import Any, TypeVar

from proxycheck.errors import LabError

T = TypeVar("T")


class BackgroundLoop:
    """Runs coroutines in its thread while the `with` block lasts; then cancels what is left and ends the
    thread.

    `faults` collects what the loop itself complained of, such as a task whose exception nobody looked at."""

    def __init__(self, name: str) -> None:
        self.faults: list[str] = []
        self._ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> "BackgroundLoop":
        self._thread.start()
        self._loop, self._end = self._ready.result()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def call(self, work: Coroutine[Any, Any, T], timeout: float = 30.0) -> T:
        """The result of `work`, or what it raised. LabError when it takes longer than `timeout` seconds."""
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result(timeout)
        except TimeoutError as error:
            future.cancel()
            raise LabError(f"the lab did not answer within {timeout:g} s") from error

    def _run(self) -> None:
        try:
            asyncio.run(self._main())
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _main(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._complain)
        # mitmproxy's own main loop starts tasks eagerly where Python can (3.12 and newer).
        if eager := getattr(asyncio, "eager_task_factory", None):
            loop.set_task_factory(eager)
        end = asyncio.Event()
        self._ready.set_result((loop, end))
        await end.wait()

    def _complain(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        self.faults.append(f"{context['message']}: {context.get('exception')!r}")
