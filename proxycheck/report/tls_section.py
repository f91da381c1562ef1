"""Is somebody reading TLS? The verdict with its proof, and the endpoints that it holds for."""

from collections import defaultdict

from proxycheck.model.report import Report, TlsVerdict
from proxycheck.report.page import Page, counted, listed

_ENDPOINTS_SHOWN = 2
_PROOFS_SHOWN = 4
_ORDER: tuple[TlsVerdict | None, ...] = ("inspected", "inconclusive", "passthrough", None)


def add_tls(page: Page, report: Report, *, verbose: bool) -> None:
    """A line for each proof, the gravest verdict first; nothing where no TLS was tried."""
    proofs: dict[tuple[int, str], list[str]] = defaultdict(list)
    for endpoint in report.endpoints:
        if endpoint.tls is not None:
            proofs[_ORDER.index(endpoint.tls.verdict), endpoint.tls.proof].append(endpoint.id)
    if not proofs:
        return
    page.heading("Is somebody reading TLS?")
    shown = len(proofs) if verbose else _PROOFS_SHOWN
    ordered = sorted(proofs.items(), key=lambda each: (each[0][0], -len(each[1])))
    for (_, proof), names in ordered[:shown]:
        hosts = listed(names, None if verbose else _ENDPOINTS_SHOWN)
        page.block(f"{counted(len(names), 'endpoint')} ", *hosts, ": ", (proof, "bold"), indent=2)
    rest = sum(len(names) for _, names in ordered[shown:])
    if rest:
        page.block((f"and {counted(rest, 'endpoint')} for other reasons", "dim"), indent=2)
