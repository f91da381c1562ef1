"""Comma-separated values for spreadsheets."""

from proxycheck.report.allowlist.task import Task, Written
from proxycheck.report.cells import table

_COLUMNS = ("host", "ports", "tier", "functions", "confidence", "causes")


def csv(task: Task) -> Written:
    """A heading and a row for each host or pattern."""
    rows = (
        (
            entry.name,
            " ".join(map(str, entry.ports)),
            entry.tier,
            ", ".join(entry.functions),
            entry.confidence,
            " ".join(entry.causes),
        )
        for entry in task.entries
    )
    return Written(table(_COLUMNS, rows), len(task.entries))
