"""Reading this system's settings: real processes where they can run here, recorded answers where they cannot."""

import os
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from proxycheck.net.computer import system_settings
from proxycheck.net.computer.system_settings import (
    Unreadable,
    read_macos,
    read_system_settings,
    read_windows,
    run_command,
)
from tests.routes.recordings import DATA, networksetup_answers, registry_export, text

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the settings of a Linux desktop")


def program(folder: Path, name: str, script: str) -> None:
    """Puts an executable script into `folder`."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@linux
def test_places_of_a_linux_desktop(tmp_path: Path) -> None:
    program(
        tmp_path, "gsettings", f'test "$*" = "list-recursively org.gnome.system.proxy" && cat {DATA}/gnome/manual.txt'
    )
    (tmp_path / ".config").mkdir()
    shutil.copy(DATA / "kde/pac.kioslaverc", tmp_path / ".config/kioslaverc")
    variables = {"PATH": f"{tmp_path}:/usr/bin:/bin", "https_proxy": "proxy.corp.example:8080"}
    found = read_system_settings(variables, tmp_path)
    assert [(place.source, place.pac_url) for place in found] == [
        ("environment", None),
        ("gnome", None),
        ("kde", "file:///home/user/my proxy.pac"),
    ]
    assert found[2].where == str(tmp_path / ".config/kioslaverc")


@linux
def test_nothing_configured(tmp_path: Path) -> None:
    assert read_system_settings({"PATH": str(tmp_path)}, tmp_path) == ()


@linux
def test_the_configuration_folder_may_be_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    shutil.copy(DATA / "kde/wpad.kioslaverc", tmp_path / "elsewhere/kioslaverc")
    (place,) = read_system_settings({"PATH": "", "XDG_CONFIG_HOME": str(tmp_path / "elsewhere")}, tmp_path)
    assert place.auto_detect


@linux
def test_a_desktop_without_the_schema_is_no_trouble(tmp_path: Path) -> None:
    program(tmp_path, "gsettings", 'echo "No such schema “org.gnome.system.proxy”" >&2; exit 1')
    assert read_system_settings({"PATH": str(tmp_path)}, tmp_path) == ()


@linux
def test_a_place_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    program(tmp_path, "gsettings", 'echo "no bus" >&2; exit 1')
    (tmp_path / ".config/kioslaverc").mkdir(parents=True)
    gnome, kde = read_system_settings({"PATH": str(tmp_path)}, tmp_path)
    assert gnome.notes == (f"{tmp_path}/gsettings failed: no bus",)
    assert not gnome.configured
    assert "Is a directory" in kde.notes[0]


@linux
def test_a_command_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system_settings, "COMMAND_TIMEOUT_S", 0.3)
    program(tmp_path, "gsettings", "exec /bin/sleep 60")
    started = time.monotonic()
    (gnome,) = read_system_settings({"PATH": str(tmp_path)}, tmp_path)
    assert time.monotonic() - started < 10
    assert gnome.notes == (f"{tmp_path}/gsettings did not answer within 0.3 s",)


@linux
@pytest.mark.skipif(shutil.which("gsettings") is None, reason="needs gsettings")
def test_the_real_gsettings(tmp_path: Path) -> None:
    variables = {"PATH": os.environ["PATH"], "GSETTINGS_BACKEND": "keyfile", "XDG_CONFIG_HOME": str(tmp_path)}
    schemas = subprocess.run(["gsettings", "list-schemas"], capture_output=True, text=True, check=True, env=variables)
    if "org.gnome.system.proxy" not in schemas.stdout.split():
        pytest.skip("needs the schemas of GNOME")
    for words in ("mode auto", "autoconfig-url http://wpad.corp.example/proxy.pac"):
        subprocess.run(["gsettings", "set", "org.gnome.system.proxy", *words.split()], check=True, env=variables)
    (gnome,) = read_system_settings(variables, tmp_path)
    assert gnome.pac_url == "http://wpad.corp.example/proxy.pac"


def test_a_command_that_is_missing() -> None:
    with pytest.raises(Unreadable, match="cannot be run"):
        run_command(("/nowhere/gsettings",))


def test_output_in_a_code_page() -> None:
    code = "import sys; sys.stdout.buffer.write('Umgehungsliste für'.encode('iso-8859-1'))"
    assert run_command((sys.executable, "-c", code)).startswith("Umgehungsliste f")


def mac(command: Sequence[str]) -> str:
    """A Mac with a manual proxy in force and two network services."""
    recordings = {"Wi-Fi": "networksetup-wifi.txt", "USB 10/100/1000 LAN": "networksetup-lan.txt"}
    match command:
        case ("/usr/sbin/scutil", "--proxy"):
            return text("macos/scutil-manual.txt")
        case ("/usr/sbin/networksetup", "-listallnetworkservices"):
            return text("macos/networksetup-services.txt")
        case ("/usr/sbin/networksetup", question, service):
            return networksetup_answers(recordings[service])[question]
    raise AssertionError(command)


def test_macos() -> None:
    found = read_macos(mac)
    assert [place.where for place in found] == [
        "scutil --proxy",
        "network service Wi-Fi",
        "network service USB 10/100/1000 LAN",
    ]
    assert [len(place.proxies) for place in found] == [2, 1, 0]
    assert found[2].pac_url == "http://wpad.corp.example/proxy.pac"


def test_macos_keeps_what_is_in_force_when_the_services_cannot_be_read() -> None:
    def run(command: Sequence[str]) -> str:
        if command[0].endswith("networksetup"):
            raise Unreadable("networksetup did not answer")
        return mac(command)

    first, second = read_macos(run)
    assert first.configured
    assert second.notes == ("networksetup did not answer",)


class Registry:
    """A registry of recorded values: (hive, does the path end in Connections) to values."""

    def __init__(self, *, for_all: bool = False, winhttp: bytes | None = None) -> None:
        self.for_all, self.winhttp = for_all, winhttp
        self.asked: list[str] = []

    def __call__(self, hive: str, path: str, names: Sequence[str]) -> dict[str, object]:
        self.asked.append(f"{hive}\\{path}")
        if path == system_settings.POLICIES:
            values: dict[str, object] = {"ProxySettingsPerUser": 0} if self.for_all else {}
        elif names == ("WinHttpSettings",):
            values = {"WinHttpSettings": self.winhttp} if self.winhttp else {}
        else:
            values = registry_export("manual.reg" if hive == "HKCU" else "per-protocol.reg")
        return {name: value for name, value in values.items() if name in names}


def netsh(command: Sequence[str]) -> str:
    assert command[0].endswith("\\System32\\netsh.exe")
    assert tuple(command[1:]) == ("winhttp", "show", "proxy")
    return text("windows/winhttp-bypass-fr.txt")


def test_windows() -> None:
    user, machine = read_windows(Registry(), netsh)
    assert (user.source, user.proxies[0].address.host) == ("windows", "proxy.corp.example")
    assert user.where == r"HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings"
    assert user.auto_detect
    assert (machine.source, machine.proxies[0].address.host) == ("winhttp", "proxy.corp.example")


def test_windows_where_a_policy_gives_everyone_the_machines_settings() -> None:
    user, _ = read_windows(Registry(for_all=True), netsh)
    assert user.where.startswith("HKLM")
    assert user.proxies[0].address.host == "web.corp.example"


def test_windows_without_netsh_reads_winhttp_from_the_registry() -> None:
    def missing(_: Sequence[str]) -> str:
        raise Unreadable("netsh.exe cannot be run")

    value = bytes.fromhex("28000000 00000000 03000000 07000000") + b"p:31280" + bytes.fromhex("00000000")
    _, machine = read_windows(Registry(winhttp=value), missing)
    assert machine.proxies[0].address.port == 31280
    _, machine = read_windows(Registry(), missing)
    assert not machine.configured


@pytest.mark.skipif(sys.platform != "win32", reason="reads the registry of this system")
def test_the_real_registry() -> None:
    read_system_settings()
