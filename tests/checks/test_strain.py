"""A few at a time, where answers come the later, the more are asked for at once; all, where hosts are slow."""

from collections.abc import Iterable

import pytest

from proxycheck.checks.strain import FEW, Strain
from proxycheck.model.evidence import Evidence
from proxycheck.model.failure import Failure


def answer(started_s: float, duration_s: float, *, silent: bool = False) -> Evidence:
    """A CONNECT."""
    return Evidence(
        id="e1",
        check="endpoints",
        operation="connect",
        endpoint="one.example:443",
        started_s=started_s,
        duration_s=duration_s,
        sent="",
        received="",
        ended="timeout" if silent else "open",
        failure=Failure("timeout", "connect") if silent else None,
    )


def strained(*records: Evidence, base: int = 32) -> tuple[Strain, list[int]]:
    """What was learned, and the sizes that were asked for since."""
    sizes: list[int] = []
    strain = Strain(base, sizes.append)
    for record in records:
        strain.learn(record)
    return strain, sizes


def queue(each_s: float, count: int) -> Iterable[Evidence]:
    """Answers to what was asked for at once, one after another."""
    return [answer(0.0, each_s * (number + 1)) for number in range(count)]


SOON = [answer(10.0, 1.5)] * FEW


def test_a_queue_is_tried_with_few_and_stays_so_where_that_is_sooner() -> None:
    strain, sizes = strained(*queue(0.5, 10), *SOON)
    assert (strain.few, sizes) == (True, [FEW])


def test_hosts_that_take_as_long_each_by_itself_get_all_places_back() -> None:
    strain, sizes = strained(*queue(0.5, 10), *[answer(10.0, 5.0)] * 2 * FEW)
    assert (strain.few, sizes) == (False, [FEW, 32])


@pytest.mark.parametrize(
    "records",
    [
        [answer(0.0, 9.0)] * 40,
        [*[answer(0.0, 0.1)] * 20, *[answer(0.0, 9.0)] * 20],
        queue(0.05, 40),
        [*[answer(0.0, 0.1)] * 20, *[answer(0.0, 10.0, silent=True)] * 20],
        [*[answer(0.0, 9.0)] * 20, *[answer(0.0, 10.0, silent=True)] * 20],
    ],
    ids=["all-slow", "quick-or-slow", "quick-queue", "quick-or-silent", "slow-or-silent"],
)
def test_what_looks_like_no_queue_is_asked_for_as_before(records: Iterable[Evidence]) -> None:
    assert strained(*records)[1] == []


def test_a_silence_among_answers_that_take_longer_and_longer_is_tried_too() -> None:
    few = [answer(0.0, 2.0), answer(0.0, 2.1), answer(0.0, 3.1), answer(0.0, 3.3)]
    assert strained(*few)[1] == []
    assert strained(*few, answer(0.0, 10.0, silent=True))[1] == [FEW]


def test_answers_that_are_still_late_leave_fewer_and_quick_ones_add_one_at_a_time() -> None:
    late, quick = answer(20.0, 3.0), [answer(30.0, 0.2)] * 5
    assert strained(*queue(0.5, 10), *SOON, late)[1] == [FEW, FEW // 2]
    assert strained(*queue(0.5, 10), *SOON, late, *quick)[1] == [FEW, FEW // 2, FEW // 2 + 1]


def test_who_asks_for_few_at_a_time_anyway_tries_nothing() -> None:
    assert strained(*queue(0.5, 10), base=FEW)[1] == []
