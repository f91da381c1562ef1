"""Many scenarios on every core of this machine: each process has a stage of its own, as many as there are cores.

Python computes on one core at a time, and a scenario computes at both ends: the proxy, its internet, and the check.
Only outcomes come back; what a report weighs stays where it was made.
"""

import contextlib
import multiprocessing
import os
import queue
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from proxycheck.errors import LabError
from proxycheck.lab.rehearsal import AT_ONCE, WAITS, rehearse, rehearse_all, stage_for
from proxycheck.model.device import Device
from proxycheck.model.files.scenario import Scenario, ScenarioOutcome

if TYPE_CHECKING:
    from multiprocessing.queues import Queue

FEW = 8
"""So many scenarios are worth a process: mitmproxy takes a second to load."""
_END_S = 30.0
"""How long a scenario that has begun may take to its end."""
_LOOK_S = 1.0
"""How often it is looked whether the processes live."""

Named = tuple[str, Scenario]


def cores() -> int:
    """How many cores this process may use."""
    if sys.platform == "linux":
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    return count


def outcomes_of(
    scenarios: Sequence[Named], devices: dict[str, Device], told: Callable[[ScenarioOutcome], None], most: int
) -> tuple[ScenarioOutcome, ...]:
    """Rehearses them in at most `most` processes; `told` hears of each as it ends. In the order given.

    Raises LabError when a proxy cannot start or was at fault itself, and for a process that ended by itself."""
    count = min(most, -(-len(scenarios) // FEW))
    if count <= 1:
        from proxycheck.catalogue.knowledge import load_knowledge  # noqa: PLC0415  the processes load their own

        done = rehearse_all(scenarios, devices, load_knowledge(), lambda each: told(each.outcome))
        return tuple(each.outcome for each in done)
    context = multiprocessing.get_context("spawn")
    tasks: Queue[Named | None] = context.Queue()
    answers: Queue[ScenarioOutcome | Exception] = context.Queue()
    for named in sorted(scenarios, key=lambda pair: WAITS not in pair[1].tags):
        tasks.put(named)
    for _ in range(count * AT_ONCE):
        tasks.put(None)
    arguments = (tasks, answers, list(scenarios), devices)
    processes: list[BaseProcess] = [context.Process(target=work, args=arguments, daemon=True) for _ in range(count)]
    try:
        for process in processes:
            process.start()
        found = _collected(answers, len(scenarios), processes, told)
    finally:
        _end(tasks, processes)
    return tuple(found[name] for name, _ in scenarios)


def _end(tasks: "Queue[Named | None]", processes: list[BaseProcess]) -> None:
    """Lets the processes finish what they have begun, so that their files are taken away, and begin nothing more."""
    with contextlib.suppress(queue.Empty):
        while True:
            tasks.get_nowait()
    for _ in range(len(processes) * AT_ONCE):
        tasks.put(None)
    for process in processes:
        if process.pid is not None:
            process.join(_END_S)
            process.kill()


def _collected(
    answers: "Queue[ScenarioOutcome | Exception]",
    count: int,
    processes: list[BaseProcess],
    told: Callable[[ScenarioOutcome], None],
) -> dict[str, ScenarioOutcome]:
    found: dict[str, ScenarioOutcome] = {}
    while len(found) < count:
        try:
            answer = answers.get(timeout=_LOOK_S)
        except queue.Empty:
            if not any(process.is_alive() for process in processes):
                raise LabError("a process of the lab ended before its scenarios did") from None
            continue
        if isinstance(answer, Exception):
            raise answer
        found[answer.name] = answer
        told(answer)
    return found


def work(
    tasks: "Queue[Named | None]",
    answers: "Queue[ScenarioOutcome | Exception]",
    scenarios: Sequence[Named],
    devices: dict[str, Device],
) -> None:
    """One process: rehearses what it takes from `tasks` until there is nothing left. What goes wrong is an answer."""
    from proxycheck.catalogue.knowledge import load_knowledge  # noqa: PLC0415  only the processes need it

    try:
        knowledge = load_knowledge()
        stage = stage_for(devices.values(), scenarios=(scenario for _, scenario in scenarios))
        with stage as rehearsal, ThreadPoolExecutor(AT_ONCE, "rehearsal") as threads:

            def rehearse_some(_: int) -> None:
                while (named := tasks.get()) is not None:
                    name, scenario = named
                    answers.put(rehearse(rehearsal, name, scenario, devices[scenario.device], knowledge).outcome)

            list(threads.map(rehearse_some, range(AT_ONCE)))
    except KeyboardInterrupt:
        return
    except Exception as error:
        answers.put(error)
