"""Privoxy, and the scenarios that play it."""

from tests.real.pairs import Pair
from tests.real.privoxy import privoxy
from tests.real.resolver import NXDOMAIN_FOR_ALL

PAIRS = (
    Pair("privoxy-open", "clean-tunnel", privoxy()),
    Pair("privoxy-only-443", "ports-privoxy", privoxy("{+limit-connect{443}}", "/")),
    Pair("privoxy-blocks-a-domain", "hosts-privoxy", privoxy("{+block{unwanted}}", ".amazonaws.com")),
    Pair("privoxy-no-names", "dns-privoxy", privoxy(resolver=NXDOMAIN_FOR_ALL)),
)
