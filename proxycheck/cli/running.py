"""A run as a command makes it: the knowledge loaded, and somebody told what is being tried."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proxycheck.model.report import Report
    from proxycheck.runner import Plan


def measured(plan: "Plan", *, quiet: bool, no_color: bool) -> "Report":
    """The report of the run that `plan` asks for, with a progress bar on standard error."""
    from proxycheck.catalogue.knowledge import load_knowledge
    from proxycheck.cli.progress import Silent
    from proxycheck.runner import run

    knowledge = load_knowledge()
    if quiet or not sys.stderr.isatty():
        return run(plan, knowledge, Silent())
    from proxycheck.cli.output import console_for
    from proxycheck.cli.progress import watching

    with watching(console_for(sys.stderr, no_color=no_color), quiet=quiet) as observer:
        return run(plan, knowledge, observer)
