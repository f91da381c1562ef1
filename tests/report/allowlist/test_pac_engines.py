"""The PAC file of a device in two engines: ours (QuickJS), and Duktape through pypac."""

import asyncio

import pytest
from pypac.parser import PACFile

from proxycheck.catalogue.allowlists import load_allowlists
from proxycheck.catalogue.devices import device_names, load_device
from proxycheck.net.pac.process import evaluate_pac
from proxycheck.report.allowlist import listing
from proxycheck.report.allowlist.entries import device_hosts
from proxycheck.routes.pac.answers import PacScript, question
from tests.routes.recordings import NOWHERE

_PROXY = "proxy.example:8080"
_OTHERS = ("www.example.org", "teamviewer.com.example.org", "xteamviewer.org", "toString", "hasOwnProperty")


@pytest.mark.parametrize("name", device_names())
def test_every_host_of_a_device_goes_to_the_proxy_and_no_other(name: str) -> None:
    device = load_device(name)
    text = listing(device_hosts(device, device.endpoints), load_allowlists().formats["pac"], proxy=_PROXY).text
    hosts = sorted({endpoint.host for endpoint in device.endpoints} | {"any.dyngate.com", "a.b.TeamViewer.com"})
    due = {**dict.fromkeys(hosts, f"PROXY {_PROXY}"), **dict.fromkeys(_OTHERS, "DIRECT")}
    assert _pypac(text, due) == due
    assert _ours(text, due) == due


def _pypac(text: str, hosts: dict[str, str]) -> dict[str, str]:
    script = PACFile(text)
    return {host: script.find_proxy_for_url(f"https://{host}/", host) for host in hosts}


def _ours(text: str, hosts: dict[str, str]) -> dict[str, str]:
    questions = [question("https", host, 443) for host in hosts]
    found = asyncio.run(evaluate_pac(PacScript(text), questions, NOWHERE))
    assert found.problem is None, found.problem
    return dict(zip(hosts, (answer.raw for answer in found.answers), strict=True))
