"""What a run contacted, or had the proxy contact: every host and port, and why, where the guide does not list it."""

from collections.abc import Iterable

from proxycheck.errors import UsageError
from proxycheck.model.device import Device
from proxycheck.model.evidence import Evidence
from proxycheck.model.report import Contact
from proxycheck.model.target import ProxyAddress, Target
from proxycheck.report.texts import texts
from proxycheck.wire.address import parse_target

_BY_OPERATION = {
    "network_dns": "dns",
    "network_time": "time",
    "pac_fetch": "pac-file",
    "canary": "canary",
}
_LOOKED_UP = ("control_dns", "pac_route", "control_roots")
"""Operations that name a host without contacting it."""


def contacts(
    device: Device, endpoints: Iterable[str], proxy: ProxyAddress | None, evidence: tuple[Evidence, ...]
) -> tuple[Contact, ...]:
    """The proxy first, then everything else in the order in which it was first contacted.

    `endpoints` are the ids of those that were to be tested: such a one that no guide lists was added by hand."""
    guide = {endpoint.id for endpoint in device.endpoints}
    asked = set(endpoints)
    found: dict[str, str | None] = {}
    if proxy is not None and any(record.operation == "proxy_tcp" for record in evidence):
        found[Target(proxy.host, proxy.port).id] = "proxy"
    for record in evidence:
        name = record.endpoint
        if record.operation == "pac_proxy" and record.variant is not None:
            found.setdefault(record.variant, None if record.variant in guide else "pac")
            name = name if record.sent else None  # the proxy was not reached, so nobody was asked for the host
        if name is None or record.operation in _LOOKED_UP:
            continue
        found.setdefault(name, _reason(record, listed=name in guide, added=name in asked))
    return tuple(filter(None, (_contact(name, reason) for name, reason in found.items())))


def _reason(record: Evidence, *, listed: bool, added: bool) -> str | None:
    if listed:
        return None
    if record.operation in _BY_OPERATION:
        return _BY_OPERATION[record.operation]
    if added:
        return "added"
    return record.variant if record.variant in texts().contacts else "comparison"


def _contact(name: str, reason: str | None) -> Contact | None:
    try:
        target = parse_target(name)
    except UsageError:
        return None  # what a PAC file or a proxy named is no address, so nothing was contacted
    return Contact(target.host, target.port, texts().contacts[reason] if reason is not None else None)
