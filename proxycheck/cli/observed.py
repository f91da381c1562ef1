"""`proxycheck observed`: what a real device did behind the observer."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proxycheck.cli import check_options as asked
from proxycheck.cli.delivery import WRITERS
from proxycheck.cli.ending import guarded
from proxycheck.cli.file_names import FileName
from proxycheck.cli.options import force_option, json_option, no_color_option, output_file
from proxycheck.cli.output import STANDARD, OutputFile, console_for, until_closed
from proxycheck.errors import ConfigurationError, unreadable

if TYPE_CHECKING:
    from proxycheck.model.observed import ObservedConnection
    from proxycheck.model.observed_report import ObservedReport

_CODES = {"reached": 0, "degraded": 0, "failed": 1, "inconclusive": 3}


@click.command
@click.argument("log", type=FileName(), metavar="LOG")
@asked.device_option
@asked.roots_option
@json_option
@force_option
@no_color_option
@guarded
def observed(*, log: str, device: str | None, roots: Path | None, json: str | None, force: bool, no_color: bool) -> int:
    """Tell what a real device reached behind the observer, what failed and why, and what it used besides.

    LOG is what addons/observe.py wrote, the mitmproxy addon between the device and the proxy; - is standard input.
    What the device did not try counts as nothing. Exits with 0 when nothing required failed, 1 when something did, 2
    for a log that cannot be read, 3 when nothing could be decided."""
    from proxycheck.catalogue.knowledge import load_knowledge
    from proxycheck.observed.judging import judge_log
    from proxycheck.runner.selection import chosen_device

    entry = chosen_device(device)
    file = output_file(json, WRITERS["json"].ours, force=force)
    report = judge_log(entry, _read(log), load_knowledge(), roots)
    _deliver(report, file, no_color=no_color)
    return _CODES[report.verdict]


def _read(name: str) -> "list[ObservedConnection]":
    from proxycheck.observed.log import read_log

    source = "standard input" if name == STANDARD else name
    try:
        if name == STANDARD:
            return list(read_log(sys.stdin.buffer))
        with Path(name).open("rb") as file:
            return list(read_log(file))
    except OSError as error:
        raise unreadable(source, error) from error
    except ConfigurationError as error:
        raise ConfigurationError(f"{source}, {error}") from error


def _deliver(report: "ObservedReport", file: OutputFile | None, *, no_color: bool) -> None:
    """Writes the JSON and shows the report, on standard error where the JSON goes to standard output."""
    import msgspec

    from proxycheck.report.json import ascii_json
    from proxycheck.report.terminal.observed import show

    try:
        if file is not None:
            file.write(ascii_json(msgspec.to_builtins(report)))
    finally:
        stream = sys.stderr if file is not None and file.standard else sys.stdout
        with until_closed(stream):
            show(report, console_for(stream, no_color=no_color))
