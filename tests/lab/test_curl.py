"""curl, a client that is not ours, sees through each simulated proxy what the scenario promises.

What is due comes from the scenario's file alone: for each cause, endpoints that it names and what curl must see of
them (`tests.lab.looks`); for the rest, that the host itself answers."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from fnmatch import fnmatchcase

import pytest

from proxycheck.catalogue.scenarios import load_scenario, scenario_names
from proxycheck.lab.pytest_plugin import Start, StartedScenario
from proxycheck.model.device import Endpoint
from proxycheck.model.files.scenario import DueCause, Scenario
from tests.lab.curl import PATIENCE_S, Login, Seen, curl
from tests.lab.looks import CLEAN, LOOKS, NOT_LOOKED_AT, OTHERWISE, REACHED, Look

pytestmark = [
    pytest.mark.scenarios,
    pytest.mark.timeout(900),
    pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl"),
]
SCHEMES = {"tls": "https", "http": "http", "teamviewer": "mqtt"}
"""curl speaks no TeamViewer; MQTT begins with a byte that is neither TLS nor HTTP, which is all the box wants."""
HOST = "https://api.pitneybowes.com/"
WAIT_S = 1.0
"""For what is expected not to answer."""
SIDE_BY_SIDE = 8
"""As many of curl at a time as do not make one another wait."""


def meant(endpoint: Endpoint, cause: DueCause) -> bool:
    """Whether the scenario's file names the endpoint."""

    def fits(pattern: str) -> bool:
        return pattern in ("all", "some", endpoint.speaks) or fnmatchcase(endpoint.id, pattern)

    return any(map(fits, cause.endpoints)) and not any(map(fits, cause.excluded))


