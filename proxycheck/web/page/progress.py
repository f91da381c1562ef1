"""How far a run is: the functions of the device, each by the hosts that have answered so far."""

import time
from collections.abc import Callable, Iterable
from typing import Final, Literal

from msgspec import Struct

from proxycheck.model.device import Device, Endpoint
from proxycheck.model.text import printable
from proxycheck.report.reading.functions import FunctionState, state_of
from proxycheck.report.reading.needs import TIERS
from proxycheck.report.texts import texts
from proxycheck.web.order import ProgressEvent

_LONGEST: Final = 200
"""Characters of a line that come from elsewhere."""
TileState = Literal["waiting"] | FunctionState


class Tile(Struct, frozen=True):
    """One function: what is known of it so far, and how many of its needs were answered for."""

    id: int
    name: str
    answer: TileState
    label: str
    count: str


class State(Struct, frozen=True):
    """What the page shows of a run at one moment. `named` says which proxy a PAC file names, `blocker` what makes it
    certain already that the device will not work; each is empty where there is none."""

    phase: str
    elapsed: str
    progress: str
    failure: str
    named: str
    blocker: str
    tiles: tuple[Tile, ...]
    ended: bool = False


class Progress:
    """Hears the steps of one run of `device` with `endpoints`; `clock` gives seconds. `proxy` is the one that a PAC
    file named, empty as long as none did."""

    def __init__(
        self, device: Device, endpoints: Iterable[Endpoint], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock, self._began = clock, clock()
        self._phase = self._blocker = ""
        self.proxy = ""
        self._outcomes: dict[str, str] = {}
        plain = {each.name: each.plain for each in device.functions}
        self._functions: dict[str, dict[str, list[str]]] = {}
        ordered = sorted(endpoints, key=lambda endpoint: TIERS.index(endpoint.tier))
        self._total = len(ordered)
        self._known = {endpoint.id for endpoint in ordered}
        for endpoint in ordered:
            needs = self._functions.setdefault(plain.get(endpoint.function) or endpoint.function, {})
            needs.setdefault(endpoint.any_of or endpoint.id, []).append(endpoint.id)

    def step(self, step: ProgressEvent) -> None:
        """Takes one step in."""
        if step.phase:
            self._phase = texts().progress.phases[step.phase]
        elif step.proxy:
            self.proxy = step.proxy
        elif step.blocker:
            self._blocker = step.blocker
        elif step.what in self._known:
            self._outcomes[step.what] = step.outcome

    def state(self, *, ended: bool = False, stopping: bool = False) -> State:
        """Everything as it is now."""
        words = texts().live
        failed = [what for what, outcome in self._outcomes.items() if outcome == "failed"]
        return State(
            phase=words.stopping if stopping else self._phase,
            elapsed=words.elapsed.format(seconds=int(self._clock() - self._began)),
            progress=words.progress.format(done=len(self._outcomes), total=self._total),
            failure=words.first_failure.format(what=failed[0]) if failed and not self._blocker else "",
            named=words.named.format(proxy=printable(self.proxy, _LONGEST)) if self.proxy else "",
            blocker=words.blocker.format(blocker=printable(self._blocker, _LONGEST)) if self._blocker else "",
            tiles=tuple(self._tile(number, name) for number, name in enumerate(self._functions)),
            ended=ended,
        )

    def _tile(self, number: int, name: str) -> Tile:
        needs = [self._best(members) for members in self._functions[name].values()]
        works = needs.count("ok")
        answer: TileState = "waiting" if None in needs else state_of(works, needs.count("failed"), len(needs))
        label = texts().live.waiting if answer == "waiting" else texts().functions.answers[answer]
        return Tile(number, name, answer, label, texts().functions.count.format(works=works, total=len(needs)))

    def _best(self, members: list[str]) -> str | None:
        """How the best of several alternatives fared; None where that is still open."""
        found = [self._outcomes.get(member) for member in members]
        return next((outcome for outcome in ("ok", None, "unclear") if outcome in found), "failed")
