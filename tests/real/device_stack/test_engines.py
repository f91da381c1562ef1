"""The devices' own stacks behind real engines, beside the check's verdict: those that want a login, and good ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.scenarios import load_scenario
from proxycheck.model.device import Endpoint
from proxycheck.model.files.scenario import Scenario
from proxycheck.model.report import Report
from tests.lab.curl import Login
from tests.lab.library import Library
from tests.real.device_stack import curl_stack
from tests.real.device_stack.agreement import Met, chosen, faults, url
from tests.real.device_stack.building import missing
from tests.real.device_stack.process import RunningStack, Work, fetch_by_each, running
from tests.real.device_stack.stacks import JAVA_STACKS
from tests.real.namespaces import CUSTOMER_RESOLVER, PROXY_ADDRESS
from tests.real.pairs import Pair
from tests.real.pairs.alike import assert_alike
from tests.real.pairs.run import check_with, set_up
from tests.real.pairs.table import PAIRS, with_stacks
from tests.real.prerequisites import enforced
from tests.real.programs import PORT
from tests.real.world import World

pytestmark = [pytest.mark.real, pytest.mark.scenarios]

CONNECTPLUS = "connectplus"
PATIENCE_S = 5.0
_PROXY = (PROXY_ADDRESS, PORT)


ASKED = [pair for pair in PAIRS if with_stacks(pair)]
"""The pairs that have a login, or nothing wrong with them."""


def asked_of_both() -> set[str]:
    """The first pair of every engine without a login and the first with one: a Connect+ is checked and tried there as
    well, behind the same running engine."""
    first: dict[tuple[str, bool], str] = {}
    for pair in ASKED:
        assert pair.software is not None
        first.setdefault((pair.software.program, load_scenario(pair.scenario).client.user is not None), pair.name)
    return set(first.values())


BOTH = asked_of_both()


@pytest.fixture(scope="module")
def stacks(real_world: World) -> Iterator[dict[str, RunningStack]]:
    """Every Java stack in the device's network, by its name."""
    if reason_why := missing():
        (pytest.fail if enforced() else pytest.skip)(reason_why)
    with running(JAVA_STACKS, real_world.network.client.command()) as started:
        yield started


def reached(endpoint: Endpoint, failed: bool, status: int, body: str) -> bool:
    """Whether the host itself answered: its certificate is believed, or its page is there."""
    own = status == 204 if endpoint.expect else "<p>origin " in body
    return not failed and (endpoint.speaks == "tls" or own)


def met_by_java(
    roots: Path, stacks: dict[str, RunningStack], pair: Pair, played: Scenario, report: Report
) -> Iterator[Met]:
    """What each Java stack met, endpoint by endpoint."""
    verdicts = {endpoint.id: endpoint.verdict for endpoint in report.endpoints}
    endpoints = list(chosen(verdicts, load_device(played.device).endpoints))
    works = [
        Work(
            url=url(endpoint),
            proxy_host=PROXY_ADDRESS,
            proxy_port=PORT,
            roots=str(roots),
            user=played.client.user,
            password=played.client.password or "",
            patience_ms=int(PATIENCE_S * 1000),
        )
        for endpoint in endpoints
    ]
    for name, fetched in fetch_by_each(stacks, works).items():
        for endpoint, seen in zip(endpoints, fetched, strict=True):
            got = reached(endpoint, bool(seen.errors), seen.status, seen.body)
            yield Met(pair.scenario, name, endpoint, verdicts[endpoint.id], got, str(seen))


def met_by_curl(world: World, pair: Pair, played: Scenario, report: Report) -> Iterator[Met]:
    """What libcurl met, endpoint by endpoint."""
    verdicts = {endpoint.id: endpoint.verdict for endpoint in report.endpoints}
    endpoints = list(chosen(verdicts, load_device(played.device).endpoints))
    login = None if played.client.user is None else Login(played.client.user, played.client.password or "")
    within = world.network.client.command()
    found = curl_stack.fetch_all(_PROXY, endpoints, world.roots, login, PATIENCE_S, within)
    for endpoint, seen in zip(endpoints, found, strict=True):
        got = reached(endpoint, seen.exit_code != 0, seen.status, seen.body)
        yield Met(pair.scenario, curl_stack.NAME, endpoint, verdicts[endpoint.id], got, str(seen))


@pytest.mark.parametrize("pair", ASKED, ids=lambda pair: pair.name)
def test_the_check_says_what_the_device_meets_behind_a_real_engine(
    real_world: World, library: Library, stacks: dict[str, RunningStack], pair: Pair
) -> None:
    """And it says the same behind the simulated engine."""
    played = load_scenario(pair.scenario)
    real_world.network.client.use_resolver(CUSTOMER_RESOLVER)
    devices = [played.device, *([CONNECTPLUS] if pair.name in BOTH and played.device != CONNECTPLUS else [])]
    with set_up(real_world, pair) as engines:
        for device in devices:
            asked = replace(played, device=device)
            outcome = check_with(real_world, pair, asked)
            report = outcome.report
            print(outcome.terminal, *(engine.logs() for engine in engines))  # noqa: T201  shown where the test fails
            if device == played.device:
                assert_alike(pair, played, outcome, library.outcome("as_it_is", pair.scenario).report)
            if device == CONNECTPLUS:
                met = list(met_by_curl(real_world, pair, asked, report))
            else:
                met = list(met_by_java(real_world.roots, stacks, pair, asked, report))
            assert met
            assert not (found := faults(met, report)), "\n".join(found)
