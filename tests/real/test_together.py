"""All lines of one report, entered into one squid.conf as each text says, and the check then passes at once."""

import re

import pytest

from proxycheck.model.report import Report
from tests.real.checkrun import check
from tests.real.engines import Software, running
from tests.real.namespaces import CUSTOMER_RESOLVER
from tests.real.remedies.squid import above
from tests.real.scenarios import Scenario
from tests.real.squid import INSPECTING_LISTENER, PLAIN_LISTENER, STOCK_RULES, squid
from tests.real.world import World

pytestmark = pytest.mark.real

_ALL_PORTS = STOCK_RULES.replace("port 443\n", "port 443 80 5228 5938\n")
_WANTED = "acl wanted dstdomain .pb.com .pitneybowes.com .teamviewer.com"
_TOGETHER = {
    "inspects-and-denies-plain-http": (
        "connectplus",
        {"tls.inspected", "http.block-page"},
        squid(
            *(INSPECTING_LISTENER, "acl unwanted dstdomain .novell.com", "http_access deny unwanted", _ALL_PORTS),
            *("ssl_bump peek step1", "ssl_bump bump all", "on_unsupported_protocol tunnel all"),
        ),
    ),
    "ports-and-hosts": (
        "sendpro-c",
        {"connect.port-denied", "connect.host-denied"},
        squid(PLAIN_LISTENER, _WANTED, STOCK_RULES.replace("allow localnet", "allow localnet wanted")),
    ),
    "hosts-allowed-above-the-ports": (
        "sendpro-c",
        {"connect.port-denied", "connect.host-denied"},
        squid(PLAIN_LISTENER, "acl lan src 10.0.0.0/8", _WANTED, "http_access allow lan wanted", STOCK_RULES),
    ),
    "addresses": (
        "sendpro-c",
        {"connect.host-denied"},
        squid(PLAIN_LISTENER, "acl unwanted dst 203.0.113.0/26", "http_access deny unwanted", _ALL_PORTS),
    ),
}
_PLACES = ("http_access", "url_rewrite_access"), ("ssl_bump",)
"""The directives above whose first line the lines belong: the first that they name themselves."""


@pytest.mark.parametrize("name", _TOGETHER)
def test_all_lines_of_a_report_mend_together(real_world: World, name: str) -> None:
    device, causes, broken = _TOGETHER[name]
    before = _checked(real_world, broken, device)
    assert {cause.code for cause in before.causes} == causes
    repaired = broken
    for cause in before.causes:
        remedy = next(each for each in cause.remedies if each.product == "Squid")
        place = next(each for each in _PLACES if re.search(rf"^{each[0]}\b", remedy.config or "", re.MULTILINE))
        repaired = above(place, repaired, remedy.config or "")
    after = _checked(real_world, repaired, device)
    assert (after.verdict, after.causes) == ("compatible", ())


def _checked(world: World, software: Software, device: str) -> Report:
    world.network.client.use_resolver(CUSTOMER_RESOLVER)
    with running(world, software) as engine:
        asked = ("--no-compare-direct",)
        outcome = check(world, Scenario("together", software, "compatible", device=device, arguments=asked))
        print(outcome.terminal, engine.logs())  # noqa: T201  shown where the test fails
    return outcome.report
