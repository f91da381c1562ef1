"""What is incompatible stays so, or becomes unclear, whatever hostile bytes come on top: it is never compatible."""

from collections.abc import Callable
from random import Random

import pytest

from proxycheck.model.target import Target
from tests.hostile.conversations import noise
from tests.hostile.mutation import NASTY, mutated
from tests.runner.test_scripted_runs import CASES
from tests.support.scripted import CLOSE, Expect, Play, Script, ScriptedNetwork, Step
from tests.support.worlds import World, report_on

_OF_A_RUN = 0.3
"""How many of a run's connections get something on top."""
_SEEDS = range(4)
INCOMPATIBLE = [name for name, case in CASES.items() if case.verdict == "incompatible"]


def _with_noise(world: World, seed: int) -> ScriptedNetwork:
    """The same proxy; on some of its connections what it says is mutated, led by noise, or followed by it."""

    def connection(host: str, port: int, number: int) -> Play:
        chance = Random(f"{seed} {number}")
        plain = world.play(host, port, number)
        if chance.random() >= _OF_A_RUN or not callable(plain):
            return plain
        return lambda: _spoilt(chance, plain)

    return ScriptedNetwork(connection)


def _spoilt(chance: Random, plain: Callable[[], Script]) -> Script:
    script = plain()
    way = chance.randrange(4)
    if way == 3:
        yield from noise(chance, Target("nobody.example", 443))
        return
    step: Step | None = next(script, None)
    while step is not None:
        heard = yield _made_worse(chance, step, way) if isinstance(step, bytes) else step
        try:
            step = script.send(heard) if isinstance(step, Expect) else next(script)
        except StopIteration:
            step = None
    yield chance.choice(NASTY)
    yield CLOSE


def _made_worse(chance: Random, said: bytes, way: int) -> bytes:
    match way:
        case 0:
            return mutated(chance, said, 2)
        case 1:
            return chance.choice(NASTY) + said
        case _:
            return said + chance.choice(NASTY)


@pytest.mark.slow
@pytest.mark.parametrize("name", INCOMPATIBLE)
def test_a_scripted_proxy_that_is_incompatible_is_not_made_good_by_noise(name: str) -> None:
    for seed in _SEEDS:
        report = report_on(_with_noise(CASES[name].world, seed), faultless=False)
        assert report.verdict != "compatible", seed
        assert not report.tool.fault, seed
