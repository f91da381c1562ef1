"""The good run: every endpoint of a device passes, on a wire and 50 ms away, beside curl."""

import json
import sys
from typing import Final

from proxycheck.catalogue.devices import load_device
from proxycheck.model.device import Endpoint
from tests.benchmark.place import (
    FAR,
    NEAR,
    NEEDED,
    ONE_WAY_S,
    Asked,
    bare,
    benchmark_place,
    check,
    costs,
    curl,
    proxycheck,
)
from tests.benchmark.targets import Targets, say
from tests.real.world import REPOSITORY, World

_DEVICE = "sendpro-c"
_REFUSES: Final = "9"
"""A port at which nothing listens."""


def main(targets: Targets, runs: int) -> None:
    """Measures and prints."""
    say(f"good run of {_DEVICE}, medians of {runs}; needs {', '.join(NEEDED)}")
    device = load_device(_DEVICE)
    with benchmark_place({endpoint.host for endpoint in device.endpoints}) as place:
        measured = _measured(place)
        endpoints = [endpoint for endpoint in device.endpoints if endpoint.id in measured]
        asked: dict[str, Asked] = {}
        for link, address in (("0 ms", NEAR), ("50 ms", FAR)):
            asked[link] = Asked(check(place, address, _DEVICE))
            for most in (32, 50):
                asked[f"{link}, curl {most}"] = Asked(curl(place, address, _urls(endpoints), most))
            asked[f"{link}, bare Python"] = Asked(bare(place, address, [e.id for e in endpoints if e.speaks == "tls"]))
        asked["0 ms, --json"] = Asked(check(place, NEAR, _DEVICE, "--json", str(place.folder / "timed.json")))
        refused = ("--proxy", f"{NEAR}:{_REFUSES}", "--device", _DEVICE, "--no-network")
        asked["refused port"] = Asked(proxycheck("check", *refused), (1,))
        asked["--version"] = Asked(proxycheck("--version"))
        found = costs(place, asked, runs)
    say(f"  {f'{len(measured)} endpoints':34}{'wall s':>10}{'CPU s':>10}{'peak MB':>10}")
    for name, cost in found.items():
        say(f"  {name:34}{cost.wall_s:10.3f}{cost.cpu_s:10.3f}{cost.peak_mb:10.1f}")
    wall = {name: cost.wall_s for name, cost in found.items()}
    targets.told("50 ms, ratio to curl with 32 at once", wall["50 ms"] / wall["50 ms, curl 32"], 0.95)
    targets.told("50 ms, ratio to curl with its own 50", wall["50 ms"] / wall["50 ms, curl 50"], 1.25)
    targets.told("0 ms, ratio to curl", wall["0 ms"] / wall["0 ms, curl 50"], 2.4)
    targets.told("CPU of a run", found["0 ms"].cpu_s, 0.42, " s")
    targets.told("--json costs", 1000 * (found["0 ms, --json"].cpu_s - found["0 ms"].cpu_s), 25, " ms")
    targets.told("a refused port is told after", 1000 * wall["refused port"], 200, " ms")
    targets.told("--version", 1000 * wall["--version"], 60, " ms")
    _floor(len(measured), wall)


def _floor(endpoints: int, wall: dict[str, float]) -> None:
    """What the network alone takes, whatever the program does, and what Python and its libraries take alone."""
    trip_s = 2 * ONE_WAY_S
    waves = -(-endpoints // 64)
    trips = 2 + 3 * waves  # TCP and CONNECT alone, then CONNECT and two round trips of TLS 1.2 for each wave
    say(
        f"  the network alone takes {trips * trip_s:.2f} s at 50 ms with 64 tunnels at once: a first connection, its "
        f"CONNECT alone, then {waves} waves of CONNECT and two round trips of TLS 1.2"
    )
    near, far = (wall[f"{link}, bare Python"] / wall[f"{link}, curl 50"] for link in ("0 ms", "50 ms"))
    say(
        f"  Python with the same libraries and handshakes, nothing proved, told or waited for, takes {near:.2f} times "
        f"what curl takes at 0 ms, and {far:.2f} times at 50 ms"
    )


def _measured(place: World) -> set[str]:
    """The endpoints that `proxycheck check` really measures here: curl is given the same."""
    file = place.folder / "report.json"
    result = place.network.client.run(*check(place, NEAR, _DEVICE, "--json", str(file)), directory=REPOSITORY)
    if result.returncode != 0:
        sys.exit(f"proxycheck check ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    endpoints = json.loads(file.read_bytes())["endpoints"]
    return {endpoint["id"] for endpoint in endpoints if endpoint["verdict"] != "skipped"}


def _urls(endpoints: list[Endpoint]) -> list[str]:
    """What curl can ask for: all but those that speak neither HTTP nor TLS."""
    spoken = [endpoint for endpoint in endpoints if endpoint.speaks != "teamviewer"]
    return [f"{'https' if e.speaks == 'tls' else 'http'}://{e.id}{e.path}" for e in spoken]
