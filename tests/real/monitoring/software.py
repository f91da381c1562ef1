"""Debian's monitoring programs in the client's namespace, and several real Squids behind it."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.real.engines import Engine, Software, running
from tests.real.namespace import kill_group
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.prerequisites import enforced
from tests.real.world import REPOSITORY, World

PROXYCHECK = (os.environ.get("PROXYCHECK_PYTHON", sys.executable), "-P", "-m", "proxycheck")
EXPORTER = "http://127.0.0.1:9798"
PROMETHEUS = "http://127.0.0.1:9090"


def needed(*programs: str) -> None:
    """Skips the test where a program is not installed, and fails it where everything has to be."""
    absent = [program for program in programs if shutil.which(program) is None]
    if absent and enforced():
        pytest.fail(f"needed here, but not installed: {', '.join(absent)}", pytrace=False)
    if absent:
        pytest.skip(f"not installed: {', '.join(absent)}")


def at(port: int, software: Software) -> Software:
    """The same software on another port."""
    return Software(
        software.program,
        software.configuration.replace("3128", str(port)),
        software.files,
        software.resolver,
        port,
    )


@dataclass
class Site:
    """One site: a proxy that can be replaced by another one, or die."""

    world: World
    port: int
    engine: Engine | None = None
    _stack: contextlib.ExitStack | None = None

    @property
    def address(self) -> str:
        """What a scrape names."""
        return f"{PROXY_ADDRESS}:{self.port}"

    def run(self, software: Software) -> None:
        """Has this software as the proxy from now on."""
        self.die()
        self._stack = contextlib.ExitStack()
        self.engine = self._stack.enter_context(running(self.world, at(self.port, software)))

    def die(self) -> None:
        """Has no proxy from now on."""
        if self._stack is not None:
            self._stack.close()
            self._stack = None

    def requests(self) -> str:
        """What the proxy has logged of requests."""
        assert self.engine is not None
        return (self.engine.folder / "access.log").read_text(errors="replace")


@contextlib.contextmanager
def sites(world: World, *software: Software) -> Iterator[list[Site]]:
    """A site for each."""
    found = [Site(world, 3201 + number) for number in range(len(software))]
    try:
        for site, wanted in zip(found, software, strict=True):
            site.run(wanted)
        yield found
    finally:
        for site in found:
            site.die()


@contextlib.contextmanager
def started(world: World, log: Path, *command: str, folder: Path = REPOSITORY) -> Iterator["subprocess.Popen[bytes]"]:
    """A program in the client's namespace, until the block ends: then it and all its children are gone."""
    process = world.network.client.start(*command, log=log, directory=folder)
    try:
        yield process
    finally:
        kill_group(process)


def get(world: World, url: str, *options: str, **query: str) -> str:
    """What an address in the client's namespace answers; empty where nobody listens."""
    where = f"{url}?{urlencode(query)}" if query else url
    return world.network.client.run("curl", "--silent", "--max-time", "60", *options, where).stdout


def until(what: Callable[[], Any], limit_s: float = 90.0) -> Any:
    """The first answer of `what` that is true. Fails when there is none in time."""
    deadline = time.monotonic() + limit_s
    while not (found := what()):
        if time.monotonic() > deadline:
            pytest.fail(f"not seen within {limit_s:g} s")
        time.sleep(0.3)
    return found


def query(world: World, expression: str) -> list[dict[str, Any]]:
    """What Prometheus answers to a question."""
    answer = get(world, f"{PROMETHEUS}/api/v1/query", query=expression)
    found: list[dict[str, Any]] = json.loads(answer)["data"]["result"] if answer.startswith("{") else []
    return found


def firing(world: World) -> set[tuple[str, str]]:
    """The alerts that fire, each with its proxy."""
    answer = get(world, f"{PROMETHEUS}/api/v1/alerts")
    alerts = json.loads(answer)["data"]["alerts"] if answer.startswith("{") else []  # words, until it has started
    return {
        (alert["labels"]["alertname"], alert["labels"].get("instance", ""))
        for alert in alerts
        if alert["state"] == "firing"
    }
