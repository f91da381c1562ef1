"""Squid that asks for a user name and a password."""

from tests.real.scenarios import Due, Login, Scenario, off_port
from tests.real.squid import STOCK_RULES, squid_with_digest, squid_with_users

_USERS = {
    "clerk": "k9:b:c7",
    "clerk@example.com": "p@ss:w@rd",
    "first last": "hundred % of it",
    "50%off": "%3A%20",
    "example\\clerk": " blank at both ends ",
}
"""Squid compares user names in lower case unless it is told otherwise."""
_BASIC = squid_with_users(_USERS)
_DIGEST = squid_with_digest("clerk", "dig3st-x")

SCENARIOS = (
    *(
        Scenario(f"squid-basic-right-{index}", _BASIC, "compatible", login=Login(user, password))
        for index, (user, password) in enumerate(_USERS.items(), 1)
    ),
    Scenario(
        "squid-basic-wrong",
        _BASIC,
        "incompatible",
        (Due("auth.rejected"),),
        login=Login("clerk", "k9:b:d7"),
        refused=1,
    ),
    Scenario(
        "squid-basic-wrong-case-of-user",
        squid_with_users(_USERS, "auth_param basic casesensitive on"),
        "incompatible",
        (Due("auth.rejected"),),
        login=Login("Clerk", "k9:b:c7"),
        refused=1,
    ),
    Scenario("squid-basic-none", _BASIC, "incompatible", (Due("auth.required"),)),
    Scenario(
        "squid-basic-behind-stock-rules",
        squid_with_users(_USERS, STOCK_RULES.partition("http_access allow localhost")[0]),
        "incompatible",
        (Due("connect.port-denied", where=off_port(443)),),
        login=Login("clerk", "k9:b:c7"),
    ),
    Scenario(
        "squid-basic-only-for-others",
        squid_with_users(_USERS, "acl others proxy_auth first", "http_access deny !others"),
        "incompatible",
        (Due("auth.rejected"),),
        login=Login("clerk", "k9:b:c7"),
        refused=1,
    ),
    Scenario(
        "squid-basic-right-but-denied",
        squid_with_users(_USERS, "acl others proxy_auth first", "http_access deny !others all"),
        "incompatible",
        (Due("connect.all-denied", where=lambda _: True),),  # the two hosts to which the password went
        login=Login("clerk", "k9:b:c7"),
        refused=2,
    ),
    *(
        Scenario(
            f"squid-digest-{name}",
            _DIGEST,
            "incompatible",
            (Due("auth.scheme-unsupported"),),
            login=login,
            refused=0,
        )
        for name, login in (("right", Login("clerk", "dig3st-x")), ("none", None))
    ),
)
