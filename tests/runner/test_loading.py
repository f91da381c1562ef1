"""What the first answer does not need is loaded once: while that is under way, or right after it."""

import asyncio
from collections.abc import Callable
from typing import Literal

import pytest

from proxycheck.runner.loading import JUDGES, READERS, SOON_S, Loading, Steps, modules

Part = Literal["needed", "later"]


class _Load:
    def __init__(self, steps: int = 3) -> None:
        self.taken: list[Part] = []
        self.answer: Callable[[], object] | None = None
        self.whole = asyncio.Event()
        self._steps = steps

    def steps(self, part: Part) -> Steps:
        for number in range(self._steps):
            self.taken.append(part)
            if self.answer is not None and number == 0:
                asyncio.get_running_loop().call_soon(self.answer)
            yield
        if part == "later":
            self.whole.set()


def _loading(load: _Load) -> Loading:
    return Loading(load.steps("needed"), load.steps("later"))


def test_what_is_needed_is_loaded_at_once_behind_an_answer_that_is_there_at_once() -> None:
    async def answered() -> None:
        loading = _loading(load)
        loading.done()
        assert load.taken == ["needed"] * 3
        loading.done()
        await load.whole.wait()

    load = _Load()
    asyncio.run(answered())
    assert load.taken == ["needed"] * 3 + ["later"] * 3


def test_an_answer_that_comes_in_between_is_read_before_the_next_is_loaded() -> None:
    async def answered() -> None:
        load.answer = lambda: seen.append(len(load.taken))
        _loading_ = _loading(load)
        await load.whole.wait()
        _loading_.done()

    load, seen = _Load(), list[int]()
    asyncio.run(answered())
    assert load.taken == ["needed"] * 3 + ["later"] * 3
    assert seen == [1, 4]


def test_nothing_more_is_loaded_once_the_run_has_ended() -> None:
    async def ended() -> None:
        loading = _loading(load)
        load.answer = loading.stop
        await asyncio.sleep(SOON_S * 3)

    load = _Load()
    asyncio.run(ended())
    assert load.taken == ["needed"]


@pytest.mark.parametrize("before", [0.0, SOON_S * 2], ids=["at once", "aside"])
def test_what_cannot_be_loaded_is_told_to_each_who_waits(before: float) -> None:
    def broken() -> Steps:
        yield
        raise OSError("no such list")

    async def told_twice() -> None:
        loading = Loading(broken(), modules(()))
        if before:
            await asyncio.sleep(before)
        for _ in range(2):
            with pytest.raises(OSError, match="no such list"):
                loading.done()

    asyncio.run(told_twice())


def test_what_is_loaded_exists() -> None:
    assert len(list(modules((*READERS, *JUDGES)))) == len(READERS) + len(JUDGES)
