"""One run against a listener on loopback: a few of the device's hosts, short deadlines, nothing beside the proxy."""

from pathlib import Path

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.model.report import Report
from proxycheck.model.target import ProxyAddress
from proxycheck.runner import Plan, run
from tests.support.observer import Nobody

_HOSTS = ("distservp1.pb.com:443", "api.pitneybowes.com:443", "connectivitycheck.gstatic.com:80")


def report_on(
    port: int,
    scheme: str = "http",
    *,
    roots: Path | None = None,
    timeout_s: float = 0.5,
    concurrency: int = 32,
    also: tuple[str, ...] = (),
) -> Report:
    """What is reported of a proxy on this port of loopback, asked for these endpoints as well."""
    device = load_device("sendpro-c")
    plan = Plan(
        device=device,
        endpoints=tuple(endpoint for endpoint in device.endpoints if endpoint.id in (*_HOSTS, *also)),
        proxy=ProxyAddress(scheme, "127.0.0.1", port),
        roots=roots,
        timeout_s=timeout_s,
        concurrency=concurrency,
        controls=False,
    )
    return run(plan, load_knowledge(), Nobody())


def codes(report: Report) -> list[str]:
    """The causes, by code."""
    return [cause.code for cause in report.causes]
