"""Squid without TLS inspection."""

from tests.real.resolver import FAILS_ALL, NXDOMAIN_FOR_ALL, REFUSES_ALL, SILENT
from tests.real.scenarios import Due, Login, Scenario, below, everywhere, off_port
from tests.real.squid import (
    ALLOW_ALL,
    DIGEST_AUTHENTICATION,
    PLAIN_LISTENER,
    STOCK_RULES,
    squid,
    squid_with_users,
)

_USERS = {
    "clerk": "k9:b:c7",
    "clerk@example.com": "p@ss:w@rd",
    "first last": "hundred % of it",
    "50%off": "%3A%20",
    "EXAMPLE\\clerk": " blank at both ends ",
}
_OPEN = squid(PLAIN_LISTENER, ALLOW_ALL)
_STOCK = squid(PLAIN_LISTENER, STOCK_RULES)
_DENIES_AMAZON = squid(
    PLAIN_LISTENER, "acl unwanted dstdomain .amazonaws.com", "http_access deny unwanted", ALLOW_ALL
)
_DENIES_ONE_HOST = squid(
    PLAIN_LISTENER, "acl unwanted dstdomain s3.amazonaws.com", "http_access deny unwanted", ALLOW_ALL
)
_REDIRECTS = squid(
    PLAIN_LISTENER,
    "acl unwanted dstdomain .amazonaws.com",
    "deny_info 302:http://blocked.customer.example/ unwanted",
    "http_access deny unwanted",
    ALLOW_ALL,
)
_AUTHENTICATES = squid_with_users(_USERS)

SCENARIOS = (
    Scenario("squid-open", _OPEN, "compatible"),
    Scenario("squid-open-forwarding-device", _OPEN, "compatible", device="connectplus"),
    Scenario(
        "squid-stock-rules",
        _STOCK,
        "incompatible",
        (Due("connect.port-denied", where=off_port(443)),),
    ),
    Scenario("squid-stock-rules-forwarding-device", _STOCK, "compatible", device="connectplus"),
    Scenario(
        "squid-denies-a-domain",
        _DENIES_AMAZON,
        "incompatible",
        (Due("connect.host-denied", where=below("amazonaws.com")),),
    ),
    Scenario(
        "squid-denies-one-host",
        _DENIES_ONE_HOST,
        "incompatible",
        (Due("connect.host-denied", where=below("s3.amazonaws.com")),),
    ),
    Scenario(
        "squid-redirects-a-domain",
        _REDIRECTS,
        "incompatible",
        (Due("connect.redirected", where=below("amazonaws.com")),),
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
    *(
        Scenario(
            f"squid-dns-{name}",
            squid(PLAIN_LISTENER, ALLOW_ALL, resolver=resolver),
            "incompatible",
            (Due("connect.dns-failure", where=everywhere),),
        )
        for name, resolver in (
            ("knows-nothing", NXDOMAIN_FOR_ALL),
            ("refuses", REFUSES_ALL),
            ("fails", FAILS_ALL),
        )
    ),
    Scenario(
        "squid-dns-silent",
        squid(PLAIN_LISTENER, ALLOW_ALL, "dns_timeout 1 seconds", resolver=SILENT),
        "incompatible",
        (Due("connect.dns-failure", where=everywhere),),
    ),
    Scenario(
        "squid-without-its-parent",
        squid(
            PLAIN_LISTENER,
            ALLOW_ALL,
            "cache_peer 10.77.1.1 parent 9999 0 no-query default",
            "never_direct allow all",
        ),
        "incompatible",
        (Due("connect.upstream-error", where=everywhere),),
    ),
    *(
        Scenario(f"squid-basic-right-{index}", _AUTHENTICATES, "compatible", login=Login(user, password))
        for index, (user, password) in enumerate(_USERS.items(), 1)
    ),
    Scenario(
        "squid-basic-wrong",
        _AUTHENTICATES,
        "incompatible",
        (Due("auth.rejected"),),
        login=Login("clerk", "k9:b:d7"),
        refused=1,
    ),
    Scenario(
        "squid-basic-unknown-user",
        _AUTHENTICATES,
        "incompatible",
        (Due("auth.rejected"),),
        login=Login("Clerk", "k9:b:c7"),
        refused=1,
    ),
    Scenario("squid-basic-none", _AUTHENTICATES, "incompatible", (Due("auth.required"),)),
    Scenario(
        "squid-basic-behind-stock-rules",
        squid_with_users(_USERS, STOCK_RULES.partition("http_access allow localhost")[0]),
        "incompatible",
        (Due("connect.port-denied", where=off_port(443)),),
        login=Login("clerk", "k9:b:c7"),
    ),
    *(
        Scenario(
            f"squid-digest-{name}",
            squid(PLAIN_LISTENER, DIGEST_AUTHENTICATION, passwords="clerk:dig3st-x"),
            "incompatible",
            (Due("auth.scheme-unsupported"),),
            login=login,
            refused=0,
        )
        for name, login in (("right", Login("clerk", "dig3st-x")), ("none", None))
    ),
)
