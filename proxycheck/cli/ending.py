"""How a command ends: the exit codes of the contract, and one sentence for whatever stopped it."""

import contextlib
import functools
import os
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, ParamSpec

import click

from proxycheck.cli.file_names import refuse_shared_outputs
from proxycheck.errors import ProxycheckError
from proxycheck.resources import missing_extra

if TYPE_CHECKING:
    from proxycheck.model.report import Report
    from proxycheck.model.target import Credentials
    from proxycheck.runner.interruption import Interruption

FAULT = 4
_HELD = "proxycheck.interruption"
INTERRUPTED = 130
_VERDICT_CODES = {"compatible": 0, "degraded": 0, "incompatible": 1, "inconclusive": 3}
_secrets: "list[Credentials]" = []
_GUESS = re.compile(r"\.? \(?Did you mean (?:one of: )?(.+)\?\)?\Z")
_NEW_SENTENCE = re.compile(r"\. ([A-Z])")

P = ParamSpec("P")


def verdict_code(verdict: str, *, strict: bool) -> int:
    """The exit code for a report's verdict; `strict` treats what degrades as a failure."""
    return 1 if strict and verdict == "degraded" else _VERDICT_CODES[verdict]


def report_code(report: "Report", *, strict: bool) -> int:
    """The exit code for a report: that of a fault of ours which cost it answers, or of its verdict."""
    return FAULT if report.tool.fault else verdict_code(report.verdict, strict=strict)


def interruption() -> "Interruption":
    """The interrupts of this command, held from the first call on: a report that is begun is written."""
    from proxycheck.runner.interruption import Interruption

    context = click.get_current_context()
    if _HELD not in context.meta:
        context.meta[_HELD] = context.with_resource(Interruption())
    held: Interruption = context.meta[_HELD]
    return held


def interrupt_at_once() -> None:
    """Before a person is asked something: an interrupt ends the command again, though a run has been begun, for the
    answer would be waited for without end."""
    context = click.get_current_context(silent=True)
    held: Interruption | None = None if context is None else context.meta.get(_HELD)
    if held is not None:
        held.raise_at_once()


def interrupted(report: "Report") -> bool:
    """Whether the user interrupted this run, or the making of its report."""
    return report.run.interrupted or interruption().requested


def hide(credentials: "Credentials") -> None:
    """Never shows this password in a sentence or a traceback of this process, in any form it can take."""
    _secrets.append(credentials)


@contextlib.contextmanager
def lab_wanted() -> Iterator[None]:
    """Around imports of the lab. Raises MissingExtraError, with what to install, where it is not there."""
    try:
        yield
    except ImportError as error:
        raise missing_extra("lab", f"simulated proxies need the lab, which is not installed ({error})") from error


def guarded(command: Callable[P, int]) -> Callable[P, None]:
    """`command` as click runs it: the exit code it returns, or a sentence and the code of what it raised."""

    @functools.wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> None:
        try:
            refuse_shared_outputs(click.get_current_context())
            code = command(*arguments, **options)
        except ProxycheckError as error:
            code = _say(str(error), error.exit_code, options)
        except KeyboardInterrupt:
            code = _say("interrupted", INTERRUPTED, options)
        except Exception as error:
            code = _say(_fault(error), FAULT, options)
        raise click.exceptions.Exit(code)

    return run


def say(sentence: str, code: int) -> int:
    """Says on standard error, without any secret, what stopped the program; returns the exit code."""
    with contextlib.suppress(OSError):  # nobody can read it: the exit code is left
        click.echo(f"proxycheck: {_without_secrets(sentence)}", err=True)
    return code


def refusal(error: click.UsageError) -> str:
    """What click refuses, as one sentence that names the help to look into."""
    words = " ".join(error.format_message().split()).rstrip(".")
    words = _GUESS.sub(r" (did you mean \1?)", words)
    words = _NEW_SENTENCE.sub(lambda found: f"; {found[1].lower()}", words)
    asked = "proxycheck" if error.ctx is None else error.ctx.command_path
    return f"{words[:1].lower()}{words[1:]}; see {asked} --help"


def _say(sentence: str, code: int, options: Mapping[str, object]) -> int:
    """Says what stopped a command where its reader looks: a plugin's on standard output, in the words of plugins."""
    if options.get("form") != "nagios":
        return say(sentence, code)
    from proxycheck.report.monitoring.plugin import UNKNOWN, nagios_line

    click.echo(nagios_line(UNKNOWN, _without_secrets(sentence)))
    return UNKNOWN


def _fault(error: Exception) -> str:
    if os.environ.get("PROXYCHECK_DEBUG") == "1":
        return "a fault of the tool itself:\n" + "".join(traceback.format_exception(error))
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return (
        f"a fault of the tool itself stopped it ({what}); please report it together with what "
        "PROXYCHECK_DEBUG=1 in the environment makes this command print"
    )


def _without_secrets(text: str) -> str:
    from proxycheck.model.text import printable

    if _secrets:
        from proxycheck.wire.secrets.redaction import Redactor

        text = Redactor(None, _secrets).clean(text.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")
    return "\n".join(printable(line, 4000) for line in text.splitlines())
