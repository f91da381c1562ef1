"""What became worse or better between two runs of one target, and when that was seen. Pure: times are the reports'."""

from typing import Literal

from msgspec import Struct

from proxycheck.model.cause import CauseCode
from proxycheck.model.report import Report, Verdict
from proxycheck.report.prometheus import seconds_of

Change = Literal["worse", "better"]


class History(Struct, frozen=True):
    """The verdict, since when it is that (seconds since 1970), the causes, and when each was last seen to come
    (`worse`) or to go (`better`)."""

    verdict: Verdict
    since: float
    causes: frozenset[CauseCode]
    changed: dict[tuple[Change, CauseCode], float]


def continued(before: History | None, report: Report) -> History:
    """The history with `report` added; a run that was cut short and one that could not tell change nothing."""
    now = seconds_of(report.run.finished_at)
    causes = frozenset(cause.code for cause in report.causes if cause.severity != "info")
    if before is None:
        return History(report.verdict, now, causes, {})
    if report.run.interrupted or report.verdict == "inconclusive":
        return before
    came: dict[tuple[Change, CauseCode], float] = {("worse", code): now for code in causes - before.causes}
    went: dict[tuple[Change, CauseCode], float] = {("better", code): now for code in before.causes - causes}
    since = before.since if report.verdict == before.verdict else now
    return History(report.verdict, since, causes, {**before.changed, **came, **went})
