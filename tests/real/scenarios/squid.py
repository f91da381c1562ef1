"""Squid that reads no TLS and asks for no password: what it allows and refuses."""

from tests.real.scenarios import Due, Scenario, below, named, off_port, on_port
from tests.real.squid import ALLOW_ALL, PLAIN_LISTENER, STOCK_RULES, squid

OPEN = squid(PLAIN_LISTENER, ALLOW_ALL)
_STOCK = squid(PLAIN_LISTENER, STOCK_RULES)
_DENY_UNWANTED = "http_access deny unwanted"
_AMAZON = "acl unwanted dstdomain .amazonaws.com"

SCENARIOS = (
    Scenario("squid-open", OPEN, "compatible"),
    Scenario("squid-open-forwarding-device", OPEN, "compatible", device="connectplus"),
    Scenario(
        "squid-stock-rules",
        _STOCK,
        "incompatible",
        (Due("connect.port-denied", where=off_port(443)),),
    ),
    Scenario("squid-stock-rules-forwarding-device", _STOCK, "compatible", device="connectplus"),
    Scenario(
        "squid-refuses-5228",
        squid(PLAIN_LISTENER, "acl unwanted port 5228", _DENY_UNWANTED, ALLOW_ALL),
        "degraded",
        (Due("connect.port-denied", "degraded", on_port(5228)),),
    ),
    Scenario(
        "squid-denies-a-domain",
        squid(PLAIN_LISTENER, _AMAZON, _DENY_UNWANTED, ALLOW_ALL),
        "incompatible",
        (Due("connect.host-denied", where=below("amazonaws.com")),),
    ),
    Scenario(
        "squid-denies-one-host",
        squid(PLAIN_LISTENER, "acl unwanted dstdomain s3.amazonaws.com", _DENY_UNWANTED, ALLOW_ALL),
        "incompatible",
        (Due("connect.host-denied", where=named("s3.amazonaws.com")),),
    ),
    Scenario(
        "squid-denies-one-host-where-there-is-no-dns",
        squid(PLAIN_LISTENER, "acl unwanted dstdomain s3.amazonaws.com", _DENY_UNWANTED, ALLOW_ALL),
        "incompatible",
        (Due("connect.host-denied", where=named("s3.amazonaws.com")),),
        resolver="10.77.0.99",
    ),
    Scenario(
        "squid-denies-recommended-hosts",
        squid(PLAIN_LISTENER, "acl unwanted dstdomain .crashlytics.com .youtube.com", _DENY_UNWANTED, ALLOW_ALL),
        "degraded",
        (Due("connect.host-denied", "degraded", below("crashlytics.com", "youtube.com")),),
    ),
    Scenario(
        "squid-stock-rules-and-a-denied-domain",
        squid(PLAIN_LISTENER, _AMAZON, _DENY_UNWANTED, STOCK_RULES),
        "incompatible",
        (
            Due("connect.port-denied", where=off_port(443)),
            Due("connect.host-denied", where=lambda e: e.port == 443 and below("amazonaws.com")(e)),
        ),
    ),
    Scenario(
        "squid-redirects-a-domain",
        squid(
            PLAIN_LISTENER,
            _AMAZON,
            "deny_info 302:http://blocked.customer.example/ unwanted",
            _DENY_UNWANTED,
            ALLOW_ALL,
        ),
        "incompatible",
        (Due("connect.redirected", where=below("amazonaws.com")),),
    ),
    Scenario(
        "squid-resets-a-domain",
        squid(PLAIN_LISTENER, _AMAZON, "deny_info TCP_RESET unwanted", _DENY_UNWANTED, ALLOW_ALL),
        "incompatible",
        (Due("connect.host-denied", where=below("amazonaws.com")),),
    ),
    Scenario(
        "squid-denies-all",
        squid(PLAIN_LISTENER, "http_access deny all"),
        "incompatible",
        (Due("connect.all-denied"),),
    ),
    Scenario(
        "squid-denies-connect",
        squid(PLAIN_LISTENER, "acl CONNECT method CONNECT", "http_access deny CONNECT", ALLOW_ALL),
        "incompatible",
        (Due("connect.method-denied"),),
    ),
)
