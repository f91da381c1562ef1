"""The bar names what is being tried, and stays away where nobody watches."""

import io
import threading

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn
from rich.text import Text

from proxycheck.cli.progress import Bar, Lines, Silent, lines, watching


def _terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)


@pytest.mark.parametrize(
    ("console", "quiet"),
    [(Console(file=io.StringIO(), force_terminal=False), False), (_terminal(), True)],
)
def test_nobody_watches(console: Console, quiet: bool) -> None:
    with watching(console, quiet=quiet) as observer:
        observer.phase("endpoints", 3)
        observer.started("a")
        observer.finished("a", "ok")
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == ""


def test_on_a_terminal_the_bar_is_drawn() -> None:
    console = _terminal()
    with watching(console, quiet=False) as observer:
        observer.phase("endpoints", 3)
        assert isinstance(observer, Bar)
        observer.started("a.example:443")
    assert isinstance(console.file, io.StringIO)
    assert "Testing every host" in console.file.getvalue()


@pytest.mark.parametrize("columns", [50, 80, 120])
def test_the_seconds_stay_where_a_long_blocker_is_named(columns: int) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=columns, color_system=None)
    with watching(console, quiet=False) as observer:
        observer.phase("endpoints", 105)
        observer.finished("a.example:443", "failed")
        observer.certain("The proxy allows CONNECT only to some ports, and to none of those that are needed")
    assert isinstance(console.file, io.StringIO)
    last = [line for line in console.file.getvalue().replace("\r", "\n").splitlines() if "105" in line][-1]
    shown = Text.from_ansi(last).plain
    assert shown.startswith("0 s ")
    assert "1/105" in shown
    assert len(shown.rstrip()) <= columns
    assert "1 failed" in shown or columns < 80


def test_the_latest_step_that_still_runs_is_named_with_the_failures() -> None:
    progress = Progress(TextColumn(""), console=_terminal(), auto_refresh=False)
    bar: Silent = Bar(progress)

    def now() -> tuple[float, str]:
        return progress.tasks[0].completed, progress.tasks[0].fields["what"]

    bar.phase("endpoints", 3)
    bar.started("a:443")
    bar.started("b:443")
    assert now() == (0, "b:443")
    bar.finished("b:443", "failed")
    assert now() == (1, "1 failed  a:443")
    bar.finished("a:443", "ok")
    assert now() == (2, "1 failed  ")
    bar.phase("comparison", 0)
    assert (progress.tasks[0].description, progress.tasks[0].total) == ("Comparing the failures", None)
    bar.started("x\x1b[2J")
    assert now() == (0, "1 failed  x\\x1b[2J")


def test_failures_of_the_whole_run_and_the_blocker_are_shown() -> None:
    progress = Progress(TextColumn(""), console=_terminal(), auto_refresh=False)
    bar = Bar(progress)
    bar.phase("endpoints", 3)
    bar.finished("a:443", "failed")
    bar.certain("The proxy never answers\x1b[2J")
    bar.phase("comparison", 1)
    assert progress.tasks[0].fields["what"] == "1 failed  incompatible: The proxy never answers\\x1b[2J  "


def test_a_line_tells_time_phase_failures_and_blocker() -> None:
    written: list[str] = []
    now = [100.0]
    observer = Lines(written.append, lambda: now[0])
    observer.phase("endpoints", 3)
    observer.finished("a:443", "failed")
    observer.finished("b:443", "failed")
    observer.finished("a:443", "ok")
    now[0] = 112.9
    observer.line()
    observer.certain("The proxy lets nothing through")
    observer.line()
    assert written == [
        "12 s  Testing every host the device needs  3 of 3  1 failed\n",
        "12 s  Testing every host the device needs  3 of 3  1 failed  incompatible: The proxy lets nothing through\n",
    ]


class _Shown(io.StringIO):
    """A stream that says when something was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = threading.Event()

    def flush(self) -> None:
        self.written.set()


def test_without_a_terminal_a_line_is_written_now_and_then() -> None:
    stream = _Shown()
    with lines(stream, every_s=0.01) as observer:
        observer.phase("endpoints", 0)
        assert stream.written.wait(30)
    assert stream.getvalue().endswith("Testing every host the device needs\n")


def test_a_reader_that_has_gone_ends_nothing() -> None:
    stream = _Shown()
    stream.close()
    with lines(stream, every_s=0.001) as observer:
        observer.phase("endpoints", 0)


def test_a_short_run_writes_no_line() -> None:
    stream = io.StringIO()
    with lines(stream) as observer:
        observer.phase("endpoints", 0)
    assert stream.getvalue() == ""


def test_more_steps_than_were_foreseen_are_told_as_so_many() -> None:
    written: list[str] = []
    observer = Lines(written.append, lambda: 0.0)
    observer.phase("endpoints", 1)
    observer.finished("a:443", "ok")
    observer.finished("b:443", "ok")
    observer.line()
    assert written == ["0 s  Testing every host the device needs  2 of 2\n"]
