"""All pairs, engine by engine."""

from tests.real.pairs import (
    Pair,
    apache,
    haproxy,
    inspection,
    listeners,
    mitmproxy,
    privoxy,
    squid,
    tinyproxy,
    traffic_server,
)

PAIRS: tuple[Pair, ...] = (
    *squid.PAIRS,
    *inspection.PAIRS,
    *tinyproxy.PAIRS,
    *apache.PAIRS,
    *traffic_server.PAIRS,
    *privoxy.PAIRS,
    *haproxy.PAIRS,
    *mitmproxy.PAIRS,
    *listeners.PAIRS,
)
