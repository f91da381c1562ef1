"""Tunnels that open and stay silent: by chance, or for what they are."""

import itertools

import pytest

from proxycheck.model.report import Report
from proxycheck.report.json import decode, encode
from proxycheck.runner import judge_again
from tests.support.known import knowledge
from tests.support.scripted import STALL, Expect, Script
from tests.support.worlds import World, causes, device, endpoints, host_behind, report_on, told

pytestmark = pytest.mark.slow
NEEDS = tuple(endpoint for endpoint in endpoints() if endpoint.any_of is None)


def silent() -> Script:
    """Hears what is said and says nothing."""
    return told((Expect(), STALL))


def every(number: int, first: int) -> World:
    """One in so many tunnels stays silent, whoever is asked for."""
    count = itertools.count(1)
    return World(inside=lambda target: silent() if next(count) % number == first else host_behind(target))


def dead(*hosts: str) -> World:
    """Tunnels to these hosts stay silent each time."""
    return World(inside=lambda target: silent() if target.host in hosts else host_behind(target))


def _asked_again(report: Report) -> list[str]:
    again = (e for e in report.evidence if e.operation == "connect" and (e.variant or "").startswith("inside-again:"))
    return [e.endpoint or "" for e in again]


@pytest.mark.parametrize(("number", "first"), [(4, 0), (4, 1), (4, 3), (8, 1), (8, 7)])
@pytest.mark.parametrize("grows", [False, True])
def test_a_silence_that_comes_by_chance_is_unsteady_and_blames_no_host(number: int, first: int, grows: bool) -> None:
    report = report_on(every(number, first), NEEDS, grows=grows)
    assert causes(report).keys() == {"endpoint.unsteady"}
    assert len(_asked_again(report)) <= 8
    again = judge_again(decode(encode(report)), device(), knowledge())
    assert (again.verdict, again.causes) == (report.verdict, report.causes)


def test_hosts_that_are_silent_each_time_are_no_chance() -> None:
    hosts = ("microsoft.com", "api.precisely.com")
    report = report_on(dead(*hosts), NEEDS)
    found = causes(report)
    assert "endpoint.unsteady" not in found
    assert {name.rpartition(":")[0] for names in found.values() for name in names} == set(hosts)
    assert 0 < len(_asked_again(report)) <= 8


def test_a_run_in_which_nothing_answers_is_not_asked_again() -> None:
    report = report_on(World(inside=lambda _: silent()), NEEDS[:12])
    assert _asked_again(report) == []
    assert "tunnel.dead" in causes(report)
