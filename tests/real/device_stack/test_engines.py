"""The device's own stack behind real engines, beside the check's verdict: those that want a login, and good ones."""

from collections.abc import Iterator

import pytest

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.scenarios import load_scenario
from proxycheck.model.device import Endpoint
from proxycheck.model.files.scenario import Scenario
from proxycheck.model.report import Report
from tests.real.device_stack.agreement import PLATFORM, Met, chosen, reason, url
from tests.real.device_stack.building import missing
from tests.real.device_stack.process import RunningStack, Seen, Work
from tests.real.device_stack.stacks import ANDROID_7
from tests.real.namespaces import CUSTOMER_RESOLVER, PROXY_ADDRESS
from tests.real.pairs import Pair
from tests.real.pairs.run import check_with, set_up
from tests.real.pairs.table import PAIRS
from tests.real.prerequisites import enforced
from tests.real.programs import PORT
from tests.real.world import World

pytestmark = pytest.mark.real


def asked_of() -> list[Pair]:
    """The pairs of a SendPro C that have a login, or nothing wrong with them."""
    found = []
    for pair in PAIRS:
        played = load_scenario(pair.scenario)
        wanted = played.client.user is not None or played.clean
        if wanted and pair.software is not None and played.device == "sendpro-c" and not pair.varying:
            found.append(pair)
    return found


@pytest.fixture(scope="module")
def android(real_world: World) -> Iterator[RunningStack]:
    """The stack of Android 7.0 in the device's network."""
    if reason_why := missing():
        (pytest.fail if enforced() else pytest.skip)(reason_why)
    with RunningStack(ANDROID_7, real_world.network.client.command()) as stack:
        yield stack


def reached(endpoint: Endpoint, seen: Seen) -> bool:
    """Whether the host itself answered: its certificate is believed, or its page is there."""
    own = seen.status == 204 if endpoint.expect else "<p>origin " in seen.body
    return not seen.errors and (endpoint.speaks == "tls" or own)


def met(world: World, stack: RunningStack, pair: Pair, played: Scenario, report: Report) -> Iterator[Met]:
    """What the stack met, endpoint by endpoint."""
    verdicts = {endpoint.id: endpoint.verdict for endpoint in report.endpoints}
    endpoints = list(chosen(verdicts, load_device(played.device).endpoints))
    client = played.client
    works = [
        Work(
            url=url(endpoint),
            proxy_host=PROXY_ADDRESS,
            proxy_port=PORT,
            roots=str(world.roots),
            user=client.user,
            password=client.password or "",
        )
        for endpoint in endpoints
    ]
    for endpoint, seen in zip(endpoints, stack.fetch(works), strict=True):
        yield Met(pair.scenario, PLATFORM, endpoint, verdicts[endpoint.id], reached(endpoint, seen), str(seen))


@pytest.mark.parametrize("pair", asked_of(), ids=lambda pair: pair.name)
def test_the_check_says_what_the_device_meets_behind_a_real_engine(
    real_world: World, android: RunningStack, pair: Pair
) -> None:
    played = load_scenario(pair.scenario)
    real_world.network.client.use_resolver(CUSTOMER_RESOLVER)
    with set_up(real_world, pair) as engines:
        outcome = check_with(real_world, pair, played)
        causes = {cause.code: cause.severity for cause in outcome.report.causes}
        seen = list(met(real_world, android, pair, played, outcome.report))
        print(outcome.terminal, *(engine.logs() for engine in engines))  # noqa: T201  shown where the test fails
    faults = [one for one in seen if one.compared and not one.agrees and reason(one, causes, one.reached) is None]
    assert seen
    assert not faults, "\n".join(f"{one.endpoint.id} is {one.verdict}; the stack: {one.words}" for one in faults)
