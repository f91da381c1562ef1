"""Every scenario of the library is played against the devices' own stacks, and the check says what they met."""

from collections.abc import Iterator

import pytest

from proxycheck.lab.rehearsal import Rehearsed
from proxycheck.lab.started import StartedScenario
from proxycheck.model.report import Report
from tests.lab.library import SCENARIOS, Library, played
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


@pytest.fixture
def rehearsed(request: pytest.FixtureRequest, library: Library) -> Rehearsed:
    """What the check said of one scenario."""
    return library.outcome(*request.param)


@pytest.mark.parametrize("rehearsed", played("as_it_is", SCENARIOS, ()), indirect=True)
def test_the_check_says_what_the_device_meets(
    rehearsed: Rehearsed, library: Library, running_stacks: dict[str, RunningStack]
) -> None:
    with library.started(rehearsed.outcome.name) as proxy:
        if proxy.device.name.startswith("sendpro"):
            met = list(met_by_java(proxy, rehearsed.report, running_stacks))
        else:
            met = list(met_by_curl(proxy, rehearsed.report))
    assert not (found := faults(met, rehearsed.report)), "\n".join(found)


def test_what_breaks_the_platform_is_a_fault_and_what_breaks_others_is_not(
    library: Library, running_stacks: dict[str, RunningStack]
) -> None:
    """The comparison itself: verdicts of a good proxy beside what the stacks meet at a bad one."""
    good = library.outcome("as_it_is", "clean-basic").report
    with library.started("auth-407-chunked") as bad, library.started("clean-basic") as clean:
        assert faults(list(met_by_java(bad, good, running_stacks)), good)
        assert not faults(list(met_by_java(clean, good, running_stacks)), good)
