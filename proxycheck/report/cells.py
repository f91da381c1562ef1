"""Comma-separated values that no spreadsheet takes for formulas (RFC 4180)."""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULAS = tuple("=+-@\t\r")


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The heading and the rows, lines ended by CR LF. A cell that a spreadsheet would calculate begins with an
    apostrophe, which it shows as text."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell
