"""What the page hears while a run goes on, of proxies that are only judged at its end; without a browser."""

import asyncio

import pytest

from proxycheck.lab.stage import Stage
from proxycheck.model.target import ProxyAddress
from proxycheck.web.order import Order, ProgressEvent
from proxycheck.web.process import Watch, measure
from tests.real.web_page.opening import Start

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("browser")]


def test_where_tls_is_read_nothing_is_said_to_work(stage: Stage, proxy: Start) -> None:
    """Whose certificates those are is judged at the end: until then the page hears that it is unclear."""
    steps: list[ProgressEvent] = []
    host, port = proxy("inspected-company")
    order = Order(
        device="sendpro-c",
        proxy=ProxyAddress("http", host, port),
        only=("*.pb.com:443",),
        roots=str(stage.roots),
        network=False,
        compare_direct=False,
        progress=True,
    )
    report, _ = asyncio.run(measure(order, watch=Watch(steps.append)))
    assert [cause.code for cause in report.causes] == ["tls.inspected"]
    outcomes = {step.outcome for step in steps if step.what.endswith(".pb.com:443")}
    assert outcomes == {"unclear"}
