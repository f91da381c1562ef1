"""`python -m tests.benchmark.measure COMMAND...`: what one command costs, as JSON on standard output.

A small process of its own: Linux counts the memory of whoever starts a command into the command's peak.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Cost:
    """What a command costs: seconds, seconds, MB."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def measure(command: list[str]) -> dict[str, float]:
    """Run `command` to its end: wall and CPU seconds (user and system, children included), peak memory in MB."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    measured: dict[str, float] = {}
    if sys.platform != "win32":
        _, status, usage = os.wait4(process.pid, 0)
        measured = {
            "exit_code": os.waitstatus_to_exitcode(status),
            "wall_s": time.perf_counter() - started,
            "cpu_s": usage.ru_utime + usage.ru_stime,
            "peak_mb": usage.ru_maxrss / 1024,
        }
    return measured


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(sys.argv[1:])))
