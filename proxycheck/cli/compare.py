"""`proxycheck compare`: what changed between two runs."""

import sys
from typing import TYPE_CHECKING

import click
from msgspec import structs

from proxycheck.cli.ending import guarded
from proxycheck.cli.file_names import FileName, OutputName
from proxycheck.cli.options import force_option, no_color_option, quiet_option
from proxycheck.cli.output import OutputFile, console_for, until_closed
from proxycheck.cli.saved import read_report
from proxycheck.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxycheck.model.report import Report
    from proxycheck.report.reading.comparison import Comparison

_OURS = {"json": b'"schema": "proxycheck.', "html": b'content="proxycheck"', "markdown": b"Compared by proxycheck"}


@click.command
@click.argument("saved", type=FileName(), metavar="OLD")
@click.argument("new", type=FileName(), metavar="NEW")
@click.option(
    "--json", type=OutputName(), metavar="FILE", help="Write the comparison as JSON to FILE; - is standard output."
)
@click.option("--html", type=OutputName(), metavar="FILE", help="Write one page.")
@click.option("--markdown", type=OutputName(), metavar="FILE", help="Write the text of a ticket; - for the clipboard.")
@force_option
@quiet_option
@no_color_option
@guarded
def compare(
    *,
    saved: str,
    new: str,
    json: str | None,
    html: str | None,
    markdown: str | None,
    force: bool,
    quiet: bool,
    no_color: bool,
) -> int:
    """Tell what was mended between two runs, what broke, and what is as it was.

    OLD and NEW are what check --json, --html or --bundle wrote. Exits with 0 when nothing got worse, 1 when something
    did, 2 when one of them cannot be read."""
    named = {"json": json, "html": html, "markdown": markdown}
    files = {
        form: OutputFile(name, f"--{form}", ours=None if force else _OURS[form]) for form, name in named.items() if name
    }
    if saved == new == "-":
        raise UsageError("only one of the two reports can come from standard input (-)")
    old = structs.replace(read_report(saved), evidence=())  # most of a report; what is compared was judged of it
    found = _comparison(old, read_report(new))
    writers = _writers()
    for form, file in files.items():
        file.write(writers[form](found))
    if not any(file.standard for file in files.values()):
        show(found, quiet=quiet, no_color=no_color)
    return int(found.worse)


def show_since(old: "Report", new: "Report", *, quiet: bool, no_color: bool, aside: bool) -> None:
    """Below a new report: what changed since an old one; on standard error where the output is another program's."""
    show(_comparison(old, new), quiet=quiet, no_color=no_color, aside=aside)


def show(found: "Comparison", *, quiet: bool, no_color: bool, aside: bool = False) -> None:
    """Prints the comparison."""
    from proxycheck.report import comparison

    stream = sys.stderr if aside else sys.stdout
    with until_closed(stream):
        comparison.show(found, console_for(stream, no_color=no_color), quiet=quiet)


def _comparison(old: "Report", new: "Report") -> "Comparison":
    from proxycheck.report.reading.comparison import compare as compared

    return compared(old, new)


def _writers() -> "dict[str, Callable[[Comparison], bytes]]":
    from proxycheck.report import comparison

    return {"json": comparison.encode, "html": comparison.html, "markdown": comparison.markdown}
