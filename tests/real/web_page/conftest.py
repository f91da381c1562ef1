"""A lab with the hosts of the device, proxies of its library, and the page in a browser."""

import contextlib
import warnings
from collections.abc import Iterator

import pytest
from msgspec import structs
from playwright.sync_api import Browser

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.scenarios import load_scenario
from proxycheck.lab.rehearsal import played, stage_for
from proxycheck.lab.stage import Stage
from tests.real.test_page import browser
from tests.real.web_page.opening import Opens, Start, opening, served

__all__ = ["browser"]


@pytest.fixture(scope="package")
def stage() -> Iterator[Stage]:
    """A lab with the hosts of the device."""
    with warnings.catch_warnings():
        # At import, libraries that mitmproxy brings along use deprecated names.
        warnings.simplefilter("ignore", DeprecationWarning)
        pytest.importorskip("mitmproxy.master", reason="needs the [lab] extra")
    with stage_for([load_device("sendpro-c")]) as made:
        yield made


@pytest.fixture
def proxy(stage: Stage) -> Iterator[Start]:
    """Starts the proxy of a scenario, which may also behave as that of another one."""
    with contextlib.ExitStack() as proxies:

        def start(name: str, also: str | None = None) -> tuple[str, int]:
            scenario = load_scenario(name)
            beside = () if also is None else load_scenario(also).behaviour
            scenario = structs.replace(scenario, behaviour=(*scenario.behaviour, *beside))
            address = proxies.enter_context(played(stage, name, scenario))
            return address.host, address.port

        yield start


@pytest.fixture
def opened(browser: Browser, stage: Stage) -> Iterator[Opens]:
    """Opens the page."""
    with served(stage.roots) as (url, process), opening(browser, url, process) as opens:
        yield opens
