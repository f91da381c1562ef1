"""One simulated proxy for a person to try: where it is, how to check it, and what its clients do, until Ctrl-C."""

import contextlib
import shlex
import threading
from collections.abc import Callable

from msgspec import structs

from proxycheck.lab.scenario import played, stage_for
from proxycheck.model.device import Device
from proxycheck.model.scenario import Scenario
from proxycheck.model.target import ProxyAddress


def stand(name: str, scenario: Scenario, device: Device, say: Callable[[str], None], *, port: int = 0) -> None:
    """Runs the scenario's proxy and tells what happens, line by line, until the process is interrupted.

    `port` 0 is any free one. Raises LabError when the lab cannot start."""
    with stage_for([device], say) as rehearsal, played(rehearsal, name, scenario, port=port) as proxy:
        say(f"{scenario.title}\n")
        say(f"proxy   {proxy.url}")
        say(f"roots   {rehearsal.roots}")
        if scenario.client.user is not None:
            say(f"login   {scenario.client.user} with the password {scenario.client.password!r}")
        say(f"check   {check_line(scenario, device, proxy, str(rehearsal.roots))}\n")
        say("What clients do; stop with Ctrl-C.")
        with contextlib.suppress(KeyboardInterrupt):
            wait()


def wait() -> None:
    """Returns only by an interrupt."""
    threading.Event().wait()


def check_line(scenario: Scenario, device: Device, proxy: ProxyAddress, roots: str) -> str:
    """The command that checks this proxy, ready for a shell."""
    bare = structs.replace(proxy, username=None)
    words = ["proxycheck", "check", "--proxy", bare.url, "--device", device.name, "--roots", roots]
    if scenario.client.user is not None:
        words += ["--user", scenario.client.user]
    if scenario.client.probe_bad_password:
        words += ["--probe-bad-password"]
    words += ["--timeout", f"{scenario.client.timeout:g}", "--no-compare-direct"]
    return shlex.join(words)
