"""What a report says of a proxy, in the form in which a real proxy and the simulated one are compared."""

import msgspec

from proxycheck.model.report import Report


class Told(msgspec.Struct, frozen=True):
    """The judgement of one report: the verdict; code, severity and measured endpoints of each cause; what became of
    each endpoint."""

    verdict: str
    causes: frozenset[tuple[str, str, frozenset[str]]]
    endpoints: dict[str, str]

    def without_endpoints(self) -> "tuple[str, frozenset[tuple[str, str]]]":
        """The same, where it depends on who comes first which endpoints suffer."""
        return self.verdict, frozenset((code, severity) for code, severity, _ in self.causes)


def told(report: Report, beside: Report) -> Told:
    """What a report says of the endpoints that another one measured too, and of no group of alternatives of which one
    run measured more: an alternative is only asked for where the one before it fails or is late, which depends on what
    else the machine does."""
    once = _measured(report) ^ _measured(beside)
    groups = {endpoint.any_of for endpoint in report.endpoints if endpoint.id in once} - {None}
    left_out = once | {endpoint.id for endpoint in report.endpoints if endpoint.any_of in groups}
    measured = (_measured(report) & _measured(beside)) - left_out
    causes = ((cause.code, cause.severity, measured & frozenset(cause.endpoints)) for cause in report.causes)
    verdicts: dict[str, str] = {
        endpoint.id: endpoint.verdict for endpoint in report.endpoints if endpoint.id not in left_out
    }
    return Told(report.verdict, frozenset(causes), verdicts)


def _measured(report: Report) -> frozenset[str]:
    return frozenset(endpoint.id for endpoint in report.endpoints if endpoint.verdict != "skipped")
