"""`proxycheck allowlist`: the hosts of a device, as configuration for a proxy product."""

from typing import TYPE_CHECKING

import click

from proxycheck.cli import check_options as asked
from proxycheck.cli.ending import guarded
from proxycheck.cli.options import force_option, json_option, output_file, together
from proxycheck.cli.output import OutputFile
from proxycheck.errors import UsageError

if TYPE_CHECKING:
    from proxycheck.model.files.allowlist import Allowlists, FormatName, Hosts, Listing, Purpose
    from proxycheck.model.report import Report

FORMATS = (
    *("plain", "csv", "json", "squid", "pac", "panos-url", "panos-exclusion", "fortigate", "zscaler", "umbrella"),
    *("netskope", "skyhigh", "proxysg", "checkpoint", "pfsense", "cloudflare", "aws-nfw"),
)
"""The names of `FormatName`, which a program that only tells its version need not load."""
_HEADED = ("csv",)
"""Formats without comments whose first line is a heading nevertheless: an earlier list is known by it."""
_OURS = b'",\n    "serviceArea": "'
"""In our JSON the id before this is text; in the endpoint service's own, which has the same form, it is a number."""
_options = together(
    click.option("--format", "form", required=True, type=click.Choice(FORMATS), help="For which product."),
    click.option(
        "--purpose",
        type=click.Choice(("allow", "no-inspect")),
        help="Reach the hosts, or leave their TLS alone: products keep the two in different places.",
    ),
    click.option(
        "--from", "found", metavar="REPORT", help="Only what that report found blocked (or inspected), with the cause."
    ),
    click.option("--proxy", metavar="HOST:PORT", help="The proxy that a PAC file names."),
    click.option("-o", "--output", metavar="FILE", help="Write the list to FILE; standard output without it."),
)


@click.command
@asked.device_option
@asked.tier_option
@_options
@json_option
@force_option
@guarded
def allowlist(
    *,
    device: str | None,
    tier: str,
    form: "FormatName",
    purpose: "Purpose | None",
    found: str | None,
    proxy: str | None,
    output: str | None,
    json: str | None,
    force: bool,
) -> int:
    """Write the hosts of a device as configuration for a proxy product.

    Standard output has the list alone. What the product cannot express, and where the list goes, is told on standard
    error. Two runs give the same bytes."""
    from proxycheck.catalogue.allowlists import load_allowlists
    from proxycheck.report.allowlist import listing, place
    from proxycheck.report.reading.lists import nothing_to_list
    from proxycheck.runner.selection import stronger

    lists = load_allowlists()
    product = lists.formats[form]
    purpose = place(product, purpose).purpose
    report = _report(found, device)
    target = OutputFile(output or "-", "-o", ours=_OURS if form == "json" and not force else None)
    aside = output_file(json, _OURS, force=force)
    hosts = _device_hosts(device, tier) if report is None else _blocked_hosts(report, lists, purpose, tier)
    made = listing(hosts, product, purpose, _proxy(proxy, report))
    if form != "json" and not force:
        headed = product.comment is not None or form in _HEADED
        target.refuse_other(made.text.encode(), "-o", made.text.partition("\n")[0].encode() if headed else b"")
    target.write(made.text.encode())
    if aside:
        aside.write(listing(hosts, lists.formats["json"], purpose).text.encode())
    if report is not None and found is not None and not hosts.entries and not hosts.refused:
        _tell(nothing_to_list(report, purpose, stronger(tier), found))
    else:
        _explain(made, product.title)
    return 0


def _report(name: str | None, device: str | None) -> "Report | None":
    from proxycheck.cli.saved import read_report

    if name is None:
        return None
    if device is not None:
        raise UsageError("the report of --from knows its device; leave out --device")
    return read_report(name)


def _device_hosts(name: str | None, tier: str) -> "Hosts":
    from proxycheck.report.allowlist.entries import device_hosts
    from proxycheck.runner.selection import chosen_device, select

    device = chosen_device(name)
    return device_hosts(device, select(device.endpoints, tier, (), ()))


def _blocked_hosts(report: "Report", lists: "Allowlists", purpose: "Purpose", tier: str) -> "Hosts":
    from proxycheck.report.allowlist.entries import blocked_hosts
    from proxycheck.runner.selection import stronger

    return blocked_hosts(report, lists, purpose, stronger(tier))


def _proxy(text: str | None, report: "Report | None") -> str | None:
    from proxycheck.model.target import Target
    from proxycheck.wire.address import parse_proxy

    if text is None and report is not None and report.proxy is not None:
        text = report.proxy.url
    if text is None:
        return None
    address = parse_proxy(text)
    return Target(address.host, address.port).id


def _explain(made: "Listing", title: str) -> None:
    entries = f"{made.entries} {'entry' if made.entries == 1 else 'entries'}"
    for line in (f"{entries} for {title}, {made.trust}.", f"Where: {made.where}.", *made.notes):
        _tell(line)


def _tell(line: str) -> None:
    click.echo(f"proxycheck: {line}", err=True)
