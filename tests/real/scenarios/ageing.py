"""A guide that has aged: one host is gone, one refuses, one is dead, and all others work."""

from tests.real.namespaces import GOOD_RESOLVER
from tests.real.resolver import AGEING, DEAD, GONE, REFUSING
from tests.real.scenarios import Due, Scenario, below, both, no_tls_inside, tls_inside
from tests.real.squid import ALLOW_ALL, INSPECTING_LISTENER, PLAIN_LISTENER, squid
from tests.real.tinyproxy import tinyproxy

_SQUID = squid(PLAIN_LISTENER, ALLOW_ALL, "connect_timeout 1 seconds", resolver=AGEING)
_SPLICING = squid(
    INSPECTING_LISTENER,
    ALLOW_ALL,
    "connect_timeout 1 seconds",
    "ssl_bump peek step1",
    "ssl_bump splice all",
    resolver=AGEING,
)

SCENARIOS = (
    Scenario(
        "ageing-behind-squid",
        _SQUID,
        "degraded",
        (
            Due("connect.dns-failure", "degraded", below(GONE)),
            Due("connect.upstream-refused", "degraded", below(REFUSING)),
            Due("connect.upstream-timeout", "degraded", below(DEAD)),
        ),
    ),
    Scenario(
        "ageing-for-everybody",
        _SQUID,
        "compatible",
        (Due("endpoint.down", "info", below(GONE, REFUSING, DEAD)),),
        arguments=("--timeout", "4"),
        resolver=AGEING,
        direct=True,
    ),
    Scenario(
        "ageing-only-at-the-proxy",
        _SQUID,
        "incompatible",
        (
            Due("connect.dns-failure", "blocker", below(GONE)),
            Due("connect.upstream-refused", "degraded", below(REFUSING)),
            Due("connect.upstream-timeout", "degraded", below(DEAD)),
        ),
        resolver=GOOD_RESOLVER,
        direct=True,
    ),
    Scenario(
        "ageing-behind-a-splicing-squid",
        _SPLICING,
        "incompatible",
        (
            Due("connect.dns-failure", "degraded", both(tls_inside, below(GONE))),
            Due("tunnel.dead", "degraded", both(tls_inside, below(REFUSING, DEAD))),
            Due("tunnel.tls-only", "blocker", no_tls_inside),
        ),
    ),
    Scenario(
        "ageing-for-everybody-behind-tinyproxy",
        tinyproxy(resolver=AGEING),
        "compatible",
        (Due("endpoint.down", "info", below(GONE, REFUSING, DEAD)),),
        arguments=("--timeout", "4"),
        resolver=AGEING,
        direct=True,
    ),
)
