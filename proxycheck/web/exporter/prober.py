"""Tests targets as they are scraped: one run a target at a time, a bounded number in all, the last result kept.

A scrape waits for the run of its target as long as its own deadline allows; the run goes on after that, so that the
next scrape gets its result. A scraper that leaves ends nothing.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from typing import Final, Protocol

from proxycheck.errors import ConfigurationError
from proxycheck.model.report import CredentialsAnswer, Report
from proxycheck.model.target import Credentials, ProxyAddress
from proxycheck.report.json import decode
from proxycheck.report.monitoring.exposition import write_exposition
from proxycheck.report.monitoring.prometheus import report_families
from proxycheck.web.exporter.configuration import Configuration, Module
from proxycheck.web.exporter.history import begun, continued, tells
from proxycheck.web.exporter.refusals import CredentialsHeldError, Refusals
from proxycheck.web.exporter.result import Ending, Kept, KeptResult
from proxycheck.web.order import Order
from proxycheck.web.process import RunFailedError

MOST_RESULTS: Final = 1000


class Watcher(Protocol):
    """Counts what the prober does."""

    def run_ended(self, outcome: Ending, seconds: float) -> None:
        """A run ended after so many seconds."""


class _Target:
    """What is known of one target of one module."""

    def __init__(self) -> None:
        self.kept: Kept | None = None
        self.with_credentials: Credentials | None = None
        self.task: asyncio.Task[None] | None = None
        self.waiting = False
        self.failure = ""
        self.held = False


Measure = Callable[[Order, frozenset[str]], Awaitable[tuple[Report, bytes]]]
"""`proxycheck.web.process.measure`, or what stands in for it in a test."""
Key = tuple[str, str]


class Prober:
    """All targets of one exporter. `clock` counts seconds and never goes back."""

    def __init__(
        self,
        configuration: Configuration,
        refusals: Refusals,
        measure: Measure,
        clock: Callable[[], float],
        watcher: Watcher,
    ) -> None:
        self._configuration = configuration
        self._refusals = refusals
        self._measure = measure
        self._clock = clock
        self._watcher = watcher
        self._targets: dict[Key, _Target] = {}
        self._slots = asyncio.Semaphore(configuration.runs)

    @property
    def configuration(self) -> Configuration:
        """What holds now."""
        return self._configuration

    @property
    def running(self) -> int:
        """Runs under way."""
        return sum(target.task is not None and not target.waiting for target in self._targets.values())

    @property
    def waiting(self) -> int:
        """Runs that wait for others."""
        return sum(target.task is not None and target.waiting for target in self._targets.values())

    @property
    def held(self) -> int:
        """Targets whose credentials are not sent again."""
        return sum(target.held for target in self._targets.values())

    @property
    def results(self) -> int:
        """Results kept."""
        return sum(target.kept is not None for target in self._targets.values())

    def last(self, module: str, proxy: ProxyAddress) -> Kept | None:
        """The last result of one target, None where there is none."""
        target = self._targets.get((module, proxy.url))
        return None if target is None else target.kept

    async def probe(self, module: Module, proxy: ProxyAddress, wait_s: float) -> KeptResult:
        """The answer to one scrape, after at most `wait_s` seconds."""
        key = (module.name, proxy.url)
        target = self._targets.pop(key, None) or _Target()
        self._targets[key] = target
        self._forget_oldest()
        task = target.task
        if task is None:
            answer = self._without_a_run(module, key, target)
            if answer is not None:
                return answer
            task = target.task = asyncio.create_task(self._run(module, proxy, key, target))
        await asyncio.wait({task}, timeout=wait_s)
        if not task.done():
            return KeptResult("waiting" if target.waiting else "running", target.kept)
        if target.held:
            return self._held(target)
        return KeptResult("failed" if target.failure else "new", target.kept, target.failure)

    async def reconfigure(self, configuration: Configuration) -> None:
        """Goes on with another configuration. Runs and results of modules that are no longer the same are dropped."""
        dropped = [key for key in self._targets if self._differs(configuration, key[0])]
        tasks = [target.task for key in dropped if (target := self._targets.pop(key)).task is not None]
        if configuration.runs != self._configuration.runs:
            self._slots = asyncio.Semaphore(configuration.runs)
        self._configuration = configuration
        await _cancelled(*(task for task in tasks if task is not None))

    async def close(self) -> None:
        """Ends every run; no process is left."""
        tasks = [target.task for target in self._targets.values() if target.task is not None]
        self._targets.clear()
        await _cancelled(*tasks)

    def _differs(self, configuration: Configuration, name: str) -> bool:
        before, after = self._configuration.modules.get(name), configuration.modules.get(name)
        return before is None or after is None or before.order != after.order or before.targets != after.targets

    def _without_a_run(self, module: Module, key: Key, target: _Target) -> KeptResult | None:
        """The answer where no run is begun."""
        try:
            credentials = module.credentials()
        except ConfigurationError as error:
            return KeptResult("failed", target.kept, str(error))
        target.held = credentials is not None and self._refusals.held(credentials, key[1], module.most_refusals)
        if target.held:
            return self._held(target)
        recent = target.kept is not None and self._clock() - target.kept.at < module.minimum_interval
        if recent and target.with_credentials == credentials:
            return KeptResult("recent", target.kept)
        if self.running + self.waiting >= self._configuration.runs + self._configuration.queue:
            return KeptResult("refused", target.kept, "too many runs wait for others")
        return None

    def _held(self, target: _Target) -> KeptResult:
        reason = "these credentials were refused and are not sent again until they change"
        return KeptResult("held", target.kept, reason)

    async def _run(self, module: Module, proxy: ProxyAddress, key: Key, target: _Target) -> None:
        """One run from its place in the queue to its result. Raises nothing but what cancels it."""
        target.waiting, target.failure = True, ""
        try:
            credentials = target.with_credentials = module.credentials()
            async with self._refusals.turn(credentials, key[1], module.most_refusals), self._slots:
                target.waiting = False
                await self._measured(module.order_for(proxy, credentials), key, target)
        except CredentialsHeldError:
            target.held = True
        except ConfigurationError as error:
            target.failure = str(error)
        except Exception as error:  # one target's fault of ours must not be that of the others
            target.failure = f"a fault of the tool itself: {type(error).__name__}"
        finally:
            target.waiting, target.task = False, None

    async def _measured(self, order: Order, key: Key, target: _Target) -> None:
        began = self._clock()
        try:
            report, encoded = await self._measure(order, self._configuration.secret_variables)
        except RunFailedError as error:
            target.failure = str(error)
            self._ended("failed", began, order, key, None if error.began else "unsent")
        except asyncio.CancelledError:
            self._watcher.run_ended("cancelled", self._clock() - began)
            raise
        else:
            target.kept = self._keep(report, encoded, target.kept)
            self._ended("finished", began, order, key, report.proxy.auth.credentials if report.proxy else None)

    def _ended(self, outcome: Ending, began: float, order: Order, key: Key, answer: CredentialsAnswer | None) -> None:
        self._watcher.run_ended(outcome, self._clock() - began)
        if order.credentials is not None:
            self._refusals.settle(order.credentials, key[1], answer)

    def _keep(self, report: Report, encoded: bytes, before: Kept | None) -> Kept:
        packed = zlib.compress(encoded, 6)
        history, telling = begun(report), None
        if before is not None and before.telling is not None:
            telling = before.telling
            history = continued(before.history, decode(zlib.decompress(telling)), report)
        return Kept(
            metrics=write_exposition(report_families(report)),
            report=packed,
            telling=packed if tells(report) else telling,
            at=self._clock(),
            history=history,
        )

    def _forget_oldest(self) -> None:
        while len(self._targets) > MOST_RESULTS + self._configuration.runs + self._configuration.queue:
            idle = next((key for key, target in self._targets.items() if target.task is None), None)
            if idle is None:
                return
            del self._targets[idle]


async def _cancelled(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks)
