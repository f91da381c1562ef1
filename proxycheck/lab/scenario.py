"""Scenarios in motion: a scenario becomes a simulated proxy, is checked as a customer's would be, and compared.

with stage_for([device]) as rehearsal:
    outcome = rehearse(rehearsal, "squid-443-only", scenario, device, knowledge, observer)
"""

import json
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager

from msgspec import Struct

from proxycheck.lab.comparison import differences
from proxycheck.lab.customer import CustomerProxy, Option
from proxycheck.lab.rehearsal import Rehearsal
from proxycheck.model.device import Device
from proxycheck.model.knowledge import Knowledge
from proxycheck.model.probes import Probes
from proxycheck.model.report import Report
from proxycheck.model.scenario import OptionValue, Outcome, Scenario
from proxycheck.model.target import Credentials, ProxyAddress
from proxycheck.runner import Observer, Plan, run

AT_ONCE = 4
"""Scenarios rehearsed side by side: enough that those which wait do not hold up those which compute."""
WAITS = "waits"
"""The tag of scenarios that take as long as their timeouts."""


class Rehearsed(Struct, frozen=True):
    """The comparison and the report it was made from."""

    outcome: Outcome
    report: Report


class _Nobody:
    """An observer that is told nothing worth showing: many runs go on at once."""

    def phase(self, text: str, total: int) -> None:
        """A check begins."""

    def started(self, what: str) -> None:
        """One step begins."""

    def finished(self, what: str, outcome: str) -> None:
        """One step ended."""


def stage_for(devices: Iterable[Device], say: Callable[[str], None] | None = None) -> Rehearsal:
    """A stage whose internet has every host of the devices; `say` gets a line for whatever clients do."""
    return Rehearsal((endpoint.host for device in devices for endpoint in device.endpoints), say)


def customer(name: str, scenario: Scenario) -> CustomerProxy:
    """The scenario's proxy, as the lab starts it."""
    options: dict[str, Option] = {}
    for behaviour in scenario.behaviour:
        options.update({key: _option(value) for key, value in behaviour.options.items()})
    addons = [behaviour.addon for behaviour in scenario.behaviour]
    # What no behaviour takes comes to a plain port, and is a plain tunnel; one that inspects decides about all tunnels.
    addons += ["plain_port"] if "tls_inspection" in addons else ["plain_port", "tunnel"]
    return CustomerProxy(
        name=name, title=scenario.title, addons=tuple(dict.fromkeys(addons)), options=options, mode=scenario.mode
    )


def _option(value: OptionValue) -> Option:
    if isinstance(value, list):
        return [item if isinstance(item, str) else json.dumps(item) for item in value]
    return str(value) if isinstance(value, float) else value


@contextmanager
def played(rehearsal: Rehearsal, name: str, scenario: Scenario, *, port: int = 0) -> Iterator[ProxyAddress]:
    """The address of the scenario's proxy, which lives as long as the block; `port` 0 is any free one.

    Raises LabError when it cannot start or was at fault."""
    if scenario.listener == "closed":
        with socket.socket() as kept:  # bound and not listening: nobody else gets the port, and it refuses
            kept.bind(("127.0.0.1", port))
            yield ProxyAddress(scenario.client.scheme, "127.0.0.1", kept.getsockname()[1], scenario.client.user)
        return
    address = rehearsal.start(customer(name, scenario), port)
    try:
        yield ProxyAddress(scenario.client.scheme, address.host, address.port, scenario.client.user)
    finally:
        rehearsal.stop(address)


def plan_for(rehearsal: Rehearsal, scenario: Scenario, device: Device, proxy: ProxyAddress) -> Plan:
    """The check that the scenario asks for; nothing but the stage is contacted."""
    client = scenario.client
    tiers = {"required": 1, "recommended": 2, "optional": 3}
    return Plan(
        device=device,
        endpoints=tuple(e for e in device.endpoints if tiers[e.tier] <= tiers[client.tier]),
        proxy=proxy,
        credentials=Credentials(client.user, client.password or "") if client.user is not None else None,
        roots=rehearsal.roots,
        timeout_s=client.timeout,
        concurrency=client.concurrency,
        user_agent=client.user_agent,
        controls=False,
        probes=Probes(bad_password=client.probe_bad_password),
        options={"device": device.name, "proxy": proxy.url},
    )


def rehearse(
    rehearsal: Rehearsal,
    name: str,
    scenario: Scenario,
    device: Device,
    knowledge: Knowledge,
    observer: Observer | None = None,
) -> Rehearsed:
    """Plays the scenario, checks it and compares the report with what is due.

    Raises LabError when the proxy cannot start or was at fault itself."""
    began = time.perf_counter()
    with played(rehearsal, name, scenario) as proxy:
        report = run(plan_for(rehearsal, scenario, device, proxy), knowledge, observer or _Nobody())
    outcome = Outcome(
        name=name,
        title=scenario.title,
        verdict=report.verdict,
        causes=tuple(cause.code for cause in report.causes),
        differences=differences(report, scenario.expect),
        duration_s=round(time.perf_counter() - began, 3),
    )
    return Rehearsed(outcome, report)


def rehearse_all(
    scenarios: Iterable[tuple[str, Scenario]],
    devices: dict[str, Device],
    knowledge: Knowledge,
    told: Callable[[Rehearsed], None],
    at_once: int = AT_ONCE,
) -> tuple[Rehearsed, ...]:
    """Rehearses many on one stage, some of them at a time; `told` hears of each as it ends. In the order given.

    Raises LabError when a proxy cannot start or was at fault itself."""
    wanted = tuple(scenarios)
    waiting_first = sorted(wanted, key=lambda pair: WAITS not in pair[1].tags)
    with stage_for(devices.values()) as rehearsal, ThreadPoolExecutor(at_once, "rehearsal") as threads:
        pending = {
            threads.submit(rehearse, rehearsal, name, scenario, devices[scenario.device], knowledge): name
            for name, scenario in waiting_first
        }
        try:
            done = {}
            for future in as_completed(pending):
                done[pending[future]] = future.result()
                told(done[pending[future]])
        finally:
            for future in pending:
                future.cancel()
    return tuple(done[name] for name, _ in wanted)
