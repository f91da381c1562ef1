"""Every scenario gets the verdict, the causes and the endpoints that are due, and none when its fault is taken out."""

from typing import Any

import pytest

from proxycheck.lab.rehearsal import Rehearsed
from tests.lab.library import SCENARIOS, Library, Way, clean_forms, played
from tests.lab.reproducing import told


@pytest.fixture
def rehearsed(request: pytest.FixtureRequest, library: Library) -> Rehearsed:
    """What became of one scenario; all that this process will ask for is played ahead, some at a time."""
    library.begin(_share(request))
    return library.outcome(*request.param)


def _share(request: pytest.FixtureRequest) -> list[tuple[Way, str]]:
    """What the chosen tests of this module that go to the same process will ask for."""

    def group(item: pytest.Item) -> object:
        mark = item.get_closest_marker("xdist_group")
        return mark and mark.args

    items = [item for item in request.session.items if isinstance(item, pytest.Function) and item.path == request.path]
    chosen: list[Any] = [item.callspec.params["rehearsed"] for item in items if group(item) == group(request.node)]
    return chosen


@pytest.mark.parametrize("rehearsed", played("as_it_is", SCENARIOS), indirect=True)
def test_what_is_due_is_told(rehearsed: Rehearsed) -> None:
    assert rehearsed.outcome.differences == ()


@pytest.mark.parametrize("rehearsed", played("reproduced", SCENARIOS, ("ports-squid",)), indirect=True)
def test_its_report_is_reproduced(rehearsed: Rehearsed, library: Library) -> None:
    """The same verdict, causes and endpoints; and the file says so itself."""
    original = library.outcome("as_it_is", rehearsed.outcome.name).report
    assert told(rehearsed.report, beside=original) == told(original, beside=rehearsed.report)
    assert rehearsed.outcome.differences == ()


@pytest.mark.parametrize("rehearsed", played("clean", clean_forms(), ()), indirect=True)
def test_without_its_fault_there_is_no_cause(rehearsed: Rehearsed) -> None:
    assert rehearsed.outcome.differences == ()
    assert rehearsed.outcome.causes == ()
