"""Reads the way out of this computer from the system; `proxycheck.routes.gateway` understands what it says.

Nothing is changed and nothing is sent. What cannot be read is a note, never an error.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from proxycheck.net.computer.system_settings import RunCommand, Unreadable, run_command
from proxycheck.routes.gateway import (
    NetworkPaths,
    linux_addresses6,
    linux_gateways,
    linux_gateways6,
    macos_gateway,
    windows_gateways,
    windows_gateways6,
    written_addresses6,
)

ReadFile = Callable[[str], str]
"""Gives the text of a file. Raises OSError."""


def read_paths() -> NetworkPaths:
    """The default gateways and public IPv6 addresses of this computer. Blocks for as long as the system's own commands
    take."""
    if sys.platform == "win32":
        paths = read_windows(run_command)
    elif sys.platform == "darwin":
        paths = read_macos(run_command)
    else:
        paths = read_linux(lambda path: Path(path).read_text(encoding="ascii", errors="replace"))
    return paths


def read_linux(read: ReadFile) -> NetworkPaths:
    """From the tables of the kernel, which are those of this process's network namespace."""
    notes: list[str] = []

    def table(path: str) -> str:
        try:
            return read(path)
        except FileNotFoundError:
            return ""  # a kernel without IPv6 has no such table
        except OSError as error:
            notes.append(f"{path} cannot be read: {error.strerror}")
            return ""

    return NetworkPaths(
        linux_gateways(table("/proc/net/route")),
        linux_gateways6(table("/proc/net/ipv6_route")),
        linux_addresses6(table("/proc/net/if_inet6")),
        tuple(notes),
    )


def read_macos(run: RunCommand) -> NetworkPaths:
    """From route(8), which fails where there is no default route, and ifconfig(8)."""
    notes: list[str] = []

    def asked(*command: str) -> str:
        try:
            return run(command)
        except Unreadable as error:
            if "not in table" not in str(error):
                notes.append(str(error))
            return ""

    return NetworkPaths(
        macos_gateway(asked("/sbin/route", "-n", "get", "default")),
        macos_gateway(asked("/sbin/route", "-n", "get", "-inet6", "default")),
        written_addresses6(asked("/sbin/ifconfig")),
        tuple(notes),
    )


def read_windows(run: RunCommand) -> NetworkPaths:
    """From route.exe and ipconfig.exe."""
    notes: list[str] = []
    folder = os.environ.get("SYSTEMROOT", r"C:\Windows") + "\\System32\\"

    def asked(program: str, *arguments: str) -> str:
        try:
            return run((folder + program, *arguments))
        except Unreadable as error:
            notes.append(str(error))
            return ""

    return NetworkPaths(
        windows_gateways(asked("route.exe", "print", "0.0.0.0")),  # noqa: S104  the default route, not an address to bind
        windows_gateways6(asked("route.exe", "print", "-6")),
        written_addresses6(asked("ipconfig.exe")),
        tuple(notes),
    )
