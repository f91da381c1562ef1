"""One private internet for the whole session; skipped with a reason where it cannot be built."""

import signal
from collections.abc import Iterator
from types import FrameType
from typing import NoReturn

import pytest

from proxycheck.catalogue.devices import device_names, load_device
from tests.real.prerequisites import enforced, missing
from tests.real.world import World, world


def _end_like_ctrl_c(_: int, __: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


@pytest.fixture(scope="session")
def real_world() -> Iterator[World]:
    """The private internet with every host of every device; removed at the end, after failures and signals too."""
    if reason := missing():
        if enforced():
            pytest.fail(f"the real proxies are required here, but: {reason}", pytrace=False)
        pytest.skip(reason)
    previous = signal.signal(signal.SIGTERM, _end_like_ctrl_c)
    try:
        names = {endpoint.host for name in device_names() for endpoint in load_device(name).endpoints}
        with world(names) as populated:
            yield populated
    finally:
        signal.signal(signal.SIGTERM, previous)


@pytest.fixture(scope="module")
def behind_squid(real_world: World) -> Iterator[None]:
    """A real Squid that lets everything through, for programs that were built from this tree."""
    from tests.real.engines import running
    from tests.real.scenarios import squid

    scenario = next(each for each in squid.SCENARIOS if each.name == "squid-open")
    assert scenario.software is not None
    with running(real_world, scenario.software):
        real_world.network.client.use_resolver(scenario.resolver)
        yield
