"""The lines that let a device through a real Squid let nobody else through: others get what they got before."""

import re
from collections.abc import Iterator

import pytest

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.diagnosis.templates import configuration
from proxycheck.model.files.knowledge import ProductRemedy
from tests.real.engines import Software, running
from tests.real.namespaces import CLIENT_ADDRESS, PROXY_ADDRESS
from tests.real.remedies import Repair
from tests.real.remedies.squid import REPAIRS
from tests.real.world import World

pytestmark = pytest.mark.real

_OTHER_COMPUTER = "10.77.0.3"
_ASKED = (
    *("https://api.pitneybowes.com/", "https://s3.amazonaws.com/", "https://www.youtube.com/"),
    *("https://distservp1.pb.com/", "https://docs.google.com/", "http://distservp1.pb.com/", "http://www.novell.com/"),
)
"""Hosts that the set-ups refuse and hosts that they do not, with and without TLS."""
_REMEDIES = [each for product in load_knowledge().products if product.name == "Squid" for each in product.remedies]


def _remedy(repair: Repair) -> ProductRemedy:
    return [each for each in _REMEDIES if each.cause == repair.cause][repair.number]


_FOR_THE_DEVICE = [each for each in REPAIRS if "http_access" in (_remedy(each).config or "")]
_SPLICING = [each for each in REPAIRS if "ssl_bump" in (_remedy(each).config or "")]


@pytest.fixture(scope="module")
def neighbours(real_world: World) -> Iterator[World]:
    """The private internet with one more computer beside the client: a second address of it."""
    client = real_world.network.client
    client.configure(f"address add {_OTHER_COMPUTER}/24 dev proxy")
    try:
        yield real_world
    finally:
        client.configure(f"address del {_OTHER_COMPUTER}/24 dev proxy")


@pytest.mark.parametrize("repair", [*_FOR_THE_DEVICE, *_SPLICING], ids=lambda repair: repair.name)
def test_another_computer_gets_what_it_got_before(neighbours: World, repair: Repair) -> None:
    device = load_device(repair.device)
    ports, hosts = ({each.port for each in device.endpoints}, {each.host for each in device.endpoints})
    lines = configuration(_remedy(repair).config or "", sorted(ports), sorted(hosts), {})
    before, after = _got(neighbours, repair.broken), _got(neighbours, repair.repaired(lines))
    assert after[_OTHER_COMPUTER] == before[_OTHER_COMPUTER]
    assert after[CLIENT_ADDRESS] != before[CLIENT_ADDRESS] or repair.cause == "proxy.capacity"
    if re.search(r"\bproxy_auth\b", repair.broken.configuration):
        answers = {connect for connect, *_ in after[_OTHER_COMPUTER]}
        assert "407" in answers and "200" not in answers


def _got(world: World, software: Software) -> dict[str, list[tuple[str, ...]]]:
    """For each computer, and each tunnel that it asks for: the answer to CONNECT, the one inside, how curl ended."""
    found: dict[str, list[tuple[str, ...]]] = {}
    with running(world, software):
        for address in (CLIENT_ADDRESS, _OTHER_COMPUTER):
            found[address] = [_asked(world, address, url) for url in _ASKED]
    return found


def _asked(world: World, address: str, url: str) -> tuple[str, ...]:
    proxy = ("--proxytunnel", "--proxy", f"http://{PROXY_ADDRESS}:3128", "--interface", address)
    quiet = ("--silent", "--max-time", "10", "--output", "/dev/null", "--cacert", str(world.roots))
    written = ("--write-out", "%{http_connect} %{http_code}")
    done = world.network.client.run("curl", *quiet, *written, *proxy, url)
    assert re.fullmatch(r"\d{3} \d{3}", done.stdout), (url, done.stdout, done.stderr)
    return (*done.stdout.split(), str(done.returncode))
