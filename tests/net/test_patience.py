"""How long is waited: the whole deadline, until several were silent to its end."""

import pytest

from proxycheck.model.evidence import Evidence
from proxycheck.model.failure import Failure, FailureName, Operation
from proxycheck.model.questions import CheckId
from proxycheck.net.patience import ENOUGH, Patience


def record(
    duration_s: float, failure: FailureName | None, operation: Operation = "connect", check: CheckId = "endpoints"
) -> Evidence:
    failed = None if failure is None else Failure(failure, operation)
    return Evidence(
        id="e1",
        check=check,
        operation=operation,
        endpoint="host.example:443",
        started_s=0.0,
        duration_s=duration_s,
        sent="",
        received="",
        ended="open",
        failure=failed,
    )


def taught(*records: Evidence, learns: bool = True) -> Patience:
    patience = Patience(10.0, learns=learns)
    for each in records:
        patience.learn(each)
    return patience


SILENT = record(10.0, "timeout")


@pytest.mark.parametrize(
    ("records", "timeout_s"),
    [
        ((), 10.0),
        ((SILENT,) * (ENOUGH - 1), 10.0),
        ((SILENT,) * ENOUGH, 5.0),
        ((record(4.0, None), *(SILENT,) * ENOUGH), 8.0),
        ((record(9.0, "refused-by-peer"), *(SILENT,) * ENOUGH), 10.0),
        ((record(5.0, "timeout", check="hellos"),) * ENOUGH, 10.0),
    ],
)
def test_the_deadline_is_halved_for_those_that_follow(records: tuple[Evidence, ...], timeout_s: float) -> None:
    assert taught(*records).timeout_s == pytest.approx(timeout_s)
    assert taught(*records, learns=False).timeout_s == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("elapsed_s", "slowest_s", "timeout_s"),
    [(5.0, 0.1, 10.0), (21.0, 0.1, 6.0), (21.0, 4.0, 8.0), (40.0, 0.1, 2.5), (40.0, 9.0, 10.0)],
)
def test_a_silence_that_begins_late_is_not_waited_for_beyond_half_a_minute(
    elapsed_s: float, slowest_s: float, timeout_s: float
) -> None:
    """Unless answers are as slow as that here."""
    patience = Patience(10.0, elapsed_s=lambda: elapsed_s)
    patience.learn(record(slowest_s, None))
    assert patience.timeout_s == pytest.approx(timeout_s)


def test_what_was_cut_short_is_counted() -> None:
    assert taught(*(SILENT,) * ENOUGH, record(5.0, "timeout"), record(5.0, None)).cut_short == 1


def test_late_is_what_takes_twice_as_long_as_a_success() -> None:
    assert taught().late_s == pytest.approx(1.0)
    assert taught(record(3.0, None), record(9.0, "refused-by-peer")).late_s == pytest.approx(6.0)
