"""The entries of an allow-list: from a device, or from what a report found."""

import ipaddress
import re
from collections.abc import Iterable, Sequence

from msgspec import Struct, structs

from proxycheck.model.cause import CauseCode
from proxycheck.model.device import Device, Endpoint, SourceConfidence, Tier
from proxycheck.model.files.allowlist import Allowlists, Entry, Exemption, Hosts, Purpose
from proxycheck.model.report import EndpointReport, Report

_TIERS: tuple[Tier, ...] = ("required", "recommended", "optional")
_CONFIDENCE: tuple[SourceConfidence, ...] = ("guide", "assumption", "unverified")
# Hyphens anywhere inside a label: strict IDNA refuses `r1---sn-8pgbpohxqp5-auol`, DNS does not.
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?")
_LONGEST = 253
_WHERE_NOTHING_STANDS = (80, 443)
"""The ports of a pattern for which the guide names no host."""


class _Need(Struct, frozen=True):
    host: str
    port: int
    tier: Tier
    function: str
    confidence: SourceConfidence = "guide"
    causes: tuple[CauseCode, ...] = ()
    below: bool = False


def device_hosts(device: Device, endpoints: Iterable[Endpoint]) -> Hosts:
    """These endpoints of the device, and the patterns of their tiers."""
    chosen = tuple(endpoints)
    needs = [_Need(each.host, each.port, each.tier, each.function, each.confidence) for each in chosen]
    tiers = {each.tier for each in chosen}
    for wildcard in device.wildcards:
        if wildcard.tier in tiers:
            ports = {each.port for each in chosen if each.host in wildcard.stands} or _WHERE_NOTHING_STANDS
            domain = wildcard.pattern.removeprefix("*.")
            needs += [_Need(domain, port, wildcard.tier, wildcard.function, below=True) for port in sorted(ports)]
    return _hosts(device.name, device.title, device.document, device.document_date, needs)


def blocked_hosts(report: Report, lists: Allowlists, purpose: Purpose, tiers: Sequence[Tier] = _TIERS) -> Hosts:
    """The endpoints of `tiers` in which the report found a cause that such a list answers, and which of them."""
    exemptions = [each for each in lists.exemptions if each.purpose == purpose]
    causes = lists.answers[purpose].union(*(each.causes for each in exemptions))
    needs = [
        _Need(each.host, each.port, each.tier, each.function, causes=found)
        for each in report.endpoints
        if each.tier in tiers and (found := _found(each, causes))
    ]
    hosts = _hosts(report.device.name, report.device.title, report.device.document, "", needs)
    exempt = [(each, _exempted(hosts, each)) for each in exemptions]
    whole = [each for each, names in exempt if hosts.entries and len(names) == len(hosts.entries)]
    if whole:
        return structs.replace(hosts, exemption=whole[0])
    return structs.replace(hosts, exempt=tuple((each, names) for each, names in exempt if names))


def _exempted(hosts: Hosts, exemption: Exemption) -> tuple[str, ...]:
    """The entries that are on the list for this exemption alone."""
    return tuple(entry.name for entry in hosts.entries if exemption.causes.issuperset(entry.causes))


def _found(endpoint: EndpointReport, causes: frozenset[CauseCode]) -> tuple[CauseCode, ...]:
    return tuple(code for code in endpoint.causes if code in causes)


def host_name(text: str) -> str | None:
    """The host name as DNS has it: lower case, letters of other alphabets as their ASCII form (RFC 3492), no dot at its
    end. None for what is no host name of two labels or more: an address too."""
    name = text.lower().removesuffix(".")
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    labels = name.split(".")
    if len(name) > _LONGEST or len(labels) < 2 or not all(map(_LABEL.fullmatch, labels)):
        return None
    return None if labels[-1].isdigit() or _is_address(name) else name


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _hosts(name: str, title: str, document: str, date: str, needs: list[_Need]) -> Hosts:
    groups: dict[tuple[str, bool], list[_Need]] = {}
    refused: set[str] = set()
    for need in needs:
        host = host_name(need.host)
        if host is None or not 0 < need.port < 65536:
            refused.add(need.host)
        else:
            groups.setdefault((host, need.below), []).append(need)
    entries = tuple(_entry(*key, groups[key]) for key in sorted(groups, key=_order))
    version = f"{date.replace('-', '')}00" if date else ""
    return Hosts(_plain(name), _plain(title), _plain(document), version, entries, tuple(map(_plain, sorted(refused))))


def _order(key: tuple[str, bool]) -> tuple[list[str], bool]:
    """Hosts of one domain together, its pattern first."""
    host, below = key
    return host.split(".")[::-1], not below


def _entry(host: str, below: bool, needs: list[_Need]) -> Entry:
    return Entry(
        host=host,
        ports=tuple(sorted({need.port for need in needs})),
        tier=min((need.tier for need in needs), key=_TIERS.index),
        functions=tuple(dict.fromkeys(_plain(need.function) for need in needs)),
        causes=tuple(sorted({code for need in needs for code in need.causes})),
        confidence=min((need.confidence for need in needs), key=_CONFIDENCE.index),
        below=below,
    )


def _plain(text: str) -> str:
    """Text of a file that others may have written, fit for a comment: one line, and nothing that steers anything."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:300]
