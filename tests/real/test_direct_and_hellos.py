"""The way without a proxy, comparisons with it, and greetings of several kinds, with real software and a real kernel.

A transparent gateway is Squid on the client's default route: the kernel hands it what goes to port 443.
"""

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.model.cause import Cause
from proxycheck.model.report import Report
from proxycheck.report.json import decode
from proxycheck.runner import judge_again
from tests.real.engines import Software, running
from tests.real.namespace import run
from tests.real.namespaces import CUSTOMER_RESOLVER, GOOD_RESOLVER, PROXY_ADDRESS
from tests.real.programs import PORT
from tests.real.resolver import AGEING, DEAD, GONE, REFUSING
from tests.real.squid import ALLOW_ALL, INSPECTING_LISTENER, PLAIN_LISTENER, squid
from tests.real.world import REPOSITORY, World

pytestmark = pytest.mark.real

_LONGEST_S = 90.0
_PROXY = ("--proxy", f"http://{PROXY_ADDRESS}:{PORT}")
_EXPLICIT = squid(INSPECTING_LISTENER, ALLOW_ALL, "ssl_bump peek step1", "ssl_bump bump all")
_TRANSPARENT = "http_port 3127\n" + INSPECTING_LISTENER.replace("http_port 3128", "https_port 3128 intercept")
"""Squid wants an ordinary port as well, for the addresses of its own pages."""
_BESIDE = INSPECTING_LISTENER.split("\n")[1].replace("http_port 3128", "https_port 3130 intercept")


def _check(world: World, *arguments: str, roots: Path | None = None) -> Report:
    """The report of one run; with other `roots` nothing is known of this internet's transparency logs either."""
    logs = ("--ct-log-list", str(world.logs)) if roots is None else ()
    with tempfile.TemporaryDirectory(dir=world.folder) as folder:
        file = Path(folder, "report.json")
        result = world.network.client.run(
            *(sys.executable, "-m", "proxycheck", "check", "--device", "sendpro-c", "--json", str(file)),
            *("--no-network", "--roots", str(roots or world.roots), *logs),
            *arguments,
            timeout_s=_LONGEST_S,
            directory=REPOSITORY,
        )
        print(result.stdout, result.stderr)  # noqa: T201  shown where the test fails
        assert file.exists()
        report = decode(file.read_bytes())
    again = judge_again(report, load_device("sendpro-c"), load_knowledge())
    assert again.causes == report.causes
    return report


@contextlib.contextmanager
def _direct(world: World, resolver: str = GOOD_RESOLVER) -> Iterator[None]:
    world.network.client.use_resolver(resolver)
    try:
        with world.network.direct_route():
            yield
    finally:
        world.network.client.use_resolver(CUSTOMER_RESOLVER)


@contextlib.contextmanager
def _gateway(world: World, software: Software, port: int = PORT) -> Iterator[None]:
    """The client reaches the internet through the namespace `proxy`, where port 443 ends at `port`."""
    client, proxy = world.network.client, world.network.proxy
    rules = f"""
    table ip gateway {{
      chain before {{
        type nat hook prerouting priority dstnat
        iifname "client" ip daddr != {PROXY_ADDRESS} tcp dport 443 redirect to :{port}
      }}
      chain after {{ type nat hook postrouting priority srcnat; oifname "internet" masquerade; }}
    }}
    """
    client.use_resolver(GOOD_RESOLVER)
    client.configure(f"route add default via {PROXY_ADDRESS}")
    run(proxy.command("sysctl", "-qw", "net.ipv4.ip_forward=1"))
    run(proxy.command("nft", "-f", "-"), rules)
    try:
        with running(world, software):
            yield
    finally:
        run(proxy.command("nft", "delete", "table", "ip", "gateway"))
        run(proxy.command("sysctl", "-qw", "net.ipv4.ip_forward=0"))
        client.configure("route del default")
        client.use_resolver(CUSTOMER_RESOLVER)


def _measured(report: Report, host: str) -> tuple[str, ...]:
    return tuple(e.id for e in report.endpoints if e.host == host and e.verdict != "skipped")


def _only(report: Report, code: str) -> Cause:
    assert [cause.code for cause in report.causes] == [code]
    return report.causes[0]


def _tls(report: Report, *, port: int | None = None) -> set[str | None]:
    shown = [e for e in report.endpoints if e.tls is not None and e.tls.chain and port in (None, e.port)]
    return {endpoint.tls.verdict for endpoint in shown if endpoint.tls is not None}


