"""What is being tried, on standard error while it is tried: a bar on a terminal, elsewhere a line every few seconds."""

import contextlib
import io
import threading
import time
from collections.abc import Callable, Iterator
from typing import IO, TYPE_CHECKING, TextIO, cast

from proxycheck.model.questions import Phase
from proxycheck.model.text import printable
from proxycheck.report.texts import texts

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

_LONGEST = 48
_EVERY_S = 5.0
_WIDE = 110
"""On fewer columns the bar is short, to leave room for what went wrong."""


class Silent:
    """An observer that shows nothing."""

    def about(self, subject: str) -> None:
        """What the checks that follow are about, where one command makes several runs."""

    def phase(self, name: Phase, total: int) -> None:
        """A check begins."""

    def started(self, what: str) -> None:
        """One step begins."""

    def finished(self, what: str, outcome: str) -> None:
        """One step ended."""

    def certain(self, blocker: str) -> None:
        """A blocker is certain."""


class _Counting(Silent):
    """An observer that counts: `done` of the `total` steps of this phase, and what has failed in the whole run."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun = clock()
        self._running: dict[str, None] = {}
        self._failed: set[str] = set()
        self._subject = self._phase = self._blocker = ""
        self._done = self._total = 0

    def about(self, subject: str) -> None:
        self._subject = f"{printable(subject, _LONGEST)}: "
        self._failed.clear()
        self._blocker = ""

    def phase(self, name: Phase, total: int) -> None:
        self._running.clear()
        self._phase, self._done, self._total = self._subject + texts().progress.phases[name], 0, total
        self._show()

    def started(self, what: str) -> None:
        self._running[what] = None
        self._show()

    def finished(self, what: str, outcome: str) -> None:
        self._running.pop(what, None)
        self._done += 1
        if self._total:
            self._total = max(self._total, self._done)  # alternatives are steps that nobody could foresee
        (self._failed.add if outcome == "failed" else self._failed.discard)(what)
        self._show()

    def certain(self, blocker: str) -> None:
        self._blocker = printable(blocker, 2 * _LONGEST)
        self._show()

    def _show(self) -> None:
        """What is known has changed."""

    def _troubles(self) -> list[str]:
        """What went wrong so far, in words; nothing where nothing did."""
        words = texts().progress
        failed = [words.failed.format(count=len(self._failed))] if self._failed else []
        return [*failed, words.blocker.format(cause=self._blocker)] if self._blocker else failed

    def _elapsed_s(self) -> int:
        return int(self._clock() - self._begun)


class Bar(_Counting):
    """Moves a progress bar and names the step begun last that has not ended."""

    def __init__(self, progress: "Progress", clock: Callable[[], float] = time.monotonic) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None, what="")
        super().__init__(clock)

    def phase(self, name: Phase, total: int) -> None:
        self._progress.remove_task(self._task)
        described = self._subject + texts().progress.phases[name]
        self._task = self._progress.add_task(described, total=total or None, what="")
        super().phase(name, total)

    def _show(self) -> None:
        latest = printable(next(reversed(self._running), ""), _LONGEST)
        what = "  ".join([*self._troubles(), latest])
        self._progress.update(self._task, completed=self._done, total=self._total or None, what=what)


class Lines(_Counting):
    """Writes a line each time when it is asked to: how long it takes, what is tried, and what went wrong."""

    def __init__(self, write: Callable[[str], object], clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(clock)
        self._write = write

    def line(self) -> None:
        """Writes what is known now."""
        words = texts().progress
        done = words.done.format(done=self._done, total=self._total) if self._total else ""
        elapsed = words.elapsed.format(seconds=self._elapsed_s())
        self._write("  ".join(filter(None, (elapsed, self._phase, done, *self._troubles()))) + "\n")


@contextlib.contextmanager
def lines(stream: TextIO, every_s: float = _EVERY_S) -> Iterator[Silent]:
    """An observer that writes a line every few seconds for the time of a run; a short run writes none."""
    observer, ended = Lines(stream.write), threading.Event()

    def tell() -> None:
        with contextlib.suppress(OSError, ValueError):  # the stream is closed: nobody reads it any more
            while not ended.wait(every_s):
                observer.line()
                stream.flush()

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield observer
    finally:
        ended.set()
        thread.join()


class _WhileOpen(io.TextIOBase):
    """A terminal for as long as it is there: that it is closed while it shows the progress ends no run."""

    def __init__(self, terminal: IO[str]) -> None:
        self._terminal = terminal

    def write(self, text: str, /) -> int:
        with contextlib.suppress(OSError):
            self._terminal.write(text)
        return len(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            self._terminal.flush()

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._terminal.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]  # as every stream has it
        return self._terminal.encoding if isinstance(self._terminal, io.TextIOWrapper) else "utf-8"


@contextlib.contextmanager
def _while_open(console: "Console") -> Iterator[None]:
    """Within this block `console` writes as long as its terminal is there."""
    terminal = console.file
    console.file = cast("IO[str]", _WhileOpen(terminal))
    try:
        yield
    finally:
        console.file = terminal


@contextlib.contextmanager
def watching(console: "Console", *, quiet: bool) -> Iterator[Silent]:
    """An observer for the time of a run; the bar is gone afterwards."""
    if quiet or not console.is_terminal:
        yield Silent()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn
    from rich.table import Column
    from rich.text import Text

    begun = time.monotonic()

    class Elapsed(ProgressColumn):
        """The seconds since the run began, whatever phases it has."""

        def render(self, task: Task) -> Text:  # noqa: ARG002  rich's; the time is that of all tasks
            return Text(texts().progress.elapsed.format(seconds=int(time.monotonic() - begun)))

    class Shortened(TextColumn):
        """Words on one line. The column may be made narrower, alone of all: what does not fit ends in dots."""

        def render(self, task: Task) -> Text:
            shown = super().render(task)
            shown.no_wrap, shown.overflow = True, "ellipsis"
            return shown

    columns = (
        Elapsed(),
        Shortened("{task.description}", markup=False, table_column=Column()),
        BarColumn(bar_width=20 if console.width >= _WIDE else 8),
        MofNCompleteColumn(),
        Shortened("{task.fields[what]}", markup=False, table_column=Column()),
    )
    bar = Progress(*columns, console=console, transient=True, refresh_per_second=8)
    with _while_open(console), bar as progress:
        yield Bar(progress)
