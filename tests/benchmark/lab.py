"""How long the lab takes to start and to check, printed: alone, `python -m tests.benchmark.lab [--all]`.

From the command to the proxy's address, which includes Python and mitmproxy; the internet in a box with every host of
every device and one proxy in a process that has them loaded; and `lab check` of the scenarios of one tag, or of all.
"""

import json
import statistics
import subprocess
import sys
import time
import warnings

from tests.benchmark.measure import measure

_RUNS = 5
_TAG = "ports"
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


def _checked(*which: str) -> tuple[int, dict[str, float]]:
    """How many scenarios, and what checking them costs."""
    chosen = () if which == ("--all",) else which
    listed = subprocess.run([*_CHECK, "list", *chosen, "--json", "-"], stdout=subprocess.PIPE, check=True)
    return len(json.loads(listed.stdout)), measure([*_CHECK, "check", *which])


def main(*which: str) -> None:
    """Measures and prints medians, and one check of many scenarios."""
    warnings.simplefilter("ignore", DeprecationWarning)  # of mitmproxy's libraries, at their import
    _stage_s()  # loads mitmproxy
    rows = (("lab run, to the address", _command_s), ("box and one proxy", _stage_s))
    for name, timed in rows:
        seconds = statistics.median(timed() for _ in range(_RUNS))
        sys.stdout.write(f"{name:26}{seconds:6.2f} s\n")
    count, cost = _checked(*(which or ("--tag", _TAG)))
    held = "all hold" if cost["exit_code"] == 0 else "NOT ALL HOLD"
    sys.stdout.write(
        f"{f'lab check, {count} scenarios':26}{cost['wall_s']:6.1f} s, {count / cost['wall_s']:.2f} a second, "
        f"CPU {cost['cpu_s']:.1f} s, peak {cost['peak_mb']:.0f} MB, {held}\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