def test_a_clean_way_without_a_proxy_is_compatible(real_world: World) -> None:
    with _direct(real_world):
        report = _check(real_world, "--direct")
    assert (report.verdict, report.causes, report.proxy) == ("compatible", (), None)
    assert _tls(report) == {"passthrough"}
    stages = {stage.stage for endpoint in report.endpoints for stage in endpoint.stages}
    assert stages == {"host_tcp", "tunnel", "tls", "identity", "http"}
    assert not [e for e in report.evidence if e.operation in ("connect", "proxy_tcp", "http_forward")]


def test_without_any_way_out_nothing_works(real_world: World) -> None:
    report = _check(real_world, "--direct", "--timeout", "2")
    assert report.verdict == "incompatible"
    assert _only(report, "connect.dns-failure").confidence == "strong"
    assert "proxy" not in report.causes[0].title + report.causes[0].explanation.replace("without a proxy", "")


def test_a_guide_that_has_aged_is_no_verdict_on_the_network(real_world: World) -> None:
    with _direct(real_world, AGEING):
        report = _check(real_world, "--direct", "--timeout", "2")
    assert report.verdict == "degraded"
    assert {cause.code: cause.endpoints for cause in report.causes} == {
        "connect.dns-failure": (f"{GONE}:443",),
        "connect.upstream-refused": _measured(report, REFUSING),
        "connect.timeout": _measured(report, DEAD),
    }
    assert {cause.confidence for cause in report.causes} == {"weak"}


def test_a_port_that_no_host_answers_on_is_blocked(real_world: World) -> None:
    with _direct(real_world), real_world.network.client.firewall("tcp dport 80 reject with tcp reset"):
        report = _check(real_world, "--direct")
    cause = _only(report, "network.port-blocked")
    assert (cause.severity, report.verdict) == ("blocker", "incompatible")
    assert {endpoint.rpartition(":")[2] for endpoint in cause.endpoints} == {"80"}


def test_a_transparent_gateway_is_seen_without_a_proxy(real_world: World) -> None:
    software = squid(_TRANSPARENT, ALLOW_ALL, "ssl_bump peek step1", "ssl_bump bump all")
    with _gateway(real_world, software):
        report = _check(real_world, "--direct")
    cause = _only(report, "tls.inspected")
    assert (cause.confidence, report.verdict) == ("conclusive", "incompatible")
    assert "gateway" in cause.explanation
    assert _tls(report, port=443) == {"inspected"}
    assert _tls(report, port=5228) == {"passthrough"}


def test_a_gateway_whose_authority_is_among_the_roots_hides_nothing(real_world: World) -> None:
    """It signs for a name that cannot exist as well, which is asked for without a proxy too."""
    both = real_world.folder / "roots-and-gateway.pem"
    both.write_text(real_world.roots.read_text() + real_world.company_root.read_text())
    software = squid(_TRANSPARENT, ALLOW_ALL, "ssl_bump peek step1", "ssl_bump bump all")
    with _gateway(real_world, software):
        report = _check(real_world, "--direct", roots=both)
    assert report.verdict == "incompatible"
    assert {cause.code for cause in report.causes if cause.severity == "blocker"} == {"tls.inspected"}


def test_a_gateway_that_only_looks_on_is_not_accused(real_world: World) -> None:
    software = squid(_TRANSPARENT, ALLOW_ALL, "ssl_bump peek step1", "ssl_bump splice all")
    with _gateway(real_world, software):
        report = _check(real_world, "--direct")
    assert (report.verdict, report.causes) == ("compatible", ())
    assert _tls(report) == {"passthrough"}


def test_a_public_certificate_without_the_proxy_convicts_it(real_world: World) -> None:
    """One host only: nothing else tells an inspected host from one with a certificate of its own."""
    host = "api.pitneybowes.com"
    rules = ("ssl_bump peek step1", "ssl_bump bump watched", "ssl_bump splice all")
    software = squid(INSPECTING_LISTENER, ALLOW_ALL, f"acl watched ssl::server_name {host}", *rules)
    only = ("--only", f"{host}:443", "--only", "distservp1.pb.com:443")
    with running(real_world, software), _direct(real_world):
        report = _check(real_world, *_PROXY, *only)
    cause = _only(report, "tls.inspected")
    assert (cause.confidence, cause.endpoints) == ("conclusive", (f"{host}:443",))
    assert "without the proxy it is signed by" in cause.because[0]


