"""HAProxy, alone and in front of Squid, and the scenarios that play it."""

from dataclasses import replace

from tests.real.haproxy import BEHIND, haproxy
from tests.real.pairs import Pair
from tests.real.squid import ALLOW_ALL, squid

_SQUID = replace(squid(f"http_port {BEHIND}", ALLOW_ALL), port=BEHIND)
_OTHER_PORTS = "acl others url_reg :(80|5228|5938)$$"
_AMAZON = "acl unwanted url_reg amazonaws\\.com:"
_CROWD = "{ fe_conn gt 4 }"

PAIRS = (
    Pair(
        "haproxy-decorates",
        "clean-extra-fields",
        haproxy("http-response add-header Set-Cookie server=1", "http-response add-header Cache-Control no-cache"),
        _SQUID,
    ),
    Pair("haproxy-401", "auth-401", haproxy("http-request auth realm proxy1", server="")),
    Pair(
        "haproxy-407-without-a-challenge",
        "auth-no-challenge-none",
        haproxy("http-request deny deny_status 407", server=""),
    ),
    Pair(
        "haproxy-refuses-ports-with-405",
        "ports-405",
        haproxy(_OTHER_PORTS, "http-request deny deny_status 405 if others"),
        _SQUID,
    ),
    Pair("haproxy-closes-for-a-domain", "hosts-closed", haproxy(_AMAZON, "http-request reject if unwanted"), _SQUID),
    Pair(
        "haproxy-refuses-a-crowd",
        "limit-refuses",
        haproxy(f"http-request deny deny_status 503 if {_CROWD}"),
        _SQUID,
        varying=True,
    ),
    Pair(
        "haproxy-closes-on-a-crowd",
        "limit-closes",
        haproxy(f"tcp-request connection reject if {_CROWD}"),
        _SQUID,
        varying=True,
    ),
    Pair("haproxy-no-connect", "method-405", haproxy("http-request deny deny_status 405 if METH_CONNECT"), _SQUID),
    Pair(
        "haproxy-200",
        "listener-200",
        haproxy('http-request return status 200 content-type text/html string "<h1>Welcome</h1>"', server=""),
    ),
    Pair("haproxy-to-https", "listener-to-https", haproxy("http-request redirect scheme https code 308", server="")),
    Pair(
        "haproxy-in-front-of-web-servers",
        "listener-haproxy",
        haproxy(
            "http-request deny deny_status 400 if METH_CONNECT",
            "http-request deny deny_status 404",
            server="",
        ),
    ),
)
