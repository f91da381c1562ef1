"""The private internet with a Squid in it, a near link to that, and a far one; and what a command costs there."""

import contextlib
import json
import statistics
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.benchmark.measure import Cost
from tests.real.engines import running
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.prerequisites import missing
from tests.real.programs import PORT
from tests.real.squid import ALLOW_ALL, PLAIN_LISTENER, squid
from tests.real.world import REPOSITORY, World, wait_until, world

NEEDED: Final = ("ip", "nft", "squid", "curl")
NEAR: Final = PROXY_ADDRESS
FAR: Final = "10.77.3.1"
_FAR_CLIENT = "10.77.3.2"
ONE_WAY_S: Final = 0.025
_LONGEST_S = 900.0


@contextlib.contextmanager
def benchmark_place(names: Iterable[str]) -> Iterator[World]:
    """The private internet on which `names` exist, with Squid in front. Ends the process where it cannot be made."""
    if reason := missing(NEEDED):
        sys.exit(f"the benchmark cannot run here: {reason}")
    with world(names) as place, _far_link(place), running(place, squid(PLAIN_LISTENER, ALLOW_ALL)):
        yield place


@contextlib.contextmanager
def _far_link(place: World) -> Iterator[None]:
    """A second link between client and proxy, 50 ms of round-trip time long."""
    ready, log = place.folder / "far-link", place.folder / "far-link.log"
    client, proxy = place.network.client, place.network.proxy
    command = ("-m", "tests.benchmark.delay", str(ONE_WAY_S), "far-client", "far-proxy", str(ready))
    process = proxy.start(sys.executable, *command, log=log, directory=REPOSITORY)
    try:
        wait_until(ready.exists, process, log)
        proxy.configure(
            f"link set far-client netns {client.name}",
            f"address add {FAR} peer {_FAR_CLIENT} dev far-proxy",
            "link set far-proxy txqueuelen 5000 up",
        )
        client.configure(
            f"address add {_FAR_CLIENT} peer {FAR} dev far-client",
            "link set far-client txqueuelen 5000 up",
        )
        yield
    finally:
        process.kill()
        process.wait()


def proxycheck(*arguments: str) -> list[str]:
    """The command."""
    return [sys.executable, "-m", "proxycheck", *arguments]


def check(place: World, address: str, device: str, *arguments: str) -> list[str]:
    """`proxycheck check` of the Squid at `address`."""
    options = ("--proxy", f"http://{address}:{PORT}", "--device", device, "--roots", str(place.roots), "--no-network")
    return proxycheck("check", *options, *arguments)


def curl(place: World, address: str, urls: Iterable[str], most: int) -> list[str]:
    """curl for these addresses, `most` at once, with the newest TLS that the device speaks."""
    lines = [line for url in urls for line in (f'url = "{url}"', 'output = "/dev/null"')]
    file = Path(place.folder, "curl.conf")
    file.write_text("\n".join(lines))
    proxy = ("--proxy", f"http://{address}:{PORT}", "--proxytunnel", "--tls-max", "1.2")
    parallel = ("--parallel", "--parallel-max", str(most))
    return ["curl", "--silent", *parallel, *proxy, "--cacert", str(place.roots), "--config", str(file)]


def bare(place: World, address: str, targets: Iterable[str]) -> list[str]:
    """Python with the same libraries, and nothing but a handshake with each of these hosts and ports."""
    file = Path(place.folder, "bare.txt")
    file.write_text("\n".join(targets), encoding="ascii")
    return [sys.executable, "-m", "tests.benchmark.bare", f"{address}:{PORT}", str(file)]


@dataclass(frozen=True)
class Asked:
    """A command, and the exit codes with which it may end."""

    command: list[str]
    codes: tuple[int, ...] = (0,)


def costs(place: World, asked: dict[str, Asked], runs: int) -> dict[str, Cost]:
    """Each command's medians; they take turns, so that what else the machine does meets all of them alike."""
    found: dict[str, list[Cost]] = {name: [] for name in asked}
    for _ in range(runs):
        for name, each in asked.items():
            found[name].append(cost(place, each))
    return {name: _medians(each) for name, each in found.items()}


def _medians(runs: list[Cost]) -> Cost:
    wall_s, cpu_s = (statistics.median(getattr(run, name) for run in runs) for name in ("wall_s", "cpu_s"))
    return Cost(wall_s, cpu_s, statistics.median(run.peak_mb for run in runs))


def cost(place: World, asked: Asked) -> Cost:
    """What one command costs in the client's network. Ends the process where it ends otherwise than it may."""
    # As installed: pip compiles what it installs, so nothing is compiled while time is taken.
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(place.folder / "compiled")}
    result = place.network.client.run(
        *(sys.executable, "-m", "tests.benchmark.measure", *asked.command),
        timeout_s=_LONGEST_S,
        directory=REPOSITORY,
        environment=compiled,
    )
    measured: dict[str, float] = json.loads(result.stdout)
    if measured.pop("exit_code") not in asked.codes:
        sys.exit(f"{' '.join(asked.command)} ended otherwise than with {asked.codes}:\n{result.stderr}")
    return Cost(**measured)
