"""What the checks of one run share: the device's needs, the way to the proxy, the record, and the limits."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Protocol

from proxycheck.model.device import Device, Endpoint
from proxycheck.model.evidence import Evidence, TlsEvidence
from proxycheck.net.trace import Trace
from proxycheck.net.tunnel import ProxyRoute


class Observer(Protocol):
    """Told what is being tried; a progress bar, or nobody."""

    def phase(self, text: str, total: int) -> None:
        """A check begins; `total` is its number of steps."""

    def started(self, what: str) -> None:
        """One step begins."""

    def finished(self, what: str, outcome: str) -> None:
        """One step ended: `ok` or `failed`."""


@dataclass
class Session:
    """One run in progress.

    `halted` holds the reason for which nothing further can be measured, once there is one. `outside` permits
    controls that do not go through the proxy. `foreign` says whether a chain leads to no public root: there one
    harmless request is sent inside TLS, to see whether the proxy only shows a page."""

    device: Device
    endpoints: tuple[Endpoint, ...]
    route: ProxyRoute
    trace: Trace
    observer: Observer
    concurrency: int
    nonce: str
    outside: bool
    foreign: Callable[[TlsEvidence], bool]
    halted: str | None = None
    measured: set[str] = field(default_factory=set)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.limit = asyncio.Semaphore(self.concurrency)

    def background(self, work: Coroutine[None, None, None]) -> None:
        """Runs `work` beside the next check; the check of the endpoints waits for it."""
        self.tasks.append(asyncio.get_running_loop().create_task(work))

    def latest(self, operation: str, endpoint: str) -> Evidence | None:
        """The last record of one operation on one endpoint."""
        found = (e for e in reversed(self.trace.evidence) if (e.operation, e.endpoint) == (operation, endpoint))
        return next(found, None)

    def proved(self, endpoint: Endpoint) -> bool:
        """Whether the last word said in this endpoint's tunnel was answered in kind."""
        operation = {"tls": "tls", "http": "http", "teamviewer": "tunnel"}[endpoint.speaks]
        found = self.latest(operation, endpoint.id)
        return found is not None and found.failure is None
