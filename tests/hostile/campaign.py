"""A campaign: connections and files until enough was tried, and what came of it."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from proxycheck.errors import describe_fault
from tests.hostile import files
from tests.hostile.connections import play

_SHOWN = 20
_LONGEST_S = 10.0
"""Of the processor's time, for one file."""


@dataclass
class Result:
    """What was tried by kind, and what went wrong: each with the seed that plays it again. `memory_mb` is the most that
    this process has ever used."""

    connections: Counter[str] = field(default_factory=Counter)
    files: Counter[str] = field(default_factory=Counter)
    usable: int = 0
    runs: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    hangs: list[str] = field(default_factory=list)
    false_passes: list[str] = field(default_factory=list)
    memory_mb: int = 0
    seconds: float = 0.0

    @property
    def clean(self) -> bool:
        """Whether nothing went wrong."""
        return not (self.crashes or self.hangs or self.false_passes)

    def lines(self) -> Iterator[str]:
        """The result as text, a line each."""
        yield f"{self.connections.total()} hostile connections in {self.runs.total()} runs: {_counted(self.runs)}"
        yield f"    {_counted(self.connections)}"
        yield f"{self.files.total()} mutated files, {self.usable} of them usable all the same"
        yield f"    {_counted(self.files)}"
        for name, found in (("crashes", self.crashes), ("hangs", self.hangs), ("false passes", self.false_passes)):
            yield f"{len(found)} {name}"
            yield from (f"    {each}" for each in found[:_SHOWN])
        yield f"peak memory {self.memory_mb} MB, {self.seconds:.0f} s"


def _counted(found: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in found.most_common())


def run(connections: int, file_count: int, first_seed: int = 0, told: Callable[[str], None] = lambda _: None) -> Result:
    """Plays runs until so many connections were made, then reads so many files. `told` hears how far it is."""
    result, began = Result(), time.monotonic()
    seed = first_seed
    while result.connections.total() < connections:
        _play(seed, result)
        seed += 1
        told(f"{result.connections.total()} connections, {result.files.total()} files")
    kinds = tuple(files.KINDS)
    for number in range(file_count):
        _read(kinds[number % len(kinds)], first_seed + number // len(kinds), result)
        told(f"{result.connections.total()} connections, {result.files.total()} files")
    result.memory_mb, result.seconds = _peak_memory_mb(), time.monotonic() - began
    return result


def _play(seed: int, result: Result) -> None:
    outcome = play(seed)
    result.connections += outcome.kinds
    result.runs[outcome.verdict or "none"] += 1
    for found, words in (
        (result.crashes, outcome.crash),
        (result.hangs, outcome.hang),
        (result.false_passes, outcome.false_pass),
    ):
        if words is not None:
            found.append(f"seed {seed}: {words}")


def _read(kind: str, seed: int, result: Result) -> None:
    result.files[kind] += 1
    began = time.process_time()
    try:
        result.usable += files.try_file(kind, seed)
    except Exception as error:
        result.crashes.append(f"{kind}, seed {seed}: {describe_fault(error)}")
    if time.process_time() - began > _LONGEST_S:
        result.hangs.append(f"{kind}, seed {seed}: {time.process_time() - began:.0f} s of work")


def _peak_memory_mb() -> int:
    """The most memory that this process has used; 0 where the system does not tell."""
    peak = 0
    if sys.platform != "win32":
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        peak = used >> 20 if sys.platform == "darwin" else used >> 10
    return peak
