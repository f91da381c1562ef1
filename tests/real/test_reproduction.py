"""A customer's real proxy, its report, and the lab's reproduction of it: the same verdict, causes and endpoints."""

import contextlib
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from proxycheck.catalogue.devices import load_device
from proxycheck.model.report import Report
from tests.lab.reproducing import played, reproduced, told
from tests.real.checkrun import check
from tests.real.engines import running
from tests.real.interception.recordings import recording_wanted
from tests.real.recordings import RECORDED, SAMPLE, save
from tests.real.scenarios import Scenario
from tests.real.test_scenarios import SCENARIOS
from tests.real.world import World

pytestmark = pytest.mark.real

_BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
_LIVE = "squid-bumps-a-domain-behind-stock-rules"


def report_of(world: World, scenario: Scenario) -> Report:
    """The report of a check behind this software."""
    with contextlib.ExitStack() as stack:
        if scenario.software:
            stack.enter_context(running(world, scenario.software))
        world.network.client.use_resolver(scenario.resolver)
        if scenario.direct:
            stack.enter_context(world.network.direct_route())
        if scenario.firewall:
            stack.enter_context(world.network.proxy.firewall(*scenario.firewall))
        return check(world, scenario).report


def test_a_customers_squid_is_reproduced(real_world: World, tmp_path: Path) -> None:
    """Squid that opens the TLS of some hosts, behind the port rules that it is delivered with."""
    report = report_of(real_world, _BY_NAME[_LIVE])
    again = played({_LIVE: reproduced(report, tmp_path / "customer.toml")})[_LIVE]
    assert told(report)[1], "there is something to reproduce"
    assert told(again, beside=report) == told(report, beside=again)


@pytest.mark.skipif(not recording_wanted(), reason="records only with PROXYCHECK_RECORD=1")
@pytest.mark.parametrize("name", RECORDED)
def test_a_report_is_recorded(real_world: World, name: str) -> None:
    """A sample of hosts is enough, and small."""
    scenario = _BY_NAME[name]
    ids = [endpoint.id for endpoint in load_device(scenario.device).endpoints]
    fitting = [pattern for pattern in SAMPLE if any(fnmatchcase(known, pattern) for known in ids)]
    only = tuple(word for pattern in fitting for word in ("--only", pattern))
    save(name, report_of(real_world, replace(scenario, arguments=(*scenario.arguments, *only))))
