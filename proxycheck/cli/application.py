"""The commands as one program."""

import io
import sys
from typing import Annotated

import typer

from proxycheck.cli.canary import serve
from proxycheck.cli.check import check
from proxycheck.cli.demo import demo
from proxycheck.cli.devices import devices
from proxycheck.cli.ending import guarded
from proxycheck.cli.lab import app as lab
from proxycheck.cli.network import network
from proxycheck.cli.observed import observed
from proxycheck.cli.pac import pac
from proxycheck.cli.saved import diagnose, report

app = typer.Typer(
    name="proxycheck",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (check, pac, network, observed, demo, devices, diagnose, report):
    app.command(command.__name__)(guarded(command))

canary = typer.Typer(no_args_is_help=True, help="A server of your own that proves what arrives through a proxy.")
canary.command("serve")(guarded(serve))
app.add_typer(canary, name="canary")
app.add_typer(lab)


def _show_version(wanted: bool) -> None:
    if wanted:
        import proxycheck

        typer.echo(f"proxycheck {proxycheck.__version__}")
        raise typer.Exit


@app.callback()
def proxycheck_options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """Tell whether a SendPro or Connect+ device will work behind an HTTP proxy, and if not, why."""


def main() -> None:
    """Runs the command line of this process and ends it with the command's exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the terminal's encoding lacks is shown as an escape instead of ending the command.
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="proxycheck")