def test_what_is_the_same_without_the_proxy_is_not_its_doing(real_world: World, tmp_path: Path) -> None:
    """One of the two public authorities is on nobody's list: its hosts look as if they had their own."""
    first = real_world.roots.read_text().split("-----END CERTIFICATE-----\n")[0] + "-----END CERTIFICATE-----\n"
    roots = tmp_path / "roots.pem"
    roots.write_text(first)
    only = [word for host in _hosts_of_one_owner(real_world, roots) for word in ("--only", f"{host}:443")]
    with running(real_world, squid(PLAIN_LISTENER, ALLOW_ALL)), _direct(real_world):
        report = _check(real_world, *_PROXY, *only, roots=roots)
    cause = _only(report, "tls.untrusted")
    assert "the same certificate comes without the proxy, which has no part in it" in cause.because[0]


def _hosts_of_one_owner(world: World, roots: Path) -> tuple[str, ...]:
    """A host whose authority is on the list, and one whose is not."""
    with running(world, squid(PLAIN_LISTENER, ALLOW_ALL)):
        report = _check(world, *_PROXY, "--no-compare-direct", "--only", "*:443", roots=roots)
    trusted = next(e.host for e in report.endpoints if e.tls and e.tls.verdict == "passthrough")
    foreign = next(e.host for e in report.endpoints if e.tls and e.tls.verdict not in (None, "passthrough"))
    return trusted, foreign


def test_an_authority_that_signs_both_ways_is_before_the_proxy(real_world: World) -> None:
    software = squid(INSPECTING_LISTENER, _BESIDE, ALLOW_ALL, "ssl_bump peek step1", "ssl_bump bump all")
    with _gateway(real_world, software, port=3130):
        report = _check(real_world, *_PROXY, "--only", "*:443")
    cause = _only(report, "tls.inspected")
    assert "also without the proxy: an antivirus program on this computer or a transparent gateway" in cause.because[0]
    assert "on this computer or network" in cause.title
    assert _tls(report) == {"inspected"}


def test_a_handshake_that_fails_both_ways_is_the_hosts_matter(real_world: World) -> None:
    address = real_world.hosts[REFUSING]
    mute = f"ip saddr {address} tcp sport 443 meta length > 60 drop"
    arguments = (*_PROXY, "--timeout", "3", "--only", f"{REFUSING}:443", "--only", "*.pb.com:443")
    with running(real_world, squid(PLAIN_LISTENER, ALLOW_ALL)), real_world.network.internet.firewall(mute):
        alone = _check(real_world, *arguments)
        with _direct(real_world):
            compared = _check(real_world, *arguments)
    assert _only(alone, "tunnel.dead").endpoints == (f"{REFUSING}:443",)
    cause = _only(compared, "endpoint.down")
    assert (cause.severity, compared.verdict, cause.endpoints) == ("info", "compatible", (f"{REFUSING}:443",))


def test_every_greeting_passes_a_plain_proxy(real_world: World) -> None:
    with running(real_world, squid(PLAIN_LISTENER, ALLOW_ALL)):
        report = _check(real_world, *_PROXY)
    assert (report.verdict, report.causes) == ("compatible", ())
    said = [e for e in report.evidence if e.check == "hellos" and e.operation == "tls"]
    assert {e.variant for e in said} == {
        *(
            "hello:android-7.0",
            "hello:android-9",
            "hello:android-7.0/split",
            "hello:modern",
            "hello:large",
            "hello:okhttp3-android-7.0",
        )
    }
    assert all(e.failure is None for e in said)
    assert all(e.tls and e.tls.possession == "signed" for e in said if e.variant == "hello:android-7.0")


def test_packets_too_large_for_a_middlebox_do_not_concern_the_device(real_world: World) -> None:
    """The kernel drops what a greeting of more than one segment needs; everything the device says is shorter."""
    with (
        running(real_world, squid(PLAIN_LISTENER, ALLOW_ALL)),
        real_world.network.client.firewall(f"tcp dport {PORT} meta length > 1400 drop"),
    ):
        report = _check(real_world, *_PROXY, "--timeout", "2")
    cause = _only(report, "tls.hello-rejected")
    assert (cause.severity, report.verdict) == ("info", "compatible")
    assert any("more than one segment" in sentence for sentence in cause.because)


def test_greetings_pass_an_inspecting_proxy_and_show_who_answers(real_world: World) -> None:
    with running(real_world, _EXPLICIT):
        report = _check(real_world, *_PROXY, "--only", "*:443")
    assert "tls.hello-rejected" not in [cause.code for cause in report.causes]
    assert _tls(report) == {"inspected"}
