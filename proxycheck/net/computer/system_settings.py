"""Reads the proxy settings of the system this runs on; `proxycheck.routes` understands them.

Every place is asked by itself, with a deadline, and a place that cannot be read says so in its `notes`: settings of
one desktop never hide those of another. Nothing is changed, and nothing is asked of the network.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from proxycheck.routes.system.environment import parse_environment
from proxycheck.routes.system.gnome import SCHEMA, parse_gnome
from proxycheck.routes.system.kde import parse_kde
from proxycheck.routes.system.macos import (
    NETWORKSETUP_QUESTIONS,
    parse_network_services,
    parse_networksetup,
    parse_scutil,
)
from proxycheck.routes.system.settings import Source, SystemSettings
from proxycheck.routes.system.windows import parse_internet_settings, parse_winhttp, parse_winhttp_value

if sys.platform == "win32":
    import winreg

COMMAND_TIMEOUT_S: Final = 5.0
INTERNET_SETTINGS: Final = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
POLICIES: Final = r"Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings"
_NAMES: Final = ("ProxyEnable", "ProxyServer", "ProxyOverride", "AutoConfigURL", "AutoDetect")
_NO_WINDOW: Final[int] = getattr(subprocess, "CREATE_NO_WINDOW", 0)


RunCommand = Callable[[Sequence[str]], str]
"""Runs a command and gives what it printed. Raises Unreadable."""
Registry = Callable[[str, str, Sequence[str]], dict[str, object]]
"""Gives those of the named values of a key (`HKCU` or `HKLM`, path, names) that exist."""


class Unreadable(Exception):  # noqa: N818  a result on its way to `notes`
    """A command that gave no answer, in words."""


def read_system_settings(
    variables: Mapping[str, str] = os.environ, home: Path | None = None
) -> tuple[SystemSettings, ...]:
    """The settings of every place on this system that configures a proxy or could not be read.

    Blocks for as long as the system's own commands take, at most a few times COMMAND_TIMEOUT_S."""
    places = [parse_environment(variables)]
    if sys.platform == "win32":
        places += read_windows(_registry, run_command)
    elif sys.platform == "darwin":
        places += read_macos(run_command)
    else:
        places += [_gnome(variables), *_kde(variables, home or Path.home())]
    return tuple(place for place in places if place.configured or place.notes)


def run_command(command: Sequence[str], variables: Mapping[str, str] | None = None) -> str:
    """What a command prints. Raises Unreadable where it is missing, hangs or fails."""
    try:
        finished = subprocess.run(  # noqa: S603  fixed commands, no shell
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=COMMAND_TIMEOUT_S,
            check=True,
            env=dict(variables) if variables is not None else None,
            creationflags=_NO_WINDOW,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable(f"{command[0]} did not answer within {COMMAND_TIMEOUT_S:g} s") from error
    except subprocess.CalledProcessError as error:
        raise Unreadable(f"{command[0]} failed: {_decode(error.stderr).strip()[:200]}") from error
    except OSError as error:
        raise Unreadable(f"{command[0]} cannot be run: {error.strerror}") from error
    return _decode(finished.stdout)


def _decode(output: bytes) -> str:
    try:
        return output.decode("utf-8")
    except UnicodeDecodeError:
        # A console program of Windows writes in the code page of its console.
        return output.decode("oem" if sys.platform == "win32" else "iso-8859-1", errors="replace")


def _failed(source: Source, where: str, error: Exception) -> SystemSettings:
    return SystemSettings(source=source, where=where, notes=(str(error),))


def _gnome(variables: Mapping[str, str]) -> SystemSettings:
    program = shutil.which("gsettings", path=variables.get("PATH"))
    if program is None:
        return SystemSettings(source="gnome")
    try:
        return parse_gnome(run_command((program, "list-recursively", SCHEMA), variables))
    except Unreadable as error:
        if "No such schema" in str(error):
            return SystemSettings(source="gnome")
        return _failed("gnome", program, error)


def _kde(variables: Mapping[str, str], home: Path) -> list[SystemSettings]:
    """Plasma keeps the file in the configuration folder; KDE 4 kept it below its own."""
    configuration = Path(variables.get("XDG_CONFIG_HOME") or home / ".config")
    found = []
    for folder in (configuration, home / ".kde4/share/config", home / ".kde/share/config"):
        path = folder / "kioslaverc"
        try:
            found.append(parse_kde(path.read_text(encoding="utf-8", errors="replace"), variables, str(path)))
        except FileNotFoundError:
            continue
        except OSError as error:
            found.append(_failed("kde", str(path), error))
    return found


def read_macos(run: RunCommand) -> list[SystemSettings]:
    """What is in force, and then what each network service would bring into force."""
    places = []
    try:
        places.append(parse_scutil(run(("/usr/sbin/scutil", "--proxy"))))
        for service in parse_network_services(run(("/usr/sbin/networksetup", "-listallnetworkservices"))):
            answers = {it: run(("/usr/sbin/networksetup", it, service)) for it in NETWORKSETUP_QUESTIONS}
            places.append(parse_networksetup(service, answers))
    except Unreadable as error:
        places.append(_failed("macos", "network settings", error))
    return places


def read_windows(registry: Registry, run: RunCommand) -> list[SystemSettings]:
    """The user's settings, or the machine's where a policy says that these hold for all; then WinHTTP's."""
    for_all = registry("HKLM", POLICIES, ("ProxySettingsPerUser",)).get("ProxySettingsPerUser") == 0
    hive = "HKLM" if for_all else "HKCU"
    connections = INTERNET_SETTINGS + r"\Connections"
    values = registry(hive, INTERNET_SETTINGS, _NAMES) | registry(hive, connections, ("DefaultConnectionSettings",))
    user = parse_internet_settings(values, f"{hive}\\{INTERNET_SETTINGS}")
    try:
        program = os.environ.get("SYSTEMROOT", r"C:\Windows") + r"\System32\netsh.exe"
        return [user, parse_winhttp(run((program, "winhttp", "show", "proxy")))]
    except Unreadable:
        value = registry("HKLM", connections, ("WinHttpSettings",)).get("WinHttpSettings")
        return [user, parse_winhttp_value(value if isinstance(value, bytes) else b"", f"HKLM\\{connections}")]


if sys.platform == "win32":

    def _registry(hive: str, path: str, names: Sequence[str]) -> dict[str, object]:
        """A `Registry`: a key that is missing or closed to us has no values."""
        found: dict[str, object] = {}
        root = winreg.HKEY_LOCAL_MACHINE if hive == "HKLM" else winreg.HKEY_CURRENT_USER
        with contextlib.suppress(OSError), winreg.OpenKey(root, path) as key:
            for name in names:
                with contextlib.suppress(FileNotFoundError):
                    found[name] = winreg.QueryValueEx(key, name)[0]
        return found
