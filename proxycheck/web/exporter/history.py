"""What became worse or better between two runs of one target, and when that was seen. Pure: times are the reports'."""

from typing import Literal

from msgspec import Struct

from proxycheck.model.cause import CauseCode
from proxycheck.model.report import Report, Verdict
from proxycheck.report.monitoring.prometheus import seconds_of
from proxycheck.report.reading.comparison import Change, compare

Direction = Literal["worse", "better"]
_DIRECTIONS: dict[Change, Direction] = {"broke": "worse", "worse": "worse", "mended": "better", "better": "better"}


class History(Struct, frozen=True):
    """The verdict, since when it is that (seconds since 1970), and when each cause was last seen to come or to affect
    more (`worse`), to go or to affect less (`better`)."""

    verdict: Verdict
    since: float
    changed: dict[tuple[Direction, CauseCode], float]


def tells(report: Report) -> bool:
    """Whether later runs are compared with this one: it was neither cut short nor unable to tell."""
    return not report.run.interrupted and report.verdict != "inconclusive"


def begun(report: Report) -> History:
    """The history of a target that has this one report."""
    return History(report.verdict, seconds_of(report.run.finished_at), {})


def continued(before: History, last: Report, report: Report) -> History:
    """The history with `report` added; `last` is the one before it that tells. One that does not changes nothing."""
    if not tells(report):
        return before
    now = seconds_of(report.run.finished_at)
    seen = {
        (_DIRECTIONS[each.change], each.code): now
        for each in compare(last, report).causes
        if each.severity != "info" and each.change in _DIRECTIONS
    }
    since = before.since if report.verdict == before.verdict else now
    return History(report.verdict, since, {**before.changed, **seen})
