"""The runs since the start, newest last, in memory alone; one goes on at a time."""

import asyncio
import contextlib
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Final

from proxycheck.catalogue.devices import load_device
from proxycheck.model.report import Report
from proxycheck.report.texts import texts
from proxycheck.routes.system.proxy_text import without_secrets
from proxycheck.runner.selection import select
from proxycheck.web.order import Order
from proxycheck.web.page.form import Filled
from proxycheck.web.page.progress import Progress, State
from proxycheck.web.process import RunFailedError, Watch, measure

KEPT: Final = 20
"""So many runs are remembered; the oldest is forgotten first."""
Measure = Callable[[Order, tuple[str, ...], Watch], Awaitable[tuple[Report, bytes]]]


class BusyError(Exception):
    """A run goes on already."""


class PageRun:
    """One run, under way (neither `report` nor `failure`) or ended. `form` is what was filled in, without the
    password; `before` names the run that this one repeats, `began` is the time of day when it began. `pac` is the PAC
    file that is to name the proxy, where one is."""

    def __init__(self, form: Filled, order: Order, before: str | None) -> None:
        self.id = secrets.token_hex(8)
        self.form = form
        self.before = before
        self.began = datetime.now().astimezone().strftime("%H:%M:%S")
        self.pac = None if order.proxy is not None or order.pac is None else without_secrets(order.pac)
        self.roots = None if order.roots is None else Path(order.roots)
        self._proxy = order.proxy
        self.device = load_device(order.device)
        self.report: Report | None = None
        self.failure: str | None = None
        self._stopping = False
        self._progress = Progress(self.device, select(self.device.endpoints, order.tier, order.only, order.add))
        self._watch = Watch(self._progress.step)

    @property
    def route(self) -> str:
        """The proxy that is tested, or as long as it is not known the PAC file that is to name it."""
        return self._proxy.url if self._proxy is not None else self._progress.proxy or self.pac or ""

    @property
    def ended(self) -> bool:
        """Whether nothing more is to come."""
        return self.report is not None or self.failure is not None

    def state(self) -> State:
        """How far it is."""
        return self._progress.state(ended=self.ended, stopping=self._stopping)

    def stop(self) -> None:
        """Ends the measuring; the report of what was found comes all the same."""
        self._stopping = True
        self._watch.stop()

    async def go(self, order: Order, made: Measure) -> None:
        """Runs it to its end."""
        try:
            self.report, _ = await made(order, (), self._watch)
        except RunFailedError as error:
            self.failure = str(error)
        finally:
            if not self.ended:
                self.failure = texts().live.fault


class Runs:
    """All of them; `made` is what makes a report."""

    def __init__(self, made: Measure = measure) -> None:
        self._made = made
        self._runs: dict[str, PageRun] = {}
        self._task: asyncio.Task[None] | None = None

    def newest_first(self) -> list[PageRun]:
        """The runs that are remembered."""
        return [*reversed(self._runs.values())]

    @property
    def current(self) -> PageRun | None:
        """The one that is under way."""
        return next((run for run in self._runs.values() if not run.ended), None)

    def get(self, name: str | None) -> PageRun | None:
        """The run of that name, None where there is none, or none any more."""
        return None if name is None else self._runs.get(name)

    def start(self, form: Filled, order: Order, before: str | None = None) -> PageRun:
        """Begins a run. Raises BusyError while another one goes on."""
        if self.current is not None:
            raise BusyError
        run = PageRun(form, order, before)
        self._runs[run.id] = run
        for name in [*self._runs][:-KEPT]:
            del self._runs[name]
        self._task = asyncio.create_task(run.go(order, self._made))
        return run

    async def close(self) -> None:
        """Ends what goes on, with its process."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
