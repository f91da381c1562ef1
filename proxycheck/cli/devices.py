"""`proxycheck devices`: what a device needs of a proxy and of the network."""

import sys
from typing import TYPE_CHECKING, Literal

import click

from proxycheck.cli.ending import guarded
from proxycheck.cli.file_names import device_or_file
from proxycheck.cli.options import force_option, json_option, no_color_option, output_file
from proxycheck.cli.output import STANDARD, OutputFile, console_for, until_closed
from proxycheck.errors import UsageError

if TYPE_CHECKING:
    from proxycheck.model.device import Device

_OURS = b'"document_date": "'
"""A key of every device, and of nothing else that is known."""


@click.command
@click.argument("name", metavar="[NAME|FILE.toml]", type=device_or_file(), required=False)
@click.option("--template", is_flag=True, help="Print a device file to fill in, for a device that is not listed.")
@click.option("--format", "form", type=click.Choice(("text", "csv")), default="text", help="csv: for a spreadsheet.")
@json_option
@force_option
@no_color_option
@guarded
def devices(
    *,
    name: str | None,
    template: bool,
    form: Literal["text", "csv"],
    json: str | None,
    force: bool,
    no_color: bool,
) -> int:
    """List the devices, or all that one of them needs.

    NAME is the device to show whole; without it, all are shown in brief. Any list of hosts becomes a device: --template
    prints a file to fill in, and --device FILE.toml takes it."""
    from proxycheck.catalogue.devices import device_names, device_template, load_device

    _refuse_together(name, form, json, template=template)
    if template:
        OutputFile(STANDARD, "--template").write(device_template())
        return 0
    file = output_file(json, _OURS, force=force)
    known = tuple(map(load_device, [name] if name else device_names()))
    if file:
        import msgspec

        from proxycheck.report.json import ascii_json

        file.write(ascii_json(msgspec.to_builtins(known[0] if name else known)))
    if not (file and file.standard):
        _show(known, form, whole=name is not None, no_color=no_color)
    return 0


def _refuse_together(name: str | None, form: str, json: str | None, *, template: bool) -> None:
    """Raises UsageError for what would be left out without a word: the template is the same for every device, and
    standard output takes one list."""
    if template and name is not None:
        raise UsageError(f"--template prints an empty device file; leave out {name!r}, or leave out --template")
    if template and (form != "text" or json is not None):
        raise UsageError("--template prints a device file as TOML alone; leave out --format and --json")
    if form == "csv" and json == STANDARD:
        raise UsageError("--format csv and --json - both go to standard output; name a file with --json")


def _show(known: "tuple[Device, ...]", form: str, *, whole: bool, no_color: bool) -> None:
    from proxycheck.report.page import Page
    from proxycheck.report.terminal.device_listing import add_device, add_overview, device_csv

    if form == "csv":
        OutputFile(STANDARD, "--format").write(device_csv(known).encode())
        return
    with until_closed(sys.stdout):
        page = Page(console_for(sys.stdout, no_color=no_color))
        if whole:
            add_device(page, known[0])
        else:
            add_overview(page, known)
        page.print()
