"""A private internet: three network namespaces, `client`, `proxy` and `internet`, joined by veth links.

    client 10.77.0.2 --- 10.77.0.1 proxy 10.77.1.2 --- 10.77.1.1 internet (every public address used by the tests)
       10.77.2.2 --------------- the direct route, down unless it is asked for --------------- 10.77.2.1

The client reaches the proxy and nothing else. Nothing here touches the machine's own links, routes or firewall.
"""

import contextlib
import itertools
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

CLIENT_ADDRESS = "10.77.0.2"
PROXY_ADDRESS = "10.77.0.1"
PUBLIC_NETWORKS = ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "8.8.8.8/32")
"""Addresses that live inside the namespace `internet`: documentation networks (RFC 5737), and the one public
address that the devices use literally."""
CUSTOMER_RESOLVER = PROXY_ADDRESS
"""Where the client asks for names: the customer's internal DNS, on the same machine as the proxy."""
GOOD_RESOLVER = "192.0.2.53"
REFUSING_ADDRESS = "192.0.2.201"
DEAD_ADDRESS = "192.0.2.202"
"""Two addresses of the internet without a server: SYN is answered with RST, and with nothing."""

_PREFIX = "pctest"
_NUMBERS = itertools.count(1)
_DEAD_HOSTS = f"""
table ip dead_hosts {{
  chain input {{
    type filter hook input priority filter
    ip daddr {REFUSING_ADDRESS} meta l4proto tcp reject with tcp reset
    ip daddr {DEAD_ADDRESS} drop
  }}
}}
"""
_NAME_SERVICE = Path("/etc/netns")


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
        _ip("-n", self.name, "-batch", "-", given="\n".join(lines) + "\n")

    @contextlib.contextmanager
    def firewall(self, *rules: str) -> Iterator[None]:
        """Within this block nftables rules, one a line, hold for what leaves this namespace. Raises RuntimeError
        with nft's own words."""
        chain = "\n".join(("type filter hook output priority filter", *rules))
        _run(self.command("nft", "-f", "-"), f"table ip limits {{\nchain output {{\n{chain}\n}}\n}}\n")
        try:
            yield
        finally:
            _run(self.command("nft", "delete", "table", "ip", "limits"))

    @property
    def inode(self) -> int:
        """What tells this namespace from others in /proc/PID/ns/net."""
        return Path("/run/netns", self.name).stat().st_ino

    def process_ids(self) -> tuple[int, ...]:
        """Every process that lives in this namespace."""
        return tuple(int(word) for word in _ip("netns", "pids", self.name).split())


@dataclass(frozen=True)
class PrivateInternet:
    """The three namespaces, ready: links up, routes set, name service written."""

    client: Namespace
    proxy: Namespace
    internet: Namespace

    @staticmethod
    def use_resolver(namespace: Namespace, resolver: str) -> None:
        """Let processes started in `namespace` from now on ask `resolver`."""
        _write_name_service(namespace, resolver)

    @contextlib.contextmanager
    def direct_route(self) -> Iterator[None]:
        """Within this block the client reaches the internet without the proxy."""
        self.client.configure("link set direct up", "route add default via 10.77.2.1")
        try:
            yield
        finally:
            self.client.configure("link set direct down")


@contextlib.contextmanager
def private_internet() -> Iterator[PrivateInternet]:
    """The private internet of this process, removed with all its processes when the block ends.

    Leftovers of test runs that were killed are removed first. Raises RuntimeError when the kernel refuses."""
    remove_leftovers()
    stem = f"{_PREFIX}-{os.getpid()}-{next(_NUMBERS)}"
    names = [f"{stem}-{role}" for role in ("client", "proxy", "internet")]
    client, proxy, internet = (Namespace(name) for name in names)
    try:
        for namespace in (client, proxy, internet):
            _ip("netns", "add", namespace.name)
        _link(client, proxy, internet)
        _run(internet.command("nft", "-f", "-"), _DEAD_HOSTS)
        _write_name_service(client, CUSTOMER_RESOLVER)
        _write_name_service(proxy, GOOD_RESOLVER)
        _write_name_service(internet, GOOD_RESOLVER)
        yield PrivateInternet(client, proxy, internet)
    finally:
        for namespace in (client, proxy, internet):
            _remove(namespace)


def remove_leftovers() -> None:
    """Remove namespaces of test processes that no longer exist."""
    for line in _ip("netns", "list").splitlines():
        name = line.split()[0]
        match = re.fullmatch(rf"{_PREFIX}-(\d+)-.*", name)
        if match and not Path("/proc", match[1]).exists():
            _remove(Namespace(name))


def _link(client: Namespace, proxy: Namespace, internet: Namespace) -> None:
    client.configure(
        "link set lo up",
        f"link add proxy type veth peer name client netns {proxy.name}",
        f"link add direct type veth peer name direct netns {internet.name}",
        f"address add {CLIENT_ADDRESS}/24 dev proxy",
        "address add 10.77.2.2/24 dev direct",
        "link set proxy up",
    )
    proxy.configure(
        "link set lo up",
        f"link add internet type veth peer name proxy netns {internet.name}",
        f"address add {PROXY_ADDRESS}/24 dev client",
        "address add 10.77.1.2/24 dev internet",
        "link set client up",
        "link set internet up",
        "route add default via 10.77.1.1",
    )
    internet.configure(
        "link set lo up",
        "address add 10.77.1.1/24 dev proxy",
        "address add 10.77.2.1/24 dev direct",
        "link set proxy up",
        "link set direct up",
        *(f"route add local {network} dev lo" for network in PUBLIC_NETWORKS),
    )


def _write_name_service(namespace: Namespace, resolver: str) -> None:
    folder = _NAME_SERVICE / namespace.name
    folder.mkdir(parents=True, exist_ok=True)
    folder.joinpath("resolv.conf").write_text(f"nameserver {resolver}\noptions timeout:1 attempts:1\n")
    folder.joinpath("hosts").write_text("127.0.0.1 localhost\n")


def _remove(namespace: Namespace) -> None:
    if Path("/run/netns", namespace.name).exists():
        for process_id in namespace.process_ids():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)
        _ip("netns", "delete", namespace.name)
    shutil.rmtree(_NAME_SERVICE / namespace.name, ignore_errors=True)
    with contextlib.suppress(OSError):
        _NAME_SERVICE.rmdir()


def _ip(*arguments: str, given: str = "") -> str:
    return _run(["ip", *arguments], given)


def _run(command: list[str], given: str = "") -> str:
    result = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {result.stderr.strip()}\n{given}")
    return result.stdout
