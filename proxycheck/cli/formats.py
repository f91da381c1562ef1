"""`check --format`: the report for people, or as what monitoring reads."""

import sys
from typing import TYPE_CHECKING, Any

import click

from proxycheck.cli.ending import INTERRUPTED, interrupted, refusal, report_code
from proxycheck.cli.file_names import OutputName
from proxycheck.cli.grouped import GroupedCommand
from proxycheck.cli.output import STANDARD, OutputFile
from proxycheck.errors import UsageError

if TYPE_CHECKING:
    from proxycheck.cli.delivery import Delivery
    from proxycheck.model.report import Report

TEXT, NAGIOS = "text", "nagios"

_OURS = {NAGIOS: b"PROXYCHECK ", "checkmk": b' "Proxycheck ', "prometheus": b"# HELP proxycheck_"}
"""What stands in the first lines of each form: a run every few minutes writes over what the last one wrote."""

format_option = click.option(
    "--format",
    "form",
    type=click.Choice((TEXT, NAGIOS, "checkmk", "prometheus")),
    default=TEXT,
    show_default=True,
    help="Show it for people; or as a Nagios plugin, a Checkmk local check, a Prometheus textfile.",
)
output_option = click.option(
    "--output", "-o", type=OutputName(), metavar="FILE", help="Write what --format shows to FILE, whole or not at all."
)


class PluginCommand(GroupedCommand):
    """A command that answers as a plugin even where its words cannot be understood."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context that click makes. Raises Exit with what plugins call unknown where they are asked for."""
        asked = list(args)
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.UsageError as error:
            if NAGIOS not in asked and f"--format={NAGIOS}" not in asked:
                raise
            raise click.exceptions.Exit(_unknown(refusal(error))) from None


def _unknown(sentence: str) -> int:
    from proxycheck.report.monitoring.plugin import UNKNOWN, nagios_line

    click.echo(nagios_line(UNKNOWN, sentence))
    return UNKNOWN


def shown_file(name: str | None, form: str, *, aside: bool, force: bool) -> OutputFile:
    """Where the form that is not for people goes; standard output unless a file is named. `aside`: a file of the report
    goes there already. `force`: somebody else's file is replaced.

    Raises UsageError where two things would go to standard output, or a file is named for the page, ConfigurationError
    for a file that this program did not write."""
    if name is not None and form == TEXT:
        raise UsageError("--output is for what monitoring reads; add --format nagios, checkmk or prometheus")
    if form != TEXT and aside and name in (None, STANDARD):
        raise UsageError(f"a file named - and --format {form} both want standard output; write one of them to a FILE")
    return OutputFile(name or STANDARD, "--output", ours=None if force else _OURS.get(form))


def deliver_as(form: str, report: "Report", shown: OutputFile, delivery: "Delivery") -> None:
    """Writes the form to `shown`, and the files that were asked for besides.

    Raises ConfigurationError when something cannot be written, after the rest has been."""
    from proxycheck.report.monitoring import plugin, prometheus

    forms = {NAGIOS: plugin.nagios, "checkmk": plugin.checkmk, "prometheus": prometheus.textfile}
    try:
        delivery.write(report)
    finally:
        shown.write(forms[form](report).encode(sys.stdout.encoding if shown.standard else "utf-8", "backslashreplace"))


def exit_code(form: str, report: "Report", *, strict: bool) -> int:
    """What the command ends with: the state of a plugin, or the exit code of the contract."""
    if form == NAGIOS:
        from proxycheck.report.monitoring.plugin import plugin_state

        return plugin_state(report)
    return INTERRUPTED if interrupted(report) else report_code(report, strict=strict)
