"""Under which of the guide's entries something falls that a device was seen to use."""

import ipaddress
from collections.abc import Iterable
from fnmatch import fnmatchcase

from msgspec import Struct

from proxycheck.model.device import AddressRange, Device, Endpoint, Tier
from proxycheck.model.target import Target
from proxycheck.observed.attempts import Attempt


class Listing(Struct, frozen=True):
    """One `host:port` that the guide lists or the device used. `endpoint` is the guide's entry of exactly this host and
    port; `listed_as` the pattern or range it falls under instead."""

    target: Target
    endpoint: Endpoint | None = None
    tier: Tier | None = None
    function: str | None = None
    listed_as: str | None = None
    note: str | None = None

    @property
    def listed(self) -> bool:
        """Whether the guide speaks of it at all."""
        return self.endpoint is not None or self.listed_as is not None


def listing_of(device: Device, attempt: Attempt) -> Listing:
    """The entry for an attempt. A device that asks for an address is taken at its TLS server name, which the tunnel
    shows, and else at the addresses that the guide lists."""
    port, address = attempt.port, _address(attempt.host)
    name = attempt.tunnel.server_name if attempt.tunnel is not None else None
    if address is None:
        return _named(device, attempt.host, port, None)
    if name is not None:
        return _named(device, name, port, f"asked for by its address {attempt.host}")
    for endpoint in device.endpoints:
        if endpoint.port == port and attempt.host in endpoint.addresses:
            return _listed(endpoint, f"asked for by its address {attempt.host}")
    span = _range(device.network.address_ranges, address)
    return Listing(Target(attempt.host, port), listed_as=span, note=span and f"in the guide's range {span}")


def _named(device: Device, host: str, port: int, note: str | None) -> Listing:
    exact = next((each for each in device.endpoints if (each.host, each.port) == (host, port)), None)
    if exact is not None:
        return _listed(exact, note)
    for wildcard in device.wildcards:
        if fnmatchcase(host, wildcard.pattern.lower()):
            known = f"listed as {wildcard.pattern}"
            note = known if note is None else f"{known}; {note}"
            return Listing(Target(host, port), None, wildcard.tier, wildcard.function, wildcard.pattern, note)
    ports = sorted({each.port for each in device.endpoints if each.host == host})
    if ports:
        known = f"the guide lists this host on port {', '.join(map(str, ports))}"
        note = known if note is None else f"{known}; {note}"
    return Listing(Target(host, port), note=note)


def _listed(endpoint: Endpoint, note: str | None) -> Listing:
    target = Target(endpoint.host, endpoint.port)
    return Listing(target, endpoint, endpoint.tier, endpoint.function, endpoint.wildcard, note)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _range(ranges: Iterable[AddressRange], address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str | None:
    if isinstance(address, ipaddress.IPv6Address):
        return None
    for span in ranges:
        if ipaddress.IPv4Address(span.first) <= address <= ipaddress.IPv4Address(span.last):
            return f"{span.first} - {span.last}"
    return None
