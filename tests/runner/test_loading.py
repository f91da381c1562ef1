"""What the first answer does not need is loaded once: beside it, or right after it."""

import asyncio
import threading

import pytest

from proxycheck.runner.loading import SOON_S, Loading


class _Load:
    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.told = threading.Event()

    def __call__(self) -> None:
        self.threads.append(threading.current_thread())
        self.told.set()


def test_an_answer_that_is_there_at_once_is_followed_by_loading_in_the_same_thread() -> None:
    async def loaded_twice() -> None:
        loading = Loading(load)
        await loading.done()
        await loading.done()
        await asyncio.sleep(SOON_S * 2)

    load = _Load()
    asyncio.run(loaded_twice())
    assert load.threads == [threading.main_thread()]


def test_beside_an_answer_that_takes_its_time_it_is_loaded_in_another_thread() -> None:
    async def loaded_aside() -> None:
        loading = Loading(load)
        await asyncio.to_thread(load.told.wait)
        await loading.done()

    load = _Load()
    asyncio.run(loaded_aside())
    (thread,) = load.threads
    assert thread is not threading.main_thread()


@pytest.mark.parametrize("before", [0.0, SOON_S * 2], ids=["at once", "aside"])
def test_what_cannot_be_loaded_is_told_to_each_who_waits(before: float) -> None:
    def broken() -> None:
        raise OSError("no such list")

    async def told_twice() -> None:
        loading = Loading(broken)
        if before:
            await asyncio.sleep(before)
        for _ in range(2):
            with pytest.raises(OSError, match="no such list"):
                await loading.done()

    asyncio.run(told_twice())
