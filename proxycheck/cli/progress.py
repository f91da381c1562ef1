"""Shows on standard error what the run is trying; nothing where standard error is no terminal."""

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from proxycheck.model.text import printable

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

_LONGEST = 48


class Silent:
    """An observer that shows nothing."""

    def about(self, subject: str) -> None:
        """What the checks that follow are about, where one command makes several runs."""

    def phase(self, text: str, total: int) -> None:
        """A check begins."""

    def started(self, what: str) -> None:
        """One step begins."""

    def finished(self, what: str, outcome: str) -> None:
        """One step ended."""


class Bar(Silent):
    """An observer that moves a progress bar and names the step begun last that has not ended."""

    def __init__(self, progress: "Progress") -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None, what="")
        self._running: dict[str, None] = {}
        self._subject = ""
        self._done = 0
        self._failed = 0

    def about(self, subject: str) -> None:
        self._subject = f"{printable(subject, _LONGEST)}: "

    def phase(self, text: str, total: int) -> None:
        self._running.clear()
        self._done = self._failed = 0
        self._progress.remove_task(self._task)
        self._task = self._progress.add_task(self._subject + text, total=total or None, what="")

    def started(self, what: str) -> None:
        self._running[what] = None
        self._show()

    def finished(self, what: str, outcome: str) -> None:
        self._running.pop(what, None)
        self._done += 1
        self._failed += outcome == "failed"
        self._show()

    def _show(self) -> None:
        latest = printable(next(reversed(self._running), ""), _LONGEST)
        failed = f"{self._failed} failed  " if self._failed else ""
        self._progress.update(self._task, completed=self._done, what=f"{failed}{latest}")


@contextlib.contextmanager
def watching(console: "Console", *, quiet: bool) -> Iterator[Silent]:
    """An observer for the time of a run; the bar is gone afterwards."""
    if quiet or not console.is_terminal:
        yield Silent()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[what]}", markup=False),
    )
    with Progress(*columns, console=console, transient=True, refresh_per_second=8) as progress:
        yield Bar(progress)
