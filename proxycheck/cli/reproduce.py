"""`proxycheck reproduce`: a customer's report becomes a scenario that the lab plays."""

import sys
from typing import TYPE_CHECKING

import click
from msgspec import structs

from proxycheck.cli.ending import guarded, lab_wanted
from proxycheck.cli.file_names import OutputName
from proxycheck.cli.options import force_option
from proxycheck.cli.output import STANDARD, OutputFile, until_closed
from proxycheck.cli.saved import read_report, saved_argument, saved_device_option
from proxycheck.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxycheck.lab.reproduction.composition import Reproduction


@click.command
@saved_argument
@click.option(
    *("--output", "-o"),
    type=OutputName(),
    required=True,
    metavar="SCENARIO.toml",
    help="Write the scenario there; - is standard output.",
)
@saved_device_option
@force_option
@guarded
def reproduce(*, saved: str, force: bool, output: str, device: str | None) -> int:
    """Turn a customer's report into a scenario for the lab, and say what of it cannot be played. Nothing is contacted.

    REPORT is what check --json, --html or --bundle wrote; - is standard input. The scenario holds no secret: user name
    and password are made up."""
    from proxycheck.catalogue.knowledge import load_knowledge
    from proxycheck.runner.selection import device_of

    with lab_wanted():
        from proxycheck.lab.reproduction.composition import reproduce as reproduction_of
        from proxycheck.lab.reproduction.written import toml_of
    if output != STANDARD and not output.endswith(".toml"):
        raise UsageError(f"a scenario is a .toml file; write -o {output}.toml")
    file = OutputFile(output, "--output")
    report = read_report(saved)
    found = reproduction_of(report, device_of(report.device, device), load_knowledge())
    scenario = toml_of(structs.replace(found.scenario, device=device or found.scenario.device))
    if not force:
        file.refuse_other(scenario, "-o")
    file.write(scenario)
    stream = sys.stderr if file.standard else sys.stdout
    with until_closed(stream):
        stream.writelines(f"{line}\n" for line in _told(found, output))
    return 0


def _told(found: "Reproduction", output: str) -> "Iterator[str]":
    from proxycheck.wire.command_line import command_lines, shell_of

    yield "Carried over:"
    yield from (f"  - {line}" for line in found.played)
    yield "Not carried over:" if found.lost else "Not carried over: nothing is known to be missing."
    yield from (f"  - {line}" for line in found.lost)
    if output != STANDARD:
        yield "To start this proxy, and to show that it behaves as at the customer's:"
        words = (("proxycheck", "lab", command, output) for command in ("run", "check"))
        yield from (f"  {line}" for each in words for line in command_lines(each, shell_of(sys.platform)))
