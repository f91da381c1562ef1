"""One simulated proxy in a process of its own, for a page that shows it: it lives as long as its standard input.

The order stands on the first line of standard input, what happens is written to standard output, a line of JSON each
(`proxycheck.model.lab_session`). So the page imports nothing of the lab, and a hostile report meets only this process.
"""

import contextlib
import signal
import sys
import threading

import msgspec

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.catalogue.scenarios import load_scenario
from proxycheck.errors import ProxycheckError, UsageError, describe_fault
from proxycheck.lab.check_line import check_words, posix_line, powershell_line
from proxycheck.lab.proxies.connection import HEADING
from proxycheck.lab.rehearsal import played, stage_for
from proxycheck.lab.reproduction.composition import Reproduction, reproduce
from proxycheck.lab.reproduction.written import toml_of
from proxycheck.model.files.scenario import Scenario
from proxycheck.model.lab_session import LabConnection, LabEvent, LabFailed, LabOrder, LabStarted
from proxycheck.report.saved import read_saved
from proxycheck.runner import with_own_commands

_REPRODUCED = "reproduced"


class _Told:
    """Writes what happens; from two threads, hence the lock. Where nobody reads any more, the end is near."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def __call__(self, event: LabEvent) -> None:
        with self._lock, contextlib.suppress(OSError):
            sys.stdout.buffer.write(msgspec.json.encode(event) + b"\n")
            sys.stdout.buffer.flush()

    def connection(self, line: str) -> None:
        """One line of the log."""
        self(LabConnection(line))


def main() -> int:
    """Plays what the order names until standard input ends."""
    # Ctrl-C in the terminal of the page reaches this process too; the page then ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    told = _Told()
    try:
        order = msgspec.json.decode(sys.stdin.buffer.readline(), type=LabOrder)
        _play(order, told)
    except ProxycheckError as error:
        told(LabFailed(str(error)))
    except Exception as error:
        told(LabFailed(f"a fault of the lab itself: {describe_fault(error)}"))
    return 0


def _play(order: LabOrder, told: _Told) -> None:
    found = None if order.report is None else _reproduced(order.report)
    name = order.scenario or _REPRODUCED
    scenario = load_scenario(_library_name(name)) if found is None else found.scenario
    device = load_device(scenario.device)
    with stage_for([device], told.connection, [scenario]) as stage, played(stage, name, scenario) as proxy:
        words, password = check_words(scenario, device, proxy, str(stage.roots)), _password(scenario)
        told(
            LabStarted(
                title=scenario.title,
                source=scenario.source,
                device=device.name,
                proxy=proxy,
                roots=str(stage.roots),
                client=scenario.client,
                heading=HEADING,
                lines={"sh": posix_line(words, password), "PowerShell": powershell_line(words, password)},
                written=None if found is None else toml_of(scenario).decode("ascii"),
                played=() if found is None else found.played,
                lost=() if found is None else found.lost,
            )
        )
        sys.stdin.buffer.read()


def _library_name(name: str) -> str:
    """Only the library: a page hands over no path."""
    if name.endswith(".toml"):
        raise UsageError("only scenarios of the library are started by name")
    return name


def _password(scenario: Scenario) -> str | None:
    return None if scenario.client.user is None else scenario.client.password or ""


def _reproduced(data: bytes) -> Reproduction:
    report = with_own_commands(read_saved(data))
    return reproduce(report, load_device(report.device.name), load_knowledge())


if __name__ == "__main__":
    sys.exit(main())
