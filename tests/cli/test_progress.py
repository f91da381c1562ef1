"""The bar names what is being tried, and stays away where nobody watches."""

import io

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from proxycheck.cli.progress import Bar, Silent, watching


def _terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)


@pytest.mark.parametrize(
    ("console", "quiet"),
    [(Console(file=io.StringIO(), force_terminal=False), False), (_terminal(), True)],
)
def test_nobody_watches(console: Console, quiet: bool) -> None:
    with watching(console, quiet=quiet) as observer:
        observer.phase("Testing", 3)
        observer.started("a")
        observer.finished("a", "ok")
    assert isinstance(console.file, io.StringIO)
    assert console.file.getvalue() == ""


def test_on_a_terminal_the_bar_is_drawn() -> None:
    console = _terminal()
    with watching(console, quiet=False) as observer:
        observer.phase("Testing every host", 3)
        assert isinstance(observer, Bar)
        observer.started("a.example:443")
    assert isinstance(console.file, io.StringIO)
    assert "Testing every host" in console.file.getvalue()


def test_the_latest_step_that_still_runs_is_named_with_the_failures() -> None:
    progress = Progress(TextColumn(""), console=_terminal(), auto_refresh=False)
    bar: Silent = Bar(progress)

    def now() -> tuple[float, str]:
        return progress.tasks[0].completed, progress.tasks[0].fields["what"]

    bar.phase("Testing", 3)
    bar.started("a:443")
    bar.started("b:443")
    assert now() == (0, "b:443")
    bar.finished("b:443", "failed")
    assert now() == (1, "1 failed  a:443")
    bar.finished("a:443", "ok")
    assert now() == (2, "1 failed  ")
    bar.phase("Next", 0)
    assert (progress.tasks[0].description, progress.tasks[0].total) == ("Next", None)
    bar.started("x\x1b[2J")
    assert now() == (0, "x\\x1b[2J")
