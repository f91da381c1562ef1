"""Clean proxies in a world that is not clean: a line that loses packets, hosts that are gone, a provider that lies."""

import contextlib
from collections.abc import Iterator

import pytest

from proxycheck.model.report import Report
from tests.real.checkrun import check
from tests.real.engines import Software, running
from tests.real.resolver import GONE_WITH_TIME, KNOWS_EVERYTHING, TEN_GONE
from tests.real.scenarios import Scenario
from tests.real.squid import ALLOW_ALL, PLAIN_LISTENER, squid
from tests.real.tinyproxy import tinyproxy
from tests.real.world import World

pytestmark = pytest.mark.real
_LOST = "numgen random mod 100 < 3 drop"
"""Three packets of a hundred."""
_CLEAN = {"squid": squid(PLAIN_LISTENER, ALLOW_ALL), "tinyproxy": tinyproxy()}


def _report(world: World, software: Software) -> Report:
    with running(world, software):
        outcome = check(
            world, Scenario("clean", software, "compatible", arguments=("--no-compare-direct",)), tapped=False
        )
    print(outcome.terminal)  # noqa: T201  shown where the test fails
    assert not outcome.report.tool.fault
    return outcome.report


@contextlib.contextmanager
def _lossy(world: World) -> Iterator[None]:
    """Packets are lost between the client and the proxy, and between the proxy and the internet, both ways."""
    network = world.network
    with network.client.firewall(_LOST), network.proxy.firewall(_LOST), network.internet.firewall(_LOST):
        yield


@pytest.mark.parametrize("name", _CLEAN)
def test_a_line_that_loses_packets_accuses_nobody(real_world: World, name: str) -> None:
    with _lossy(real_world):
        report = _report(real_world, _CLEAN[name])
    assert report.verdict in ("compatible", "degraded")
    assert {cause.code for cause in report.causes if cause.severity != "info"} <= {"endpoint.unsteady"}


def test_ten_hosts_that_are_gone_are_no_verdict_on_the_proxy(real_world: World) -> None:
    report = _report(real_world, squid(PLAIN_LISTENER, ALLOW_ALL, resolver=TEN_GONE))
    assert not [cause for cause in report.causes if cause.severity == "blocker"]
    assert {cause.code for cause in report.causes} == {"connect.dns-failure"}
    named = {endpoint.rpartition(":")[0] for cause in report.causes for endpoint in cause.endpoints}
    assert named <= set(GONE_WITH_TIME)
    assert report.verdict == "degraded"


def test_a_provider_that_knows_every_name_is_no_inspection(real_world: World) -> None:
    report = _report(real_world, squid(PLAIN_LISTENER, ALLOW_ALL, resolver=KNOWS_EVERYTHING))
    assert (report.verdict, report.causes) == ("compatible", ())
