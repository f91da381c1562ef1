"""Questions that the causes of a run answer by themselves: yes, unless one of them says no."""

from proxycheck.diagnosis.answers.asked import Answer, Asked, reply, worst
from proxycheck.model.questions import CheckId
from proxycheck.model.report import CheckReport

_NOT_RUN = "not needed, or an earlier check ended the run"


def answered_by_causes(question: CheckId) -> Answer:
    """The answer to a question that some causes answer with no."""
    return lambda asked: _answer(asked, question, "yes")


def compared(question: CheckId) -> Answer:
    """The answer to a question whose records only tell other failures apart."""
    return lambda asked: _answer(asked, question, "answered; used to tell failures apart")


def first_contact(asked: Asked) -> CheckReport:
    """Whether the proxy answers CONNECT: recorded under the endpoint that was asked for first."""
    return _told(asked, "first-contact", "yes", ran=any(e.observation.connects for e in asked.endpoints))


def _answer(asked: Asked, question: CheckId, good: str) -> CheckReport:
    return _told(asked, question, good, ran=question in asked.ran)


def _told(asked: Asked, question: CheckId, good: str, *, ran: bool) -> CheckReport:
    causes = [cause for cause in asked.of(question) if not asked.by_canary(cause)]
    if causes:
        return reply(question, worst((c.severity for c in causes), "pass"), causes[0].title, causes)
    if not ran:
        return reply(question, "skipped", _NOT_RUN)
    return reply(question, "pass", good)
