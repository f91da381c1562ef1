"""Three hosts are asked before all others: what is wrong with them alone is not wrong with the proxy."""

import pytest

from proxycheck.model.target import Target
from tests.runner.test_repeats import Turning
from tests.runner.test_slow_worlds import WANTED_S, timed
from tests.support.answers import answer
from tests.support.scripted import CLOSE, HEAD, RESET, STALL, Play, Step
from tests.support.worlds import ASKS, Answered, World, causes, endpoints, opens, told

pytestmark = pytest.mark.slow
FIRST_OWNERS = ("pb.com", "redbend.com", "amazonaws.com")
NTLM = answer(407, "", "Proxy-Authenticate: NTLM", "Server: gate")
ENDS: dict[str, tuple[Step, ...]] = {"reset": (RESET,), "closed": (CLOSE,), "silent": (STALL,)}


def _first_owners(target: Target) -> bool:
    return target.host.endswith(FIRST_OWNERS)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_owners_that_are_cut_off_do_not_end_the_run(end: Answered) -> None:
    report, seconds = timed(World(answers=lambda target: end if _first_owners(target) else opens(target)))
    assert seconds <= WANTED_S
    failed = {entry.id for entry in report.endpoints if entry.verdict in ("fail", "inconclusive")}
    assert failed
    assert all(name.rpartition(":")[0].endswith(FIRST_OWNERS) for name in failed)
    assert {entry.id for entry in report.endpoints if entry.verdict == "pass"} > {"api.precisely.com:443"}


class DeadAtFirst(Turning):
    """The first connections are taken and end in one way, whatever is asked."""

    def __init__(self, count: int, end: tuple[Step, ...]) -> None:
        super().__init__(World(), lambda _number, _opened: False)
        self._count, self._end = count, end

    def _play_one(self, host: str, port: int, number: int) -> Play:
        if number < self._count:
            return lambda: told((HEAD, *self._end))
        return super()._play_one(host, port, number)


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
@pytest.mark.parametrize("count", [1, 3, 6])
def test_first_connections_that_end_at_members_that_are_dead(count: int, end: tuple[Step, ...]) -> None:
    report, seconds = timed(DeadAtFirst(count, end))
    assert seconds <= WANTED_S
    assert causes(report).keys() <= {"endpoint.unsteady"}
    assert report.verdict in ("compatible", "degraded")


@pytest.mark.parametrize(("asks", "code"), [(ASKS, "auth.required"), (NTLM, "auth.scheme-unsupported")])
def test_owners_for_which_a_login_is_wanted_do_not_end_the_run(asks: bytes, code: str) -> None:
    report, _ = timed(World(answers=lambda target: asks if _first_owners(target) else opens(target)))
    found = causes(report)
    assert found.keys() == {code}
    assert len(found[code]) < len(endpoints())
    assert {entry.id for entry in report.endpoints if entry.verdict == "pass"} > {"api.precisely.com:443"}


def test_a_login_that_is_wanted_for_everything_is_asked_for_by_a_handful() -> None:
    world = World(login=b"Basic never")
    report, _ = timed(world)
    assert causes(report).keys() == {"auth.required"}
    assert len([request for request in world.requests if request.startswith(b"CONNECT")]) <= 10


def test_hosts_that_never_answer_behind_a_proxy_that_does_are_asked_for_in_half_a_minute() -> None:
    """It answers for a name that cannot exist and for itself, and for nothing else."""
    report, seconds = timed(World(answers=lambda t: said if (said := opens(t)) != opens(_HOST) else (STALL,)))
    assert seconds <= WANTED_S
    assert causes(report).keys() == {"connect.timeout"}
    assert report.verdict == "incompatible"


_HOST = Target("api.precisely.com", 443)
