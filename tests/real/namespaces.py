"""A private internet: three network namespaces, `client`, `proxy` and `internet`, joined by veth links.

    client 10.77.0.2 --- 10.77.0.1 proxy 10.77.1.2 --- 10.77.1.1 internet (every public address used by the tests)
       10.77.2.2 --------------- the direct route, down unless it is asked for --------------- 10.77.2.1

The client reaches the proxy and nothing else. Nothing here touches the machine's own links, routes or firewall.
"""

import contextlib
import itertools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.real.namespace import Namespace, ip, run

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


@dataclass(frozen=True)
class PrivateInternet:
    """The three namespaces, ready: links up, routes set, name service written."""

    client: Namespace
    proxy: Namespace
    internet: Namespace

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
            namespace.add()
        _link(client, proxy, internet)
        run(internet.command("nft", "-f", "-"), _DEAD_HOSTS)
        client.use_resolver(CUSTOMER_RESOLVER)
        proxy.use_resolver(GOOD_RESOLVER)
        internet.use_resolver(GOOD_RESOLVER)
        yield PrivateInternet(client, proxy, internet)
    finally:
        for namespace in (client, proxy, internet):
            namespace.remove()


def remove_leftovers() -> None:
    """Remove namespaces of test processes that no longer exist."""
    for line in ip("netns", "list").splitlines():
        name = line.split()[0]
        match = re.fullmatch(rf"{_PREFIX}-(\d+)-.*", name)
        if match and not Path("/proc", match[1]).exists():
            Namespace(name).remove()


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
