"""The options that several commands share, and how a finished report leaves the program."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from proxycheck.cli.output import OutputFile, console_for, until_closed

if TYPE_CHECKING:
    from proxycheck.model.report import Report

Command = TypeVar("Command", bound=Callable[..., Any])


class InOrder(click.Group):
    """Lists its commands in the order in which they were added: the main job first."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """The names, as added."""
        return list(self.commands)


def together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, in the order in which the help lists them."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


json_option = click.option("--json", metavar="FILE", help="Write JSON to FILE; - is standard output.")
strict_option = click.option("--strict", is_flag=True, help="Exit with 1 when the verdict is degraded.")
quiet_option = click.option(
    "--quiet", "-q", is_flag=True, help="Only the verdict and the causes, a line each; no progress."
)
verbose_option = click.option("--verbose", "-v", is_flag=True, help="Every endpoint, evidence and command.")
no_color_option = click.option("--no-color", is_flag=True, help="No colours, as with NO_COLOR set.")
report_options = together(json_option, strict_option, quiet_option, verbose_option, no_color_option)
"""What every command that shows a report takes."""


def output_file(name: str | None) -> OutputFile | None:
    """The file of `--json`, None when the option is not used.

    Raises ConfigurationError when nothing can be written there."""
    return OutputFile(name, "--json") if name else None


def deliver(report: "Report", file: OutputFile | None, *, quiet: bool, verbose: bool, no_color: bool) -> None:
    """Writes the JSON and shows the report; with the JSON on standard output, only the verdict and the causes
    are shown, on standard error.

    Raises ConfigurationError when something cannot be written, after the rest has been."""
    from proxycheck.report import json, terminal

    try:
        if file:
            file.write(json.encode(report))
    finally:
        aside = file is not None and file.standard
        stream = sys.stderr if aside else sys.stdout
        if not (aside and quiet):
            with until_closed(stream):
                console = console_for(stream, no_color=no_color)
                terminal.show(report, console, quiet=quiet or aside, verbose=verbose)
