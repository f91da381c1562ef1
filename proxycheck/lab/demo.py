"""Three scenarios of the library, checked one after another: one that works, and the two failures met most often."""

from collections.abc import Callable
from pathlib import Path

from proxycheck.catalogue.scenarios import load_scenario
from proxycheck.lab.proxies.customer import CustomerProxy
from proxycheck.lab.rehearsal import customer
from proxycheck.lab.stage import Stage
from proxycheck.model.device import Device
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.report import Report
from proxycheck.model.target import ProxyAddress
from proxycheck.runner import Observer, Plan, run

SHOWN = ("clean-tunnel", "ports-squid", "inspected-company")


def customers() -> tuple[CustomerProxy, ...]:
    """The proxies of the demo, in the order in which they are checked."""
    return tuple(customer(name, load_scenario(name)) for name in SHOWN)


def play(
    device: Device, knowledge: Knowledge, observe: Callable[[CustomerProxy], Observer]
) -> tuple[tuple[CustomerProxy, Report], ...]:
    """Checks every endpoint of `device` through each of the customers' proxies, in their order.

    `observe` gives the observer for the check of one customer. Nothing but loopback is contacted. The
    reports end with the first one that was interrupted. Raises LabError when the lab cannot start."""
    reports = []
    with Stage(endpoint.host for endpoint in device.endpoints) as stage:
        for each in customers():
            plan = _plan(device, stage.start(each), stage.roots)
            report = run(plan, knowledge, observe(each))
            reports.append((each, report))
            if report.run.interrupted:
                break
    return tuple(reports)


def _plan(device: Device, proxy: ProxyAddress, roots: Path) -> Plan:
    return Plan(
        device=device,
        endpoints=device.endpoints,
        proxy=proxy,
        credentials=None,
        roots=roots,
        user_agent=None,
        controls=False,
        options={"device": device.name, "proxy": proxy.url, "roots": str(roots)},
    )
