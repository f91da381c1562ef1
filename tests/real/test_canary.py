"""A canary on the private internet, asked through real Squids: what each proves of the proxy."""

import contextlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from proxycheck.model.cause import CauseCode, Severity
from proxycheck.model.report import CheckReport, EndpointVerdict, Report
from tests.real.checkrun import check
from tests.real.engines import Software, running
from tests.real.scenarios import Scenario
from tests.real.squid import ALLOW_ALL, INSPECTING_LISTENER, PLAIN_LISTENER, squid
from tests.real.world import REPOSITORY, World, wait_until

pytestmark = pytest.mark.real

_ADDRESS = "192.0.2.77"
_PEEK, _SPLICE, _BUMP = "ssl_bump peek step1", "ssl_bump splice all", "ssl_bump bump all"
_TUNNEL_THE_REST = "on_unsupported_protocol tunnel all"
_BELIEVE_ALL = "sslproxy_cert_error allow all\ntls_outgoing_options flags=DONT_VERIFY_PEER"
_STORE_ANYWAY = "override-expire override-lastmod ignore-reload ignore-no-store ignore-private"
_PLAIN = {"sendpro-c": "distservp1.pb.com", "connectplus": "www.novell.com"}
"""A host of each device that it speaks plain HTTP with."""


@dataclass(frozen=True)
class Case:
    """A proxy, and what is due of the canary through it: the check's verdict, its causes, words of its reason."""

    name: str
    software: Software
    verdict: EndpointVerdict
    causes: tuple[tuple[CauseCode, Severity], ...] = ()
    told: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ("--idle", "1")
    device: str = "sendpro-c"
    direct: bool = False


@contextlib.contextmanager
def canary(world: World) -> Iterator[str]:
    """A canary on the private internet; its address as `--canary` takes it."""
    log = world.folder / "canary.log"
    log.unlink(missing_ok=True)
    process = world.network.internet.start(
        *(sys.executable, "-m", "proxycheck", "canary", "serve"),
        *("--listen", _ADDRESS, "--port", "8443", "--port", "8080"),
        log=log,
        directory=REPOSITORY,
    )
    try:
        wait_until(lambda: "--canary" in log.read_text(), process, log)
        yield _told(log)
    finally:
        process.kill()
        process.wait()


def _told(log: Path) -> str:
    found = re.search(r"--canary ['\"](.+)['\"]", log.read_text())
    assert found is not None
    return found[1]


def _storing(software: Software) -> Software:
    """The same, where the base of all configurations does not forbid storing."""
    return replace(software, configuration=software.configuration.replace("cache deny all", ""))


_UNOPENED, _OPENED = "TLS reaches the canary unopened", "another exporter at the far end"
_ALL_RAW, _SILENT_SERVER = "9 of 9 streams", "nothing comes through a tunnel in which the server speaks first"
_ONLY_TLS: tuple[CauseCode, Severity] = ("tunnel.tls-only", "blocker")
_INSPECTED: tuple[CauseCode, Severity] = ("tls.inspected", "blocker")

