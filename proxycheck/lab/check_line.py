"""The command line that checks a simulated proxy as its scenario has it checked, ready for a shell.

Its password is made up, as is all of the lab. It still never stands among the words of a command, where a list of
processes would show it.
"""

import shlex
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from msgspec import structs

from proxycheck.model.device import Device
from proxycheck.model.files.scenario import Client, Scenario
from proxycheck.model.target import Probes, ProxyAddress
from proxycheck.wire.command_line import powershell_text, powershell_word

_NAME = "proxycheck"
_PACKAGE = Path(__file__).resolve().parents[1]


def check_words(scenario: Scenario, device: Device, proxy: ProxyAddress, roots: str) -> list[str]:
    """The command that checks this proxy as the scenario has it checked, word by word, without its password."""
    client = scenario.client
    bare = structs.replace(proxy, username=None)
    words = [*own_command(), "check", "--proxy", bare.url, "--device", device.name, "--roots", roots]
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
    return [*words, "--timeout", f"{client.timeout:g}", "--no-compare-direct", "--no-network"]


def own_command() -> list[str]:
    """How this program is started again: by its bare name where the shell finds this very program by it."""
    started = Path(sys.argv[0])
    if not started.exists() or started.resolve().is_relative_to(_PACKAGE):
        beside = Path(sys.executable).parent
        found = shutil.which(_NAME)
        here = found is not None and Path(found).parent.resolve() == beside.resolve()
        return [_NAME] if here else [sys.executable, "-m", _NAME]
    found = shutil.which(started.name)
    if found is not None and Path(found).samefile(started):
        return [started.name]
    return [str(started.resolve())]


def posix_line(words: Sequence[str], password: str | None) -> str:
    """The command for a POSIX shell. The password stands before it, as a variable of its environment: there no list of
    processes shows it."""
    line = shlex.join(words)
    return line if password is None else f"PROXYCHECK_PASSWORD={shlex.quote(password)} {line}"


def powershell_line(words: Sequence[str], password: str | None) -> str:
    """The same for PowerShell, which runs a quoted word only behind `&`."""
    first, *rest = map(powershell_word, words)
    line = " ".join([f"& {first}" if first.startswith("'") else first, *rest])
    return line if password is None else f"$env:PROXYCHECK_PASSWORD = {powershell_text(password)}; {line}"


def probe_options(probes: Probes) -> list[str]:
    """The options of `check` that ask for these probes."""
    asked = {
        "--probe-bad-password": probes.bad_password,
        "--probe-user-case": probes.user_case,
        "--probe-encoding": probes.encoding,
    }
    words = [option for option, wanted in asked.items() if wanted]
    return [*words, "--probe-domain-form", probes.domain_form] if probes.domain_form is not None else words
