"""Ctrl-C or SIGTERM at any moment: what was measured is told, nothing else is claimed, and nothing is left behind."""

import signal
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest

from proxycheck.model.target import Credentials, Target
from proxycheck.report.json import decode, encode
from proxycheck.runner import Interruption, judge_again
from proxycheck.runner.assembly import Judged, assemble
from tests.support.answers import answer
from tests.support.known import knowledge
from tests.support.observer import Nobody
from tests.support.scripted import STALL
from tests.support.worlds import FEW, Answered, World, causes, device, endpoints, opens, report_on

LOGIN = Credentials("clerk", "open sesame")


class Impatient(Nobody):
    """Presses Ctrl-C when it has been told so often that something began or ended."""

    def __init__(self, patience: int, number: int = signal.SIGINT) -> None:
        self._left = patience
        self._number = number

    def _told(self) -> None:
        self._left -= 1
        if self._left == 0:
            signal.raise_signal(self._number)

    def started(self, what: str) -> None:
        assert what
        self._told()

    def finished(self, what: str, outcome: str) -> None:
        assert what
        assert outcome
        self._told()


@pytest.mark.parametrize("patience", range(1, 2 * len(FEW) + 1))
def test_an_interrupted_run_tells_what_it_knows(patience: int) -> None:
    report = report_on(World(), observer=Impatient(patience))
    assert report.run.interrupted
    assert report.verdict == "inconclusive"
    assert report.causes == ()
    assert {entry.verdict for entry in report.endpoints} <= {"pass", "skipped"}
    assert all(entry.reason for entry in report.endpoints)
    saved = decode(encode(report))
    again = judge_again(saved, device(), knowledge())
    assert (again.verdict, again.causes, again.endpoints) == (saved.verdict, saved.causes, saved.endpoints)


@pytest.mark.parametrize("patience", range(1, 60, 7))
def test_an_interruption_in_the_whole_catalogue_accuses_nobody(patience: int) -> None:
    report = report_on(World(), endpoints(), observer=Impatient(patience))
    assert report.run.interrupted
    assert (report.verdict, report.causes) == ("inconclusive", ())


@pytest.mark.parametrize("concurrency", [1, 4])
@pytest.mark.parametrize("patience", [3, 6, 9, 12])
def test_a_blocker_that_was_found_stays_one(patience: int, concurrency: int) -> None:
    world = World(answers=lambda t: answer(403, "no") if t.port == 80 else opens(t))
    report = report_on(world, observer=Impatient(patience), concurrency=concurrency)
    assert report.run.interrupted
    refused = [entry for entry in report.endpoints if entry.verdict == "fail"]
    assert report.verdict == ("incompatible" if refused else "inconclusive")
    assert set(causes(report)) <= {"connect.port-denied", "connect.all-denied", "connect.host-denied"}


def test_an_interruption_while_the_login_is_under_way_says_nothing_of_the_login() -> None:
    class Slow(World):
        def _refusal(self, head: bytes) -> bytes | None:
            return None if b"Proxy-Authorization" in head else self.asks

    def interrupting(_: Target) -> Answered:
        signal.raise_signal(signal.SIGINT)
        return (STALL,)

    world = Slow(answers=interrupting)
    report = report_on(world, credentials=LOGIN)
    assert report.run.interrupted
    assert world.logins == 1
    assert report.causes == ()
    assert report.verdict == "inconclusive"
    assert {entry.verdict for entry in report.endpoints} == {"skipped"}


def test_a_run_that_ends_by_itself_was_not_interrupted() -> None:
    assert not report_on(World(), observer=Impatient(10_000)).run.interrupted


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("patience", [1, 4, 9])
def test_either_signal_ends_a_run_that_holds_them(patience: int, number: int) -> None:
    with Interruption() as held:
        report = report_on(World(), observer=Impatient(patience, number), interruption=held)
    assert held.requested
    assert report.run.interrupted
    assert (report.verdict, report.causes) == ("inconclusive", ())
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def _pressing(times: int) -> Callable[..., Judged]:
    def judge(*given: Any, **named: Any) -> Judged:
        for _ in range(times):
            signal.raise_signal(signal.SIGINT)
        return assemble(*given, **named)

    return judge


def test_an_interruption_while_the_report_is_made_loses_nothing() -> None:
    with Interruption() as held, mock.patch("proxycheck.runner.assembly.assemble", _pressing(1)):
        report = report_on(World(), interruption=held)
    assert held.requested
    assert not report.run.interrupted
    assert report.verdict == report_on(World()).verdict


def test_whoever_asks_twice_while_the_report_is_made_ends_it() -> None:
    with (
        Interruption() as held,
        mock.patch("proxycheck.runner.assembly.assemble", _pressing(2)),
        pytest.raises(KeyboardInterrupt),
    ):
        report_on(World(), interruption=held)


def test_who_asked_before_the_run_began_gets_what_was_known_then() -> None:
    with Interruption() as held:
        signal.raise_signal(signal.SIGTERM)
        report = report_on(World(), interruption=held)
    assert report.run.interrupted
    assert {entry.verdict for entry in report.endpoints} == {"skipped"}


def test_ctrl_break_of_windows_is_heeded_as_ctrl_c_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no such signal, another one plays it."""
    number = getattr(signal, "SIGBREAK", signal.SIGTERM)
    monkeypatch.setattr(signal, "SIGBREAK", number, raising=False)
    monkeypatch.setattr("proxycheck.runner.interruption._SIGNALS", ("SIGBREAK",))
    with Interruption() as interruption:
        interruption.hold()
        signal.raise_signal(number)
    assert interruption.requested
