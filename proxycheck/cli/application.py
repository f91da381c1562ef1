"""The commands as one program."""

import gc
import io
import sys

import click

from proxycheck.cli.allowlist import allowlist
from proxycheck.cli.canary import serve
from proxycheck.cli.check import check
from proxycheck.cli.compare import compare
from proxycheck.cli.demo import demo
from proxycheck.cli.devices import devices
from proxycheck.cli.exporter import exporter
from proxycheck.cli.lab import lab
from proxycheck.cli.monitoring import monitoring
from proxycheck.cli.network import network
from proxycheck.cli.observed import observed
from proxycheck.cli.options import InOrder
from proxycheck.cli.output import open_closed_streams
from proxycheck.cli.pac import pac
from proxycheck.cli.reproduce import reproduce
from proxycheck.cli.saved import diagnose, report
from proxycheck.cli.web import web

_COLLECT_AFTER = 50_000
"""Objects made before the garbage collector looks for cycles."""


def _show_version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        import proxycheck

        click.echo(f"proxycheck {proxycheck.__version__}")
        context.exit()


@click.group(cls=InOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
def app() -> None:
    """Tell whether a SendPro or Connect+ device will work behind an HTTP proxy, and if not, why."""


canary = InOrder(
    "canary", help="A server of your own that proves what arrives through a proxy.", commands={"serve": serve}
)
_MEASURING = (check, web, pac, network, observed, demo)
_SAVED = (devices, allowlist, diagnose, report, compare, reproduce)
_SERVING = (canary, exporter, monitoring, lab)
for command in (*_MEASURING, *_SAVED, *_SERVING):
    app.add_command(command)


def main() -> None:
    """Runs the command line of this process and ends it with the command's exit code."""
    # A command makes much that lasts and few cycles: to look for them as often as usual costs a twentieth of its time.
    gc.set_threshold(_COLLECT_AFTER)
    open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the terminal's encoding lacks is shown as an escape instead of ending the command.
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="proxycheck")
