"""What a canary tells of load and time: quiet tunnels, many at once, throughput."""

from collections.abc import Iterator

from proxycheck.diagnosis.canary import Seen, Tried
from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case
from proxycheck.model.canary import CanaryEvidence
from proxycheck.model.cause import CauseCode, Confidence, Severity
from proxycheck.model.text import counted, was


def _sure(tried: Tried) -> Confidence:
    return "conclusive" if tried.confirmed else "strong"


def idle(case: Case, asked: Seen) -> Iterator[Finding]:
    """A quiet tunnel did not live as long as was asked for.

    One whose answer was late on a line that is slower than the device can bear may live all the same."""
    crawling = any(_crawls(case, tried) for tried in asked.tried("throughput"))
    for tried in asked.tried("idle"):
        wanted, held = tried.canary.asked_s, tried.canary.held_s
        if wanted is None or held == wanted or tried.excused:
            continue
        if held is None and crawling and tried.record.timed_out:
            continue
        if held is not None:
            said = f"a tunnel without traffic was closed after {held:g} s ({wanted:g} s were asked for)"
        else:
            said = f"after {wanted:g} s without traffic a tunnel did not answer any more"
        yield Finding("tunnel.idle-timeout", (), _sure(tried), (said,), "degraded")


def _crawls(case: Case, tried: Tried) -> bool:
    lowest = lowest_rate(tried.canary)
    return lowest is not None and lowest < case.device.network.bandwidth_required_kbit_s


def concurrency(case: Case, asked: Seen) -> Iterator[Finding]:
    """Of many tunnels at once some were refused or cut.

    Where the last of them was awaited for longer than a quiet tunnel lives here, it is their age that ended them."""
    ages = [
        t.canary.held_s
        for t in asked.tried("idle")
        if t.canary.held_s is not None and t.canary.held_s != t.canary.asked_s
    ]
    for tried in asked.tried("concurrency"):
        wanted, answered = tried.canary.wanted or 0, tried.canary.answered or 0
        if answered >= wanted or tried.excused:
            continue
        if ages and tried.record.duration_s >= min(ages):
            continue
        failure = tried.record.failure
        how = f"; the first that failed: {failure.detail or failure.name}" if failure is not None else ""
        said = f"of {counted(wanted, 'tunnel')} at once {answered} {was(answered)} answered{how}"
        yield Finding("tunnel.concurrency", (), _sure(tried), (said,), "degraded")


def slow(case: Case, asked: Seen) -> Iterator[Finding]:
    """Below what the device needs. The proxy is named only where the way without it is fast enough."""
    needs = case.device.network
    for tried in asked.tried("throughput"):
        lowest = lowest_rate(tried.canary)
        if lowest is None or lowest >= needs.bandwidth_recommended_kbit_s:
            continue
        least = lowest < needs.bandwidth_required_kbit_s
        wanted = needs.bandwidth_required_kbit_s if least else needs.bandwidth_recommended_kbit_s
        beside = lowest_rate(tried.control) if tried.control is not None else None
        faster = beside is not None and beside >= wanted
        because = [f"{rates(tried.canary)}; the guide {'requires' if least else 'recommends'} {wanted} kbit/s each way"]
        if tried.control is not None and beside is not None:
            because.append(f"without the proxy: {rates(tried.control)}")
        elif case.proxy is not None:
            because.append("how fast it is without the proxy could not be measured from here")
        code: CauseCode = "tunnel.slow" if faster else "network.bandwidth-low"
        severity: Severity = "blocker" if least else "degraded"
        yield Finding(code, (), "conclusive" if faster else "strong", tuple(because), severity)


def lowest_rate(canary: CanaryEvidence) -> float | None:
    """The slower direction, in kbit/s; None where nothing was measured."""
    return min((rate for rate in (canary.up_kbit_s, canary.down_kbit_s) if rate is not None), default=None)


def rates(canary: CanaryEvidence) -> str:
    """Both rates in words."""
    told = [
        f"{rate:,.0f} kbit/s {way}"
        for way, rate in (("up", canary.up_kbit_s), ("down", canary.down_kbit_s))
        if rate is not None
    ]
    return " and ".join(told) + (f" ({canary.size // 1024} kB each way)" if canary.size else "")
