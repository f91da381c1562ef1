"""What the report says of authentication in words: what the proxy wants, and whether the device reads it."""

from collections.abc import Iterable

from proxycheck.diagnosis.answers.authentication_words import answer
from proxycheck.diagnosis.dialect import readings
from proxycheck.diagnosis.observation import Case
from proxycheck.diagnosis.rules.dialect import told
from proxycheck.diagnosis.triangulation import accepted, challenges_met, undecided
from proxycheck.model.cause import Cause
from proxycheck.model.report import CheckReport, EndpointVerdict

_DIALECT = ("auth.challenge-unreadable", "auth.connection-closed", "connect.nonstandard-success")
DIALECT_QUESTION = "Does the device's own software read the proxy's answers as this test does?"


def _worst(causes: Iterable[Cause], otherwise: EndpointVerdict) -> EndpointVerdict:
    severities = {cause.severity for cause in causes}
    if "blocker" in severities:
        return "fail"
    return "warn" if severities else otherwise


def authentication_check(name: str, question: str, case: Case, causes: Iterable[Cause], *, given: bool) -> CheckReport:
    """Which authentication the proxy wants, and what is known of the credentials. `given`: there were some."""
    found = [cause for cause in causes if cause.code.startswith("auth.") and cause.code not in _DIALECT]
    codes = tuple(dict.fromkeys(cause.code for cause in found))
    if not any(o.reply is not None and o.reply.status for o in case.observations):
        return CheckReport(name, question, "skipped", "no CONNECT was answered", codes)
    return CheckReport(name, question, _worst(found, _untold(case, given=given)), answer(case, given=given), codes)


def _untold(case: Case, *, given: bool) -> EndpointVerdict:
    """The verdict where no cause tells of it."""
    if undecided(case):
        return "inconclusive"
    return "skipped" if given and not challenges_met(case) and not accepted(case) else "pass"


def dialect_check(case: Case, causes: Iterable[Cause]) -> CheckReport:
    """Every trait of the device's software that this proxy's answers touch, with its confidence."""
    found = [cause for cause in causes if cause.code in _DIALECT]
    codes = tuple(dict.fromkeys(cause.code for cause in found))
    words = [f"{reading.words} ({told(reading)})" for reading in readings(case)]
    if not words:
        return CheckReport("dialect", DIALECT_QUESTION, "skipped", "nothing was answered that would tell", codes)
    return CheckReport("dialect", DIALECT_QUESTION, _worst(found, "pass"), "; ".join(words), codes)
