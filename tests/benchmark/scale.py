"""Many endpoints: device files of 100, 1,000 and 10,000 hosts in a hundred domains, and what can be done with the
report."""

from pathlib import Path

import tomli
import tomli_w

from proxycheck.resources import fixtures
from tests.benchmark.place import NEAR, Asked, benchmark_place, check, cost, proxycheck
from tests.benchmark.targets import Targets, say

SIZES = (100, 1_000, 10_000)
_DOMAINS = 100


def hosts(count: int) -> list[str]:
    """So many names, spread over a hundred domains, each of which has one certificate."""
    return [f"h{number // _DOMAINS}.d{number % _DOMAINS}.example" for number in range(count)]


def device_file(folder: Path, count: int) -> Path:
    """A device that needs so many hosts, and is a SendPro C otherwise."""
    with (fixtures() / "devices" / "sendpro-c.toml").open("rb") as known:
        device = tomli.load(known)
    for unneeded in ("wildcards", "notes", "functions", "aliases"):
        device.pop(unneeded, None)
    device |= {"name": f"scale-{count}", "title": "A device with many hosts"}
    device["endpoints"] = [
        {"host": host, "port": 443, "scheme": "https", "speaks": "tls", "tier": "required"} for host in hosts(count)
    ]
    file = folder / f"scale-{count}.toml"
    file.write_bytes(tomli_w.dumps(device).encode())
    return file


def main(targets: Targets, sizes: tuple[int, ...] = SIZES) -> None:
    """Measures and prints."""
    with benchmark_place(hosts(max(sizes))) as place:
        say(f"  {'endpoints':>10}{'wall s':>10}{'CPU s':>10}{'ms each':>10}{'peak MB':>10}{'JSON MB':>10}")
        for count in sizes:
            device, report = device_file(place.folder, count), place.folder / f"scale-{count}.json"
            made = cost(place, Asked(check(place, NEAR, str(device), "--json", str(report), "--quiet")))
            each, size = 1000 * made.cpu_s / count, report.stat().st_size / 1e6
            say(f"  {count:10}{made.wall_s:10.1f}{made.cpu_s:10.2f}{each:10.2f}{made.peak_mb:10.0f}{size:10.1f}")
            for command in (
                ("report", str(report), "--quiet"),
                ("diagnose", str(report), "--device", str(device), "--quiet"),
                ("compare", str(report), str(report)),
            ):
                read = cost(place, Asked(proxycheck(*command)))
                say(f"    {command[0]:8} {read.wall_s:6.1f} s, {read.peak_mb:.0f} MB")
        targets.told("CPU of an endpoint of the most", each, 2.5, " ms")
        targets.told("memory of the most", made.peak_mb, 400, " MB")
