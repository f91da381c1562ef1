"""The answers by question."""

from collections.abc import Mapping

from proxycheck.diagnosis.answers.asked import Answer, Asked, reply
from proxycheck.diagnosis.answers.authentication import authentication, dialect
from proxycheck.diagnosis.answers.canary import canary
from proxycheck.diagnosis.answers.network import network
from proxycheck.diagnosis.answers.plain import answered_by_causes, compared, first_contact
from proxycheck.diagnosis.guard import Guard
from proxycheck.model.questions import QUESTIONS, CheckId
from proxycheck.model.report import CheckReport, Command


def _unreported(_: Asked) -> None:
    """What listens at the port is told by the cause that it is evidence of."""


def _pac(asked: Asked) -> CheckReport | None:
    if "pac" not in asked.ran:
        return None
    from proxycheck.diagnosis.answers.setup import pac  # noqa: PLC0415  most runs look at no settings

    return pac(asked)


def _system_settings(asked: Asked) -> CheckReport | None:
    if "system-settings" not in asked.ran:
        return None
    from proxycheck.diagnosis.answers.setup import system_settings  # noqa: PLC0415  the same

    return system_settings(asked)


ANSWERS: Mapping[CheckId, Answer] = {
    "reachability": answered_by_causes("reachability"),
    "first-contact": first_contact,
    "greeting": _unreported,
    "hellos": answered_by_causes("hellos"),
    "endpoints": answered_by_causes("endpoints"),
    "plain-http": answered_by_causes("plain-http"),
    "device-tls": compared("device-tls"),
    "controls": compared("controls"),
    "outside": answered_by_causes("outside"),
    "authentication": authentication,
    "canary": canary,
    "dialect": dialect,
    "pac": _pac,
    "system-settings": _system_settings,
    "network": network,
}
_OF_COMMAND: Mapping[Command, tuple[CheckId, ...]] = {
    "check": tuple(QUESTIONS),
    "network": ("network",),
    "pac": ("pac", "system-settings"),
}


_BROKEN = "could not tell: a fault of this program stopped this question"


def answers(asked: Asked, command: Command, guard: Guard) -> tuple[CheckReport, ...]:
    """The answers that a report of this command gives, in the order of the questions. A question whose check or answer
    broke by a fault of ours is inconclusive, unless a cause says no to it all the same."""
    broken = {fault.check for fault in guard.faults}
    questions = [q for q in _OF_COMMAND[command] if asked.case.proxy is not None or QUESTIONS[q].without_proxy]
    reports = ((q, guard.attempt(reply(q, "inconclusive", _BROKEN), (), ANSWERS[q], asked)) for q in questions)
    return tuple(
        reply(q, "inconclusive", _BROKEN) if q in broken and report.verdict != "fail" else report
        for q, report in reports
        if report is not None
    )
