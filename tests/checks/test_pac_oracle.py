"""PAC files of many styles in two engines, with one DNS: ours, which looks up what the script asks for, and pypac's."""

import asyncio
import hashlib
import socket
from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from pypac.parser import PACFile

from proxycheck.catalogue.devices import load_device
from proxycheck.checks.setup import pac
from proxycheck.checks.setup.pac import PacExamination, examine
from proxycheck.net.trace import Trace
from proxycheck.routes.pac.answers import PacAnswer, question
from proxycheck.wire.secrets.redaction import Redactor

DEVICE = load_device("sendpro-c")
OWN = "10.1.2.3"


def _address(name: str) -> tuple[str, ...]:
    """Every third name has an address inside, every third one outside, and every third has none."""
    digest = hashlib.sha256(name.encode()).digest()
    return ((), (f"10.{digest[1]}.{digest[2]}.7",), (f"198.51.{digest[1]}.{digest[2]}",))[digest[0] % 3]


STYLES = {
    "address-of-the-host": "return isInNet(dnsResolve(host), '10.0.0.0', '255.0.0.0') ? 'DIRECT' : 'PROXY p:1';",
    "address-by-name": "return isInNet(host, '10.0.0.0', '255.128.0.0') ? 'DIRECT' : 'PROXY p:1; DIRECT';",
    "resolved-once": "var ip = dnsResolve(host); if (!ip) return 'PROXY none:1';"
    " return ip.substring(0, 3) == '10.' ? 'DIRECT' : 'PROXY p:1';",
    "resolvable": "return isResolvable(host) ? 'PROXY p:1' : 'PROXY q:2';",
    "two-steps": "if (isInNet(myIpAddress(), '10.1.0.0', '255.255.0.0') && dnsResolve('gate.' + host.charAt(0)))"
    " return 'PROXY p:1'; return isInNet(dnsResolve(host), '198.51.0.0', '255.255.0.0') ? 'PROXY q:2' : 'DIRECT';",
    "named-constant": "return dnsResolve('marker.corp.example') ? 'PROXY in:1' : 'PROXY out:2';",
    "patterns": "if (isPlainHostName(host) || shExpMatch(host, '*.pb.com')) return 'DIRECT';"
    " if (shExpMatch(url, 'https:*google*')) return 'PROXY g:8080'; return 'PROXY p:1';",
    "domains": "if (dnsDomainIs(host, '.pitneybowes.com') && dnsDomainLevels(host) > 2) return 'PROXY deep:1';"
    " return localHostOrDomainIs(host, 'api.precisely.com') ? 'DIRECT' : 'PROXY p:1';",
    "table": "var hosts = {'distservp1.pb.com': 'DIRECT', 'microsoft.com': 'PROXY m:1'};"
    " for (var name in hosts) { if (host === name) { return hosts[name]; } } return 'PROXY p:1';",
    "expression": "return /^(s3|play|www)[.-]/.test(host) ? 'PROXY x:1' :"
    " url.indexOf('http:') == 0 ? 'PROXY h:1' : 'DIRECT';",
    "wpad-style": "host = host.toLowerCase(); if (isInNet(dnsResolve(host), '127.0.0.0', '255.0.0.0')) return 'DIRECT';"
    " if (isInNet(dnsResolve(host), '192.168.0.0', '255.255.0.0')) return 'DIRECT'; return 'PROXY p:1';",
}


@pytest.mark.parametrize("body", STYLES.values(), ids=STYLES)
@pytest.mark.slow
def test_both_engines_say_the_same_of_every_endpoint(monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    script = f"function FindProxyForURL(url, host) {{ {body} }}"
    answers = _ours(monkeypatch, script)
    assert not [answer for answer in answers if answer.error]
    ours = {(answer.url, answer.host): answer.raw for answer in answers}
    assert ours == _theirs(monkeypatch, script)


def test_a_name_that_no_server_answers_for_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = {"api.precisely.com", "microsoft.com"}
    answers = _ours(monkeypatch, f"function FindProxyForURL(url, host) {{ {STYLES['resolvable']} }}", silent)
    assert {answer.host for answer in answers if answer.unknown} == silent
    assert {answer.error for answer in answers if answer.unknown} == {
        f"it rests on DNS, and {name} was not looked up" for name in silent
    }


def test_nothing_asks_for_the_address_of_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    body = (
        "return dnsResolve(dnsResolve(host)) || isInNet(dnsResolve(null), '10.0.0.0', '255.0.0.0') ? 'PROXY a:1' : '';"
    )
    _ours(monkeypatch, f"function FindProxyForURL(url, host) {{ {body} }}", asked=asked)
    assert "null" not in asked
    assert set(asked) == {endpoint.host.lower() for endpoint in DEVICE.endpoints}


def test_a_script_that_invents_names_is_not_followed_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    body = "for (var i = 0; i < 3; i++) dnsResolve(i + '.' + host + '.invalid'); return 'PROXY p:1';"
    answers = _ours(monkeypatch, f"function FindProxyForURL(url, host) {{ {body} }}", asked=asked)
    assert len(asked) == pac.MOST_OTHER_NAMES
    assert sum(answer.unknown for answer in answers) > len(answers) // 2


def _ours(
    monkeypatch: pytest.MonkeyPatch, script: str, silent: Collection[str] = (), *, asked: list[str] | None = None
) -> tuple[PacAnswer, ...]:
    async def ipv4_addresses(name: str) -> tuple[str, ...] | None:
        if asked is not None:
            asked.append(name)
        return None if name in silent else _address(name)

    monkeypatch.setattr(pac, "ipv4_addresses", ipv4_addresses)
    view = PacExamination(now=datetime.now(UTC), own_addresses=(OWN,), lookup=True)
    trace = Trace(lambda: 0.0, Redactor(None))
    return asyncio.run(examine(trace, script.encode(), None, DEVICE.endpoints, view))


def _theirs(monkeypatch: pytest.MonkeyPatch, script: str) -> dict[tuple[str, str], str]:
    def gethostbyname(name: str) -> str:
        found = _address(name)
        if not found:
            raise socket.gaierror(name)
        return found[0]

    monkeypatch.setattr(socket, "gethostbyname", gethostbyname)
    monkeypatch.setattr("pypac.parser_functions.myIpAddress", lambda: OWN)
    monkeypatch.setitem(PACFile.__init__.__globals__["function_injections"], "myIpAddress", lambda: OWN)
    parsed = PACFile(script)
    asked = [question(e.scheme, e.host, e.port, e.path) for e in DEVICE.endpoints]
    return {(it.url, it.host): parsed.find_proxy_for_url(it.url, it.host) for it in asked}
