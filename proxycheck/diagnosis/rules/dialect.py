"""What works here and does not work on the device, or may not: answers that its own stack is known to take otherwise.

What the platform's stack was seen to fail on, running, the device fails on as well: a blocker. What is only read in a
source degrades, what is only a risk is information; so is what breaks no more than applications with a stack of their
own. None is silent.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from proxycheck.diagnosis.dialect import Reading, application_readings, challenges, readings
from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.products.recognition import named_in
from proxycheck.model.cause import CauseCode, Confidence, Severity

_SURE = ("guide", "shown", "high")
_OFTEN = 1 / 3
"""From so many of the answers on, a device that fails at them does not work by trying again."""
_SHOWN = "shown with the software itself"


def misread(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """One finding for each cause, as grave as the gravest reading. It concerns the endpoints whose tunnels the device
    is known not to get; where that is only feared, the set-up as a whole."""
    by_code: dict[CauseCode, list[Reading]] = defaultdict(list)
    for reading in readings(case):
        if reading.verdict != "compatible":
            by_code[reading.code].append(reading)
    for code, found in by_code.items():
        yield _finding(case, code, sorted(found, key=lambda reading: (reading.verdict != "fatal", _unshown(reading))))


def misread_by_applications(case: Case, _: tuple[Observation, ...]) -> Iterator[Finding]:
    """What the platform reads, and an application that brings its own stack does not."""
    own = case.device.proxy.application_dialect
    for reading in application_readings(case):
        because = f"{reading.words} ({own.platform if own else ''}: {told(reading)})"
        yield Finding(reading.code, (), "strong", (because,), "info", final=False, detail=_APPLICATIONS)


def _finding(case: Case, code: CauseCode, found: Sequence[Reading]) -> Finding:
    severity, confidence = _weight(found[0])
    because = tuple(f"{r.words} ({_platform(case)}: {told(r)})" for r in found)
    lost = {name for reading in found if _breaks(reading) for name in reading.endpoints}
    members = tuple(o for o in case.observations if o.id in lost)
    # Behind a front that asks for the login, another proxy answers what comes after it.
    asked = named_in(case, challenges(case)) if case.knowledge.causes[code].about == "login" else None
    detail = _consequence(found[0])
    return Finding(code, members, confidence, because, severity, final=False, detail=detail, product=asked)


def _unshown(reading: Reading) -> bool:
    return reading.confidence not in ("guide", "shown")


def _breaks(reading: Reading) -> bool:
    return reading.verdict == "fatal" and not _unshown(reading)


def _weight(reading: Reading) -> tuple[Severity, Confidence]:
    if reading.verdict != "fatal":
        return "info", "strong" if reading.confidence in _SURE else "weak"
    if reading.share < _OFTEN:
        return "degraded", "strong" if reading.confidence in _SURE else "weak"
    if reading.confidence == "guide":
        return "blocker", "conclusive"
    return ("blocker", "strong") if reading.confidence == "shown" else ("degraded", "weak")


def told(reading: Reading) -> str:
    """Verdict and confidence in words."""
    sure = _SHOWN if reading.confidence == "shown" else f"{reading.confidence} confidence"
    return f"{reading.verdict.replace('-', ' ')}, {sure}"


def _platform(case: Case) -> str:
    return case.device.proxy.dialect.platform if case.device.proxy.dialect is not None else ""


_APPLICATIONS = (
    "The device's platform copes with it. An application on it that brings its own HTTP software may not; which ones "
    "do is not known."
)


def _consequence(reading: Reading) -> str:
    if reading.verdict != "fatal":
        return "This test copes with it. If the device does not, look here first."
    if reading.confidence == "shown":
        return (
            "The software that the device uses was run against such answers: it does not get through. It then tries to "
            "reach the host without the proxy, so the device may name the host, and not the proxy, as what failed."
        )
    return "This is known of the platform and was not seen on the device itself: expect it to fail, and try it."
