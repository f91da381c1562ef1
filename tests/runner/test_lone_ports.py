"""A port that one host alone uses: is it refused for its port, for its name, or for both?"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from proxycheck.model.target import Target
from tests.runner.test_slow_worlds import timed
from tests.support.answers import OPEN, answer
from tests.support.worlds import Answered, World, causes, endpoints, opens

pytestmark = pytest.mark.slow
DENIED = answer(403, "<h1>denied</h1>", "Server: gate")
LONE = "mobile-gtalk.l.google.com:5228"
Rule = Callable[[Target], bool]


@dataclass
class Ruled(World):
    """Refuses what `rule` says, before any name is looked up, or after it where `names_first`."""

    rule: Rule = lambda _: False
    names_first: bool = False

    def __post_init__(self) -> None:
        self.answers = self._answer

    def _answer(self, target: Target) -> Answered:
        usual = opens(target)
        unknown = usual != OPEN
        return usual if (unknown and self.names_first) or not self.rule(target) else DENIED


def _google(target: Target) -> bool:
    return target.host.endswith("google.com")


def _tls_only(target: Target) -> bool:
    return target.port != 443


def test_the_host_is_refused_as_its_neighbours_are() -> None:
    report, _ = timed(Ruled(rule=_google))
    found = causes(report)
    assert found.keys() == {"connect.host-denied"}
    assert LONE in found["connect.host-denied"]


@pytest.mark.parametrize("names_first", [False, True])
def test_the_port_alone_is_refused(*, names_first: bool) -> None:
    found = causes(timed(Ruled(rule=_tls_only, names_first=names_first))[0])
    assert found.keys() == {"connect.port-denied"}
    assert LONE in found["connect.port-denied"]


def test_one_port_that_is_refused_is_found_by_a_name_that_cannot_exist() -> None:
    found = causes(timed(Ruled(rule=lambda target: target.port == 5228))[0])
    assert found == {"connect.port-denied": {LONE}}


def test_where_port_and_name_may_both_be_refused_both_are_told() -> None:
    found = causes(timed(Ruled(rule=lambda target: _google(target) or _tls_only(target)))[0])
    assert found.keys() == {"connect.port-denied", "connect.host-denied"}
    assert LONE in found["connect.port-denied"] & found["connect.host-denied"]


def test_where_the_port_and_this_one_host_are_refused_both_are_told() -> None:
    """No neighbour of its domain shows it: the host itself was asked for at an open port."""
    name = LONE.partition(":")[0]
    found = causes(timed(Ruled(rule=lambda target: target.host == name or target.port == 5228))[0])
    assert found == {"connect.port-denied": {LONE}, "connect.host-denied": {LONE}}


def test_a_list_of_what_is_permitted_tells_nothing_of_ports() -> None:
    listed = {e.host for e in endpoints() if not e.host.endswith("google.com")}
    found = causes(timed(Ruled(rule=lambda target: target.host not in listed))[0])
    assert found.keys() == {"connect.host-denied"}
    assert LONE in found["connect.host-denied"]
