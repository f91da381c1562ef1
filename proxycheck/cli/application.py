"""The commands as one program."""

import importlib
import io
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

import click

from proxycheck import __version__
from proxycheck.cli.ending import INTERRUPTED, refusal, say
from proxycheck.cli.in_order import InOrder
from proxycheck.cli.output import open_closed_streams, until_closed
from proxycheck.errors import ConfigurationError, ProxycheckError

_COLUMN: Final = 19
_LISTS: Final[Mapping[str, str]] = {
    "ct_logs": "certificate logs",
    "mozilla_roots": "roots of Mozilla",
    "microsoft_roots": "roots of Microsoft",
}
"""What `--version` calls the lists that decide whose certificates count as public."""


def _show_version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from proxycheck.catalogue.revisions import guides, public_lists

        click.echo(f"proxycheck {__version__}")
        for guide in guides():
            click.echo(f"{guide.device:<{_COLUMN}}{guide.document}")
        for each in public_lists():
            click.echo(f"{_LISTS[each.name]:<{_COLUMN}}{each.date}")
        context.exit()


COMMANDS: Final[Mapping[str, str]] = {
    "check": "check",
    "web": "web",
    "pac": "pac",
    "network": "network",
    "observed": "observed",
    "demo": "demo",
    "devices": "devices",
    "allowlist": "allowlist",
    "diagnose": "saved",
    "report": "saved",
    "compare": "compare",
    "reproduce": "reproduce",
    "canary": "canary",
    "exporter": "exporter",
    "monitoring": "monitoring",
    "lab": "lab",
}
"""The module of each command, in the order of the help; it has the command under the same name."""


class Application(InOrder):
    """Loads a command when it is wanted: a run does not pay for the others. What ends the program before a command
    begins is told in one sentence, as what ends a command is."""

    def main(  # type: ignore[override]  # how click is told not to end the process is decided here
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> Any:
        """Runs the words of a command line and ends the process with the exit code."""
        extra["standalone_mode"] = False
        try:
            with until_closed(sys.stdout):
                code = super().main(args, prog_name, **extra)
        except click.exceptions.NoArgsIsHelpError as error:
            error.show()
            code = error.exit_code
        except click.UsageError as error:
            code = say(refusal(error), error.exit_code)
        except ProxycheckError as error:
            code = say(str(error), error.exit_code)
        except click.Abort:
            code = say("interrupted", INTERRUPTED)
        sys.exit(code)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's
        """The names, in order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name. For a name that is none all are loaded: click then says which one is near it."""
        for name in (cmd_name,) if cmd_name in COMMANDS else COMMANDS:
            if name not in self.commands:
                module = importlib.import_module(f"proxycheck.cli.{COMMANDS[name]}")
                self.add_command(getattr(module, name))
        return super().get_command(ctx, cmd_name)


@click.group("proxycheck", cls=Application, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version, the guides and lists it rests on, and exit.",
)
def app() -> None:
    """Tell whether a SendPro or Connect+ device will work behind an HTTP proxy, and if not, why."""


def main() -> None:
    """Runs the command line of this process and ends it with the command's exit code."""
    closed = open_closed_streams()
    if closed and _only_words(sys.argv[1:]):
        error = ConfigurationError("the output cannot be written: standard output is closed")
        sys.exit(say(str(error), error.exit_code))
    if closed:
        say("standard output is closed; the answer is in the exit code, and in --json FILE", 0)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # What the terminal's encoding lacks is shown as an escape instead of ending the command.
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="proxycheck")


def _only_words(arguments: Sequence[str]) -> bool:
    """Whether nothing but the help or the version is wanted, of which no exit code tells anything."""
    return not {"-h", "--help", "--version"}.isdisjoint(arguments)
