"""`devices NAME` tells all that the catalogue knows, and host names can be copied out of it."""

import csv
import io
import re

import pytest
from msgspec.structs import replace
from rich.console import Console

from proxycheck.model.device import UNKNOWN_PROXY_SUPPORT, Device
from proxycheck.report.page import Page
from proxycheck.report.terminal.device_listing import add_device, add_overview, device_csv
from tests.support import known

NAMES = ["sendpro-c", "connectplus"]


def text(*devices: Device, width: int = 120) -> str:
    """The listing of one device, or the overview of several."""
    stream = io.StringIO()
    page = Page(Console(file=stream, width=width, color_system=None))
    if len(devices) == 1:
        add_device(page, devices[0])
    else:
        add_overview(page, devices)
    page.print()
    return stream.getvalue()


def line(listing: str, start: str) -> str:
    """The one row for this host: its name and ports."""
    rows = {" ".join(row.split()) for row in listing.splitlines() if re.match(rf" +{re.escape(start)} +\d", row)}
    (found,) = rows
    return found


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("name", NAMES)
def test_what_is_there_to_be_copied_stands_whole(name: str, width: int) -> None:
    device = known.device(name)
    words = set(text(device, width=width).split())
    urls = {url for endpoint in device.endpoints for url in endpoint.urls if url.rstrip("/").count("/") > 2}
    assert {endpoint.host for endpoint in device.endpoints} <= words
    assert urls <= words
    assert {wildcard.pattern for wildcard in device.wildcards} <= words


@pytest.mark.parametrize("name", NAMES)
def test_every_fact_of_the_network_is_told(name: str) -> None:
    device = known.device(name)
    listing = " ".join(text(device).split())
    facts = [f"port {need.port} {'+'.join(need.transports)}" for need in device.network.ports]
    facts += [server.host for server in device.network.time_servers]
    facts += [server.address for server in device.network.dns_servers]
    spans = (*device.network.reserved_gateways, *device.network.address_ranges)
    facts += [f"{span.first} - {span.last}" for span in spans]
    facts += [address for endpoint in device.endpoints for address in endpoint.addresses]
    facts += [wildcard.pattern for wildcard in device.wildcards]
    facts += [pattern.path for pattern in device.url_patterns]
    facts += [" ".join(note.text.split()) for note in device.notes]
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
        ("sendpro-c", "ping3.dyngate.com", "ping3.dyngate.com 5938 or 443 or 80"),
        (
            "connectplus",
            "cometservp1.pb.com",
            "cometservp1.pb.com 443 and 80",
        ),
    ],
)
def test_alternatives_are_told_from_needs(name: str, host: str, row: str) -> None:
    assert line(text(known.device(name)), host) == row


def test_an_alternative_at_another_host_is_named() -> None:
    assert "instead of port 80: cometservc1.pb.com:80" in text(known.device("connectplus"))


def test_what_is_not_the_guides_word_is_labelled() -> None:
    listing = " ".join(text(known.device("connectplus")).split())
    assert "unverified (port 5938, 443, 80)" in listing
    assert "as an absolute-form request (assumption)" in listing
    assert "200 (medium)" in listing


def test_what_is_unknown_is_left_out() -> None:
    assert "charset of credentials" in text(known.device("sendpro-c"))
    assert "charset of credentials" not in text(known.device("connectplus"))


def test_the_overview_names_every_device_and_what_else_it_is_called() -> None:
    overview = text(*map(known.device, NAMES))
    assert "sendpro-c       SendPro C / SendPro+\n" in overview
    assert "SendPro P" in overview
    assert "173 endpoints; SV63189-gb Rev. C, 19 August 2020" in overview


def test_unknown_proxy_support_is_told() -> None:
    assert "unknown: it is tested as" in text(replace(known.device("sendpro-c"), proxy=UNKNOWN_PROXY_SUPPORT))


def test_a_spreadsheet_has_a_row_for_every_endpoint() -> None:
    device = known.device("sendpro-c")
    rows = list(csv.DictReader(io.StringIO(device_csv([device]))))
    assert [f"{row['host']}:{row['port']}" for row in rows] == [endpoint.id for endpoint in device.endpoints]
    assert {row["tier"] for row in rows} == {"required", "recommended"}


def test_no_cell_is_taken_for_a_formula() -> None:
    device = known.device("sendpro-c")
    evil = replace(device, endpoints=(replace(device.endpoints[0], note='=HYPERLINK("x")', function="-1+1"),))
    (row,) = csv.DictReader(io.StringIO(device_csv([evil])))
    assert (row["note"], row["function"]) == ('\'=HYPERLINK("x")', "'-1+1")
