"""All pairs, engine by engine."""

from proxycheck.catalogue.scenarios import load_scenario
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


def with_stacks(pair: Pair) -> bool:
    """Whether the devices' own stacks are tried behind the real engine too: where it has a login, or nothing wrong."""
    played = load_scenario(pair.scenario)
    wanted = played.client.user is not None or played.clean
    return wanted and pair.software is not None and not pair.varying
