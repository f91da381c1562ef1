"""A run is as quick as the proxy takes easily, and no quicker from its first sign of too much on."""

import pytest
from msgspec import structs

from proxycheck.checks.pace import Pace, turned_away
from proxycheck.model.evidence import Evidence
from proxycheck.model.failure import Failure, FailureName

OPENED = Evidence(
    id="e1",
    check="endpoints",
    operation="connect",
    endpoint="one.example:443",
    started_s=0.0,
    duration_s=0.05,
    sent="",
    received="HTTP/1.1 200 OK\r\n\r\n",
    ended="open",
    failure=None,
)


def failed(name: FailureName, received: str = "") -> Evidence:
    """The same CONNECT, which came to nothing."""
    return structs.replace(OPENED, received=received, failure=Failure(name, "connect", received[9:12]))


REFUSED = failed("refused-by-peer", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
FORBIDDEN = failed("refused-by-peer", "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")


def pace(most: int = 8) -> tuple[Pace, list[int]]:
    """Four places at first, and the sizes that were asked for since."""
    sizes: list[int] = []
    return Pace(4, most, sizes.append), sizes


def test_each_quick_answer_adds_a_place_up_to_twice_as_many() -> None:
    run, sizes = pace()
    for _ in range(9):
        run.learn(OPENED)
    assert sizes == [5, 6, 7, 8]
    assert (run.now, run.highest, run.slowed_by) == (8, 8, None)


def test_an_answer_that_takes_longer_adds_none() -> None:
    run, sizes = pace()
    for record in (OPENED, structs.replace(OPENED, duration_s=0.5), FORBIDDEN):
        run.learn(record)
    assert sizes == []


@pytest.mark.parametrize("trouble", [REFUSED, failed("reset"), failed("eof"), failed("timeout"), failed("refused")])
def test_the_first_sign_of_too_much_takes_them_back_for_good(trouble: Evidence) -> None:
    run, sizes = pace()
    for record in (OPENED, OPENED, OPENED, trouble, OPENED, OPENED):
        run.learn(record)
    assert sizes == [5, 6, 4]
    assert run.highest == 6
    assert run.slowed_by


def test_a_comparison_is_no_sign() -> None:
    """A proxy answers 503 for a name that cannot exist."""
    run, sizes = pace()
    for record in (OPENED, OPENED, structs.replace(REFUSED, check="controls"), OPENED):
        run.learn(record)
    assert sizes == [5, 6]


def test_a_number_that_was_asked_for_is_kept() -> None:
    run, sizes = pace(most=4)
    for record in (OPENED, OPENED, REFUSED):
        run.learn(record)
    assert (sizes, run.slowed_by) == ([], None)


def test_what_was_turned_away() -> None:
    assert [turned_away(record) for record in (None, OPENED, FORBIDDEN, REFUSED)] == [False, False, False, True]
    busy = structs.replace(OPENED, operation="http_forward", received=REFUSED.received)
    assert turned_away(busy)
