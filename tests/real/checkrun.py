"""The command under test, run in the client's namespace as an administrator would run it."""

import base64
import contextlib
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from proxycheck.model.report import Report
from proxycheck.report.json import decode
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.programs import PORT
from tests.real.scenarios import Login, Scenario
from tests.real.world import REPOSITORY, World, wait_until

_LONGEST_S = 90.0
_PYTHON = (os.environ.get("PROXYCHECK_PYTHON", sys.executable), "-P", "-m", "proxycheck")
_EXECUTABLE = os.environ.get("PROXYCHECK_EXECUTABLE")
_PROXYCHECK = _PYTHON if _EXECUTABLE is None else (_EXECUTABLE,)
"""The program under test; PROXYCHECK_PYTHON names another environment that it is installed in, PROXYCHECK_EXECUTABLE
the executable that brings its own."""


@dataclass(frozen=True)
class Outcome:
    """What one run left: exit code, the report, what the terminal showed, what the proxy's wire carried."""

    exit_code: int
    report: Report
    terminal: str
    text: str
    wire: bytes

    def attempts(self, login: Login) -> int:
        """How many requests carried these credentials as Basic (RFC 7617 section 2)."""
        return self.wire.count(b"Basic " + basic_token(login))


def basic_token(login: Login) -> bytes:
    """The credentials as they travel (RFC 7617 section 2, UTF-8)."""
    return base64.b64encode(f"{login.user}:{login.password}".encode())


def check(world: World, scenario: Scenario, *, tapped: bool = False) -> Outcome:
    """Run `proxycheck check` for the scenario; the wire is kept where it is `tapped`. Raises AssertionError with its
    output when it leaves no report."""
    tap = _tapped if tapped else _untapped
    with tempfile.TemporaryDirectory(dir=world.folder) as folder, tap(world, Path(folder)) as wire:
        file = Path(folder, "report.json")
        result = world.network.client.run(
            *_PROXYCHECK,
            "check",
            *_arguments(world, scenario, file),
            timeout_s=_LONGEST_S,
            environment={"PROXYCHECK_PASSWORD": scenario.login.password} if scenario.login else {},
            directory=REPOSITORY,
        )
        terminal = result.stdout + result.stderr
        assert file.exists(), f"no report; exit code {result.returncode}\n{terminal}"
        text = file.read_text(encoding="utf-8")
    return Outcome(result.returncode, decode(text.encode()), terminal, text, wire.read_bytes())


def _arguments(world: World, scenario: Scenario, file: Path) -> list[str]:
    port = PORT if scenario.software is None else scenario.software.port
    proxy = f"{scenario.scheme}://{PROXY_ADDRESS}:{port}"
    user = ["--user", scenario.login.user] if scenario.login else []
    return [
        *("--proxy", proxy, "--device", scenario.device, "--json", str(file), "--no-network"),
        *("--roots", str(world.roots), "--ct-log-list", str(world.logs)),
        *user,
        *scenario.arguments,
    ]


@contextlib.contextmanager
def _untapped(world: World, folder: Path) -> Iterator[Path]:
    """A file that holds nothing."""
    file = world.folder / f"wire-{folder.name}"
    file.touch()
    yield file


@contextlib.contextmanager
def _tapped(world: World, folder: Path) -> Iterator[Path]:
    """A file that holds everything the client sent to the proxy, complete when the block has ended."""
    file = world.folder / f"wire-{folder.name}"
    log = folder / "tap.log"
    tap = world.network.proxy.start(
        sys.executable, "-m", "tests.real.wiretap", "client", str(file), log=log, directory=REPOSITORY
    )
    try:
        wait_until(file.exists, tap, log)
        yield file
        tap.send_signal(signal.SIGTERM)
        tap.wait(timeout=10.0)
    finally:
        tap.kill()
        tap.wait()
