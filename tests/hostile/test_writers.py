"""Hostile text is text in every form that a report is written in, and each look would see it if it were not."""

import pytest

from tests.hostile.connections import play
from tests.hostile.writers import WRITERS, _html, _markdown, acting
from tests.report import factory
from tests.report.hostile import hostile


@pytest.mark.parametrize("name", WRITERS)
def test_hostile_text_is_text(name: str) -> None:
    assert list(WRITERS[name](hostile())) == []


@pytest.mark.parametrize("make", factory.ALL)
def test_every_form_of_an_ordinary_report_is_clean(make: object) -> None:
    assert callable(make)
    assert acting(make()) is None


@pytest.mark.parametrize(
    "text", ["<img src=x>", "<p onclick=x>", '<a href="javascript:x">x</a>', "<script>x</script>", "\x1b[31m", "\u202e"]
)
def test_what_acts_is_seen(text: str) -> None:
    assert list(_html(hostile(), text.encode(), scripts=0))


@pytest.mark.parametrize("text", ["<img src=x>", "[a](x:y)", "\x9b2J", "# heading"])
def test_what_acts_in_markdown_is_seen(text: str) -> None:
    assert list(_markdown(hostile(), text.encode()))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_what_hostile_proxies_said_is_text(seed: int) -> None:
    report = play(seed).report
    assert report is not None
    assert acting(report) is None
