"""What is refused for now at the beginning, and accepted a few seconds later."""

from collections import Counter
from collections.abc import Iterator
from unittest import mock

import pytest

from proxycheck.model.device import Device
from proxycheck.model.report import Report
from proxycheck.report.json import decode, encode
from proxycheck.runner import judge_again
from tests.support import known, worlds
from tests.support.answers import answer
from tests.support.worlds import FEW, NO_SUCH_NAME, Answered, Stopwatch, World, causes, opens, plain_page, report_on

pytestmark = pytest.mark.slow
STARTING = answer(503, "<h1>starting</h1>", Server="gate")
SOON = answer(503, "<h1>starting</h1>", Server="gate", Retry_After="4")
TOO_MANY = answer(429, "<h1>wait</h1>", Server="gate")
READY_S = 4.0


def starting(said: Answered, watch: Stopwatch, *, ready_s: float = READY_S) -> World:
    """A proxy that answers everything like this until it is ready."""

    def forwards(host: str) -> Answered:
        if watch.now() < ready_s:
            return said
        return NO_SUCH_NAME if host.endswith(".invalid") else plain_page(host)

    return World(
        answers=lambda target: said if watch.now() < ready_s else opens(target),
        forwards=forwards,
        delay_s=lambda _: 0.05,
    )


def _judged_the_same(report: Report, device: Device) -> None:
    again = judge_again(decode(encode(report)), device, known.knowledge())
    assert (again.verdict, again.causes) == (report.verdict, report.causes)


@pytest.mark.parametrize("said", [STARTING, SOON], ids=["503", "503-and-when"])
@pytest.mark.parametrize("ready_s", [0.4, 1.0, 1.5, READY_S])
@pytest.mark.parametrize("concurrency", [4, 32])
def test_a_proxy_that_is_just_starting_is_unsteady_and_denies_nothing(
    said: bytes, ready_s: float, concurrency: int
) -> None:
    watch = Stopwatch()
    world = starting(said, watch, ready_s=ready_s)
    report = report_on(world, worlds.endpoints(*FEW), watch=watch, concurrency=concurrency)
    assert causes(report).keys() == {"endpoint.unsteady"}
    assert report.verdict in ("degraded", "inconclusive")
    _judged_the_same(report, worlds.device())


@pytest.fixture
def connectplus() -> Iterator[Device]:
    """A device that makes plain requests outside of tunnels, with hosts that show certificates for its names."""
    device = known.device("connectplus")
    worlds._origin.cache_clear()
    with mock.patch.object(worlds, "device", lambda: device):
        yield device
    worlds._origin.cache_clear()


@pytest.mark.parametrize("ready_s", [1.1, 1.4, READY_S])
def test_ordinary_requests_that_are_refused_for_now_are_made_again(connectplus: Device, ready_s: float) -> None:
    watch = Stopwatch()
    report = report_on(starting(STARTING, watch, ready_s=ready_s), connectplus.endpoints, watch=watch)
    assert causes(report).keys() == {"endpoint.unsteady"}
    because = " ".join(next(cause for cause in report.causes if cause.code == "endpoint.unsteady").because)
    plain = [e for e in report.endpoints if e.scheme == "http" and e.port == 80 and "endpoint.unsteady" in e.causes]
    assert bool(plain) is ("ordinary request" in because)
    assert {e.verdict for e in plain} <= {"warn"}
    _judged_the_same(report, connectplus)


@pytest.mark.parametrize("said", [STARTING, TOO_MANY], ids=["503", "429"])
def test_what_stays_refused_costs_two_questions_more(said: bytes) -> None:
    watch = Stopwatch()
    world = starting(said, watch, ready_s=10_000)
    report = report_on(world, worlds.endpoints(*FEW), watch=watch)
    assert report.verdict == "incompatible"
    assert "endpoint.unsteady" not in causes(report)
    repeated = [e for e in report.evidence if e.operation == "connect" and (e.variant or "").startswith("again:")]
    assert len(repeated) == 2
    assert watch.seconds < READY_S * 2


def test_one_ordinary_request_that_stays_refused_is_made_once_more(connectplus: Device) -> None:
    busy = answer(503, "<h1>out of order</h1>", Server="x")
    asked: Counter[str] = Counter()

    def forwards(host: str) -> Answered:
        asked[host] += 1
        if host.endswith(".invalid"):
            return NO_SUCH_NAME
        return busy if host.endswith("novell.com") else plain_page(host)

    report = report_on(World(forwards=forwards), connectplus.endpoints)
    refused = [number for host, number in asked.items() if host.endswith("novell.com")]
    assert sum(refused) == len(refused) + 1
    assert "endpoint.unsteady" not in causes(report)
