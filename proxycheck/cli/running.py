"""A run as a command makes it: the knowledge is loaded, and the progress line shows what is being tried."""

import sys
from typing import TYPE_CHECKING

from proxycheck.cli.ending import interruption

if TYPE_CHECKING:
    from proxycheck.model.files.knowledge import Knowledge
    from proxycheck.model.report import Report
    from proxycheck.runner import Plan


def measured(plan: "Plan", *, quiet: bool, no_color: bool) -> "Report":
    """The report of the run that `plan` asks for; its progress is told on standard error, unless `quiet`.

    From here to the end of the command an interrupt does not keep the report from being written."""
    from proxycheck.cli.progress import Silent, lines
    from proxycheck.runner import run

    requested = interruption()
    if quiet:
        return run(plan, _prepared, Silent(), requested)
    if not sys.stderr.isatty():
        with lines(sys.stderr) as observer:
            return run(plan, _prepared, observer, requested)
    from proxycheck.cli.output import console_for
    from proxycheck.cli.progress import watching

    with watching(console_for(sys.stderr, no_color=no_color), quiet=False) as observer:
        return run(plan, _prepared, observer, requested)


def _prepared() -> "Knowledge":
    """What is known; loads as well what shows a report, so that neither is waited for when the last answer is in."""
    from proxycheck.catalogue.knowledge import load_knowledge
    from proxycheck.report import json  # noqa: F401  imported for its imports
    from proxycheck.report.terminal import report  # noqa: F401  the same

    return load_knowledge()
