"""What the checks of one run share: the device's needs, the way to the proxy, the record, and the limits."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping
from functools import cached_property
from typing import Protocol

from msgspec import Struct, field

from proxycheck.catalogue.client_hellos import load_client_hello
from proxycheck.checks.hearing import Hearing
from proxycheck.checks.pace import MOST_TIMES, Pace
from proxycheck.checks.slots import Place, Slots
from proxycheck.errors import ProxycheckError, describe_fault
from proxycheck.model.canary import CanaryAddress, CanaryEvidence
from proxycheck.model.device import Device, Endpoint, Speaks
from proxycheck.model.evidence import Evidence, TlsEvidence
from proxycheck.model.failure import Operation
from proxycheck.model.files.client_hello import HelloProfile
from proxycheck.model.questions import CheckId, Phase
from proxycheck.model.report import Fault
from proxycheck.model.target import Credentials, Probes
from proxycheck.model.text import printable
from proxycheck.net.computer.descriptors import affordable
from proxycheck.net.direct import DirectRoute
from proxycheck.net.trace import Trace
from proxycheck.net.tunnel import ProxyRoute

_LONGEST_FAULT = 300
_CONNECTS: tuple[Operation, ...] = ("connect", "auth")
_SAID: Mapping[Speaks, Operation] = {"tls": "tls", "http": "http", "teamviewer": "tunnel"}


class Observer(Protocol):
    """Receives what the run is trying, as it tries it. A progress bar is one; `Silent` shows nothing."""

    def phase(self, name: Phase, total: int) -> None:
        """A check begins; `total` is its number of steps."""

    def started(self, what: str) -> None:
        """One step begins."""

    def finished(self, what: str, outcome: str) -> None:
        """One step ended: `ok`, `failed`, or `unclear` where who answered is only judged at the end."""

    def certain(self, blocker: str) -> None:
        """The title of a cause that will make the verdict incompatible, as soon as there is one."""


class Session(Struct, dict=True, kw_only=True):
    """One run in progress.

    `halted` holds the reason for which nothing further can be measured, once there is one. `outside` permits
    controls that do not go through the proxy; `probes` permits refused logins. `foreign` says whether a chain leads to
    no public root: there one harmless request is sent inside TLS, to see whether the proxy only shows a page.
    `doubtful` says of a chain that a comparison with the one shown without the proxy would settle something: it is
    foreign, not for the host, or not valid today. `roots_given` says that a person named the public roots. `way` leads
    to the hosts: through the proxy, or straight to them. `network` permits questions about the network itself. `canary`
    is asked too, with a tunnel that stays quiet for `idle_s` seconds. `compared` says that the proxy has been asked how
    it answers for itself, `invented` how it does for a name that cannot exist. `listening` is the probe of the canary
    that waits for it to speak. `asked_to_invent` are the authorities whose hosts were asked for a name that cannot
    exist; `strangers` are the endpoints where a foreign chain was shown. `inside` gives the turns of asking for bytes
    inside TLS. `faults` are what this program did wrong on the way. `working` are the places held for a question about
    a target. `limit` are the tunnels at a time; `connections`
    those and the ones opened while those work. `grows` permits more tunnels at a time than `concurrency`, as `pace`
    finds that the proxy takes them easily."""

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
    grows: bool = False
    credentials: Credentials | None = None
    probes: Probes = field(default_factory=Probes)
    roots_given: bool = False
    network: bool = False
    halted: str | None = None
    canary: CanaryAddress | None = None
    idle_s: float = 0.0
    compared: bool = False
    invented: bool = False
    measured: set[str] = field(default_factory=set)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    listening: asyncio.Future[CanaryEvidence] | None = None
    asked_to_invent: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    inside: Hearing = field(default_factory=Hearing)
    faults: list[Fault] = field(default_factory=list)
    working: defaultdict[tuple[CheckId, str], set[Place]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        def resize(count: int) -> None:
            self.connections.resize(_with_those_ahead(count))
            self.limit.resize(count)

        most = self.concurrency * MOST_TIMES if self.grows and not self.direct else self.concurrency
        self.pace = Pace(self.concurrency, affordable(most), resize)
        self.limit = Slots(self.concurrency, lambda: self.way.patience.late_s, self.pace.late)
        self.connections = Slots(_with_those_ahead(self.concurrency))

    @property
    def route(self) -> ProxyRoute:
        """The way through the proxy; only for checks that need one. Raises TypeError in a run without."""
        if isinstance(self.way, ProxyRoute):
            return self.way
        raise TypeError("this run has no proxy")

    @cached_property
    def limits(self) -> HelloProfile:
        """The ClientHello of the device: what it offers is what every handshake with a host offers."""
        return load_client_hello(self.device.client_hello.profile)

    @property
    def direct(self) -> bool:
        """Whether this run has no proxy."""
        return isinstance(self.way, DirectRoute)

    def background(self, check: CheckId, endpoint: str | None, work: Coroutine[None, None, None]) -> None:
        """Runs `work`, on one endpoint or on none, beside the next check; the check of the endpoints waits for it."""
        task = asyncio.get_running_loop().create_task(self.attempt(check, work, endpoint))
        task.add_done_callback(lambda _: work.close())  # it may never have begun
        self.tasks.append(task)

    async def attempt(self, check: CheckId, work: Coroutine[None, None, None], endpoint: str | None = None) -> None:
        """Awaits `work`; what breaks it by a fault of this program is recorded and costs nothing else.

        Raises ProxycheckError: what a person has to mend ends the run."""
        try:
            await work
        except ProxycheckError:
            raise
        except Exception as error:
            self.broke(check, error, endpoint)

    def broke(self, check: str, error: BaseException, endpoint: str | None = None) -> None:
        """Records a fault of this program."""
        text = printable(self.trace.words(describe_fault(error)), _LONGEST_FAULT)
        self.faults.append(Fault(check, text, endpoint))

    def latest(self, operation: Operation, endpoint: str) -> Evidence | None:
        """The last record of one operation on one endpoint as the device would do it: no comparison, no variant."""
        return self.trace.latest(operation, endpoint)

    def heard(self, record: Evidence) -> None:
        """Takes account of a finished record: where something came about, nobody waits for a silent peer."""
        if record.failure is None and record.endpoint is not None:
            for place in self.working.get((record.check, record.endpoint), ()):
                place.heard()

    def tell(self, endpoint: Endpoint, *, answered: bool) -> None:
        """Tells the observer how measuring this endpoint ended."""
        unclear = endpoint.id in self.strangers
        self.observer.finished(endpoint.id, "failed" if not answered else "unclear" if unclear else "ok")

    def last_connect(self, endpoint: str) -> Evidence | None:
        """The CONNECT to one endpoint that began last, with credentials or without."""
        asked = (self.latest(operation, endpoint) for operation in _CONNECTS)
        return max(filter(None, asked), key=lambda found: found.started_s, default=None)

    @property
    def works(self) -> bool:
        """Whether anything is proved."""
        return any(self.proved(endpoint) for endpoint in self.endpoints)

    def proved(self, endpoint: Endpoint) -> bool:
        """Whether the last word said in this endpoint's tunnel was answered in kind."""
        found = self.latest(_SAID[endpoint.speaks], endpoint.id)
        return found is not None and found.failure is None


def _with_those_ahead(count: int) -> int:
    """How many connections there are at most while `count` tunnels work: half as many wait for their turn."""
    return count + max(1, count // 2)
