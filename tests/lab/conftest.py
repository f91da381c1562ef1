"""One lab for a module of tests."""

import warnings
from collections.abc import Iterator

import pytest

with warnings.catch_warnings():
    # At import, libraries that mitmproxy brings along (ldap3, passlib, pyparsing) use deprecated names.
    warnings.simplefilter("ignore", DeprecationWarning)
    import mitmproxy.master  # noqa: F401

from proxycheck.lab.demo import customers
from proxycheck.lab.stage import Stage
from proxycheck.model.target import ProxyAddress
from tests.lab.client import HOSTS


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A lab with an origin for each of the hosts."""
    with Stage(HOSTS) as rehearsal:
        yield rehearsal


@pytest.fixture(scope="module")
def proxies(stage: Stage) -> dict[str, ProxyAddress]:
    """The customers' proxies of the demo, running in it."""
    return {customer.name: stage.start(customer) for customer in customers()}
