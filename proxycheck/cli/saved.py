"""`proxycheck report` and `proxycheck diagnose`: what a saved report says, and what today's rules say."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proxycheck.cli.delivery import Output
from proxycheck.cli.ending import guarded, report_code
from proxycheck.cli.file_names import FileName, device_or_file
from proxycheck.cli.options import report_options
from proxycheck.cli.output import STANDARD
from proxycheck.errors import ConfigurationError, unreadable

if TYPE_CHECKING:
    from proxycheck.model.report import Report

saved_device_option = click.option(
    "--device",
    type=device_or_file(),
    metavar="FILE.toml",
    help="The device file, where the report's device is not a listed one.",
)
saved_argument = click.argument("saved", type=FileName(), metavar="REPORT")


@click.command
@saved_argument
@saved_device_option
@report_options
@guarded
def diagnose(*, saved: str, device: str | None, wanted: Output) -> int:
    """Judge the evidence of a saved report again, with today's rules. Nothing is contacted.

    REPORT is what check --json, --html or --bundle wrote; - is standard input."""
    from proxycheck.catalogue.knowledge import load_knowledge
    from proxycheck.runner import judge_again
    from proxycheck.runner.selection import device_of

    delivery = wanted.opened()
    old = read_report(saved)
    new = judge_again(old, device_of(old.device, device), load_knowledge())
    delivery.deliver(new)
    return report_code(new, strict=wanted.strict)


@click.command
@saved_argument
@report_options
@guarded
def report(*, saved: str, wanted: Output) -> int:
    """Show a saved report as it was written.

    REPORT is what check --json, --html or --bundle wrote; - is standard input. Its command lines are made anew."""
    from proxycheck.runner import with_own_commands

    delivery = wanted.opened()
    loaded = with_own_commands(read_report(saved))
    delivery.deliver(loaded)
    return report_code(loaded, strict=wanted.strict)


def read_report(name: str) -> "Report":
    """The report in the file `name`, `-` for standard input.

    Raises ConfigurationError, naming the file, for one that cannot be read or is no report."""
    from proxycheck.report.saved import MAXIMUM_BYTES, read_saved

    source = "standard input" if name == STANDARD else name
    try:
        if name == STANDARD:
            data = sys.stdin.buffer.read(MAXIMUM_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                data = file.read(MAXIMUM_BYTES + 1)
        return read_saved(data)
    except OSError as error:
        raise unreadable(source, error) from error
    except ConfigurationError as error:
        raise ConfigurationError(f"{source}: {error}") from error
