"""Software that may listen on a customer's proxy port: started in the namespace `proxy`, stopped at the end."""

import contextlib
import string
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.real.namespace import kill_group
from tests.real.namespaces import GOOD_RESOLVER
from tests.real.programs import CERTIFICATE_GENERATOR, PORT, PROGRAMS, SQUID_SERVICE
from tests.real.world import World, wait_until

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 (where Squid leaves segments named after its service)
_LISTENING = "0A"
"""The state LISTEN in /proc/PID/net/tcp."""


@dataclass(frozen=True)
class Software:
    """What a customer runs: which program, its configuration, further files beside it, the resolver it asks, the port
    it listens on.

    In `configuration` and `files`, `$folder` is the engine's own folder, `$roots`, `$company`, `$company_root` are
    PEM files of the world, `$resolver` is the resolver."""

    program: str
    configuration: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    resolver: str = GOOD_RESOLVER
    port: int = PORT


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
    """The software, listening on its port. Raises RuntimeError with its log if it does not."""
    with tempfile.TemporaryDirectory(prefix=f"{software.program.replace(' ', '-')}-", dir=world.folder) as name:
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
            wait_until(lambda: _listens(process.pid, world.network.proxy.inode, software.port), process, log)
            yield Engine(process, folder)
        finally:
            _stop(process)


def _listens(process_id: int, namespace_inode: int, port: int) -> bool:
    """Whether somebody listens on the port in the namespace that the process lives in (asking leaves no trace)."""
    try:
        if Path(f"/proc/{process_id}/ns/net").stat().st_ino != namespace_inode:
            return False
        tables = [Path(f"/proc/{process_id}/net/{name}").read_text() for name in ("tcp", "tcp6")]
    except OSError:
        return False
    rows = (line.split() for table in tables for line in table.splitlines()[1:])
    return any(row[1].endswith(f":{port:04X}") and row[3] == _LISTENING for row in rows)


def _stop(process: subprocess.Popen[bytes]) -> None:
    kill_group(process)
    for segment in _SHARED_MEMORY.glob(f"{SQUID_SERVICE}-*"):
        segment.unlink(missing_ok=True)
