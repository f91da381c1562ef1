"""The options that several commands share."""

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import click

from proxycheck.cli.delivery import WRITERS, Output
from proxycheck.cli.file_names import OutputName
from proxycheck.cli.output import OutputFile

Command = TypeVar("Command", bound=Callable[..., Any])


def together(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, in the order in which the help lists them."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


json_option = click.option(
    "--json", type=OutputName(), metavar="FILE", help="Write JSON to FILE; - is standard output."
)
force_option = click.option("--force", is_flag=True, help="Replace files that hold something else.")
strict_option = click.option("--strict", is_flag=True, help="Exit with 1 when the verdict is degraded.")
quiet_option = click.option(
    "--quiet", "-q", is_flag=True, help="Only the verdict and the causes, a line each; no progress."
)
verbose_option = click.option("--verbose", "-v", is_flag=True, help="Every endpoint, evidence and command.")
no_color_option = click.option("--no-color", is_flag=True, help="No colours, as with NO_COLOR set.")
mask_option = click.option(
    "--mask", is_flag=True, help="In the files, replace user names, internal names and addresses by stand-ins."
)
_SHOWN = ("strict", "quiet", "verbose", "no_color", "force", "mask")


def report_options(command: Callable[..., None]) -> Callable[..., None]:
    """What every command that shows a report takes; the command gets it as one `wanted`."""

    @functools.wraps(command)
    def run(**options: Any) -> None:
        files = {name: options.pop(name) for name in WRITERS}
        flags = {name: options.pop(name) for name in _SHOWN}
        command(wanted=Output({name: file for name, file in files.items() if file}, **flags), **options)

    written = (
        click.option(f"--{name}", type=OutputName(), metavar="FILE", help=writer.help)
        for name, writer in WRITERS.items()
    )
    return together(*written, mask_option, force_option, strict_option, quiet_option, verbose_option, no_color_option)(
        run
    )


def output_file(name: str | None, ours: bytes, *, force: bool) -> OutputFile | None:
    """The file of `--json`, None when the option is not used; `ours` is how the JSON of this command is known, within
    the first bytes of it, unless `force` takes any file.

    Raises ConfigurationError when nothing can be written there, or somebody else's file is there."""
    return OutputFile(name, "--json", ours=None if force else ours) if name else None
