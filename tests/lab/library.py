"""The library of scenarios as the tests play it: each scenario once in a run, whichever tests want to know of it."""

import os
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from proxycheck.catalogue.scenarios import load_scenario, scenario_names
from proxycheck.lab.rehearsal import Rehearsed, customer, rehearse, stage_for
from proxycheck.lab.rehearsal import played as running
from proxycheck.lab.stage import Stage
from proxycheck.lab.started import StartedScenario
from proxycheck.model.files.scenario import Scenario, without_fault
from proxycheck.report.bundle import bundle
from proxycheck.report.mask.report import masked
from proxycheck.report.saved import read_saved
from tests.lab.reproducing import reproduced
from tests.support import known

Way = Literal["as_it_is", "reproduced", "masked", "clean"]
"""How a scenario is played: the method of `Library` of that name says what it means."""
SCENARIOS = {name: load_scenario(name) for name in scenario_names()}
QUICK = ("clean-tunnel", "auth-digest", "ports-squid", "inspected-one-host")
"""Played in the quick tests too: one of each kind, none of which waits."""
AT_ONCE = 1
"""Scenarios that a process plays ahead of its tests, side by side."""
SHARES = 3
"""As many processes of tests play the library side by side. On two cores three fill each other's waits; with more
scenarios at a time answers are so late that the check calls it silence."""


def played(way: Way, names: Iterable[str], quick: Collection[str] = QUICK) -> list[object]:
    """Parameters of tests, way and name: all but the quick ones carry the mark, and each process plays its share."""
    return [
        pytest.param(
            (way, name),
            id=name,
            marks=[
                pytest.mark.xdist_group(f"library-{0 if name in quick else number % SHARES}"),
                *([] if name in quick else [pytest.mark.scenarios]),
            ],
        )
        for number, name in enumerate(names)
    ]


def clean_forms() -> dict[str, Scenario]:
    """The clean forms that differ: most scenarios without their fault are the same plain proxy."""
    forms: dict[str, tuple[str, Scenario]] = {}
    for name, scenario in SCENARIOS.items():
        clean = without_fault(scenario)
        proxy = customer("", clean)
        forms.setdefault(repr((proxy.addons, proxy.options, clean.client, clean.device)), (name, clean))
    return dict(forms.values())


class Shelf:
    """A folder that all processes of one test run share, with what was found out about scenarios."""

    def __init__(self, factory: pytest.TempPathFactory) -> None:
        base = factory.getbasetemp()
        self._folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "rehearsed"
        self._folder.mkdir(exist_ok=True)

    def find_or(self, name: str, play: Callable[[], Rehearsed]) -> Rehearsed:
        """Returns what is kept under the name; where nothing is, what `play` returns, and keeps it, never half."""
        kept = self._folder / f"{name}.msgpack"
        if kept.exists():
            return msgspec.msgpack.decode(kept.read_bytes(), type=Rehearsed)
        found = play()
        written = Path(f"{kept}.{os.getpid()}")
        written.write_bytes(msgspec.msgpack.encode(found))
        written.replace(kept)
        return found


class Library:
    """Plays scenarios on one stage, some at a time, before the tests come to them."""

    def __init__(self, stage: Stage, threads: ThreadPoolExecutor, shelf: Shelf, folder: Path) -> None:
        self._stage = stage
        self._threads = threads
        self._shelf = shelf
        self._folder = folder
        self._knowledge = known.knowledge()
        self._once: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._begun: dict[tuple[Way, str], Future[Rehearsed]] = {}

    def begin(self, wanted: Iterable[tuple[Way, str]]) -> None:
        """Has these scenarios played, each in its way, in this order, unless they already are."""
        for way, name in wanted:
            if (way, name) not in self._begun:
                self._begun[way, name] = self._threads.submit(self._play, way, name)

    @contextmanager
    def started(self, name: str) -> Iterator[StartedScenario]:
        """The scenario's proxy alone, for another client than the check."""
        scenario = SCENARIOS[name]
        with running(self._stage, name, scenario) as address:
            yield StartedScenario(
                name, scenario, known.device(scenario.device), address, self._stage.roots, self._stage
            )

    def outcome(self, way: Way, name: str) -> Rehearsed:
        """Returns what became of the scenario, as soon as it is played: at once what nobody began, behind no queue."""
        begun = self._begun.get((way, name))
        return begun.result() if begun else self._play(way, name)

    def _play(self, way: Way, name: str) -> Rehearsed:
        played: Rehearsed = getattr(self, way)(name)
        return played

    def as_it_is(self, name: str) -> Rehearsed:
        """The scenario itself."""
        with self._once[name]:
            return self._shelf.find_or(name, lambda: self._rehearse(name, SCENARIOS[name]))

    def reproduced(self, name: str) -> Rehearsed:
        """The scenario that is made of the report of the scenario."""
        report = self.as_it_is(name).report
        return self._rehearse(name, reproduced(report, self._folder / f"{name}.toml"))

    def masked(self, name: str) -> Rehearsed:
        """The scenario that is made of the masked bundle of the scenario's report, and of nothing else."""
        report = self.as_it_is(name).report
        sent = bundle(masked(report, known.device(report.device.name), self._knowledge), masked=True)
        return self._rehearse(name, reproduced(read_saved(sent), self._folder / f"{name}-masked.toml"))

    def clean(self, name: str) -> Rehearsed:
        """The scenario without its fault."""
        return self._rehearse(name, without_fault(SCENARIOS[name]))

    def _rehearse(self, name: str, scenario: Scenario) -> Rehearsed:
        return rehearse(self._stage, name, scenario, known.device(scenario.device), self._knowledge)


@contextmanager
def opened(factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The library on a stage of its own."""
    devices = [known.device(name) for name in sorted({scenario.device for scenario in SCENARIOS.values()})]
    with (
        stage_for(devices, scenarios=SCENARIOS.values()) as stage,
        ThreadPoolExecutor(AT_ONCE, "library") as threads,
    ):
        yield Library(stage, threads, Shelf(factory), factory.mktemp("reproduced"))
        threads.shutdown(cancel_futures=True)
