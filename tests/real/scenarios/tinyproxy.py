"""Tinyproxy."""

from tests.real.scenarios import Due, Login, Scenario, below, off_port
from tests.real.tinyproxy import tinyproxy

_OPEN = tinyproxy()
_ONLY_443 = tinyproxy("ConnectPort 443")
_AUTHENTICATES = tinyproxy("BasicAuth clerk s3cret-x")
_CLOSES = Due("auth.connection-closed", where=off_port(5938))
"""Tinyproxy closes the connection with every 407, and the platform of the device would answer on it; TeamViewer brings
a client of its own."""

SCENARIOS = (
    Scenario("tinyproxy-open", _OPEN, "compatible"),
    Scenario("tinyproxy-open-forwarding-device", _OPEN, "compatible", device="connectplus"),
    Scenario(
        "tinyproxy-only-443",
        _ONLY_443,
        "incompatible",
        (Due("connect.port-denied", where=off_port(443)),),
    ),
    Scenario("tinyproxy-only-443-forwarding-device", _ONLY_443, "compatible", device="connectplus"),
    Scenario("tinyproxy-basic-right", _AUTHENTICATES, "incompatible", (_CLOSES,), login=Login("clerk", "s3cret-x")),
    Scenario(
        "tinyproxy-basic-wrong",
        _AUTHENTICATES,
        "incompatible",
        (Due("auth.rejected"), _CLOSES),
        login=Login("clerk", "s3cret-y"),
        refused=1,
    ),
    Scenario("tinyproxy-basic-none", _AUTHENTICATES, "incompatible", (Due("auth.required"), _CLOSES)),
    Scenario(
        "tinyproxy-filters-a-domain",
        tinyproxy('Filter "$folder/filter"', "FilterType ere", filter=r"(^|\.)amazonaws\.com$$" + "\n"),
        "incompatible",
        (Due("connect.host-denied", where=below("amazonaws.com")),),
    ),
    Scenario(
        "tinyproxy-filters-one-host",
        tinyproxy('Filter "$folder/filter"', "FilterType ere", filter=r"^api\.precisely\.com$$" + "\n"),
        "incompatible",
        (Due("connect.host-denied", where=below("api.precisely.com")),),
    ),
    Scenario(
        "tinyproxy-refuses-this-client",
        tinyproxy("Deny 10.77.0.2", allowed="192.168.0.0/16"),
        "incompatible",
        (Due("connect.all-denied"),),
    ),
)
