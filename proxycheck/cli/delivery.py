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


def _sha256(data: bytes) -> str:
    from proxycheck.report.embedded import sha256

    return sha256(data)


def _html(report: "Report") -> bytes:
    from proxycheck.report.html.page import page

    return page(report)


def _markdown(report: "Report") -> bytes:
    from proxycheck.report.markdown import markdown

    return markdown(report)


def _junit(report: "Report") -> bytes:
    from proxycheck.report.junit import junit

    return junit(report)


def _bundle(report: "Report") -> bytes:
    from proxycheck.report.bundle import bundle

    return bundle(report)


def _masked_bundle(report: "Report") -> bytes:
    from proxycheck.report.bundle import bundle

    return bundle(report, masked=True)


WRITERS = {
    "json": Writer("Write the whole report as JSON to FILE; - is standard output.", _json, b'"schema": "proxycheck.'),
    "html": Writer("Write one page for everybody, with the report inside.", _html, b'content="proxycheck"'),
    "markdown": Writer("Write the text of a ticket; - for the clipboard.", _markdown, b"Made by proxycheck"),
    "junit": Writer("Write JUnit XML, for build servers.", _junit, b'<testsuites name="proxycheck"'),
    "bundle": Writer("Write one zip with all of it, for Pitney Bowes.", _bundle, b"Bundle of proxycheck"),
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
    mask: bool = False

    def opened(self) -> "Delivery":
        """The files, checked before the work begins.

        Raises UsageError where there is none to be masked, ConfigurationError for what cannot be written."""
        if self.mask and not self.files:
            raise UsageError("--mask is for files, and none is written; write --bundle FILE or another one as well")
        files = {
            name: OutputFile(file, f"--{name}", ours=None if self.force else WRITERS[name].ours)
            for name, file in self.files.items()
        }
        return Delivery(self, files)


class Delivery:
    """Hands one finished report over."""

    def __init__(self, output: Output, files: dict[str, OutputFile]) -> None:
        self._output, self._files = output, files
        self._written: list[tuple[str, str, int]] = []
        self._digest: str | None = None
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
        """Writes the files alone, with stand-ins where that was asked for.

        Raises ConfigurationError when one cannot be written."""
        masked = self._files and self._output.mask
        shown = _masked(report) if masked else report
        for name, file in self._files.items():
            data = _masked_bundle(shown) if masked and name == "bundle" else WRITERS[name].write(shown)
            file.write(data)
            self._written.append((name, file.name, len(data)))
            if name == "json" and not masked:
                self._digest = _sha256(data)

    def _show(self, report: "Report") -> None:
        from proxycheck.report.terminal import report as terminal

        output = self._output
        if self.aside and output.quiet:
            return
        stream = sys.stderr if self.aside else sys.stdout
        with until_closed(stream):
            console = console_for(stream, no_color=output.no_color)
            terminal.show(report, console, quiet=output.quiet or self.aside, verbose=output.verbose)
            if not output.quiet and not self.aside:
                terminal.show_files(self._written, lambda: self._digest or _sha256(_json(report)), console)


def _masked(report: "Report") -> "Report":
    from proxycheck.catalogue.devices import device_names, load_device, profile_names
    from proxycheck.catalogue.knowledge import load_knowledge
    from proxycheck.report.mask.report import masked

    listed = (*device_names(), *profile_names())
    device = load_device(report.device.name) if report.device.name in listed else None
    return masked(report, device, load_knowledge())
