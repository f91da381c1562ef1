"""Proxies that shut out whoever asks for a name that cannot exist, or for an address, as malware does."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from proxycheck.model.target import Target
from tests.support.answers import answer
from tests.support.scripted import RESET
from tests.support.worlds import PROXY, Answered, World, causes, endpoints, opens, report_on

pytestmark = pytest.mark.slow
DENIED = answer(403, "<h1>denied</h1>", "Server: gate")
QUARANTINE = answer(403, "<h1>Your computer is in quarantine</h1>", "Server: gate")
DENIED_HOST = "api.precisely.com"


@dataclass
class Wary(World):
    """From the first such question on, everything gets `after`; one host may be denied anyway."""

    alarms: Callable[[Target], bool] = lambda target: target.host.endswith(".invalid")
    after: Answered = (RESET,)
    denied: str = ""
    alarmed: bool = False

    def __post_init__(self) -> None:
        self.answers = self._answer

    def _answer(self, target: Target) -> Answered:
        if self.alarmed:
            return self.after
        self.alarmed = self.alarms(target)
        return DENIED if self.alarmed or target.host == self.denied else opens(target)


@pytest.mark.parametrize("after", [(RESET,), QUARANTINE], ids=["reset", "page"])
def test_what_shuts_out_for_a_name_that_cannot_exist_is_asked_for_it_last(after: Answered) -> None:
    world = Wary(after=after)
    report = report_on(world, endpoints())
    assert world.alarmed
    assert (report.verdict, causes(report)) == ("compatible", {})


@pytest.mark.parametrize("after", [(RESET,), QUARANTINE], ids=["reset", "page"])
def test_one_host_that_is_denied_is_all_that_is_told(after: Answered) -> None:
    world = Wary(
        alarms=lambda target: target.host.endswith(".invalid") or target.host == PROXY.host,
        after=after,
        denied=DENIED_HOST,
    )
    report = report_on(world, endpoints())
    assert causes(report) == {"connect.host-denied": {f"{DENIED_HOST}:443"}}
