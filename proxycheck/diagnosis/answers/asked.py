"""What an answer may look at, and the one fold of causes into the verdict on a question."""

from collections.abc import Callable, Iterable
from functools import cached_property

from msgspec import Struct

from proxycheck.diagnosis.judgement import EndpointJudgement
from proxycheck.diagnosis.observation import Case
from proxycheck.model.cause import Cause, CauseCode, Severity
from proxycheck.model.questions import QUESTIONS, CheckId
from proxycheck.model.report import CheckReport, EndpointVerdict, RunRequest


class Asked(Struct, frozen=True, dict=True):
    """One finished diagnosis, and what the run was asked to do. `given`: there were credentials to send."""

    case: Case
    causes: tuple[Cause, ...]
    endpoints: tuple[EndpointJudgement, ...]
    request: RunRequest
    given: bool

    @cached_property
    def ran(self) -> frozenset[CheckId]:
        """The checks that recorded anything."""
        return frozenset(record.check for record in self.case.evidence)

    def of(self, question: CheckId) -> tuple[Cause, ...]:
        """The causes that answer a question with no."""
        known = self.case.knowledge.causes
        return tuple(cause for cause in self.causes if question in known[cause.code].answers)

    def by_canary(self, cause: Cause) -> bool:
        """Whether the canary alone found this cause: then it is of no endpoint."""
        return "canary" in self.case.knowledge.causes[cause.code].answers and not cause.endpoints


Answer = Callable[[Asked], CheckReport | None]
"""The answer to one question; None where a report of this run does not speak of it."""


def reply(
    question: CheckId, verdict: EndpointVerdict, reason: str, causes: Iterable[Cause | CauseCode] = ()
) -> CheckReport:
    """The answer to `question`, which names each of its causes once."""
    codes = dict.fromkeys(cause.code if isinstance(cause, Cause) else cause for cause in causes)
    return CheckReport(question, QUESTIONS[question].text, verdict, reason, tuple(codes))


def worst(
    severities: Iterable[Severity | None], otherwise: EndpointVerdict, *, degraded: EndpointVerdict = "fail"
) -> EndpointVerdict:
    """The verdict on a question whose causes weigh so; `otherwise` where it has none. `degraded` is the verdict where
    something is lost and the device works all the same."""
    found = frozenset(severities)
    if "blocker" in found:
        return "fail"
    if found - {"info"}:
        return degraded
    return "warn" if found else otherwise
