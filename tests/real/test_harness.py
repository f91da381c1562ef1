"""The private internet itself: what is true of it before `proxycheck` is asked anything, told by curl."""

import re
import subprocess

import pytest

from tests.real.engines import running
from tests.real.namespace import Namespace
from tests.real.namespaces import CUSTOMER_RESOLVER, GOOD_RESOLVER, PROXY_ADDRESS, private_internet
from tests.real.programs import PORT
from tests.real.resolver import AGEING, DEAD, GONE, NXDOMAIN_FOR_ALL, REFUSING
from tests.real.squid import ALLOW_ALL, INSPECTING_LISTENER, PLAIN_LISTENER, STOCK_RULES, squid
from tests.real.tinyproxy import tinyproxy
from tests.real.world import World

pytestmark = pytest.mark.real

_COULD_NOT_RESOLVE, _COULD_NOT_CONNECT, _PROXY_REFUSED, _UNTRUSTED, _EMPTY_REPLY = 6, 7, 56, 60, 52
"""Exit codes of curl."""


def _curl(world: World, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    options = ("--silent", "--show-error", "--max-time", "10", "--cacert", str(world.roots))
    return world.network.client.run("curl", *options, *arguments, url)


def _through_proxy(world: World, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    proxy = ("--proxy", f"http://{PROXY_ADDRESS}:{PORT}", "--proxytunnel")
    return _curl(world, url, *proxy, *arguments)


def test_the_client_reaches_nothing_without_the_proxy(real_world: World) -> None:
    address = real_world.hosts["distservp1.pb.com"]
    assert _curl(real_world, f"http://{address}/").returncode == _COULD_NOT_CONNECT
    assert _curl(real_world, "https://distservp1.pb.com/").returncode == _COULD_NOT_RESOLVE


def test_the_direct_route_is_open_only_inside_its_block(real_world: World) -> None:
    real_world.network.client.use_resolver(GOOD_RESOLVER)
    with real_world.network.direct_route():
        assert _curl(real_world, "https://distservp1.pb.com/").returncode == 0
    real_world.network.client.use_resolver(CUSTOMER_RESOLVER)
    assert _curl(real_world, "https://distservp1.pb.com/").returncode == _COULD_NOT_RESOLVE


def test_every_host_authenticates_itself_through_an_open_proxy(real_world: World) -> None:
    urls = [f"https://{host}/" for host in real_world.hosts]
    with running(real_world, squid(PLAIN_LISTENER, ALLOW_ALL)):
        options = ("--parallel", "--fail-early", "--head", "--write-out", "%{stderr}tunnel=%{http_connect}\n")
        result = _through_proxy(real_world, urls[0], *options, *urls[1:])
    assert result.returncode == 0, result.stderr
    assert re.findall(r"tunnel=(\d+)", result.stderr) == ["200"] * len(urls)


def test_generate_204_is_204_and_empty(real_world: World) -> None:
    with running(real_world, tinyproxy()):
        url = "http://connectivitycheck.gstatic.com/generate_204"
        result = _through_proxy(real_world, url, "--write-out", "%{http_code} %{size_download}")
        assert result.stdout == "204 0"


def test_stock_rules_tunnel_only_443(real_world: World) -> None:
    with running(real_world, squid(PLAIN_LISTENER, STOCK_RULES)):
        assert _through_proxy(real_world, "https://distservp1.pb.com/").returncode == 0
        refused = _through_proxy(real_world, "http://distservp1.pb.com/", "--write-out", "%{http_connect}")
        assert (refused.returncode, refused.stdout) == (_PROXY_REFUSED, "403")


def test_an_inspecting_proxy_is_untrusted_by_the_roots_and_trusted_by_its_own(real_world: World) -> None:
    with running(real_world, squid(INSPECTING_LISTENER, ALLOW_ALL, "ssl_bump bump all")):
        assert _through_proxy(real_world, "https://distservp1.pb.com/").returncode == _UNTRUSTED
        own = ("--cacert", str(real_world.company_root))
        assert _through_proxy(real_world, "https://distservp1.pb.com/", *own).returncode == 0


def test_a_splicing_proxy_passes_tls_and_drops_plain_http_without_a_byte(real_world: World) -> None:
    splicing = squid(INSPECTING_LISTENER, ALLOW_ALL, "ssl_bump peek step1", "ssl_bump splice all")
    with running(real_world, splicing):
        assert _through_proxy(real_world, "https://distservp1.pb.com/").returncode == 0
        assert _through_proxy(real_world, "http://distservp1.pb.com/").returncode == _EMPTY_REPLY


@pytest.mark.parametrize(
    ("resolver", "host", "status"),
    [
        (NXDOMAIN_FOR_ALL, "distservp1.pb.com", "500"),
        (AGEING, "distservp1.pb.com", "200"),
        (AGEING, GONE, "500"),
        (AGEING, REFUSING, "503"),
        (AGEING, DEAD, "503"),
    ],
)
def test_squid_says_which_host_it_cannot_reach_but_not_that_a_name_is_unknown(
    real_world: World, resolver: str, host: str, status: str
) -> None:
    with running(real_world, squid(PLAIN_LISTENER, ALLOW_ALL, "connect_timeout 1 seconds", resolver=resolver)):
        result = _through_proxy(real_world, f"https://{host}/", "--write-out", "%{http_connect}", "--head")
        assert result.stdout.endswith(status)


def test_everything_is_gone_after_a_failure(real_world: World) -> None:
    assert _exists(real_world.network.proxy)
    with pytest.raises(ZeroDivisionError), private_internet() as network:
        sleeper = network.proxy.start("sleep", "600")
        raise ZeroDivisionError
    assert sleeper.wait(timeout=10.0) != 0
    for namespace in (network.client, network.proxy, network.internet):
        assert not _exists(namespace)


def _exists(namespace: Namespace) -> bool:
    listed = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    return namespace.name in listed
