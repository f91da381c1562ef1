"""A pass is a proof, with real engines: what they can be made to do of all that must never be called good."""

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from proxycheck.catalogue.devices import load_device
from proxycheck.model.report import Report
from proxycheck.report.saved import read_saved
from proxycheck.wire.certificates.facts import to_pem
from tests.real.checkrun import check
from tests.real.engines import Software, running
from tests.real.namespace import run
from tests.real.namespaces import GOOD_RESOLVER
from tests.real.nginx import nginx
from tests.real.scenarios import Scenario
from tests.real.squid import ALLOW_ALL, INSPECTING_LISTENER, PLAIN_LISTENER, squid
from tests.real.world import World
from tests.support.chains import Issued, authority, leaf
from tests.support.odd_certificates import ODD, resigned

pytestmark = pytest.mark.real
_BEHIND = 3129
_PLAIN = squid(PLAIN_LISTENER, ALLOW_ALL)
_ONE = "api.pitneybowes.com"
_INSIDE_TLS = ("tcp sport 443 @th,256,8 0x17 drop", "tcp sport 443 @th,160,8 0x17 drop")
"""What hosts say inside TLS is dropped as it comes in: with and without the time stamps of TCP before it. Dropped as
it leaves, the kernel that sends it would know, and try again in one packet with the end of the handshake.
"""
_AFTER_200 = "tcp dport {{ 443, 80 }} ip daddr {{ {0} }} meta length > 60 drop"


def _report(world: World, software: Software, *arguments: str) -> Report:
    outcome = check(
        world, Scenario("proof", software, "incompatible", arguments=("--no-compare-direct", *arguments)), tapped=False
    )
    print(outcome.terminal)  # noqa: T201  shown where the test fails
    assert read_saved(outcome.text.encode()).verdict == outcome.report.verdict
    return outcome.report


@cache
def _company() -> Issued:
    now = datetime.now(UTC).replace(microsecond=0)
    return authority("Gate CA", start=now - timedelta(days=9), end=now + timedelta(days=300))


def _for_mail(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    return builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)


def _terminating(kind: str) -> Software:
    """nginx that ends TLS with a certificate for every host, odd in one way."""
    now = datetime.now(UTC).replace(microsecond=0)
    hosts = sorted({endpoint.host for endpoint in load_device("sendpro-c").endpoints})
    start, end = now - timedelta(days=9), now + timedelta(days=90)
    shown = leaf(_company(), *hosts, start=start, end=end, amend=_for_mail if kind == "for-mail" else None)
    der = resigned(_company(), shown.der, ODD[kind]) if kind in ODD else shown.der
    chain = f"{to_pem(der)}{_company().pem.decode()}{shown.key_pem.decode()}"
    lines = ("ssl_certificate $folder/chain.pem;", "ssl_certificate_key $folder/chain.pem;")
    found = nginx(*lines, listen=f"{_BEHIND} ssl")
    return Software("nginx", found.configuration, {"chain.pem": chain}, GOOD_RESOLVER, _BEHIND)


@contextlib.contextmanager
def _ended_behind(world: World, kind: str, only: str = "") -> Iterator[None]:
    """What the proxy sends to port 443, of one host or of all, ends at that nginx."""
    proxy = world.network.proxy
    where = f"ip daddr {world.hosts[only]} " if only else ""
    chain = "type nat hook output priority -100;"
    rules = f"table ip ended {{\nchain out {{\n{chain}\n{where}tcp dport 443 redirect to :{_BEHIND}\n}}\n}}\n"
    with running(world, _terminating(kind)), running(world, _PLAIN):
        run(proxy.command("nft", "-f", "-"), rules)
        try:
            yield
        finally:
            run(proxy.command("nft", "delete", "table", "ip", "ended"))


@pytest.mark.parametrize("kind", ["boolean-01", "version-4", "for-mail"])
def test_tls_that_is_ended_with_odd_certificates_is_inspection(real_world: World, kind: str) -> None:
    with _ended_behind(real_world, kind):
        report = _report(real_world, _PLAIN, "--only", "*:443")
    assert report.verdict == "incompatible"
    assert {cause.code for cause in report.causes if cause.severity == "blocker"} == {"tls.inspected"}
    assert not [e.id for e in report.endpoints if e.verdict == "pass"]


@pytest.mark.parametrize("kind", ["version-4", "edi-party-name"])
def test_one_certificate_that_breaks_the_rules_costs_its_host_alone(real_world: World, kind: str) -> None:
    with _ended_behind(real_world, kind, only=_ONE):
        report = _report(real_world, _PLAIN)
    verdicts = {e.id: e.verdict for e in report.endpoints if e.verdict != "skipped"}
    assert verdicts.pop(f"{_ONE}:443") in ("fail", "inconclusive")
    assert set(verdicts.values()) <= {"pass", "warn"}
    assert report.verdict != "compatible"
    assert not report.tool.fault


def test_the_company_authority_among_the_roots_hides_nothing(real_world: World) -> None:
    both = real_world.folder / "roots-and-company.pem"
    both.write_text(real_world.roots.read_text() + real_world.company_root.read_text())
    bumps = squid(INSPECTING_LISTENER, ALLOW_ALL, "ssl_bump peek step1", "ssl_bump bump all")
    with running(real_world, bumps):
        report = _report(real_world, bumps, "--only", "*:443", "--roots", str(both))
    assert report.verdict == "incompatible"
    assert {cause.code for cause in report.causes if cause.severity == "blocker"} == {"tls.inspected"}


def test_plain_http_that_the_proxy_answers_itself_is_no_pass(real_world: World) -> None:
    """mitmproxy blocks by a status of its own inside tunnels, and leaves TLS and the test of the connection alone."""
    options = (
        "ssl_verify_upstream_trusted_ca: $roots\nignore_hosts: [':443$$', ':5228$$', ':5938$$']\n"
        "block_list: ['/!~u generate_204 & !~m CONNECT/403']\n"
    )
    software = Software("mitmdump", files={"config.yaml": options})
    with running(real_world, software):
        report = _report(real_world, software)
    assert report.verdict == "incompatible"
    assert {cause.code for cause in report.causes if cause.severity == "blocker"} == {"http.block-page"}
    assert not [e.id for e in report.endpoints if e.port == 80 and e.verdict == "pass" and "gstatic" not in e.host]


def test_what_is_cut_after_the_handshake_is_no_pass(real_world: World) -> None:
    with running(real_world, _PLAIN), real_world.network.proxy.firewall(*_INSIDE_TLS, hook="input"):
        report = _report(real_world, _PLAIN, "--only", "*:443", "--timeout", "3")
    assert report.verdict == "incompatible"
    assert {cause.code for cause in report.causes if cause.severity == "blocker"} == {"tunnel.dead"}
    assert len([e for e in report.endpoints if e.tls is not None and e.tls.verdict == "passthrough"]) > 20
    assert not [e.id for e in report.endpoints if e.verdict == "pass"]


def test_half_the_hosts_silent_after_200_is_no_pass(real_world: World) -> None:
    hosts = sorted(real_world.hosts)[::2]
    silent = _AFTER_200.format(", ".join(real_world.hosts[host] for host in hosts))
    with running(real_world, _PLAIN), real_world.network.proxy.firewall(silent):
        report = _report(real_world, _PLAIN, "--timeout", "3")
    assert report.verdict == "incompatible"
    passed = {e.host for e in report.endpoints if e.verdict == "pass" and e.port in (80, 443)}
    assert not passed & set(hosts)
