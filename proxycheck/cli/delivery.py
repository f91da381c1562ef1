"""How a finished report leaves the program: shown, and written in every form that was asked for."""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from proxycheck.cli.output import OutputFile, console_for, until_closed
from proxycheck.errors import UsageError

if TYPE_CHECKING:
    from proxycheck.model.report import Report


class Writer(Struct, frozen=True):
    """One form of a report: what the option says, what makes the bytes, and how to know a file that we wrote."""

    help: str
    write: "Callable[[Report], bytes]"
    ours: bytes


def _json(report: "Report") -> bytes:
    from proxycheck.report.json import encode

    return encode(report)


def _html(report: "Report") -> bytes:
    from proxycheck.report.html.page import page

    return page(report)


WRITERS = {
    "json": Writer("Write the whole report as JSON to FILE; - is standard output.", _json, b'"schema": "proxycheck.'),
    "html": Writer("Write one page for everybody, with the report inside.", _html, b'content="proxycheck"'),
}
"""By the name of the option. `ours` stands within the first `proxycheck.cli.output.HEAD_BYTES` of what is written."""


class Output(Struct, frozen=True):
    """What a person wants to see and to have written: files by the name of their writer."""

    files: dict[str, str]
    strict: bool = False
    quiet: bool = False
    verbose: bool = False
    no_color: bool = False
    force: bool = False

    def opened(self) -> "Delivery":
        """The files, checked before the work begins.

        Raises UsageError where two would go to standard output, ConfigurationError for what cannot be written."""
        files = {
            name: OutputFile(file, f"--{name}", ours=None if self.force else WRITERS[name].ours)
            for name, file in self.files.items()
        }
        if sum(file.standard for file in files.values()) > 1:
            raise UsageError("only one of the files can be standard output (-); give the others a name")
        return Delivery(self, files)


class Delivery:
    """Hands one finished report over."""

    def __init__(self, output: Output, files: dict[str, OutputFile]) -> None:
        self._output, self._files = output, files
        self._written: list[tuple[str, str, int]] = []
        self.aside = any(file.standard for file in files.values())

    def deliver(self, report: "Report") -> None:
        """Writes the files and shows the report; where a file is standard output, only the verdict and the causes are
        shown, on standard error.

        Raises ConfigurationError when something cannot be written, after the rest has been."""
        try:
            self.write(report)
        finally:
            self._show(report)

    def write(self, report: "Report") -> None:
        """Writes the files alone. Raises ConfigurationError when one cannot be written."""
        for name, file in self._files.items():
            data = WRITERS[name].write(report)
            file.write(data)
            self._written.append((name, file.name, len(data)))

    def _show(self, report: "Report") -> None:
        from proxycheck.report import terminal

        output = self._output
        if self.aside and output.quiet:
            return
        stream = sys.stderr if self.aside else sys.stdout
        with until_closed(stream):
            console = console_for(stream, no_color=output.no_color)
            terminal.show(report, console, quiet=output.quiet or self.aside, verbose=output.verbose)
            if not output.quiet and not self.aside:
                terminal.show_files(report, self._written, console)
