"""What is remembered of refused credentials, and what a thief of the file learns: nothing."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from proxycheck.errors import ConfigurationError
from proxycheck.model.target import Credentials
from proxycheck.web.exporter.refusals import Refusals

METER = Credentials("meter", "hunter2-hunter2")


def test_a_start_anew_remembers(tmp_path: Path) -> None:
    file = tmp_path / "state"
    Refusals(lambda: 0.0, file).settle(METER, "http://a:1", "refused")
    again = Refusals(lambda: 0.0, file)
    assert again.held(METER, "http://a:1", 5)
    assert not again.held(METER, "http://b:1", 5)
    assert again.held(METER, "http://b:1", 1)
    assert not again.held(Credentials("meter", "another"), "http://a:1", 5)
    text = file.read_text()
    assert "hunter2" not in text
    assert "meter" not in text
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


@pytest.mark.parametrize("content", ["", "{}", '{"salt": "x"}', '{"salt": "00", "refused": 1}'])
def test_a_damaged_file_is_told(tmp_path: Path, content: str) -> None:
    file = tmp_path / "state"
    file.write_text(content)
    with pytest.raises(ConfigurationError, match="take it away to begin anew"):
        Refusals(lambda: 0.0, file)


def test_a_folder_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"):
        Refusals(lambda: 0.0, tmp_path / "nix" / "state")


def test_what_was_not_sent_is_no_refusal() -> None:
    refusals = Refusals(lambda: 0.0)
    refusals.settle(METER, "http://a:1", "unsent")
    assert not refusals.held(METER, "http://a:1", 1)


def test_a_waiting_turn_that_is_given_up_takes_nothing_away() -> None:
    async def play() -> None:
        refusals = Refusals(lambda: 0.0)

        async def turn() -> None:
            async with refusals.turn(METER, "http://b:1", 1):
                taken.set()

        taken = asyncio.Event()
        async with refusals.turn(METER, "http://a:1", 1):
            waits = asyncio.create_task(turn())
            await asyncio.sleep(0)
            waits.cancel()
            await asyncio.wait({waits})
        await turn()
        assert taken.is_set()

    asyncio.run(play())
