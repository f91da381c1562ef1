"""One network namespace: processes, links, firewall and name service inside it."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_NAME_SERVICE = Path("/etc/netns")
"""`ip netns exec NAME` shows the files of `/etc/netns/NAME` as those of `/etc` (ip-netns(8))."""


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Ends a process that leads a group, with all its children, and waits for it."""
    if sys.platform == "linux":
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass(frozen=True)
class Namespace:
    """One network namespace by name."""

    name: str

    def command(self, *arguments: str) -> list[str]:
        """`arguments` as a command line that runs inside this namespace."""
        return ["ip", "netns", "exec", self.name, *arguments]

    def start(
        self,
        *arguments: str,
        environment: Mapping[str, str] | None = None,
        log: Path | None = None,
        directory: Path | None = None,
    ) -> subprocess.Popen[bytes]:
        """A process of its own group inside this namespace; what it prints goes to `log`."""
        output = log.open("ab") if log else None
        try:
            return subprocess.Popen(
                self.command(*arguments),
                stdin=subprocess.DEVNULL,
                stdout=output or subprocess.DEVNULL,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                cwd=directory,
                start_new_session=True,
            )
        finally:
            if output:
                output.close()

    def run(
        self,
        *arguments: str,
        timeout_s: float = 60.0,
        environment: Mapping[str, str] | None = None,
        directory: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside this namespace to its end. Raises subprocess.TimeoutExpired after `timeout_s`."""
        return subprocess.run(
            self.command(*arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
            env={**os.environ, **(environment or {})},
            cwd=directory,
        )

    def configure(self, *lines: str) -> None:
        """Run `ip` commands, one a line, inside this namespace. Raises RuntimeError with ip's own words."""
        ip("-n", self.name, "-batch", "-", given="\n".join(lines) + "\n")

    @contextlib.contextmanager
    def firewall(self, *rules: str, hook: Literal["input", "output"] = "output") -> Iterator[None]:
        """Within this block nftables rules, one a line, hold for what leaves this namespace, or comes into it. Raises
        RuntimeError with nft's own words."""
        chain = "\n".join((f"type filter hook {hook} priority filter", *rules))
        run(self.command("nft", "-f", "-"), f"table ip limits {{\nchain {hook} {{\n{chain}\n}}\n}}\n")
        try:
            yield
        finally:
            run(self.command("nft", "delete", "table", "ip", "limits"))

    @property
    def inode(self) -> int:
        """What tells this namespace from others in /proc/PID/ns/net."""
        return Path("/run/netns", self.name).stat().st_ino

    def process_ids(self) -> tuple[int, ...]:
        """Every process that lives in this namespace."""
        return tuple(int(word) for word in ip("netns", "pids", self.name).split())

    def add(self) -> None:
        """Make it. Raises RuntimeError when the kernel refuses."""
        ip("netns", "add", self.name)

    def remove(self) -> None:
        """Take it away with every process in it and every file of it; no error when it is gone already."""
        if Path("/run/netns", self.name).exists():
            for process_id in self.process_ids():
                if sys.platform == "linux":
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process_id, signal.SIGKILL)
            try:
                ip("netns", "delete", self.name)
            except RuntimeError:
                if Path("/run/netns", self.name).exists():  # another run may have been quicker to tidy up
                    raise
        shutil.rmtree(_NAME_SERVICE / self.name, ignore_errors=True)
        with contextlib.suppress(OSError):
            _NAME_SERVICE.rmdir()

    def use_resolver(self, resolver: str) -> None:
        """Let processes that are started in here from now on ask `resolver` for names."""
        folder = _NAME_SERVICE / self.name
        folder.mkdir(parents=True, exist_ok=True)
        folder.joinpath("resolv.conf").write_text(f"nameserver {resolver}\noptions timeout:1 attempts:1\n")
        folder.joinpath("hosts").write_text("127.0.0.1 localhost\n")


def ip(*arguments: str, given: str = "") -> str:
    """What `ip` prints. Raises RuntimeError with its own words."""
    return run(["ip", *arguments], given)


def run(command: list[str], given: str = "") -> str:
    """What a command prints that is given a text. Raises RuntimeError with its own words."""
    result = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {result.stderr.strip()}\n{given}")
    return result.stdout
