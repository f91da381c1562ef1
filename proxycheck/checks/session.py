"""What the checks of one run share: the device's needs, the way to the proxy, the record, and the limits."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from proxycheck.checks.slots import Slots
from proxycheck.model.canary import CanaryAddress
from proxycheck.model.device import Device, Endpoint
from proxycheck.model.evidence import Evidence, TlsEvidence
from proxycheck.model.probes import Probes
from proxycheck.model.target import Credentials
from proxycheck.net.direct import DirectRoute
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
    controls that do not go through the proxy; `probes` permits refused logins. `foreign` says whether a chain leads to
    no public root: there one harmless request is sent inside TLS, to see whether the proxy only shows a page.
    `doubtful` says of a chain that a comparison with the one shown without the proxy would settle something: it is
    foreign, not for the host, or not valid today. `way` leads to the hosts: through the proxy, or straight to them.
    `network` permits questions about the network itself. `canary` is asked too, with a tunnel that stays quiet for
    `idle_s` seconds. `limit` are the tunnels at a time; `ahead` the connections that are opened while those work."""

    device: Device
    endpoints: tuple[Endpoint, ...]
    way: ProxyRoute | DirectRoute
    trace: Trace
    observer: Observer
    concurrency: int
    nonce: str
    outside: bool
    foreign: Callable[[TlsEvidence], bool]
    doubtful: Callable[[TlsEvidence], bool]
    credentials: Credentials | None = None
    probes: Probes = field(default_factory=Probes)
    network: bool = False
    halted: str | None = None
    canary: CanaryAddress | None = None
    idle_s: float = 0.0
    measured: set[str] = field(default_factory=set)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.limit = Slots(self.concurrency)
        self.ahead = Slots(max(1, self.concurrency // 2))
        self._pairing = asyncio.Lock()

    @property
    def route(self) -> ProxyRoute:
        """The way through the proxy; only for checks that need one. Raises TypeError in a run without."""
        if isinstance(self.way, ProxyRoute):
            return self.way
        raise TypeError("this run has no proxy")

    @property
    def direct(self) -> bool:
        """Whether this run has no proxy."""
        return isinstance(self.way, DirectRoute)

    @asynccontextmanager
    async def pair(self) -> AsyncIterator[None]:
        """Two connections at once under the limit; needs a `concurrency` of two or more."""
        async with AsyncExitStack() as slots:
            async with self._pairing:
                await slots.enter_async_context(self.limit.urgent())
                await slots.enter_async_context(self.limit.urgent())
            yield

    def background(self, work: Coroutine[None, None, None]) -> None:
        """Runs `work` beside the next check; the check of the endpoints waits for it."""
        self.tasks.append(asyncio.get_running_loop().create_task(work))

    def latest(self, operation: str, endpoint: str) -> Evidence | None:
        """The last record of one operation on one endpoint as the device would do it: no comparison, no variant."""
        wanted = (operation, endpoint, None)
        return next((e for e in reversed(self.trace.evidence) if (e.operation, e.endpoint, e.variant) == wanted), None)

    def proved(self, endpoint: Endpoint) -> bool:
        """Whether the last word said in this endpoint's tunnel was answered in kind."""
        operation = {"tls": "tls", "http": "http", "teamviewer": "tunnel"}[endpoint.speaks]
        found = self.latest(operation, endpoint.id)
        return found is not None and found.failure is None
