"""Measures and prints."""

import contextlib
import json
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from proxycheck.catalogue.devices import load_device
from proxycheck.model.device import Endpoint
from tests.benchmark import lab
from tests.real.engines import running
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.prerequisites import missing
from tests.real.programs import PORT
from tests.real.squid import ALLOW_ALL, PLAIN_LISTENER, squid
from tests.real.world import REPOSITORY, World, wait_until, world

_DEVICE = "sendpro-c"
_RUNS = 7
_OUR_LIMIT = 32
_CURL_LIMIT = 50
_ONE_WAY_S = 0.025
_FAR_PROXY = "10.77.3.1"
_FAR_CLIENT = "10.77.3.2"


@dataclass(frozen=True)
class Cost:
    """Medians of several runs of one command: seconds, seconds, MB."""

    wall_s: float
    cpu_s: float
    peak_mb: float


def main() -> None:
    """Measure over the short and the long link, and print the table."""
    if reason := missing():
        sys.exit(f"the benchmark cannot run here: {reason}")
    device = load_device(_DEVICE)
    names = {endpoint.host for endpoint in device.endpoints}
    with world(names) as place, _far_link(place), running(place, squid(PLAIN_LISTENER, ALLOW_ALL)):
        (version,) = _costs(place, [sys.executable, "-m", "proxycheck", "--version"])
        _print(f"{'':22}{'wall s':>10}{'CPU s':>10}{'peak MB':>10}")
        for link, address in (("direct", PROXY_ADDRESS), ("50 ms round trip", _FAR_PROXY)):
            measured = _measured(place, address)
            endpoints = [e for e in device.endpoints if e.id in measured]
            # curl's own default is 50 transfers at once; the other line binds it as proxycheck is bound.
            limits = (_OUR_LIMIT, _CURL_LIMIT)
            peers = (_curl(place, address, endpoints, most) for most in limits)
            ours, *others = _costs(place, _proxycheck(place, address), *peers)
            _print(f"{link}, {len(measured)} endpoints")
            _print_cost("proxycheck check", ours)
            for most, theirs in zip(limits, others, strict=True):
                _print_cost(f"curl, {most} at once", theirs)
                _print(
                    f"  {'  ratio':20}{ours.wall_s / theirs.wall_s:10.2f}{ours.cpu_s / theirs.cpu_s:10.2f}"
                    f"{ours.peak_mb / theirs.peak_mb:10.2f}"
                )
        _print(f"{'proxycheck --version':22}{version.wall_s:10.2f}{version.cpu_s:10.2f}{version.peak_mb:10.1f}")
    lab.main()


def _print_cost(name: str, cost: Cost) -> None:
    _print(f"  {name:20}{cost.wall_s:10.2f}{cost.cpu_s:10.2f}{cost.peak_mb:10.1f}")


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextlib.contextmanager
def _far_link(place: World) -> Iterator[None]:
    """A second link between client and proxy, 50 ms of round-trip time long."""
    ready, log = place.folder / "far-link", place.folder / "far-link.log"
    client, proxy = place.network.client, place.network.proxy
    command = ("-m", "tests.benchmark.delay", str(_ONE_WAY_S), "far-client", "far-proxy", str(ready))
    process = proxy.start(sys.executable, *command, log=log, directory=REPOSITORY)
    try:
        wait_until(ready.exists, process, log)
        proxy.configure(
            f"link set far-client netns {client.name}",
            f"address add {_FAR_PROXY} peer {_FAR_CLIENT} dev far-proxy",
            "link set far-proxy txqueuelen 5000 up",
        )
        client.configure(
            f"address add {_FAR_CLIENT} peer {_FAR_PROXY} dev far-client",
            "link set far-client txqueuelen 5000 up",
        )
        yield
    finally:
        process.kill()
        process.wait()


def _proxycheck(place: World, address: str, *arguments: str) -> list[str]:
    proxy = f"http://{address}:{PORT}"
    options = ("--proxy", proxy, "--device", _DEVICE, "--roots", str(place.roots), "--no-network")
    return [sys.executable, "-m", "proxycheck", "check", *options, *arguments]


def _measured(place: World, address: str) -> set[str]:
    """The endpoints that `proxycheck check` really measures here: curl is given the same."""
    file = place.folder / "report.json"
    result = place.network.client.run(*_proxycheck(place, address, "--json", str(file)), directory=REPOSITORY)
    if result.returncode != 0:
        sys.exit(f"proxycheck check ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    endpoints = json.loads(file.read_bytes())["endpoints"]
    return {endpoint["id"] for endpoint in endpoints if endpoint["verdict"] != "skipped"}


def _curl(place: World, address: str, endpoints: list[Endpoint], most: int) -> list[str]:
    """curl for the same endpoints, but for those that speak neither HTTP nor TLS."""
    lines = []
    for endpoint in endpoints:
        if endpoint.speaks != "teamviewer":
            scheme = "https" if endpoint.speaks == "tls" else "http"
            lines += [f'url = "{scheme}://{endpoint.id}{endpoint.path}"', 'output = "/dev/null"']
    file = Path(place.folder, "curl.conf")
    file.write_text("\n".join(lines))
    proxy = ("--proxy", f"http://{address}:{PORT}", "--proxytunnel")
    parallel = ("--parallel", "--parallel-max", str(most))
    return ["curl", "--silent", *parallel, *proxy, "--cacert", str(place.roots), "--config", str(file)]


def _costs(place: World, *commands: list[str]) -> list[Cost]:
    """Each command's cost; they take turns, so that what else the machine does meets all of them alike."""
    runs = [[_measure(place, command) for command in commands] for _ in range(_RUNS)]
    return [
        Cost(*(statistics.median(run[name] for run in of_one) for name in ("wall_s", "cpu_s", "peak_mb")))
        for of_one in zip(*runs, strict=True)
    ]


def _measure(place: World, command: list[str]) -> dict[str, float]:
    # As installed: pip compiles what it installs, so nothing is compiled while time is taken.
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(place.folder / "compiled")}
    result = place.network.client.run(
        sys.executable, "-m", "tests.benchmark.measure", *command, directory=REPOSITORY, environment=compiled
    )
    measured: dict[str, float] = json.loads(result.stdout)
    if measured["exit_code"] != 0:
        sys.exit(f"{' '.join(command)} ended with {measured['exit_code']:.0f}")
    return measured


if __name__ == "__main__":
    main()
