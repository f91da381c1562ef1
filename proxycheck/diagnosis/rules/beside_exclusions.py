"""Adds to a finding which of its hosts work without the proxy.

Such a host usually stands on the bypass list of the PCs, or in a firewall rule. The device has neither: it sends
everything to the proxy.
"""

from collections.abc import Sequence

from msgspec import structs

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation

_HOSTS = 4


def in_disguise(case: Case, findings: Sequence[Finding]) -> list[Finding]:
    """Returns the findings, each with the names of its hosts that answer without the proxy among its reasons."""
    return [_told(case, finding) for finding in findings]


def _told(case: Case, finding: Finding) -> Finding:
    if case.knowledge.causes[finding.code].about != "path" or finding.severity == "info" or finding.without_proxy:
        return finding
    direct = list(dict.fromkeys(o.endpoint.host for o in finding.observations if _answers_directly(case, o)))
    if not direct or case.proxy is None:
        return finding
    rest = f" and {len(direct) - _HOSTS} more" if len(direct) > _HOSTS else ""
    said = f"without the proxy they answer: {', '.join(direct[:_HOSTS])}{rest}"
    detail = (
        "Hosts that answer directly and not through the proxy work on PCs that have an exclusion for them. The device "
        "knows no exclusions: the proxy itself has to carry them."
    )
    both = f"{finding.detail}\n{detail}" if finding.detail else detail
    return structs.replace(finding, because=(*finding.because, said), detail=both)


def _answers_directly(case: Case, observation: Observation) -> bool:
    """Whether the control beside the proxy reached the host, as far as it went."""
    tls, tcp = (case.outside(observation.id, operation) for operation in ("control_tls", "control_tcp"))
    return tcp is not None and tcp.failure is None and (tls is None or tls.failure is None)
