"""Every scenario of the library is played against the devices' own stacks, and the check says what they met."""

from collections.abc import Iterator

import pytest

from proxycheck.catalogue.scenarios import scenario_names
from proxycheck.lab.pytest_plugin import Start, StartedScenario
from proxycheck.lab.started import Check
from proxycheck.model.report import Report
from tests.real.device_stack import curl_stack
from tests.real.device_stack.agreement import Met, chosen, faults, url
from tests.real.device_stack.process import RunningStack, Work, fetch_by_each

pytestmark = pytest.mark.scenarios
LONGEST_MS = 3000
"""For a proxy that says nothing: the scenario's own deadline, but no more."""


def work_for(proxy: StartedScenario, address: str) -> Work:
    """The stack's request, with what the device's proxy screen holds."""
    return Work(
        url=address,
        proxy_host=proxy.host,
        proxy_port=proxy.port,
        roots=str(proxy.roots),
        user=proxy.user,
        password=proxy.password or "",
        patience_ms=min(LONGEST_MS, int(proxy.scenario.client.timeout * 1000)),
    )


def met_by_java(proxy: StartedScenario, report: Report, stacks: dict[str, RunningStack]) -> Iterator[Met]:
    """What each Java stack met: the endpoints of one stack side by side, and the stacks as well."""
    verdicts = {endpoint.id: endpoint.verdict for endpoint in report.endpoints}
    endpoints = list(chosen(verdicts, proxy.device.endpoints))
    works = [work_for(proxy, url(endpoint)) for endpoint in endpoints]
    for name, seen in fetch_by_each(stacks, works).items():
        for endpoint, one in zip(endpoints, seen, strict=True):
            yield Met(proxy.name, name, endpoint, verdicts[endpoint.id], one.reached, str(one))


def met_by_curl(proxy: StartedScenario, report: Report) -> Iterator[Met]:
    """What libcurl met."""
    verdicts = {endpoint.id: endpoint.verdict for endpoint in report.endpoints}
    for endpoint in chosen(verdicts, proxy.device.endpoints):
        seen = curl_stack.fetch(proxy, endpoint, LONGEST_MS / 1000)
        yield Met(proxy.name, curl_stack.NAME, endpoint, verdicts[endpoint.id], seen.reached, str(seen))


@pytest.mark.proxycheck_scenarios(*scenario_names())
def test_the_check_says_what_the_device_meets(
    proxycheck_scenario: StartedScenario, proxycheck_check: Check, running_stacks: dict[str, RunningStack]
) -> None:
    report = proxycheck_check(proxycheck_scenario)
    android = proxycheck_scenario.device.name.startswith("sendpro")
    met = (
        met_by_java(proxycheck_scenario, report, running_stacks)
        if android
        else met_by_curl(proxycheck_scenario, report)
    )
    assert not (found := faults(list(met), report)), "\n".join(found)


def test_what_breaks_the_platform_is_a_fault_and_what_breaks_others_is_not(
    proxycheck_start: Start, running_stacks: dict[str, RunningStack], proxycheck_check: Check
) -> None:
    """The comparison itself: verdicts of a good proxy beside what the stacks meet at a bad one."""
    good = proxycheck_check(proxycheck_start("clean-basic"))
    assert faults(list(met_by_java(proxycheck_start("auth-407-chunked"), good, running_stacks)), good)
    assert not faults(list(met_by_java(proxycheck_start("clean-basic"), good, running_stacks)), good)
