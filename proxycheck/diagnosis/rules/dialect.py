"""What works here and may not work on the device: answers that its own stack is known to take otherwise.

Such knowledge comes from the source of the platform a guide names, not from the guide, so it never says that the device
will not work: what is surely fatal for the platform degrades, what is only a risk is information. Neither is silent.
"""

from collections import defaultdict
from collections.abc import Iterator

from proxycheck.diagnosis.dialect import Reading, readings
from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.model.cause import CauseCode, Confidence, Severity

_SURE = ("guide", "high")


def misread(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """One finding for each cause, as grave as the gravest reading; they concern the set-up, not single endpoints."""
    by_code: dict[CauseCode, list[Reading]] = defaultdict(list)
    for reading in readings(case):
        if reading.verdict != "compatible":
            by_code[reading.code].append(reading)
    for code, found in by_code.items():
        found.sort(key=lambda reading: reading.verdict != "fatal")
        severity, confidence = _weight(found[0])
        because = tuple(f"{r.words} ({_platform(case)}: {told(r)})" for r in found)
        yield Finding(code, (), confidence, because, severity, final=False, detail=_consequence(found[0]))


def _weight(reading: Reading) -> tuple[Severity, Confidence]:
    if reading.verdict == "fatal":
        return ("blocker", "conclusive") if reading.confidence == "guide" else ("degraded", "strong")
    return "info", "strong" if reading.confidence in _SURE else "weak"


def told(reading: Reading) -> str:
    """Verdict and confidence in words."""
    return f"{reading.verdict.replace('-', ' ')}, {reading.confidence} confidence"


def _platform(case: Case) -> str:
    return case.device.proxy.dialect.platform if case.device.proxy.dialect is not None else ""


def _consequence(reading: Reading) -> str:
    if reading.verdict == "fatal":
        return "This is known of the platform and was not seen on the device itself: expect it to fail, and try it."
    return "This test copes with it. If the device does not, look here first."
