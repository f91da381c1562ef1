"""A world without processes: what runs would find is made by hand, and the clock stands still until it is moved."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import structs

from proxycheck.model.report import CredentialsAnswer, Report
from proxycheck.model.target import ProxyAddress
from proxycheck.report.json import encode
from proxycheck.web.exporter.configuration import read_configuration, target_address
from proxycheck.web.exporter.own_metrics import OwnMetrics
from proxycheck.web.exporter.prober import Prober
from proxycheck.web.exporter.refusals import Refusals
from proxycheck.web.exporter.result import KeptResult
from proxycheck.web.order import Order
from proxycheck.web.process import RunFailedError
from tests.report import factory

PLAIN = """
[modules.plain]
device = "sendpro-c"
"""
SECRET = """
[modules.secret]
device = "sendpro-c"
user = "meter"
password_file = "password"
targets = ["one.example:3128", "two.example:3128", "three.example:3128", "four.example:3128"]
"""


def written(folder: Path, text: str = PLAIN + SECRET, password: str = "right") -> Path:
    """The configuration `text` as a file, with the password beside it."""
    (folder / "password").write_text(f"{password}\n")
    (folder / "exporter.toml").write_text(text)
    return folder / "exporter.toml"


def answered(credentials: CredentialsAnswer | None, report: Report | None = None) -> Report:
    """A report in which the credentials fared like that."""
    whole = report or factory.compatible()
    assert whole.proxy is not None
    return structs.replace(
        whole,
        proxy=structs.replace(whole.proxy, auth=structs.replace(whole.proxy.auth, credentials=credentials)),
    )


@dataclass
class Runs:
    """Stands in for the processes: hands back `report`, or raises `failure`, once `gate` is open."""

    report: Report = field(default_factory=factory.compatible)
    failure: RunFailedError | None = None
    orders: list[Order] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    ended: int = 0

    def __post_init__(self) -> None:
        self.gate.set()

    async def measure(self, order: Order, withheld: frozenset[str] = frozenset()) -> tuple[Report, bytes]:
        """One run."""
        assert not withheld
        self.orders.append(order)
        try:
            await self.gate.wait()
        finally:
            self.ended += 1
        if self.failure is not None:
            raise self.failure
        return self.report, encode(self.report)


@dataclass
class Scene:
    """An exporter without a network."""

    path: Path
    runs: Runs
    prober: Prober
    metrics: OwnMetrics
    now: list[float]

    async def scrape(self, target: str = "one.example:3128", module: str = "plain", wait_s: float = 60.0) -> KeptResult:
        """One scrape."""
        return await self.prober.probe(self.prober.configuration.modules[module], address(target), wait_s)

    def pass_time(self, seconds: float) -> None:
        """Moves the clock."""
        self.now[0] += seconds


def address(text: str) -> ProxyAddress:
    """The proxy of that name."""
    return target_address(text)


def scene(folder: Path, text: str = PLAIN + SECRET, runs: Runs | None = None) -> Scene:
    """An exporter with the configuration `text`."""
    path = written(folder, text)
    runs = runs or Runs()
    now, metrics = [1000.0], OwnMetrics()
    configuration = read_configuration(path)
    refusals = Refusals(lambda: now[0], configuration.state)
    prober = Prober(configuration, refusals, runs.measure, lambda: now[0], metrics)
    metrics.watch(prober)
    return Scene(path, runs, prober, metrics, now)


async def settled(times: int = 20) -> None:
    """Lets everything run that can."""
    for _ in range(times):
        await asyncio.sleep(0)
