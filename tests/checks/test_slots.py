"""Places are given out in turn, urgent ones first; who needs several at once never blocks the others for ever."""

import asyncio

import pytest

from proxycheck.checks.slots import Slots

WAIT_S = 10.0


def test_urgent_ones_come_before_those_who_wait() -> None:
    order: list[str] = []

    async def take(slots: Slots, name: str, *, urgent: bool) -> None:
        async with slots.several(1, urgent=urgent):
            order.append(name)

    async def main() -> None:
        slots = Slots(1)
        async with slots:
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
        async with outer.several(count):
            await asyncio.sleep(0)
            async with inner.several(count):
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
        async with slots:
            impatient = asyncio.create_task(_hold(slots))
            await asyncio.sleep(0)
            impatient.cancel()
            patient = asyncio.create_task(_hold(slots))
            await asyncio.sleep(0)
        await asyncio.wait_for(patient, WAIT_S)
        assert impatient.cancelled()

    asyncio.run(main())


async def _hold(slots: Slots) -> None:
    async with slots:
        pass
