"""Bypass lists: hosts that PCs reach around the proxy, by a setting that the device does not have.

Two ways to see one. A list on this computer names the host; or the host answers without the proxy and not through it,
which is what an exclusion looks like from outside. A list by itself breaks nothing: what counts is whether the proxy
carries the host as well. Where the same run shows that it does, the list is told as information.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import msgspec

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.rules.pac import split
from proxycheck.model.text import printable
from proxycheck.routes.system import SystemSettings

CHECK = "system-settings"
_BLAMED = ("connect.", "tunnel.", "tls.", "http.")
_HOSTS = 4


def settings_of(case: Case) -> tuple[SystemSettings, ...]:
    """The settings of this computer that were recorded."""
    records = (record for record in case.of(CHECK, "settings") if record.received)
    return tuple(msgspec.json.decode(record.received.encode("latin-1"), type=SystemSettings) for record in records)


def exclusions(case: Case, passing: Collection[str]) -> Iterator[Finding]:
    """Every needed host that a list sends direct, with the token that matched and the programs that obey it."""
    matched: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    ids: set[str] = set()
    for place in settings_of(case):
        for observation in case.observations:
            endpoint = observation.endpoint
            for found in place.exclusions(endpoint.host, endpoint.port, endpoint.scheme):
                matched[found.setting or place.where, found.token][endpoint.host].add(found.dialect)
                ids.add(observation.id)
    if ids:
        yield from split(case, passing, "setup.exclusions", ids, tuple(_sentences(matched)))


def _sentences(matched: dict[tuple[str, str], dict[str, set[str]]]) -> Iterator[str]:
    """One for each token, each with all of its hosts: what a person has to look for in the list."""
    for (setting, token), hosts in sorted(matched.items(), key=lambda item: -len(item[1])):
        dialects = sorted(set().union(*hosts.values()))
        yield printable(f"{setting}: {token!r} ({', '.join(dialects)}) sends direct: {', '.join(sorted(hosts))}", 1500)


def in_disguise(case: Case, findings: Sequence[Finding]) -> list[Finding]:
    """Findings in whose reasons it is told which of their hosts answer without the proxy."""
    return [_told(case, finding) for finding in findings]


def _told(case: Case, finding: Finding) -> Finding:
    if not finding.code.startswith(_BLAMED) or finding.severity == "info" or finding.without_proxy:
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
    return msgspec.structs.replace(finding, because=(*finding.because, said), detail=both)


def _answers_directly(case: Case, observation: Observation) -> bool:
    """Whether the control beside the proxy reached the host, as far as it went."""
    tls, tcp = (case.outside(observation.id, operation) for operation in ("control_tls", "control_tcp"))
    return tcp is not None and tcp.failure is None and (tls is None or tls.failure is None)
