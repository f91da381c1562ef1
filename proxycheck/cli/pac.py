"""`proxycheck pac`: which required hosts a PAC file would send elsewhere."""

from typing import Annotated

import typer

from proxycheck.cli import check_options as asked
from proxycheck.cli import setup_options as setup
from proxycheck.cli.ending import verdict_code
from proxycheck.cli.options import (
    JsonOption,
    NoColorOption,
    QuietOption,
    StrictOption,
    VerboseOption,
    deliver,
    output_file,
)

Source = Annotated[
    str | None,
    typer.Argument(metavar="FILE|URL", help="The PAC file; without one, --wpad or --system-settings finds it."),
]


def pac(
    source: Source = None,
    device: asked.DeviceOption = None,
    wpad: setup.WpadOption = False,
    system_settings: setup.SystemSettingsOption = False,
    tier: asked.TierOption = "optional",
    resolve: setup.ResolveOption = None,
    my_address: setup.MyAddressOption = None,
    network: setup.TryOption = True,
    json: JsonOption = None,
    strict: StrictOption = False,
    quiet: QuietOption = False,
    verbose: VerboseOption = False,
    no_color: NoColorOption = False,
) -> int:
    """Tell where a PAC file would send a device's hosts, and which one proxy to enter on the device.

    The device follows no PAC file: it takes one HTTP proxy for everything. Each proxy that the file names is asked for
    one tunnel. Exit codes are those of check."""
    from proxycheck.cli.preparing import prepared
    from proxycheck.cli.running import measured
    from proxycheck.cli.selection import chosen_device, select
    from proxycheck.runner import Plan

    entry = chosen_device(device)
    endpoints = select(entry.endpoints, tier, (), ())
    setup.refuse_nothing(source, wpad=wpad, system_settings=system_settings)
    file = output_file(json)
    wish = setup.wish(
        *(entry, endpoints, source, resolve, my_address),
        wpad=wpad,
        settings=system_settings,
        lookup=network,
        tries=network,
    )
    found = prepared(wish, quiet=quiet, no_color=no_color)
    plan = Plan(
        device=entry,
        endpoints=endpoints,
        proxy=None,
        prior=found.evidence,
        command="pac",
        options={"pac": source, "wpad": wpad, "system_settings": system_settings, "device": entry.name, "tier": tier},
    )
    report = measured(plan, quiet=quiet, no_color=no_color)
    deliver(report, file, quiet=quiet, verbose=verbose, no_color=no_color)
    return verdict_code(report.verdict, strict=strict)
