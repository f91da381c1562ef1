"""`proxycheck pac`: which required hosts a PAC file would send elsewhere."""

import click

from proxycheck.cli import check_options as asked
from proxycheck.cli import setup_options as setup
from proxycheck.cli.delivery import Output
from proxycheck.cli.ending import INTERRUPTED, guarded, interrupted, report_code
from proxycheck.cli.file_names import FileName
from proxycheck.cli.options import report_options


@click.command
@click.argument("source", metavar="[FILE|URL]", type=FileName(), required=False)
@asked.device_option
@setup.wpad_option
@setup.system_settings_option
@asked.tier_option
@setup.resolve_option
@setup.my_address_option
@setup.try_option
@report_options
@guarded
def pac(
    *,
    source: str | None,
    device: str | None,
    wpad: bool,
    system_settings: bool,
    tier: str,
    resolve: tuple[str, ...],
    my_address: str | None,
    network: bool,
    wanted: Output,
) -> int:
    """Tell where a PAC file would send a device's hosts, and which one proxy to enter on the device.

    The device follows no PAC file: it takes one HTTP proxy for everything. Each proxy that the file names is asked for
    one tunnel. Without a file, --wpad or --system-settings finds it. Exit codes are those of check."""
    from proxycheck.cli.preparing import prepared
    from proxycheck.cli.running import measured
    from proxycheck.runner import Plan
    from proxycheck.runner.selection import chosen_device, select

    entry = chosen_device(device)
    endpoints = select(entry.endpoints, tier, (), ())
    setup.refuse_nothing(source, wpad=wpad, system_settings=system_settings)
    delivery = wanted.opened()
    wish = setup.wish(
        *(entry, endpoints, source, resolve, my_address),
        wpad=wpad,
        settings=system_settings,
        lookup=network,
        tries=network,
    )
    found = prepared(wish, quiet=wanted.quiet, no_color=wanted.no_color)
    plan = Plan(
        device=entry,
        endpoints=endpoints,
        proxy=None,
        prior=found.evidence,
        command="pac",
        options={
            "pac": setup.shown_source(source),
            "wpad": wpad,
            "system_settings": system_settings,
            "device": entry.name,
            "tier": tier,
        },
    )
    report = measured(plan, quiet=wanted.quiet, no_color=wanted.no_color)
    delivery.deliver(report)
    return INTERRUPTED if interrupted(report) else report_code(report, strict=wanted.strict)
