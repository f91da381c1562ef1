"""Bypass lists: hosts that PCs reach around the proxy, by a setting that the device does not have.

A list by itself breaks nothing: what counts is whether the proxy carries the host as well. Where the same run shows
that it does, the list is told as information.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Final

import msgspec

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case
from proxycheck.diagnosis.rules.pac import split
from proxycheck.model.text import printable
from proxycheck.routes.system.settings import SystemSettings

CHECK: Final = "system-settings"


def settings_of(case: Case) -> tuple[SystemSettings, ...]:
    """The settings of this computer that were recorded."""
    records = (record for record in case.of(CHECK, "settings") if record.received)
    return tuple(msgspec.json.decode(record.received_bytes, type=SystemSettings) for record in records)


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
