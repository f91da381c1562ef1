"""Reports recorded behind real engines become scenarios that behave as the engines did.

`PROXYCHECK_RECORD=1 python -m pytest -n 0 tests/lab/test_reproduced_recordings.py` writes the table anew."""

from pathlib import Path

import pytest

from proxycheck.lab.reproduction.carried import NOT_DUE
from proxycheck.model.report import Report
from tests.lab.reproducing import Told, difference, judged_today, played, reproduced, told
from tests.real import recordings
from tests.real.interception import recordings as interception
from tests.real.interception.cases import CASES

# The table needs all rows in one process.
pytestmark = [pytest.mark.scenarios, pytest.mark.xdist_group("reproduction"), pytest.mark.timeout(600)]

TABLE = recordings.FOLDER / "table.md"
NOT_EQUAL: dict[str, str] = {}
"""Reports whose reproduction says something else, each with the reason; none at present."""


def _reports() -> dict[str, Report]:
    found = {f"interception/{case.name}": interception.load(case.name) for case in CASES}
    return found | {f"engines/{name}": recordings.load(name) for name in recordings.RECORDED}


NAMES = tuple(_reports())


@pytest.fixture(scope="module")
def loops(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Told, Told]]:
    """What each report says today, and what the check says of its reproduction."""
    folder = tmp_path_factory.mktemp("reproduced")
    reports = _reports()
    files = {name: folder / f"{name.replace('/', '-')}.toml" for name in reports}
    found = played({name: reproduced(report, files[name]) for name, report in reports.items()})
    return {name: (told(judged_today(report), NOT_DUE), told(found[name])) for name, report in reports.items()}


@pytest.mark.parametrize("name", NAMES)
def test_the_loop_is_closed(loops: dict[str, tuple[Told, Told]], name: str) -> None:
    """One that is listed as not equal and has become so fails as well: its line has to go."""
    assert bool(difference(*loops[name])) is (name in NOT_EQUAL)


def test_every_recording_has_its_name_and_stays_small() -> None:
    files = set(recordings.FOLDER.glob("*.json.xz"))
    assert files == {recordings.path_of(name) for name in recordings.RECORDED}
    assert sum(file.stat().st_size for file in files) < 1_000_000


def test_the_table_is_what_was_found(loops: dict[str, tuple[Told, Told]]) -> None:
    text = _table(loops)
    if interception.recording_wanted():
        TABLE.write_text(text, encoding="utf-8")
    assert Path(TABLE).read_text(encoding="utf-8") == text


def _table(loops: dict[str, tuple[Told, Told]]) -> str:
    rows = ["| Report | Verdict | Causes | Reproduced |", "| --- | --- | --- | --- |"]
    for name, (before, after) in loops.items():
        causes = ", ".join(f"`{code}` ({severity}) {len(ids)}" for code, severity, ids in before[1]) or "none"
        unequal = difference(before, after)
        equal = f"not equal: {unequal}; {NOT_EQUAL.get(name, '')}" if unequal else "equal"
        rows.append(f"| {name} | {before[0]} | {causes} | {equal} |")
    equal_ones = sum(not difference(*loop) for loop in loops.values())
    rows.append(f"| **all** | | | {equal_ones} of {len(loops)} equal |")
    return "\n".join(rows) + "\n"
