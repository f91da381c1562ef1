"""The short campaign, and that its tools do what they say."""

from random import Random

import pytest

from proxycheck.report.json import encode
from tests.hostile import campaign, files
from tests.hostile.connections import play
from tests.hostile.mutation import altered, mutated
from tests.support.worlds import World, endpoints, report_on


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_short_campaign_is_clean() -> None:
    result = campaign.run(2_000, 5_000, first_seed=1_000_000)
    assert result.clean, "\n".join(result.lines())
    assert result.connections.total() >= 2_000
    assert len(result.connections) >= 8, result.connections
    assert set(result.files) == set(files.KINDS)
    assert 0 < result.usable < 5_000
    assert not result.runs.keys() & {"compatible", "degraded"}


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.slow
def test_a_seed_plays_the_same_run_again(seed: int) -> None:
    one, other = play(seed), play(seed)
    assert (one.verdict, one.hang, one.false_pass) == (other.verdict, other.hang, other.false_pass)
    assert (one.crash is None) is (other.crash is None)
    assert one.kinds.total() > 10


def test_mutations_follow_from_their_seed_and_change_something() -> None:
    data = bytes(range(256)) * 4
    made = {mutated(Random(seed), data) for seed in range(50)}
    assert len(made) > 45
    assert mutated(Random(7), data) == mutated(Random(7), data)
    assert mutated(Random(1), b"") is not None


def test_altered_structures_follow_from_their_seed() -> None:
    values = [altered(Random(seed), {"a": [1, {"b": "text"}], "c": "x"}) for seed in range(50)]
    assert len({repr(value) for value in values}) > 25


def test_the_campaign_sees_what_it_is_there_to_see() -> None:
    """An honest world counts as a false pass, and a reader that breaks as a crash."""
    from tests.hostile import connections

    report = report_on(World(), endpoints("api.pitneybowes.com:443"))
    assert connections._false_pass(report) is not None
    assert encode(report)
    result = campaign.Result()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(files.KINDS, "broken", lambda chance: chance.choice(()))
        campaign._read("broken", 0, result)
    assert result.crashes
    assert not result.clean
