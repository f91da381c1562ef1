"""What the report says of authentication in words: what the proxy wants, and whether the device reads it."""

from proxycheck.diagnosis.answers.asked import Asked, reply, worst
from proxycheck.diagnosis.answers.authentication_words import answer
from proxycheck.diagnosis.dialect import readings
from proxycheck.diagnosis.rules.dialect import told
from proxycheck.diagnosis.triangulation import accepted, challenges_met, undecided
from proxycheck.model.report import CheckReport, EndpointVerdict


def authentication(asked: Asked) -> CheckReport:
    """Which authentication the proxy wants, and what is known of the credentials."""
    causes = asked.of("authentication")
    if not any(o.reply is not None and o.reply.status for o in asked.case.observations):
        return reply("authentication", "skipped", "no CONNECT was answered", causes)
    if any(cause.code == "proxy.not-a-proxy" for cause in asked.causes):
        return reply("authentication", "skipped", "no proxy answers there", causes)
    verdict = worst((cause.severity for cause in causes), _untold(asked), degraded="warn")
    return reply("authentication", verdict, answer(asked.case, given=asked.given), causes)


def _untold(asked: Asked) -> EndpointVerdict:
    """The verdict where no cause tells of it."""
    if undecided(asked.case):
        return "inconclusive"
    unasked = asked.given and not challenges_met(asked.case) and not accepted(asked.case)
    return "skipped" if unasked else "pass"


def dialect(asked: Asked) -> CheckReport:
    """Every trait of the device's software that this proxy's answers touch, with its confidence."""
    causes = asked.of("dialect")
    words = [f"{reading.words} ({told(reading)})" for reading in readings(asked.case)]
    if not words:
        return reply("dialect", "skipped", "nothing was answered that would tell", causes)
    return reply("dialect", worst((c.severity for c in causes), "pass", degraded="warn"), "; ".join(words), causes)