CASES = (
    Case(
        "plain",
        squid(PLAIN_LISTENER, ALLOW_ALL),
        "pass",
        told=(_UNOPENED, _ALL_RAW, "inside CONNECT, in absolute form", "24 of 24 tunnels", "lived for 1 s"),
    ),
    Case(
        "splices",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _PEEK, _SPLICE),
        "warn",
        (_ONLY_TLS,),
        (_UNOPENED, "4 of 4 greetings", "24 of 24 tunnels", "lived for 1 s"),
    ),
    Case(
        "splices-and-tunnels-the-rest",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _PEEK, _SPLICE, _TUNNEL_THE_REST),
        "pass",
        told=(_UNOPENED, "8 of 9 streams", _SILENT_SERVER),
    ),
    Case(
        "bumps-and-tunnels-the-rest",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _BELIEVE_ALL, _PEEK, _BUMP, _TUNNEL_THE_REST),
        "warn",
        (_INSPECTED,),
        (_OPENED, "4 of 4 handshakes", "8 of 9 streams", "24 of 24 tunnels", "lived for 1 s"),
    ),
    Case(
        "bumps-at-once",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _BELIEVE_ALL, _BUMP),
        "warn",
        (_INSPECTED, _ONLY_TLS),
        (_OPENED, "in absolute form"),
    ),
    Case(
        "bumps-and-shows-its-own-page",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _PEEK, _BUMP),
        "warn",
        (_INSPECTED,),
        ("the certificate shown is not the canary's own",),
    ),
    Case(
        "bumps-nothing-but-the-canary",
        squid(
            INSPECTING_LISTENER,
            ALLOW_ALL,
            _BELIEVE_ALL,
            "acl needed ssl::server_name .pb.com",
            _PEEK,
            "ssl_bump splice needed",
            _BUMP,
            _TUNNEL_THE_REST,
        ),
        "warn",
        (("tls.inspected", "info"),),
        (_OPENED,),
    ),
    Case(
        "closes-quiet-tunnels",
        squid(PLAIN_LISTENER, ALLOW_ALL, "read_timeout 4 seconds"),
        "warn",
        (("tunnel.idle-timeout", "degraded"),),
        ("a tunnel without traffic was closed after", _UNOPENED),
        arguments=("--idle", "9"),
    ),
    Case(
        "few-connections",
        squid(PLAIN_LISTENER, "acl many maxconn 12", "http_access deny many", ALLOW_ALL),
        "warn",
        (("tunnel.concurrency", "degraded"),),
        ("tunnels at once", "403 Forbidden", _ALL_RAW),
    ),
    Case(
        "throttles",
        squid(
            PLAIN_LISTENER,
            ALLOW_ALL,
            "delay_pools 1",
            "delay_class 1 1",
            "delay_parameters 1 24000/24000",
            "delay_access 1 allow all",
        ),
        "fail",
        (("tunnel.slow", "blocker"),),
        ("the guide requires 384 kbit/s", _UNOPENED, _ALL_RAW),
        direct=True,
    ),
    Case(
        "stores-all",
        _storing(squid(PLAIN_LISTENER, ALLOW_ALL, "cache_mem 8 MB", f"refresh_pattern . 10 100% 20 {_STORE_ANYWAY}")),
        "warn",
        (("http.cached", "degraded"),),
        ("brought its answer number", _UNOPENED),
        device="connectplus",
    ),
    Case(
        "stores-what-may-be-stored",
        _storing(squid(PLAIN_LISTENER, ALLOW_ALL, "cache_mem 8 MB", "refresh_pattern . 10 100% 20")),
        "pass",
        told=(_UNOPENED, "in absolute form"),
        device="connectplus",
    ),
    Case(
        "another-user-agent",
        squid(
            PLAIN_LISTENER,
            ALLOW_ALL,
            "request_header_access User-Agent deny all",
            "request_header_replace User-Agent somebody",
        ),
        "warn",
        (("http.altered", "degraded"),),
        ("User-Agent of the request is changed", _UNOPENED),
        device="connectplus",
    ),
)


def _ask(world: World, case: Case) -> tuple[Report, CheckReport]:
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(canary(world))
        engine = stack.enter_context(running(world, case.software))
        if case.direct:
            stack.enter_context(world.network.direct_route())
        hosts = ("--only", "distservp1.pb.com:443", "--only", f"{_PLAIN[case.device]}:80")
        arguments = (*hosts, "--canary", address, *case.arguments)
        scenario = Scenario(case.name, case.software, "compatible", device=case.device, arguments=arguments)
        outcome = check(world, scenario)
        print(outcome.terminal, engine.logs())  # noqa: T201  shown where the test fails
    return outcome.report, next(found for found in outcome.report.checks if found.id == "canary")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_canary_proves(real_world: World, case: Case) -> None:
    report, found = _ask(real_world, case)
    told = {cause.code: cause.severity for cause in report.causes}
    assert {code: told.get(code) for code in found.causes} == dict(case.causes)
    assert found.verdict == case.verdict
    for words in case.told:
        assert words in found.reason
    assert set(told) - set(found.causes) <= {"tunnel.tls-only"}
