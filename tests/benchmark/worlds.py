"""The worst proxies and the whole catalogue, in simulated time: how long the check takes by that clock."""

import time

from tests.benchmark.targets import Targets, say
from tests.runner.test_slow_worlds import WANTED_S, WORLDS, timed


def main(targets: Targets) -> None:
    """Plays and prints."""
    say("the worst proxies, by a clock that jumps; causes are held by tests/runner/test_slow_worlds.py")
    for name, (world, _) in WORLDS.items():
        began = time.perf_counter()
        report, seconds = timed(world())
        causes = ", ".join(cause.code for cause in report.causes if cause.severity != "info") or "no cause"
        targets.told(name, seconds, WANTED_S, " s")
        say(f"    {report.verdict}: {causes} (computed in {time.perf_counter() - began:.1f} s)")
