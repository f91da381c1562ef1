"""`proxycheck devices`: what a device needs of a proxy and of the network."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from proxycheck.cli.options import JsonOption, NoColorOption, output_file

if TYPE_CHECKING:
    from rich.console import RenderableType

DeviceName = Annotated[
    str | None, typer.Argument(metavar="NAME", help="The device to show whole; without it, all in brief.")
]


def devices(name: DeviceName = None, json: JsonOption = None, no_color: NoColorOption = False) -> int:
    """List the devices, or all that one of them needs."""
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
