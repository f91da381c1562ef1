"""The few endpoints whose command lines show by hand what failed."""

from proxycheck.model.report import EndpointReport, Report

MOST = 3


def by_hand(report: Report) -> tuple[EndpointReport, ...]:
    """One endpoint for each set of causes, failing ones first, and no more than `MOST`."""
    first: dict[tuple[str, ...], EndpointReport] = {}
    for verdict in ("fail", "inconclusive"):
        for endpoint in report.endpoints:
            if endpoint.verdict == verdict and endpoint.reproduce:
                first.setdefault(endpoint.causes, endpoint)
    return tuple(first.values())[:MOST]
