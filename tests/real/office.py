"""The network of a customer's office: real dnsmasq for names, a time server, a way out, and what is blocked on it.

The client stands in the office with a route to the internet. What the office blocks is dropped behind the client, in
the namespaces it leads to, so that it sees what a device sees: no answer.
"""

import contextlib
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.real.namespace import run
from tests.real.namespaces import GOOD_RESOLVER
from tests.real.world import REPOSITORY, World, wait_until

RESOLVER = "10.77.0.53"
TIME_SERVER = "192.0.2.123"
TIME_SERVERS = ("pool.ntp.org", "time.apple.com")
HOST_WITH_IPV6 = "connectivitycheck.gstatic.com"
_DNSMASQ = f"""
no-daemon
no-resolv
no-hosts
no-poll
bind-interfaces
listen-address={RESOLVER}
cache-size=0
server={GOOD_RESOLVER}
"""
_CLIENTS = "10.77.0.2, 10.77.2.2, 192.168.10.2"


@contextlib.contextmanager
def office(world: World, *names: str, blocks: tuple[str, ...] = (), ahead_s: float = 0.0) -> Iterator[None]:
    """Within this block the client is in the office: `names` are lines of dnsmasq's configuration, `blocks` are matches
    of nftables that are dropped on the way out and at the office's own servers, `ahead_s` is how far the time servers
    are ahead."""
    network = world.network
    log = world.folder / "office.log"
    with contextlib.ExitStack() as stack:
        network.proxy.configure(f"address add {RESOLVER}/32 dev client")
        stack.callback(network.proxy.configure, f"address del {RESOLVER}/32 dev client")
        stack.enter_context(_dnsmasq(world, names, log))
        stack.enter_context(_time_server(world, ahead_s, log))
        stack.enter_context(network.direct_route())
        network.client.use_resolver(RESOLVER)
        stack.callback(network.client.use_resolver, "10.77.0.1")
        if blocks:
            for namespace in (network.proxy, network.internet):
                run(namespace.command("nft", "-f", "-"), _table(blocks))
                stack.callback(run, namespace.command("nft", "delete", "table", "ip", "office"))
        yield


def _table(blocks: tuple[str, ...]) -> str:
    rules = "\n".join(f"ip saddr {{ {_CLIENTS} }} {match} drop" for match in blocks)
    return f"table ip office {{\nchain input {{\ntype filter hook input priority -10\n{rules}\n}}\n}}\n"


@contextlib.contextmanager
def _dnsmasq(world: World, names: tuple[str, ...], log: Path) -> Iterator[None]:
    configuration = world.folder / "dnsmasq.conf"
    times = (f"host-record={host},{TIME_SERVER}" for host in TIME_SERVERS)
    configuration.write_text("\n".join((_DNSMASQ, *times, *names)) + "\n")
    process = world.network.proxy.start("dnsmasq", f"--conf-file={configuration}", log=log)
    try:
        wait_until(lambda: _bound(process.pid, world), process, log)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=10.0)


def _bound(process_id: int, world: World) -> bool:
    try:
        if Path(f"/proc/{process_id}/ns/net").stat().st_ino != world.network.proxy.inode:
            return False
        rows = Path(f"/proc/{process_id}/net/udp").read_text().splitlines()[1:]
    except OSError:
        return False
    return any(row.split()[1].endswith(":0035") for row in rows)


@contextlib.contextmanager
def _time_server(world: World, ahead_s: float, log: Path) -> Iterator[None]:
    ready = world.folder / "time-server-ready"
    ready.unlink(missing_ok=True)
    process = world.network.internet.start(
        sys.executable,
        "-m",
        "tests.real.time_server",
        TIME_SERVER,
        str(ahead_s),
        str(ready),
        log=log,
        directory=REPOSITORY,
    )
    try:
        wait_until(ready.exists, process, log)
        yield
    finally:
        process.kill()
        process.wait()