def one_of_each(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """The first for each port and what is spoken there."""
    found: dict[tuple[str, int], Endpoint] = {}
    for endpoint in endpoints:
        found.setdefault((endpoint.speaks, endpoint.port), endpoint)
    return list(found.values())


def due(name: str, scenario: Scenario, endpoints: tuple[Endpoint, ...]) -> Iterator[tuple[Endpoint, Look]]:
    """What is to be looked at, and how."""
    causes = scenario.expect.causes
    for cause in causes:
        looks = OTHERWISE[name] if name in OTHERWISE else LOOKS[cause.code]
        chosen = one_of_each(endpoint for endpoint in endpoints if meant(endpoint, cause))
        for look in looks:
            fitting = [endpoint for endpoint in chosen if look.only in (None, endpoint.speaks)]
            yield from ((endpoint, look) for endpoint in (fitting[:1] if look.crowd else fitting))
    silent = NOT_LOOKED_AT.get(name, ())
    others = (each for each in endpoints if not any(meant(each, cause) for cause in causes))
    for endpoint in one_of_each(each for each in others if not any(fnmatchcase(each.id, path) for path in silent)):
        yield endpoint, CLEAN.get(name, REACHED)


async def seen(proxy: StartedScenario, endpoint: Endpoint, look: Look, wait_s: float) -> Seen:
    """What curl sees of the endpoint, at most `wait_s` seconds where no answer is expected."""
    url = f"{SCHEMES[endpoint.speaks]}://{endpoint.host}:{endpoint.port}{endpoint.path}"
    forwards = endpoint.speaks == "http" and proxy.device.proxy.plain_http == "forward"
    options = [option.format(host=endpoint.host) for option in look.options]
    login = Login(proxy.user, proxy.password or "") if look.login and proxy.user is not None else None
    patience = wait_s if look.waits else PATIENCE_S
    address = f"http://{proxy.host}:{proxy.port}"
    return await curl(address, url, proxy.roots, login, options if forwards else ["--proxytunnel", *options], patience)


async def all_seen(proxy: StartedScenario, due: list[tuple[Endpoint, Look]], wait_s: float = WAIT_S) -> list[Seen]:
    """What curl sees, some of it side by side."""
    limit = asyncio.Semaphore(SIDE_BY_SIDE)

    async def limited(endpoint: Endpoint, look: Look) -> Seen:
        async with limit, AsyncExitStack() as stack:
            if look.crowd:
                await stack.enter_async_context(crowd(proxy, endpoint))
            return await seen(proxy, endpoint, look, wait_s)

    return await asyncio.gather(*(limited(endpoint, look) for endpoint, look in due))


@asynccontextmanager
async def crowd(proxy: StartedScenario, endpoint: Endpoint) -> AsyncIterator[None]:
    """As many tunnels as the proxy allows, held open while the block lasts."""
    limits = [each.options.get("client_limit") for each in proxy.scenario.behaviour]
    writers: list[asyncio.StreamWriter] = []
    for _ in range(next((limit for limit in limits if isinstance(limit, int)), 0)):
        reader, writer = await asyncio.open_connection(proxy.host, proxy.port)
        writers.append(writer)
        writer.write(f"CONNECT {endpoint.id} HTTP/1.1\r\nHost: {endpoint.id}\r\n\r\n".encode())
        assert b" 200 " in await reader.readuntil(b"\r\n\r\n")
    yield
    for writer in writers:
        writer.close()
        await writer.wait_closed()


@pytest.mark.proxycheck_scenarios(*scenario_names())
def test_curl_sees_what_is_promised(proxycheck_scenario: StartedScenario) -> None:
    wanted = list(due(proxycheck_scenario.name, proxycheck_scenario.scenario, proxycheck_scenario.device.endpoints))
    assert wanted
    found = asyncio.run(all_seen(proxycheck_scenario, wanted))
    wrong = [f"due: {look.what}; {one}" for (_, look), one in zip(wanted, found, strict=True) if not look.holds(one)]
    assert not wrong, "\n".join(wrong)


def every_look() -> list[Look]:
    """Each once."""
    rows = (*LOOKS.values(), *OTHERWISE.values(), tuple(CLEAN.values()))
    return list({id(look): look for row in rows for look in row}.values())


def test_no_look_holds_for_every_proxy(proxycheck_start: Start) -> None:
    """What shows a fault is wrong for a good proxy, and what a good proxy shows is wrong for one that is not there."""
    good, none = proxycheck_start("clean-tunnel"), proxycheck_start("listener-closed")
    endpoints = one_of_each(good.device.endpoints)
    for look in every_look():
        wanted = [(endpoint, look) for endpoint in endpoints if look.only in (None, endpoint.speaks)]
        found = asyncio.run(all_seen(none if look.passes else good, wanted, PATIENCE_S))
        held = [one for one in found if look.holds(one)]
        assert not held, f"{look.what}: {held[0]}"


def test_every_table_is_needed() -> None:
    scenarios = {name: load_scenario(name) for name in scenario_names()}
    used = {cause.code for name, each in scenarios.items() if name not in OTHERWISE for cause in each.expect.causes}
    assert set(LOOKS) == used
    assert {*OTHERWISE, *CLEAN, *NOT_LOOKED_AT} <= set(scenarios)


def test_a_socks_port_serves_socks(proxycheck_start: Start) -> None:
    """What is no HTTP proxy is a proxy: curl passes as soon as it speaks the right protocol."""
    proxy = proxycheck_start("listener-socks")
    assert asyncio.run(curl(f"socks5h://{proxy.host}:{proxy.port}", HOST, proxy.roots, None, (), PATIENCE_S)).reached


def test_a_port_that_wants_tls_is_a_proxy_inside_it(proxycheck_start: Start) -> None:
    proxy = proxycheck_start("listener-tls")
    options, url = ("--proxytunnel", "--proxy-insecure"), f"https://{proxy.host}:{proxy.port}"
    assert asyncio.run(curl(url, HOST, proxy.roots, None, options, PATIENCE_S)).reached


def test_digest_passes_with_a_client_that_speaks_it(proxycheck_start: Start) -> None:
    for name in ("auth-digest", "auth-digest-sha-256"):
        proxy = proxycheck_start(name)
        options, login = ("--proxytunnel", "--proxy-digest"), Login(proxy.user or "", proxy.password or "")
        assert asyncio.run(curl(proxy.url, HOST, proxy.roots, login, options, PATIENCE_S)).reached
