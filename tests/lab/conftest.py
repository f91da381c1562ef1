"""One lab for a module of tests, and mitmproxy's own warnings: let pass one by one, while ours stay errors."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

with warnings.catch_warnings():
    # At import, libraries that mitmproxy brings along (ldap3, passlib, pyparsing) use deprecated names.
    warnings.simplefilter("ignore", DeprecationWarning)
    import mitmproxy.master  # noqa: F401

from proxycheck.lab.demo import customers
from proxycheck.lab.stage import Stage
from proxycheck.model.target import ProxyAddress
from tests.lab.client import HOSTS

HERE = Path(__file__).parent

# mitmproxy 11.0.2 hands pyOpenSSL 24.3 certificates and keys of pyOpenSSL's own types.
INTERCEPTION = "ignore:Passing pyOpenSSL (X509|PKey) objects is deprecated:DeprecationWarning"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Lets the warning of an intercepting mitmproxy pass in this folder."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.filterwarnings(INTERCEPTION))


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A lab with an origin for each of the hosts."""
    with Stage(HOSTS) as rehearsal:
        yield rehearsal


@pytest.fixture(scope="module")
def proxies(stage: Stage) -> dict[str, ProxyAddress]:
    """The customers' proxies of the demo, running in it."""
    return {customer.name: stage.start(customer) for customer in customers()}
