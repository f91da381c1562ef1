"""One simulated proxy for a person to try: where it is, how to check it, and what its clients do, until Ctrl-C."""

import contextlib
import errno
import shlex
import signal
import socket
import time
from collections.abc import Callable, Iterator
from types import FrameType

from msgspec import structs

from proxycheck.errors import ConfigurationError
from proxycheck.lab.rehearsal import played, stage_for
from proxycheck.model.device import Device
from proxycheck.model.files.scenario import Client, Scenario
from proxycheck.model.target import Probes, ProxyAddress


def stand(name: str, scenario: Scenario, device: Device, say: Callable[[str], None], *, port: int = 0) -> None:
    """Runs the scenario's proxy and tells what happens, line by line, until the process is interrupted.

    `port` 0 is any free one. Raises ConfigurationError for a port that is in use or not ours to take, LabError when the
    lab cannot start otherwise."""
    _refuse_taken(port)
    with (
        _any_end_an_interrupt(),
        stage_for([device], say, [scenario]) as rehearsal,
        played(rehearsal, name, scenario, port=port) as proxy,
        contextlib.suppress(KeyboardInterrupt),
    ):
        say(f"{scenario.title}\n")
        say(f"proxy   {proxy.url}")
        say(f"roots   {rehearsal.roots}")
        if scenario.client.user is not None:
            say(f"login   {scenario.client.user} with the password {scenario.client.password!r}")
        say(f"check   {check_line(scenario, device, proxy, str(rehearsal.roots))}\n")
        say("What clients do; stop with Ctrl-C.")
        wait()


def _refuse_taken(port: int) -> None:
    try:
        with socket.create_server(("127.0.0.1", port)):
            return
    except OSError as error:
        why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be taken ({error.strerror})"
        raise ConfigurationError(f"port {port} {why}; write --port with another one, or leave it out") from error


def probe_options(probes: Probes) -> list[str]:
    """The options of `check` that ask for these probes."""
    asked = {
        "--probe-bad-password": probes.bad_password,
        "--probe-user-case": probes.user_case,
        "--probe-encoding": probes.encoding,
    }
    words = [option for option, wanted in asked.items() if wanted]
    return [*words, "--probe-domain-form", probes.domain_form] if probes.domain_form is not None else words


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


def check_line(scenario: Scenario, device: Device, proxy: ProxyAddress, roots: str) -> str:
    """The command that checks this proxy as the scenario has it checked, ready for a shell."""
    client = scenario.client
    bare = structs.replace(proxy, username=None)
    words = ["proxycheck", "check", "--proxy", bare.url, "--device", device.name, "--roots", roots]
    if client.user is not None:
        words += ["--user", client.user]
    if client.user_agent is not None:
        words += ["--user-agent", client.user_agent]
    if client.tier != Client().tier:
        words += ["--tier", client.tier]
    if client.concurrency != Client().concurrency:
        words += ["--concurrency", str(client.concurrency)]
    words += [word for pattern in client.only for word in ("--only", pattern)]
    words += [word for target in client.add for word in ("--add", target)]
    words += probe_options(client.probes)
    # Nothing but the lab is to be asked: this computer's network is no part of a customer's.
    words += ["--timeout", f"{client.timeout:g}", "--no-compare-direct", "--no-network"]
    return shlex.join(words)
