"""How long the lab takes to start, printed: alone, `python -m tests.benchmark.lab`.

From the command to the proxy's address, which includes Python and mitmproxy; and the internet in a box with every
host of every device and one proxy in a process that has them loaded."""

import statistics
import subprocess
import sys
import time
import warnings

_RUNS = 5


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
    from proxycheck.lab.scenario import played, stage_for

    devices, scenario = [load_device(name) for name in device_names()], load_scenario("clean-tunnel")
    began = time.perf_counter()
    with stage_for(devices) as rehearsal, played(rehearsal, "clean-tunnel", scenario):
        return time.perf_counter() - began


def main() -> None:
    """Measures and prints medians."""
    warnings.simplefilter("ignore", DeprecationWarning)  # of mitmproxy's libraries, at their import
    _stage_s()  # loads mitmproxy
    rows = (("lab run, to the address", _command_s), ("box and one proxy", _stage_s))
    for name, measure in rows:
        seconds = statistics.median(measure() for _ in range(_RUNS))
        sys.stdout.write(f"{name:26}{seconds:6.2f} s\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
