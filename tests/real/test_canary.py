"""A canary on the private internet, asked through real Squids: what each proves of the proxy."""

import contextlib
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
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
_HOST = "distservp1.pb.com:443"


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
    found = re.search(r"--canary '(.+)'", log.read_text())
    assert found is not None
    return found[1]


CASES = (
    Case(
        "plain",
        squid(PLAIN_LISTENER, ALLOW_ALL),
        "pass",
    ),
    Case(
        "splices",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _PEEK, _SPLICE),
        "warn",
    ),
    Case(
        "splices-and-tunnels-the-rest",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _PEEK, _SPLICE, _TUNNEL_THE_REST),
        "pass",
    ),
    Case(
        "bumps-and-tunnels-the-rest",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _BELIEVE_ALL, _PEEK, _BUMP, _TUNNEL_THE_REST),
        "warn",
    ),
    Case(
        "bumps-and-believes-all",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _BELIEVE_ALL, _BUMP),
        "warn",
    ),
    Case(
        "bumps-and-shows-its-own-page",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _PEEK, _BUMP),
        "warn",
    ),
    Case(
        "closes-quiet-tunnels",
        squid(PLAIN_LISTENER, ALLOW_ALL, "read_timeout 3 seconds"),
        "warn",
        arguments=("--idle", "8"),
    ),
    Case(
        "few-connections",
        squid(PLAIN_LISTENER, "acl many maxconn 12", "http_access deny many", ALLOW_ALL),
        "warn",
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
        direct=True,
    ),
    Case(
        "stores-all",
        squid(
            PLAIN_LISTENER,
            ALLOW_ALL,
            "cache allow all",
            "cache_mem 8 MB",
            "refresh_pattern . 10 100% 20 override-expire override-lastmod ignore-reload ignore-no-store ignore-private",
        ),
        "warn",
        device="connectplus",
    ),
    Case(
        "another-user-agent",
        squid(PLAIN_LISTENER, ALLOW_ALL, "request_header_access User-Agent deny all", "request_header_replace User-Agent X"),
        "warn",
        device="connectplus",
    ),
)


def _ask(world: World, case: Case) -> tuple[Report, CheckReport]:
    with contextlib.ExitStack() as stack:
        address = stack.enter_context(canary(world))
        engine = stack.enter_context(running(world, case.software))
        if case.direct:
            stack.enter_context(world.network.direct_route())
        arguments = ("--only", _HOST, "--canary", address, *case.arguments)
        outcome = check(world, Scenario(case.name, case.software, "compatible", arguments=arguments, device=case.device))
        print(outcome.terminal, engine.logs())  # noqa: T201  shown where the test fails
    return outcome.report, next(found for found in outcome.report.checks if found.id == "canary")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_canary_proves(real_world: World, case: Case) -> None:
    report, found = _ask(real_world, case)
    causes = {cause.code: cause.severity for cause in report.causes}
    print("REPORT", found, [(c.code, c.severity, c.because) for c in report.causes])
    for e in report.evidence:
        if e.canary and not e.canary.sound: print(e.variant, e.canary, e.failure, e.received[:200])
    assert 0
