"""The line that a report tells to change is applied to the real engine, and the check then passes."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from proxycheck.model.cause import CauseCode
from proxycheck.model.report import Report
from tests.real.apache import FOR_ALL, FORWARDS, apache
from tests.real.checkrun import check
from tests.real.engines import Software, running
from tests.real.namespaces import CLIENT_ADDRESS, CUSTOMER_RESOLVER, GOOD_RESOLVER
from tests.real.privoxy import privoxy
from tests.real.resolver import NXDOMAIN_FOR_ALL
from tests.real.scenarios import Scenario
from tests.real.squid import ALLOW_ALL, INSPECTING_LISTENER, PLAIN_LISTENER, STOCK_RULES, squid
from tests.real.tinyproxy import tinyproxy
from tests.real.traffic_server import traffic_server
from tests.real.world import World

pytestmark = pytest.mark.real

FEW = (
    *("--no-compare-direct", "--only", "distservp1.pb.com:*", "--only", "decometlb5.pb.com:*"),
    *("--only", "s3.amazonaws.com:*", "--only", "csd-launcher.s3.amazonaws.com:*", "--only", "mtalk.google.com:*"),
    *("--only", "api.pitneybowes.com:*", "--only", "master3.teamviewer.com:*"),
)
"""Several ports, several domains."""


@dataclass(frozen=True)
class Repair:
    """What is wrong at a customer's, the cause that says so, and the same software with the told line put where the
    remedy says."""

    name: str
    cause: CauseCode
    product: str
    broken: Software
    repaired: Callable[[str], Software]


def _escaped(line: str) -> str:
    return line.replace("$", "$$").replace("ADDRESS-OF-THE-DEVICE", CLIENT_ADDRESS)


_AMAZON = "acl unwanted dstdomain .amazonaws.com"
_SPLICES = ("ssl_bump peek step1", "ssl_bump splice all")
_BUMPS = ("ssl_bump peek step1", "ssl_bump bump all")


def _with_squid(*parts: str) -> Callable[[str], Software]:
    """Squid with the told lines before these parts."""
    return lambda line: squid(PLAIN_LISTENER, _escaped(line), *parts)


def _inspecting(*parts: str) -> Callable[[str], Software]:
    return lambda line: squid(INSPECTING_LISTENER, ALLOW_ALL, _escaped(line), *parts)


REPAIRS = (
    Repair("squid-ports", "connect.port-denied", "Squid", squid(PLAIN_LISTENER, STOCK_RULES), _with_squid(STOCK_RULES)),
    Repair(
        "squid-host",
        "connect.host-denied",
        "Squid",
        squid(PLAIN_LISTENER, "acl localnet src 10.0.0.0/8", _AMAZON, "http_access deny unwanted", ALLOW_ALL),
        lambda line: squid(
            PLAIN_LISTENER,
            "acl localnet src 10.0.0.0/8",
            _escaped(line),
            _AMAZON,
            "http_access deny unwanted",
            ALLOW_ALL,
        ),
    ),
    Repair(
        "squid-inspects",
        "tls.inspected",
        "Squid",
        squid(INSPECTING_LISTENER, ALLOW_ALL, *_BUMPS, "on_unsupported_protocol tunnel all"),
        _inspecting(*_BUMPS, "on_unsupported_protocol tunnel all"),
    ),
    Repair(
        "squid-tls-only",
        "tunnel.tls-only",
        "Squid",
        squid(INSPECTING_LISTENER, ALLOW_ALL, *_SPLICES),
        _inspecting(*_SPLICES),
    ),
    Repair(
        "tinyproxy-ports",
        "connect.port-denied",
        "Tinyproxy",
        tinyproxy("ConnectPort 443"),
        lambda line: tinyproxy("ConnectPort 443", _escaped(line)),
    ),
    Repair(
        "tinyproxy-no-connect",
        "connect.method-denied",
        "Tinyproxy",
        tinyproxy("ConnectPort 0"),
        lambda line: tinyproxy(_escaped(line)),
    ),
    Repair(
        "tinyproxy-client",
        "connect.all-denied",
        "Tinyproxy",
        tinyproxy(allowed="192.168.0.0/16"),
        lambda line: tinyproxy(_escaped(line), allowed="192.168.0.0/16"),
    ),
    Repair(
        "tinyproxy-host",
        "connect.host-denied",
        "Tinyproxy",
        tinyproxy(
            'Filter "$folder/filter"',
            "FilterType ere",
            "FilterDefaultDeny Yes",
            filter=r"(pb|pitneybowes|google|teamviewer)\.com$$" + "\n",
        ),
        lambda line: tinyproxy(
            'Filter "$folder/filter"',
            "FilterType ere",
            "FilterDefaultDeny Yes",
            filter=r"(pb|pitneybowes|google|teamviewer)\.com$$" + "\n" + _escaped(line) + "\n",
        ),
    ),
    Repair(
        "tinyproxy-password",
        "auth.required",
        "Tinyproxy",
        tinyproxy("BasicAuth clerk k9bc7"),
        lambda line: tinyproxy(_escaped(line), allowed="192.168.0.0/16"),
    ),
    Repair(
        "apache-ports",
        "connect.port-denied",
        "Apache httpd (mod_proxy)",
        apache(FORWARDS, FOR_ALL),
        lambda line: apache(FORWARDS, FOR_ALL, _escaped(line)),
    ),
    Repair(
        "traffic-server-ports",
        "connect.port-denied",
        "Apache Traffic Server",
        traffic_server(),
        lambda line: traffic_server(_escaped(line).partition("# records.config\n")[2]),
    ),
    Repair(
        "traffic-server-names",
        "connect.dns-failure",
        "Apache Traffic Server",
        traffic_server("CONFIG proxy.config.http.connect_ports STRING *", resolver=NXDOMAIN_FOR_ALL),
        lambda line: traffic_server(
            "CONFIG proxy.config.http.connect_ports STRING *",
            line.replace("ADDRESS-OF-A-RESOLVER", GOOD_RESOLVER),
            resolver=NXDOMAIN_FOR_ALL,
        ),
    ),
    Repair(
        "privoxy-ports",
        "connect.port-denied",
        "Privoxy",
        privoxy("{+limit-connect{443}}", "/"),
        lambda line: privoxy("{+limit-connect{443}}", "/", _escaped(line)),
    ),
    Repair(
        "privoxy-host",
        "connect.host-denied",
        "Privoxy",
        privoxy("{+block{unwanted}}", ".amazonaws.com"),
        lambda line: privoxy("{+block{unwanted}}", ".amazonaws.com", _escaped(line)),
    ),
)


@pytest.mark.parametrize("repair", REPAIRS, ids=lambda repair: repair.name)
def test_the_line_to_change_is_right(real_world: World, repair: Repair) -> None:
    before = _report(real_world, repair, repair.broken)
    told = next(cause for cause in before.causes if cause.code == repair.cause)
    lines = [remedy.config for remedy in told.remedies if remedy.product == repair.product and remedy.config]
    assert lines, [(remedy.product, remedy.text) for remedy in told.remedies]
    after = _report(real_world, repair, repair.repaired(lines[0]))
    assert (after.verdict, after.causes) == ("compatible", ())


def _report(world: World, repair: Repair, software: Software) -> Report:
    world.network.client.use_resolver(CUSTOMER_RESOLVER)
    with running(world, software) as engine:
        outcome = check(world, Scenario(repair.name, software, "compatible", arguments=FEW))
        print(outcome.terminal, engine.logs())  # noqa: T201  shown where the test fails
    return outcome.report
