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
from fnmatch import fnmatchcase

from msgspec import Struct

from proxycheck.errors import LabError
from proxycheck.lab.comparison import differences
from proxycheck.lab.internet.names import PORTS
from proxycheck.lab.proxies.customer import CustomerProxy, Option
from proxycheck.lab.stage import Stage
from proxycheck.model.device import Device, Endpoint
from proxycheck.model.evidence import Evidence
from proxycheck.model.failure import Failure
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.files.scenario import Beside, OptionValue, Scenario, ScenarioOutcome
from proxycheck.model.questions import Phase
from proxycheck.model.report import Report
from proxycheck.model.target import Credentials, ProxyAddress
from proxycheck.net.failures import ended_by
from proxycheck.runner import Observer, Plan, run
from proxycheck.runner.added import added_endpoint

AT_ONCE = 4
"""Scenarios rehearsed side by side: enough that those which wait do not hold up those which compute."""
WAITS = "waits"
"""The tag of scenarios that take as long as their timeouts."""


class Rehearsed(Struct, frozen=True):
    """The comparison and the report it was made from."""

    outcome: ScenarioOutcome
    report: Report


class _Nobody:
    """An observer that is told nothing worth showing: many runs go on at once."""

    def phase(self, name: Phase, total: int) -> None:
        """A check begins."""

    def started(self, what: str) -> None:
        """One step begins."""

    def finished(self, what: str, outcome: str) -> None:
        """One step ended."""

    def certain(self, blocker: str) -> None:
        """A blocker is certain."""


NOBODY: Observer = _Nobody()


def stage_for(
    devices: Iterable[Device],
    say: Callable[[str], None] | None = None,
    scenarios: Iterable[Scenario] = (),
    *,
    verbose: bool = False,
) -> Stage:
    """A stage whose internet has every host of the devices, and those that scenarios add; `say` gets a line for each
    connection of a client, with `verbose` for each of its steps as well."""
    endpoints = [endpoint for device in devices for endpoint in device.endpoints]
    endpoints += [added_endpoint(text) for scenario in scenarios for text in scenario.client.add]
    ports = dict.fromkeys((*PORTS, *(endpoint.port for endpoint in endpoints)))
    return Stage((endpoint.host for endpoint in endpoints), say, ports, verbose=verbose)


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
def played(rehearsal: Stage, name: str, scenario: Scenario, *, port: int = 0) -> Iterator[ProxyAddress]:
    """The address of the scenario's proxy, which lives as long as the block; `port` 0 is any free one.

    Raises ConfigurationError for options that do not fit, LabError when it cannot start otherwise or was at fault."""
    if scenario.listener == "closed":
        with socket.socket() as kept:  # bound and not listening: nobody else gets the port, and it refuses
            try:
                kept.bind(("127.0.0.1", port))
            except OSError as error:
                raise LabError(f"the lab cannot have port {port} of 127.0.0.1: {error}") from error
            yield ProxyAddress(scenario.client.scheme, "127.0.0.1", kept.getsockname()[1], scenario.client.user)
        return
    address = rehearsal.start(customer(name, scenario), port)
    try:
        yield ProxyAddress(scenario.client.scheme, address.host, address.port, scenario.client.user)
    finally:
        rehearsal.stop(address)


def plan_for(rehearsal: Stage, scenario: Scenario, device: Device, proxy: ProxyAddress) -> Plan:
    """The check that the scenario asks for; nothing but the stage is contacted."""
    client = scenario.client
    return Plan(
        device=device,
        endpoints=endpoints_of(scenario, device),
        proxy=proxy,
        credentials=Credentials(client.user, client.password or "") if client.user is not None else None,
        roots=rehearsal.roots,
        timeout_s=client.timeout,
        concurrency=client.concurrency,
        user_agent=client.user_agent,
        controls=False,
        probes=client.probes,
        prior=tuple(_beside(number, found) for number, found in enumerate(scenario.beside)),
        options={"device": device.name, "proxy": proxy.url, "roots": str(rehearsal.roots)},
    )


def endpoints_of(scenario: Scenario, device: Device) -> tuple[Endpoint, ...]:
    """The endpoints that the check measures."""
    client, tiers = scenario.client, {"required": 1, "recommended": 2, "optional": 3}
    chosen = {
        e.id: e
        for e in device.endpoints
        if tiers[e.tier] <= tiers[client.tier] and (not client.only or any(fnmatchcase(e.id, p) for p in client.only))
    }
    known = {endpoint.id: endpoint for endpoint in device.endpoints}
    for added in map(added_endpoint, client.add):
        chosen.setdefault(added.id, known.get(added.id, added))
    return tuple(chosen.values())


def _beside(number: int, found: Beside) -> Evidence:
    failure = None if found.failure is None else Failure(found.failure, found.operation)
    return Evidence(
        id=f"b{number + 1}",
        check="outside",
        operation=found.operation,
        endpoint=found.endpoint,
        started_s=0.0,
        duration_s=0.0,
        sent="",
        received="",
        ended="open" if failure is None else ended_by(failure),
        failure=failure,
        variant=found.variant,
    )


def rehearse(
    rehearsal: Stage,
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
        report = run(plan_for(rehearsal, scenario, device, proxy), knowledge, observer or NOBODY)
    outcome = ScenarioOutcome(
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
    stage = stage_for(devices.values(), scenarios=(scenario for _, scenario in wanted))
    with stage as rehearsal, ThreadPoolExecutor(at_once, "rehearsal") as threads:
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
