"""Forty proxies on two cores: what a round of tests costs, and that a day of rounds leaves nothing behind."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.real.engines import running
from tests.real.monitoring.day import SCRAPES_AN_HOUR
from tests.real.monitoring.software import EXPORTER, PROXYCHECK, get, needed, started, until
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.squid import ALLOW_ALL, PLAIN_LISTENER, squid
from tests.real.world import REPOSITORY, World

pytestmark = [pytest.mark.real, pytest.mark.slow, pytest.mark.timeout(900)]

PORTS = range(3301, 3341)
ROUND_S = 300.0
"""Five minutes: each proxy is to be tested once in that time."""
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100


def own(world: World) -> dict[str, float]:
    """The exporter's own metrics without labels."""
    found = re.findall(r"^(\w+) ([\d.e+]+)$", get(world, f"{EXPORTER}/metrics"), re.MULTILINE)
    return {name: float(value) for name, value in found}


def processor_s(process_id: int) -> tuple[float, float]:
    """Seconds of processor time of a process, and of its children that have ended."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    own_ticks, children = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return own_ticks / _TICKS, children / _TICKS


def test_a_round_of_forty(real_world: World, tmp_path: Path) -> None:
    needed("curl")
    more = "\n".join(f"http_port {port}" for port in PORTS)
    (tmp_path / "exporter.toml").write_text(
        f'[modules.sendpro-c]\ndevice = "sendpro-c"\ntier = "required"\nroots = "{real_world.roots}"\n'
        f'ct_log_list = "{real_world.logs}"\ncompare_direct = false\nminimum_interval = 270\n'
    )
    command = (*PROXYCHECK, "exporter", "--config", str(tmp_path / "exporter.toml"))
    with (
        running(real_world, squid(PLAIN_LISTENER, more, ALLOW_ALL)),
        started(real_world, tmp_path / "log", *command) as process,
    ):
        until(lambda: "runs_limit" in get(real_world, f"{EXPORTER}/metrics"))
        began, longest_queue, child_kb = time.monotonic(), 0.0, 0
        urls = [f"{EXPORTER}/probe?target={PROXY_ADDRESS}:{port}&module=sendpro-c" for port in PORTS]
        (tmp_path / "scrapes").write_text(
            "".join(f'url = "{url}"\noutput = "{tmp_path}/{n}.txt"\n' for n, url in enumerate(urls))
        )
        scrape = ("curl", "--silent", "--parallel", "--parallel-max", "40", "--config", str(tmp_path / "scrapes"))
        header = ("--header", "X-Prometheus-Scrape-Timeout-Seconds: 30")
        while own(real_world).get("proxycheck_exporter_results_kept", 0) < len(PORTS):
            with started(real_world, tmp_path / "curl", *scrape, *header) as scraping:
                while scraping.poll() is None:
                    longest_queue = max(longest_queue, own(real_world)["proxycheck_exporter_runs_waiting"])
                    child_kb = max(child_kb, *_children_kb(process.pid), 0)
                    time.sleep(0.2)
            assert time.monotonic() - began < 800, "some targets never got their turn"
        took = time.monotonic() - began
        mine, children = processor_s(process.pid)
        after = own(real_world)
        one = json.loads(
            get(real_world, f"{EXPORTER}/report", target=f"{PROXY_ADDRESS}:3301", module="sendpro-c", format="json")
        )
    print(  # noqa: T201  the figures are what this test is for
        f"\n40 targets: {took:.0f} s, processor {children:.0f} s in runs and {mine:.1f} s in the exporter; at most "
        f"{longest_queue:.0f} waited; exporter {after['process_resident_memory_bytes'] / 1e6:.0f} MB, a run "
        f"{child_kb / 1000:.0f} MB"
    )
    assert one["verdict"] == "compatible"
    assert (after["proxycheck_exporter_runs_active"], after["proxycheck_exporter_runs_waiting"]) == (0, 0)
    assert longest_queue <= len(PORTS)
    assert after["process_resident_memory_bytes"] < 200e6
    assert mine + children < ROUND_S / 2, "a quarter of two cores"


def _children_kb(process_id: int) -> list[int]:
    """The peak memory of each process that runs for this one."""
    found = []
    for task in Path(f"/proc/{process_id}/task").iterdir():
        try:
            children = (task / "children").read_text()
        except OSError:
            continue  # it has ended meanwhile
        for child in children.split():
            try:
                status = Path(f"/proc/{child}/status").read_text()
            except OSError:
                continue
            peak = re.search(r"VmHWM:\s+(\d+)", status)
            found.append(int(peak[1]) if peak else 0)
    return found


def test_a_day_leaves_nothing_behind(tmp_path: Path) -> None:
    """Forty targets, every five minutes, for twenty-four hours of a clock that is moved: 11520 runs, 23040 scrapes."""
    with (tmp_path / "log").open("wb") as log:
        subprocess.run(
            [sys.executable, "-m", "tests.real.monitoring.day", str(tmp_path)], check=True, stdout=log, cwd=REPOSITORY
        )
    hours = json.loads((tmp_path / "log").read_text())
    print(f"\nMB after hours 1 to 24: {hours['megabytes']}; {hours['seconds']:.0f} s")  # noqa: T201  a figure
    assert hours["runs"] == 40 * 12 * 24
    assert hours["scrapes"] == 40 * SCRAPES_AN_HOUR * 24
    assert hours["results"] == 40
    early, late = max(hours["megabytes"][1:6]), max(hours["megabytes"][-5:])
    assert late <= early + 2
    assert hours["tasks"] == 1
    assert hours["files"][0] == hours["files"][-1]
