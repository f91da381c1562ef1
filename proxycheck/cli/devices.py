"""`proxycheck devices`: what a device needs of a proxy and of the network."""

import click

from proxycheck.cli.ending import guarded
from proxycheck.cli.options import json_option, no_color_option, output_file
from proxycheck.cli.output import show


@click.command
@click.argument("name", metavar="[NAME]", required=False)
@json_option
@no_color_option
@guarded
def devices(*, name: str | None, json: str | None, no_color: bool) -> int:
    """List the devices, or all that one of them needs.

    NAME is the device to show whole; without it, all are shown in brief."""
    from proxycheck.catalogue.devices import device_names, load_device
    from proxycheck.report.device_listing import device_listing, device_overview

    file = output_file(json)
    known = tuple(map(load_device, [name] if name else device_names()))
    if file:
        import msgspec

        from proxycheck.report.json import ascii_json

        file.write(ascii_json(msgspec.to_builtins(known[0] if name else known)))
    if not (file and file.standard):
        show(device_listing(known[0]) if name else device_overview(known), no_color=no_color)
    return 0
