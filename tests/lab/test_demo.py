"""The demo: three simulated customers, the whole catalogue of a device, the verdicts each deserves."""

import sys

import pytest

from proxycheck.lab import demo
from proxycheck.lab.proxies.customer import CustomerProxy
from proxycheck.model.questions import Phase
from proxycheck.model.report import Report
from tests.report import factory
from tests.support import known

# The demo is played once for all of them.
pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.slow]


class Watcher:
    """An observer that keeps what was told."""

    def __init__(self) -> None:
        self.phases: list[tuple[str, int]] = []
        self.running: set[str] = set()
        self.outcomes: list[str] = []

    def phase(self, name: Phase, total: int) -> None:
        """A check begins."""
        self.phases.append((name, total))

    def started(self, what: str) -> None:
        """One step begins."""
        self.running.add(what)

    def finished(self, what: str, outcome: str) -> None:
        """One step ended."""
        self.running.remove(what)
        self.outcomes.append(outcome)

    def certain(self, blocker: str) -> None:
        """A blocker is certain."""


@pytest.fixture(scope="module")
def watchers() -> dict[str, Watcher]:
    return {}


@pytest.fixture(scope="module")
def contacted() -> list[str]:
    return []


@pytest.fixture(scope="module")
def reports(watchers: dict[str, Watcher], contacted: list[str]) -> dict[str, Report]:
    def observe(customer: CustomerProxy) -> Watcher:
        return watchers.setdefault(customer.name, Watcher())

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        if listening and event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
            contacted.append(str(arguments[event == "socket.connect"]))

    listening = True
    sys.addaudithook(audit)  # there is no way to take it away again
    played = demo.play(known.device("sendpro-c"), known.knowledge(), observe)
    listening = False
    return {customer.name: report for customer, report in played}


@pytest.mark.parametrize(
    ("name", "verdict", "codes"),
    [
        ("clean-tunnel", "compatible", []),
        ("ports-squid", "incompatible", ["connect.port-denied"]),
        ("inspected-company", "incompatible", ["tls.inspected"]),
    ],
)
@pytest.mark.slow
def test_verdict_and_causes(reports: dict[str, Report], name: str, verdict: str, codes: list[str]) -> None:
    report = reports[name]
    assert (report.verdict, [cause.code for cause in report.causes]) == (verdict, codes)


@pytest.mark.slow
def test_only_443_fails_on_the_other_ports_alone(reports: dict[str, Report]) -> None:
    failed = {endpoint.port for endpoint in reports["ports-squid"].endpoints if endpoint.verdict == "fail"}
    passed = {endpoint.port for endpoint in reports["ports-squid"].endpoints if endpoint.verdict == "pass"}
    assert passed == {443}
    assert {80, 5228} <= failed
    assert 443 not in failed


def test_inspecting_fails_on_tls_alone(reports: dict[str, Report]) -> None:
    for endpoint in reports["inspected-company"].endpoints:
        if endpoint.verdict == "fail":
            assert endpoint.port in (443, 5228)
            assert endpoint.tls
            assert endpoint.tls.verdict == "inspected"


def test_good_fails_nowhere(reports: dict[str, Report]) -> None:
    counts = reports["clean-tunnel"].summary.endpoints
    assert (counts.fail, counts.inconclusive, counts.warn) == (0, 0, 0)
    assert counts.passed > 50


def test_each_customer_was_watched_to_the_end(reports: dict[str, Report], watchers: dict[str, Watcher]) -> None:
    assert set(watchers) == set(reports)
    assert all(watcher.outcomes and not watcher.running for watcher in watchers.values())


def test_nothing_but_loopback_is_contacted(reports: dict[str, Report], contacted: list[str]) -> None:
    assert len(contacted) > len(reports["clean-tunnel"].endpoints)
    assert {address for address in contacted if "127.0.0.1" not in address} == set()


def test_an_interrupt_ends_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted = factory.report("inconclusive", (), interrupted=True)
    monkeypatch.setattr(demo, "run", lambda _plan, _knowledge, _observer: interrupted)
    played = demo.play(known.device("sendpro-c"), known.knowledge(), lambda _customer: Watcher())
    assert [(customer.name, report) for customer, report in played] == [("clean-tunnel", interrupted)]
