"""One simulated proxy for a person to try: where it is, how to check it, and each connection to it, until Ctrl-C."""

import contextlib
import errno
import signal
import socket
import time
from collections.abc import Callable, Iterator
from types import FrameType

from proxycheck.errors import ConfigurationError
from proxycheck.lab.check_line import check_words, posix_line, powershell_line
from proxycheck.lab.proxies.connection import HEADING
from proxycheck.lab.rehearsal import played, stage_for
from proxycheck.model.device import Device
from proxycheck.model.files.scenario import Scenario


def stand(
    name: str, scenario: Scenario, device: Device, say: Callable[[str], None], *, port: int = 0, verbose: bool = False
) -> None:
    """Runs the scenario's proxy and tells of every connection, until the process is interrupted.

    `port` 0 is any free one; `verbose` tells each step of a connection as well. Raises ConfigurationError for a port
    that is in use or not ours to take, LabError when the lab cannot start otherwise."""
    _refuse_taken(port)
    with (
        _any_end_an_interrupt(),
        stage_for([device], say, [scenario], verbose=verbose) as rehearsal,
        played(rehearsal, name, scenario, port=port) as proxy,
        contextlib.suppress(KeyboardInterrupt),
    ):
        client = scenario.client
        say(f"{scenario.title}\n")
        say(f"proxy   {proxy.url}")
        say(f"roots   {rehearsal.roots}")
        if client.user is not None:
            say(f"login   {client.user} with the password {client.password or ''!r}")
        words = check_words(scenario, device, proxy, str(rehearsal.roots))
        password = (client.password or "") if client.user is not None else None
        say("\nTo check it, in a shell (sh, bash, zsh):\n")
        say(f"  {posix_line(words, password)}\n")
        say("or in PowerShell:\n")
        say(f"  {powershell_line(words, password)}\n")
        say("What clients do, a line for each connection; stop with Ctrl-C.\n")
        say(HEADING)
        wait()


def _refuse_taken(port: int) -> None:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return
    except OSError as error:
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be taken ({error.strerror})"
        raise ConfigurationError(f"port {port} {why}; write --port with another one, or leave it out") from error


def wait() -> None:
    """Returns only by an interrupt."""
    while True:
        time.sleep(3600)  # Ctrl-C ends a sleep on every system, and a wait for an event not on Windows


@contextlib.contextmanager
def _any_end_an_interrupt() -> Iterator[None]:
    """A `kill` or a closed window ends the block as Ctrl-C does: its keys and certificates do not stay behind."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    ends = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)]
    before = [(end, signal.signal(end, interrupt)) for end in ends]
    try:
        yield
    finally:
        for end, handler in before:
            signal.signal(end, handler)
