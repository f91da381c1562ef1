"""The options that several commands share, and how a finished report leaves the program."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from proxycheck.cli.output import OutputFile, console_for, until_closed

if TYPE_CHECKING:
    from proxycheck.model.report import Report

JsonOption = Annotated[
    str | None,
    typer.Option("--json", metavar="FILE", help="Write JSON to FILE; - is standard output."),
]
StrictOption = Annotated[bool, typer.Option("--strict", help="Exit with 1 when the verdict is degraded.")]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="Only the verdict and the causes, a line each; no progress.")
]
VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Every endpoint, evidence and command.")]
NoColorOption = Annotated[bool, typer.Option("--no-color", help="No colours, as with NO_COLOR set.")]


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
