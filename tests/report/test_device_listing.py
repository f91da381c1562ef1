"""`devices NAME` tells all that the catalogue knows, and host names can be copied out of it."""

import io

import pytest
from rich.console import Console, RenderableType

from proxycheck.catalogue.devices import load_device
from proxycheck.report.device_listing import device_listing, device_overview

NAMES = ["sendpro-c", "connectplus"]


def text(content: RenderableType, width: int = 200) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, color_system=None).print(content)
    return stream.getvalue()


def line(listing: str, start: str) -> str:
    (found,) = {row.strip() for row in listing.splitlines() if row.split()[:1] == [start]}
    return " ".join(found.split())


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("name", NAMES)
def test_every_host_stands_whole(name: str, width: int) -> None:
    words = set(text(device_listing(load_device(name)), width).split())
    assert {endpoint.host for endpoint in load_device(name).endpoints} <= words


@pytest.mark.parametrize("name", NAMES)
def test_every_fact_of_the_network_is_told(name: str) -> None:
    device = load_device(name)
    listing = text(device_listing(device))
    facts = [f"port {need.port} {'+'.join(need.transports)}" for need in device.network.ports]
    facts += [server.host for server in device.network.time_servers]
    facts += [server.address for server in device.network.dns_servers]
    spans = (*device.network.reserved_gateways, *device.network.address_ranges)
    facts += [f"{span.first} - {span.last}" for span in spans]
    facts += [address for endpoint in device.endpoints for address in endpoint.addresses]
    facts += [wildcard.pattern for wildcard in device.wildcards]
    facts += [pattern.path for pattern in device.url_patterns]
    facts += [note.subject for note in device.notes]
    facts += [function.name for function in device.functions if function.section in listing]
    facts += [device.title, device.document, device.proxy.source, "384 kbit/s"]
    assert [fact for fact in facts if fact not in listing] == []


@pytest.mark.parametrize(
    ("name", "host", "row"),
    [
        ("sendpro-c", "apis.google.com", "apis.google.com 443 or 80"),
        ("sendpro-c", "microsoft.com", "microsoft.com 443 and 80"),
        ("sendpro-c", "smb.pitneybowes.com", "smb.pitneybowes.com 443"),
        ("sendpro-c", "ping3.dyngate.com", "ping3.dyngate.com 5938 or 443 or 80 not named by the guide"),
        (
            "connectplus",
            "cometservp1.pb.com",
            "cometservp1.pb.com 443 and 80 instead of port 80: cometservc1.pb.com:80",
        ),
    ],
)
def test_alternatives_are_told_from_needs(name: str, host: str, row: str) -> None:
    assert line(text(device_listing(load_device(name))), host) == row


def test_what_is_not_the_guides_word_is_labelled() -> None:
    listing = text(device_listing(load_device("connectplus")))
    assert "unverified (port 5938, 443, 80)" in listing
    assert "as an absolute-form request (assumption)" in listing
    assert "200 (medium)" in listing


def test_what_is_unknown_is_left_out() -> None:
    assert "charset of credentials" in text(device_listing(load_device("sendpro-c")))
    assert "charset of credentials" not in text(device_listing(load_device("connectplus")))


def test_the_overview_names_every_device() -> None:
    overview = text(device_overview(load_device(name) for name in NAMES))
    assert line(overview, "sendpro-c") == "sendpro-c SendPro C / SendPro+ 173 SV63189-gb Rev. C, 19 August 2020"
    assert line(overview, "connectplus").startswith("connectplus Connect+ / SendPro P Series 38 SV62440")
