"""Software that may listen on a customer's proxy port: started in the namespace `proxy`, stopped at the end."""

import contextlib
import os
import shutil
import signal
import string
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.real.namespaces import GOOD_RESOLVER, PROXY_ADDRESS
from tests.real.world import REPOSITORY, World, wait_until

PORT = 3128

_SQUID_SERVICE = f"pctest{os.getpid()}"
CERTIFICATE_GENERATOR = "/usr/lib/squid/security_file_certgen"
"""Squid's helper that mints certificates; only a Squid built with OpenSSL has it."""
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (where Squid leaves segments named after its service)
_LISTENING = "0A"
"""The state LISTEN in /proc/PID/net/tcp."""


@dataclass(frozen=True)
class Software:
    """What a customer runs: which program, its configuration, further files beside it, the resolver it asks.

    In `configuration` and `files`, `$folder` is the engine's own folder, `$roots`, `$company`, `$company_root` are
    PEM files of the world, `$resolver` is the resolver."""

    program: str
    configuration: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    resolver: str = GOOD_RESOLVER


@dataclass(frozen=True)
class Engine:
    """Running software and the folder with its configuration and logs."""

    process: subprocess.Popen[bytes]
    folder: Path

    def logs(self) -> str:
        """Everything it has logged so far: what happened at the proxy when a test fails."""
        return "\n".join(f"{log.name}:\n{log.read_text(errors='replace')}" for log in self.folder.glob("*.log"))


@contextlib.contextmanager
def running(world: World, software: Software) -> Iterator[Engine]:
    """The software, listening on port 3128 of the proxy's address. Raises RuntimeError with its log if it does not."""
    with tempfile.TemporaryDirectory(prefix=f"{software.program}-", dir=world.folder) as name:
        folder = Path(name)
        folder.chmod(0o755)
        values = {
            "folder": name,
            "roots": str(world.roots),
            "company": str(world.company),
            "company_root": str(world.company_root),
            "resolver": software.resolver,
            "generator": CERTIFICATE_GENERATOR,
        }
        for file, text in software.files.items():
            (folder / file).write_text(string.Template(text).substitute(values))
        (folder / "configuration").write_text(string.Template(software.configuration).substitute(values))
        world.network.proxy.use_resolver(software.resolver)
        log = folder / "output.log"
        process = world.network.proxy.start(*PROGRAMS[software.program](folder), log=log)
        try:
            wait_until(lambda: _listens(process.pid, world.network.proxy.inode), process, log)
            yield Engine(process, folder)
        finally:
            _stop(process)


def _squid(folder: Path) -> list[str]:
    shutil.chown(folder, "proxy", "proxy")
    subprocess.run(
        [CERTIFICATE_GENERATOR, "-c", "-s", folder / "certificates", "-M", "4MB"],
        check=True,
        capture_output=True,
    )
    for path in (folder / "certificates").rglob("*"):
        shutil.chown(path, "proxy", "proxy")
    shutil.chown(folder / "certificates", "proxy", "proxy")
    return ["squid", "-N", "-d", "1", "-n", _SQUID_SERVICE, "-f", str(folder / "configuration")]


def _tinyproxy(folder: Path) -> list[str]:
    shutil.chown(folder, "tinyproxy", "tinyproxy")
    return ["tinyproxy", "-d", "-c", str(folder / "configuration")]


def _microsocks(folder: Path) -> list[str]:
    return ["microsocks", "-i", PROXY_ADDRESS, "-p", str(PORT), *(folder / "configuration").read_text().split()]


def _dante(folder: Path) -> list[str]:
    return ["danted", "-f", str(folder / "configuration")]


def _web_server(folder: Path) -> list[str]:
    return [sys.executable, "-m", "http.server", str(PORT), "--bind", PROXY_ADDRESS, "--directory", str(folder)]


_SILENT = """
import signal, socket, sys
listener = socket.create_server(("", int(sys.argv[1])), backlog=1024)
signal.pause()
"""


def _silent(_: Path) -> list[str]:
    return [sys.executable, "-c", _SILENT, str(PORT)]


def _mitmdump(folder: Path) -> list[str]:
    start = "from mitmproxy.tools.main import mitmdump; mitmdump()"
    listen = ("--listen-host", PROXY_ADDRESS, "--listen-port", str(PORT))
    return [sys.executable, "-c", start, "--set", f"confdir={folder}", *listen]


def _mimic(folder: Path) -> list[str]:
    return [sys.executable, str(REPOSITORY / "tests/real/interception/mimic.py"), str(folder / "configuration")]


PROGRAMS: dict[str, Callable[[Path], list[str]]] = {
    "squid": _squid,
    "tinyproxy": _tinyproxy,
    "microsocks": _microsocks,
    "dante": _dante,
    "web server": _web_server,
    "silent port": _silent,
    "mitmdump": _mitmdump,
    "mimic": _mimic,
}


def _listens(process_id: int, namespace_inode: int) -> bool:
    """Whether somebody listens on the port in the namespace that the process lives in (asking leaves no trace)."""
    try:
        if Path(f"/proc/{process_id}/ns/net").stat().st_ino != namespace_inode:
            return False
        tables = [Path(f"/proc/{process_id}/net/{name}").read_text() for name in ("tcp", "tcp6")]
    except OSError:
        return False
    rows = (line.split() for table in tables for line in table.splitlines()[1:])
    return any(row[1].endswith(f":{PORT:04X}") and row[3] == _LISTENING for row in rows)


def _stop(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for segment in _SHARED_MEMORY.glob(f"{_SQUID_SERVICE}-*"):
        segment.unlink(missing_ok=True)
