"""Places are given out in turn, urgent ones first; who needs several at once never blocks the others for ever."""

import asyncio

import pytest

from proxycheck.checks.slots import Slots
from tests.support.simulated_time import run

WAIT_S = 10.0


def test_urgent_ones_come_before_those_who_wait() -> None:
    order: list[str] = []

    async def take(slots: Slots, name: str, *, urgent: bool) -> None:
        async with slots.places(1, urgent=urgent):
            order.append(name)

    async def main() -> None:
        slots = Slots(1)
        async with slots.places():
            waiting = [asyncio.create_task(take(slots, name, urgent=name == "urgent")) for name in ("a", "b", "urgent")]
            await asyncio.sleep(0)
        await asyncio.gather(*waiting)

    asyncio.run(main())
    assert order == ["urgent", "a", "b"]


@pytest.mark.parametrize("count", [2, 3])
def test_several_at_once_never_wait_for_each_other_for_ever(count: int) -> None:
    """Each takes several of the outer places, then as many of the inner ones, as a pair of connections does."""
    most, now = 0, 0

    async def take(outer: Slots, inner: Slots) -> None:
        nonlocal most, now
        async with outer.places(count):
            await asyncio.sleep(0)
            async with inner.places(count):
                now += count
                most = max(most, now)
                await asyncio.sleep(0)
                now -= count

    async def main() -> None:
        outer, inner = Slots(count + 1), Slots(count)
        everybody = asyncio.gather(*(take(outer, inner) for _ in range(10)))
        await asyncio.wait_for(everybody, WAIT_S)

    asyncio.run(main())
    assert most == count


def test_a_place_that_was_waited_for_in_vain_is_given_on() -> None:
    async def main() -> None:
        slots = Slots(1)
        async with slots.places():
            impatient = asyncio.create_task(_hold(slots))
            await asyncio.sleep(0)
            impatient.cancel()
            patient = asyncio.create_task(_hold(slots))
            await asyncio.sleep(0)
        await asyncio.wait_for(patient, WAIT_S)
        assert impatient.cancelled()

    asyncio.run(main())


async def _hold(slots: Slots) -> None:
    async with slots.places():
        pass


class Holder:
    """Takes a place and keeps it for some seconds."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self.begun: list[float] = []

    async def hold(self, seconds: float) -> None:
        async with self._slots.places():
            now = asyncio.get_running_loop().time()
            self.begun.append(now)
            await asyncio.sleep(seconds)

    async def all(self, *seconds: float) -> list[float]:
        """When each began."""
        await asyncio.gather(*(self.hold(each) for each in seconds))
        return self.begun


def test_what_holds_a_place_in_vain_leaves_it_to_the_next() -> None:
    async def main() -> list[float]:
        return await Holder(Slots(2, lambda: 1.0)).all(*[10.0] * 6)

    assert run(main()) == pytest.approx([0, 0, 1, 1, 2, 2])


def test_nothing_leaves_while_anything_ends() -> None:
    """A proxy that serves few at a time has others wait: it is asked for no more than before."""

    async def main() -> list[float]:
        return await Holder(Slots(2, lambda: 1.0)).all(5.0, *[0.8] * 6)

    assert run(main()) == pytest.approx([0, 0, 0.8, 1.6, 2.4, 3.2, 4.0])


def test_so_many_leave_and_no_more() -> None:
    async def main() -> list[float]:
        return await Holder(Slots(1, lambda: 1.0)).all(*[10.0] * 7)

    assert run(main()) == pytest.approx([0, 1, 2, 3, 4, 10, 11])


def test_places_are_added_and_taken_back_while_they_are_held() -> None:
    async def main() -> tuple[list[float], list[bool]]:
        slots, crowded = Slots(1), list[bool]()
        begun: list[float] = []
        loop = asyncio.get_running_loop()

        async def hold() -> None:
            async with slots.places() as (place,):
                begun.append(loop.time())
                await asyncio.sleep(1.0)
                crowded.append(place.crowded)

        loop.call_later(0.5, slots.resize, 3)
        loop.call_later(0.7, slots.resize, 1)
        await asyncio.gather(*(hold() for _ in range(5)))
        return begun, crowded

    begun, crowded = run(main())
    assert begun == pytest.approx([0, 0.5, 0.5, 1.5, 2.5])
    assert crowded == [True, True, True, False, False]


def test_who_needs_several_at_once_gets_them_though_there_are_fewer_by_now() -> None:
    async def story() -> int:
        slots = Slots(8)
        slots.resize(1)
        async with slots.places(), slots.places(3) as places:
            return len(places)

    assert run(asyncio.wait_for(story(), 60)) == 3


def test_nothing_leaves_while_bytes_come() -> None:
    async def story() -> list[bool]:
        slots, left = Slots(1, lambda: 1.0), list[bool]()

        async def hold() -> None:
            async with slots.places() as (place,):
                await asyncio.sleep(5)
                left.append(place.left)

        holding = [asyncio.create_task(hold()) for _ in range(2)]
        for _ in range(20):
            await asyncio.sleep(0.5)
            slots.moved()
        await asyncio.gather(*holding)
        return left

    assert run(story()) == [False, False]
