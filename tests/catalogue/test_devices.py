"""The catalogue holds what the guides say, and nothing that they do not, unless it is labelled."""

import tomllib
from pathlib import Path
from typing import Annotated, get_args

import msgspec
import pytest
from msgspec import Struct

from proxycheck.catalogue.devices import device_names, load_device
from proxycheck.model.device import Device, Endpoint, Tier


class Excluded(Struct, frozen=True, forbid_unknown_fields=True):
    """A match of the search for names that is none."""

    name: str
    reason: Annotated[str, msgspec.Meta(min_length=10)]


class GuideNames(Struct, frozen=True, forbid_unknown_fields=True):
    """What one guide prints, in its own spelling."""

    hosts: tuple[str, ...]
    wildcards: tuple[str, ...]
    addresses: tuple[str, ...]
    ranges: tuple[tuple[str, str], ...]
    excluded: tuple[Excluded, ...]
    urls: dict[Tier, tuple[str, ...]]

    @property
    def all_urls(self) -> tuple[str, ...]:
        return tuple(url for urls in self.urls.values() for url in urls)

    @property
    def all_hosts(self) -> set[str]:
        return {host.lower() for host in self.hosts} | {host_of(url) for url in self.all_urls}


_TEXT = Path(__file__).with_name("guide_names.toml").read_text(encoding="utf-8")
GUIDES = msgspec.convert(tomllib.loads(_TEXT), dict[str, GuideNames])
DEVICES = {name: load_device(name) for name in device_names()}
BOTH = pytest.mark.parametrize("name", ["sendpro-c", "connectplus"])


def host_of(url: str) -> str:
    return url.split("/")[2].lower()


def port_of(url: str) -> int:
    if host_of(url) == "mobile-gtalk.l.google.com":  # printed with "(Port 5228)"
        return 5228
    return {"http": 80, "https": 443}[url.partition(":")[0]]


def plain(address: str) -> str:
    """The address as addresses are written: 209.85.128.000 is 209.85.128.0."""
    return ".".join(str(int(part)) for part in address.split("."))


def by_id(device: Device) -> dict[str, Endpoint]:
    return {endpoint.id: endpoint for endpoint in device.endpoints}


def ports(device: Device, host: str) -> dict[int, Endpoint]:
    return {endpoint.port: endpoint for endpoint in device.endpoints if endpoint.host == host}


def test_the_devices_are_the_two_of_the_guides() -> None:
    assert device_names() == ("connectplus", "sendpro-c")
    assert set(GUIDES) == set(DEVICES)


def test_the_list_of_names_is_whole() -> None:
    """Counted in the documents: the tests below are worth as much as the list they read."""
    counts = {name: (len(guide.all_hosts), len(guide.all_urls)) for name, guide in GUIDES.items()}
    assert counts == {"sendpro-c": (104, 45), "connectplus": (22, 28)}
    assert len(GUIDES["connectplus"].addresses) == 36


@BOTH
def test_host_and_port_name_one_endpoint(name: str) -> None:
    assert len(by_id(DEVICES[name])) == len(DEVICES[name].endpoints)


@BOTH
def test_every_url_of_the_guide_is_in_the_catalogue_at_its_tier(name: str) -> None:
    """The strongest tier wins where an endpoint has several URLs."""
    strongest: dict[str, Tier] = {}
    for tier in get_args(Tier):
        for url in GUIDES[name].urls.get(tier, ()):
            endpoint_id = f"{host_of(url)}:{port_of(url)}"
            strongest.setdefault(endpoint_id, tier)
            assert url in by_id(DEVICES[name])[endpoint_id].urls
    assert strongest == {endpoint.id: endpoint.tier for endpoint in DEVICES[name].endpoints if endpoint.urls}


@BOTH
def test_every_url_of_the_catalogue_is_in_the_guide(name: str) -> None:
    urls = {url for endpoint in DEVICES[name].endpoints for url in endpoint.urls}
    assert urls == set(GUIDES[name].all_urls)


@BOTH
def test_the_path_asked_for_is_that_of_the_first_url(name: str) -> None:
    for endpoint in DEVICES[name].endpoints:
        if endpoint.urls:
            assert endpoint.path == "/" + "/".join(endpoint.urls[0].split("/")[3:])


@BOTH
def test_every_host_of_the_guide_is_in_the_catalogue(name: str) -> None:
    device = DEVICES[name]
    known = {endpoint.host for endpoint in device.endpoints}
    known |= {server.host for server in device.network.time_servers}
    assert GUIDES[name].all_hosts - known == set()


@BOTH
def test_every_host_of_the_catalogue_is_in_the_guide_or_labelled(name: str) -> None:
    device = DEVICES[name]
    invented = {
        endpoint.host
        for endpoint in device.endpoints
        if endpoint.host not in GUIDES[name].all_hosts and endpoint.confidence == "guide"
    }
    assert invented == set()
    assert {server.host for server in device.network.time_servers} <= GUIDES[name].all_hosts
    for endpoint in device.endpoints:
        if endpoint.confidence != "guide":
            assert endpoint.note, f"{endpoint.id} does not say where it comes from"


@BOTH
def test_every_address_and_range_is_kept_and_none_is_added(name: str) -> None:
    device, guide = DEVICES[name], GUIDES[name]
    known = {address for endpoint in device.endpoints for address in endpoint.addresses}
    known |= {server.address for server in device.network.dns_servers}
    assert known == {plain(address) for address in guide.addresses}
    spans = (*device.network.reserved_gateways, *device.network.address_ranges)
    assert [(span.first, span.last) for span in spans] == [(plain(a), plain(b)) for a, b in guide.ranges]


@BOTH
def test_no_address_is_an_endpoint(name: str) -> None:
    """Addresses are information: through a proxy nothing is asked of them."""
    assert not [endpoint.id for endpoint in DEVICES[name].endpoints if endpoint.host[-1].isdigit()]


@BOTH
def test_every_wildcard_has_named_hosts_that_stand_for_it(name: str) -> None:
    device = DEVICES[name]
    assert [item.pattern for item in device.wildcards] == [pattern.lower() for pattern in GUIDES[name].wildcards]
    for wildcard in device.wildcards:
        assert wildcard.stands
        assert {ports(device, host).keys() == {5938, 443, 80} for host in wildcard.stands} == {True}


@BOTH
def test_an_exclusion_is_not_in_the_catalogue(name: str) -> None:
    excluded = {item.name.lower() for item in GUIDES[name].excluded}
    assert not excluded & {endpoint.host for endpoint in DEVICES[name].endpoints}


def test_a_host_without_a_scheme_needs_443_or_80() -> None:
    device = DEVICES["sendpro-c"]
    times = {server.host for server in device.network.time_servers}
    for host in map(str.lower, GUIDES["sendpro-c"].hosts):
        if host in times or host.endswith(".teamviewer.com"):
            continue
        https, http = (endpoint for endpoint in device.endpoints if endpoint.host == host)
        assert [https.port, https.scheme, https.speaks] == [443, "https", "tls"]
        assert [http.port, http.scheme, http.speaks] == [80, "http", "http"]
        assert https.any_of == http.any_of is not None
        assert https.tier == http.tier == "recommended"


def test_a_scheme_states_the_port() -> None:
    device = DEVICES["sendpro-c"]
    for url in GUIDES["sendpro-c"].urls["recommended"]:
        assert list(ports(device, host_of(url))) == [port_of(url)]
