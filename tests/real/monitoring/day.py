"""A day of an exporter in a process of its own, without a network: prints what it kept, hour by hour, as JSON.

Runs alternate between three reports, so that causes come and go; everything else is the exporter's own: the addresses,
the metrics, the results kept, the accounts of refused credentials."""

import asyncio
import gc
import json
import sys
import time
from pathlib import Path

import httpx
from starlette.applications import Starlette

from proxycheck.model.report import Report
from proxycheck.report.json import decode, encode
from proxycheck.web.exporter.application import Exporter, application
from proxycheck.web.order import Order
from tests.report import factory
from tests.web.exporter.scraping import Runs, Scene, scene

SCRAPES_AN_HOUR = 24
"""Two in five minutes: the first has the target tested, the second is told what is kept."""
TARGETS = [f"site{number}.example:3128" for number in range(40)]
MODULE = """
[modules.plain]
device = "sendpro-c"
minimum_interval = 270
"""


class _Alternating(Runs):
    """What runs find: now this, now that, read anew from JSON each time as it is from a process."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self._found = [encode(make()) for make in (factory.compatible, factory.port_denied, factory.inspected)]

    async def measure(self, order: Order, withheld: frozenset[str] = frozenset()) -> tuple[Report, bytes]:
        """One run; its order is not kept, as the tests' own would be."""
        assert not (order.credentials or withheld)
        self.count += 1
        encoded = self._found[self.count // 997 % len(self._found)]
        await asyncio.sleep(0)
        return decode(encoded), encoded


async def _day(scene_: Scene, runs: _Alternating) -> dict[str, object]:
    megabytes, files, scrapes = [], [], 0
    transport = httpx.ASGITransport(_served(scene_))
    async with httpx.AsyncClient(transport=transport, base_url="http://exporter") as client:
        for _ in range(24):
            for _ in range(SCRAPES_AN_HOUR):
                asked = (client.get("/probe", params={"target": target, "module": "plain"}) for target in TARGETS)
                answers = await asyncio.gather(*asked)
                scrapes += sum("proxycheck_verdict{" in answer.text for answer in answers)
                scene_.pass_time(3600 // SCRAPES_AN_HOUR)
            await client.get("/metrics")
            gc.collect()
            megabytes.append(_resident_mb())
            files.append(_open_files())
    tasks = len(asyncio.all_tasks())
    kept = scene_.prober.results
    return {
        "megabytes": megabytes,
        "files": files,
        "runs": runs.count,
        "scrapes": scrapes,
        "tasks": tasks,
        "results": kept,
    }


def _served(scene_: Scene) -> Starlette:
    async def life() -> object:
        yield

    return application(Exporter(scene_.path, scene_.prober, scene_.metrics), life)  # type: ignore[arg-type]


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * 4096 / 1e6, 1)


def main(folder: Path) -> None:
    """Plays the day and prints what was seen."""
    began, runs = time.monotonic(), _Alternating()
    scene_ = scene(folder, MODULE, runs)
    found = asyncio.run(_day(scene_, runs))
    print(json.dumps({**found, "seconds": time.monotonic() - began}))  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
