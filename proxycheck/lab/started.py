"""What the fixtures of `proxycheck.lab.pytest_plugin` give: started scenarios, and our own check.

As little is imported as there: every run of pytest loads this module where proxycheck is installed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    from proxycheck.lab.stage import Stage
    from proxycheck.model.device import Device
    from proxycheck.model.files.scenario import Scenario
    from proxycheck.model.report import Report
    from proxycheck.model.target import ProxyAddress
    from proxycheck.runner import Plan


@dataclass(frozen=True)
class StartedScenario:
    """A simulated proxy that listens on loopback, for as long as the fixture that started it.

    `roots` is the PEM file a client must trust to believe the hosts behind the proxy; they are those of every
    device. `user` and `password` are the client's, None where the scenario has it come without."""

    name: str
    scenario: "Scenario"
    device: "Device"
    address: "ProxyAddress"
    roots: Path
    stage: "Stage"

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, without credentials."""
        return self.address.url

    @property
    def host(self) -> str:
        """Where it listens."""
        return self.address.host

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self.address.port

    @property
    def user(self) -> str | None:
        """The user name a client is to give."""
        return self.scenario.client.user

    @property
    def password(self) -> str | None:
        """The password a client is to give, which may be a wrong one."""
        return self.scenario.client.password

    def differences(self, report: "Report") -> tuple[str, ...]:
        """What the report says otherwise than the scenario expects, in words; empty when all is as expected."""
        from proxycheck.lab.comparison import differences

        return differences(report, self.scenario.expect)

    def assert_expected(self, report: "Report") -> None:
        """Fails the test with every difference between the report and what the scenario expects."""
        __tracebackhide__ = True
        if found := self.differences(report):
            raise failure("\n  - ".join((f"{self.name}: {self.scenario.title}", *found)))


class Start(Protocol):
    """Starts a scenario of the library, or one of a `.toml` file, for its own device or for another."""

    def __call__(self, scenario: str | Path, *, device: str | None = None) -> StartedScenario:
        """The scenario's proxy, which lives until the test ends."""


def failure(sentence: str) -> BaseException:
    """What fails a test, a fixture or the collection with a sentence, and no traceback of ours."""
    return pytest.fail.Exception(sentence, pytrace=False)


class Check:
    """proxycheck's own check, for a scenario or for a proxy that is somewhere else."""

    def __call__(self, scenario: StartedScenario) -> "Report":
        """Checks a started scenario, as the scenario says that a client comes."""
        from proxycheck.lab.rehearsal import plan_for

        return _measured(plan_for(scenario.stage, scenario.scenario, scenario.device, scenario.address))

    def at(
        self,
        proxy: str,
        device: str,
        *,
        user: str | None = None,
        password: str = "",
        roots: Path | None = None,
        timeout_s: float = 10.0,
    ) -> "Report":
        """Checks the proxy at `HOST:PORT` with every host of the device; nothing but the proxy is contacted.

        `roots` are PEM certificates to trust instead of the public ones, `timeout_s` is the deadline of each stage.
        Raises UsageError for an address or a device that is none."""
        from proxycheck.catalogue.devices import load_device
        from proxycheck.model.target import Credentials
        from proxycheck.runner import Plan
        from proxycheck.wire.address import parse_proxy

        entry, address = load_device(device), parse_proxy(proxy)
        login = Credentials(user, password) if user is not None else None
        return _measured(
            Plan(
                device=entry,
                endpoints=entry.endpoints,
                proxy=address,
                credentials=login,
                roots=roots,
                timeout_s=timeout_s,
                controls=False,
                options={"device": device, "proxy": address.url},
            )
        )


def _measured(plan: "Plan") -> "Report":
    """In a thread of its own: the test may be inside an event loop, and Ctrl-C has to stop pytest, not the check."""
    from proxycheck.catalogue.knowledge import load_knowledge
    from proxycheck.lab.rehearsal import NOBODY
    from proxycheck.runner import run

    with ThreadPoolExecutor(1, "proxycheck") as thread:
        return thread.submit(run, plan, load_knowledge(), NOBODY).result()
