"""`proxycheck devices`: what a device needs of a proxy and of the network."""

import sys
from typing import TYPE_CHECKING

import click

from proxycheck.cli.ending import guarded
from proxycheck.cli.options import json_option, no_color_option, output_file

if TYPE_CHECKING:
    from rich.console import RenderableType


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
        _print(device_listing(known[0]) if name else device_overview(known), no_color=no_color)
    return 0


def _print(shown: "RenderableType", *, no_color: bool) -> None:
    from proxycheck.cli.output import console_for, until_closed

    with until_closed(sys.stdout):
        console_for(sys.stdout, no_color=no_color).print(shown, highlight=False)
