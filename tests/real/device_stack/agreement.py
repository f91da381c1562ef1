"""The check's verdicts beside what the stacks met, endpoint by endpoint, and why some differ.

A check says `pass` where the device gets through and `fail` or `inconclusive` where it does not. `warn` and `skipped`
claim nothing of the endpoint and are not compared. A difference is a fault of the check, unless it has a reason here.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from proxycheck.model.cause import CauseCode, Severity
from proxycheck.model.device import Endpoint
from proxycheck.model.report import EndpointVerdict, Report

PLATFORM = "android-7.0"
"""The stack of the system that the guide names. Its word decides; the others are judged beside it."""
ABSOLUTE_FORM = (
    "The stack sends plain HTTP to the proxy in absolute form. The guide says that the device tunnels everything, so "
    "the tunnel decides."
)
CROWD = "The proxy allows so many connections at a time: who is turned away depends on who comes with how many others."
OWN_STACK = "An application's own stack reads more than the platform's, and the platform decides."
TOLD_OF_APPLICATIONS = "Only applications with their own stack fail: it is told of them, and blocks nothing."
_SCENARIOS: Mapping[tuple[str, str], str] = {
    ("host-field-must-equal", "android-9"): "Android 9 writes the port into Host, as this proxy wants it.",
    ("host-field-must-equal", "okhttp-3"): "OkHttp 3 writes the port into Host, as this proxy wants it.",
    ("tunnel-truncated", PLATFORM): "The proxy cuts after so many bytes; what this stack sends and gets is fewer.",
    ("tunnel-truncated", "android-9"): "The proxy cuts after so many bytes; what this stack sends and gets is fewer.",
    ("tunnel-truncated", "okhttp-3"): "The proxy cuts after so many bytes; what this stack sends and gets is fewer.",
}


@dataclass(frozen=True)
class Met:
    """One endpoint as the check judged it and as one stack met it. `words` is what the stack said."""

    scenario: str
    stack: str
    endpoint: Endpoint
    verdict: EndpointVerdict
    reached: bool
    words: str

    @property
    def compared(self) -> bool:
        """Whether the verdict claims anything of this endpoint."""
        return self.verdict in ("pass", "fail", "inconclusive")

    @property
    def agrees(self) -> bool:
        """Whether the stack met what the verdict says."""
        return (self.verdict == "pass") == self.reached


def reason(met: Met, causes: Mapping[CauseCode, Severity], platform_reached: bool) -> str | None:
    """Why this difference is right, None when it is a fault. `causes` are the report's codes with their severity."""
    if met.endpoint.speaks == "http" and met.reached:
        return ABSOLUTE_FORM
    if "proxy.capacity" in causes:
        return CROWD
    if met.stack == "okhttp-3" and met.reached and not platform_reached:
        return OWN_STACK
    applications = causes.get("connect.nonstandard-success", causes.get("auth.challenge-unreadable"))
    if met.stack == "okhttp-3" and not met.reached and platform_reached and applications == "info":
        return TOLD_OF_APPLICATIONS
    return _SCENARIOS.get((met.scenario, met.stack))


def faults(met: list[Met], report: Report) -> list[str]:
    """The differences that have no reason."""
    causes = {cause.code: cause.severity for cause in report.causes}
    platform = {one.endpoint.id for one in met if one.stack == PLATFORM and one.reached}
    return [
        f"{one.endpoint.id} is {one.verdict}; {one.stack}: {one.words}"
        for one in met
        if one.compared and not one.agrees and reason(one, causes, one.endpoint.id in platform) is None
    ]


def chosen(verdicts: Mapping[str, EndpointVerdict], endpoints: Iterable[Endpoint]) -> Iterator[Endpoint]:
    """The first endpoint of each port, of what is spoken there, and of each verdict. TeamViewer has a client of its
    own, which is not here."""
    known: set[tuple[str, int, str]] = set()
    for endpoint in endpoints:
        kind = (endpoint.speaks, endpoint.port, verdicts.get(endpoint.id, "skipped"))
        if endpoint.speaks != "teamviewer" and kind not in known and kind[2] != "skipped":
            known.add(kind)
            yield endpoint


def url(endpoint: Endpoint) -> str:
    """How the stack is asked for the endpoint."""
    scheme, usual = ("https", 443) if endpoint.speaks == "tls" else ("http", 80)
    port = "" if endpoint.port == usual else f":{endpoint.port}"
    return f"{scheme}://{endpoint.host}{port}{endpoint.path}"
