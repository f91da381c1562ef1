"""The lab starts, stops and fails cleanly: no thread, socket, file or log record is left or leaks."""

import logging
import ssl
import sys
import threading
import time
from collections.abc import Callable

import pytest

from proxycheck.errors import ConfigurationError, LabError, MissingExtraError
from proxycheck.lab.demo import customers
from proxycheck.lab.proxies import simulated
from proxycheck.lab.proxies.customer import CustomerProxy, Option
from proxycheck.lab.stage import Stage
from proxycheck.model.target import ProxyAddress
from tests.lab import client
from tests.lab.client import HOST, HOSTS


def test_a_proxy_that_was_stopped_refuses_and_the_others_go_on(stage: Stage) -> None:
    first, second = (stage.start(CustomerProxy(name=name, title="", addons=("tunnel",))) for name in ("one", "two"))
    with client.connected(first, HOST, 80) as (connection, _):
        stage.stop(first)
        assert connection.recv(1) == b""
    with pytest.raises(ConnectionRefusedError):
        client.status(first, HOST, 80)
    assert client.status(second, HOST, 80) == 200
    stage.stop(second)


def test_nothing_is_left_behind(record_property: Callable[[str, object], None]) -> None:
    before = set(threading.enumerate())
    begun = time.perf_counter()
    with Stage(HOSTS) as rehearsal:
        addresses = [rehearsal.start(customer) for customer in customers()]
        took = time.perf_counter() - begun
        folder = rehearsal.roots.parent
        assert folder.exists()
        with client.connected(addresses[0], HOST, 80):
            pass
        open_connections = [client.connected(address, HOST, 443) for address in addresses]
        for each in open_connections:
            each.__enter__()
    assert not folder.exists()
    assert set(threading.enumerate()) <= before
    for address, each in zip(addresses, open_connections, strict=True):
        each.__exit__(None, None, None)
        with pytest.raises(ConnectionRefusedError):
            client.status(address, HOST, 443)
    record_property("start_up_s", round(took, 3))


class Broken:
    """An addon with a bug."""

    def http_connect(self, _flow: object) -> None:
        raise RuntimeError("this addon is broken")


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> CustomerProxy:
    load = simulated.load_addons
    monkeypatch.setattr(simulated, "load_addons", lambda name: [Broken()] if name == "broken" else load(name))
    return CustomerProxy(name="bad", title="has a bug", addons=("broken",))


def test_what_goes_wrong_inside_is_a_lab_error(broken: CustomerProxy) -> None:
    with pytest.raises(LabError, match="bad: Addon error: this addon is broken"), Stage(HOSTS) as stage:
        assert client.status(stage.start(broken), HOST, 443) == 200


def test_what_went_wrong_inside_is_told_when_the_proxy_stops(stage: Stage, broken: CustomerProxy) -> None:
    address = stage.start(broken)
    client.status(address, HOST, 443)
    with pytest.raises(LabError, match="bad: Addon error: this addon is broken"):
        stage.stop(address)


def test_mitmproxys_log_does_not_reach_the_process(
    stage: Stage, proxies: dict[str, ProxyAddress], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    handler = logging.Handler()
    monkeypatch.setattr(handler, "emit", lambda record: seen.append(record.name))
    monkeypatch.setattr(logging.getLogger(), "handlers", [handler])
    with pytest.raises(ssl.SSLCertVerificationError):
        client.certificate(proxies["inspected-company"], HOST, roots=stage.roots)
    assert client.status(proxies["inspected-company"], HOST, 80) == 200
    logging.getLogger("another").warning("still heard")
    assert seen == ["another"]


def test_logging_is_afterwards_as_it_was() -> None:
    def state() -> list[object]:
        root, logger = logging.getLogger(), logging.getLogger("mitmproxy")
        return [*root.handlers, *logger.handlers, logger.level, logger.propagate]

    before = state()
    with Stage(HOSTS) as stage:
        stage.start(customers()[0])
    assert state() == before


def test_a_failure_of_the_block_is_not_hidden_by_one_of_the_lab(broken: CustomerProxy) -> None:
    with pytest.raises(ZeroDivisionError), Stage(HOSTS) as stage:
        client.status(stage.start(broken), HOST, 443)
        raise ZeroDivisionError


@pytest.mark.parametrize(
    ("addon", "option", "mode", "words"),
    [
        ("no_such", ("http2", True), "regular", "there is no addon 'no_such'"),
        ("tunnel", ("no_such", "1"), "regular", "no_such"),
        ("tunnel", ("rawtcp", "maybe"), "regular", "rawtcp"),
        ("tunnel", ("http2", True), "teleport", "teleport"),
        ("connect_ports", ("connect_ports", ["web"]), "regular", "'web' is not a port"),
        ("tls_inspection", ("inspection_hosts", ["("]), "regular", "not a regular expression"),
        ("tunnel", ("internet_routes", "/no/such"), "regular", "/no/such cannot be read"),
    ],
    ids=["addon", "option", "option-type", "mode", "port", "pattern", "routes"],
)
def test_a_proxy_that_cannot_start_is_one_sentence(
    stage: Stage, addon: str, option: tuple[str, Option], mode: str, words: str
) -> None:
    name, value = option
    customer = CustomerProxy(name="x", title="", addons=(addon,), options={name: value}, mode=mode)
    with pytest.raises(LabError if addon == "no_such" else ConfigurationError, match=words) as caught:
        stage.start(customer)
    assert "\n" not in str(caught.value)


def test_without_mitmproxy_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "proxycheck.lab.proxies.simulated")
    monkeypatch.setitem(sys.modules, "mitmproxy", None)
    with pytest.raises(MissingExtraError, match=r"-m pip install .*\[lab\]"), Stage(HOSTS):
        pass
