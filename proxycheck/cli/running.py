"""A run as a command makes it: what is known is loaded beside it, and the progress line shows what is being tried."""

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from proxycheck.cli.ending import interruption

if TYPE_CHECKING:
    from proxycheck.model.report import Report
    from proxycheck.runner import Plan

_SHOWS: Final = (
    *("rich.color", "rich.style", "rich.text", "rich.console"),
    "proxycheck.report.terminal.report",
)
"""What shows a report, in parts, so that it is not waited for when the last answer is in."""


def measured(plan: "Plan", *, quiet: bool, no_color: bool) -> "Report":
    """The report of the run that `plan` asks for; its progress is told on standard error, unless `quiet`.

    From here to the end of the command an interrupt does not keep the report from being written."""
    from proxycheck.catalogue.knowledge import load_knowledge
    from proxycheck.cli.progress import Silent, lines
    from proxycheck.runner import run

    requested = interruption()
    plan = replace(plan, shows=_SHOWS)
    if quiet:
        return run(plan, load_knowledge, Silent(), requested)
    if not sys.stderr.isatty():
        with lines(sys.stderr) as observer:
            return run(plan, load_knowledge, observer, requested)
    from proxycheck.cli.output import console_for
    from proxycheck.cli.progress import watching

    with watching(console_for(sys.stderr, no_color=no_color), quiet=False) as observer:
        return run(plan, load_knowledge, observer, requested)
