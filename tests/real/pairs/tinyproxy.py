"""Tinyproxy, and the scenarios that play it."""

from tests.real.pairs import Pair, pairs
from tests.real.resolver import NXDOMAIN_FOR_ALL
from tests.real.tinyproxy import tinyproxy

_USERS = tinyproxy("BasicAuth clerk k9bc7")

PAIRS = (
    Pair("tinyproxy-open", "clean-tinyproxy", tinyproxy()),
    Pair("tinyproxy-only-443", "ports-tinyproxy", tinyproxy("ConnectPort 443", "ConnectPort 563")),
    Pair("tinyproxy-no-connect", "method-tinyproxy", tinyproxy("ConnectPort 0")),
    Pair("tinyproxy-no-names", "dns-tinyproxy", tinyproxy(resolver=NXDOMAIN_FOR_ALL)),
    *pairs(
        _USERS,
        (
            ("tinyproxy-basic-right", "auth-tinyproxy"),
            ("tinyproxy-basic-wrong", "auth-tinyproxy-wrong"),
            ("tinyproxy-basic-none", "auth-tinyproxy-none"),
        ),
    ),
    Pair(
        "tinyproxy-filters-a-domain",
        "hosts-tinyproxy",
        tinyproxy('Filter "$folder/filter"', "FilterType ere", filter=r"\.amazonaws\.com$$" + "\n"),
    ),
    Pair("tinyproxy-refuses-this-client", "all-denied-tinyproxy", tinyproxy(allowed="192.168.0.0/16")),
)
