"""How long the lab takes to start and to check.

From the command to the proxy's address, which includes Python and mitmproxy; the internet in a box with every host of
every device and one proxy in a process that has them loaded; and `lab check --all`.
"""

import json
import statistics
import subprocess
import sys
import time
import warnings

from tests.benchmark.measure import measure
from tests.benchmark.targets import Targets, say

_RUNS = 5
_CHECK = (sys.executable, "-m", "proxycheck", "lab")


def _command_s() -> float:
    began = time.perf_counter()
    command = [sys.executable, "-m", "proxycheck", "lab", "run", "clean-tunnel"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        next(line for line in running.stdout if line.startswith("proxy "))
        seconds = time.perf_counter() - began
        running.terminate()
    return seconds


def _stage_s() -> float:
    from proxycheck.catalogue.devices import device_names, load_device
    from proxycheck.catalogue.scenarios import load_scenario
    from proxycheck.lab.rehearsal import played, stage_for

    devices, scenario = [load_device(name) for name in device_names()], load_scenario("clean-tunnel")
    began = time.perf_counter()
    with stage_for(devices) as rehearsal, played(rehearsal, "clean-tunnel", scenario):
        return time.perf_counter() - began


def _checked() -> tuple[int, dict[str, float]]:
    """How many scenarios there are, and what checking them costs."""
    listed = subprocess.run([*_CHECK, "list", "--json", "-"], stdout=subprocess.PIPE, check=True)
    return len(json.loads(listed.stdout)), measure([*_CHECK, "check", "--all"])


def main(targets: Targets) -> None:
    """Measures and prints medians, and one check of all scenarios."""
    warnings.simplefilter("ignore", DeprecationWarning)  # of mitmproxy's libraries, at their import
    _stage_s()  # loads mitmproxy
    rows = (("lab run, to the address", _command_s), ("box and one proxy", _stage_s))
    for name, timed in rows:
        say(f"  {name:26}{statistics.median(timed() for _ in range(_RUNS)):6.2f} s")
    count, cost = _checked()
    held = "all hold" if cost["exit_code"] == 0 else "NOT ALL HOLD"
    say(f"  {count} scenarios, {held}: {cost['wall_s']:.1f} s, CPU {cost['cpu_s']:.1f} s")
    targets.told("a scenario", cost["wall_s"] / count, 0.4, " s")
    targets.told("memory of a process", cost["peak_mb"], 250, " MB")
