"""Squid that reads no TLS, and the scenarios that play it."""

from tests.real.engines import Software
from tests.real.pairs import Pair, pairs
from tests.real.resolver import NXDOMAIN_FOR_ALL, SINKHOLE, WITHOUT_A_DOMAIN, WITHOUT_A_HOST
from tests.real.scenarios import Login
from tests.real.scenarios.logins import BASIC, BASIC_FAKE, DIGEST_SCHEME, NEGOTIATE, NTLM, squid_that_asks
from tests.real.squid import ALLOW_ALL, PLAIN_LISTENER, STOCK_RULES, squid

OPEN = squid(PLAIN_LISTENER, ALLOW_ALL)
STOCK = squid(PLAIN_LISTENER, STOCK_RULES)
CLERK = Login("clerk", "k9:b@c7/%")
_FOREIGN = Login("clerk", "päss")
_IN_A_DOMAIN = Login("clerk@customer.example", "k9")
_BASIC = squid_that_asks(BASIC, login=CLERK)
_NO_CONNECT_AFTER_LOGIN = """acl users proxy_auth REQUIRED
http_access deny !users
http_access deny CONNECT
http_access allow users"""
_DIGEST = squid_that_asks(DIGEST_SCHEME, login=CLERK)
_SIGNS_IN = squid_that_asks(NEGOTIATE, NTLM, login=CLERK)
_PORTS_BEFORE_USERS = (
    "acl users proxy_auth REQUIRED\nacl SSL_ports port 443\nhttp_access deny CONNECT !SSL_ports\n"
    "http_access allow users\nhttp_access deny all"
)
_AMAZON = "acl unwanted dstdomain .amazonaws.com"
_RECOMMENDED = "acl unwanted dstdomain .crashlytics.com .youtube.com"
_VENDOR = (
    "acl vendor dstdomain .pb.com .pitneybowes.com .precisely.com microsoft.com .redbend.com .gstatic.com"
    " .s3.amazonaws.com .okta.com"
)
_PATIENT = squid(PLAIN_LISTENER, ALLOW_ALL, "connect_timeout 1 seconds")
_EVERY_PORT = "tcp dport { 80, 443, 5228, 5938 }"
_SLOW = "while read -r line; do sleep 0.3; echo OK; done\n"


def _unwanted(*lines: str) -> Software:
    return squid(PLAIN_LISTENER, *lines, "http_access deny unwanted", ALLOW_ALL)


def _asks_each_time() -> Software:
    helper = "external_acl_type slow ttl=0 negative_ttl=0 concurrency=0 children-max=64 children-startup=64 %DST"
    return squid(
        PLAIN_LISTENER,
        f"{helper} /bin/sh $folder/slow.sh",
        "acl asked external slow",
        "http_access allow asked",
        **{"slow.sh": _SLOW},
    )


PAIRS = (
    *pairs(
        OPEN,
        (
            ("squid-open", "clean-squid"),
            ("squid-open-named-as-https", "clean-named-https"),
            ("squid-open-forwarding-device", "connectplus-clean"),
            ("squid-asks-for-nothing", "auth-not-asked"),
            ("squid-closes-both-directions", "clean-half-close"),
            ("squid-strips-upgrade", "clean-upgrade-stripped"),
        ),
    ),
    *pairs(STOCK, (("squid-stock", "ports-squid"), ("squid-stock-forwarding-device", "connectplus-ports-squid"))),
    *pairs(
        _BASIC,
        (
            ("squid-basic-none", "auth-basic-none"),
            ("squid-basic-wrong", "auth-basic-wrong"),
            ("squid-basic-right", "clean-basic"),
            ("squid-basic-forwarding-device", "connectplus-basic"),
        ),
    ),
    *pairs(
        squid_that_asks(BASIC, login=CLERK, rules=_NO_CONNECT_AFTER_LOGIN),
        (
            ("squid-denies-after-login", "auth-denied-after-login"),
            ("squid-denies-after-login-probed", "auth-denied-after-login-probed"),
        ),
    ),
    Pair(
        "squid-tells-capitals-apart",
        "auth-user-case",
        squid_that_asks(f"{BASIC}\nauth_param basic casesensitive on", login=CLERK),
    ),
    Pair("squid-wants-a-domain", "auth-domain-form", squid_that_asks(BASIC, login=_IN_A_DOMAIN)),
    Pair("squid-basic-ports", "auth-basic-and-ports", squid_that_asks(BASIC, login=CLERK, rules=_PORTS_BEFORE_USERS)),
    *pairs(_DIGEST, (("squid-digest-none", "auth-digest-none"), ("squid-digest", "auth-digest"))),
    Pair("squid-lets-any-password-pass", "auth-anybody", squid_that_asks(BASIC_FAKE)),
    Pair("squid-negotiate", "auth-negotiate", squid_that_asks(NEGOTIATE, login=CLERK)),
    Pair("squid-ntlm-none", "auth-ntlm-none", squid_that_asks(NTLM, login=CLERK)),
    Pair("squid-ntlm", "auth-ntlm", squid_that_asks(NTLM, login=CLERK)),
    Pair("squid-negotiate-ntlm-none", "auth-negotiate-ntlm-none", _SIGNS_IN),
    Pair("squid-basic-last", "clean-basic-last", squid_that_asks(NEGOTIATE, NTLM, BASIC, login=CLERK)),
    Pair("squid-digest-or-basic", "clean-digest-or-basic", squid_that_asks(DIGEST_SCHEME, BASIC, login=CLERK)),
    *pairs(
        squid_that_asks(BASIC, login=_FOREIGN),
        (
            ("squid-password-in-utf-8", "auth-utf-8-password"),
            ("squid-password-in-utf-8-probed", "auth-utf-8-probed"),
        ),
    ),
    Pair(
        "squid-password-in-latin-1",
        "clean-latin-1-password",
        squid_that_asks(BASIC, login=_FOREIGN, encoding="iso-8859-1"),
    ),
    Pair("squid-denies-all", "all-denied-squid", squid(PLAIN_LISTENER, "http_access deny all")),
    Pair(
        "squid-denies-addresses",
        "clean-addresses-denied",
        _unwanted("acl unwanted dstdom_regex -n ^[0-9.]+$$"),
    ),
    Pair("squid-denies-5938", "clean-no-teamviewer-port", _unwanted("acl unwanted port 5938")),
    Pair("squid-denies-5228", "ports-no-push", _unwanted("acl unwanted port 5228")),
    Pair("squid-denies-80", "ports-no-80", _unwanted("acl unwanted port 80")),
    Pair(
        "squid-resets-ports",
        "ports-reset",
        _unwanted("acl unwanted port 80 5228 5938", "deny_info TCP_RESET unwanted"),
    ),
    Pair("squid-denies-a-domain", "hosts-squid-domain", _unwanted(_AMAZON)),
    Pair(
        "squid-denies-a-domain-and-ports",
        "hosts-and-ports",
        squid(PLAIN_LISTENER, _AMAZON, "http_access deny unwanted", STOCK_RULES),
    ),
    Pair("squid-denies-one-host", "hosts-one", _unwanted("acl unwanted dstdomain api.pitneybowes.com")),
    Pair("squid-denies-recommended-hosts", "hosts-recommended", _unwanted(_RECOMMENDED)),
    Pair("squid-allow-list", "hosts-allow-list", squid(PLAIN_LISTENER, _VENDOR, "http_access allow vendor")),
    Pair(
        "squid-redirects-a-domain",
        "hosts-redirected",
        _unwanted(_AMAZON, "deny_info 302:http://blocked.customer.example/ unwanted"),
    ),
    Pair("squid-resets-a-domain", "hosts-reset", _unwanted(_AMAZON, "deny_info TCP_RESET unwanted")),
    Pair(
        "squid-resets-all",
        "raw-reset",
        squid(PLAIN_LISTENER, "acl unwanted src all", "deny_info TCP_RESET unwanted", "http_access deny unwanted"),
    ),
    Pair(
        "squid-serves-browsers",
        "user-agent-denied",
        squid(PLAIN_LISTENER, "acl browsers browser ^Mozilla/", "http_access allow browsers"),
    ),
    Pair(
        "squid-denies-connect",
        "method-squid",
        squid(PLAIN_LISTENER, "acl CONNECT method CONNECT", "http_access deny CONNECT", ALLOW_ALL),
    ),
    Pair(
        "squid-splash-page",
        "redirect-squid",
        squid(
            PLAIN_LISTENER,
            "acl strangers src all",
            "deny_info 302:http://portal.customer.example/login?url=%u strangers",
            "http_access deny strangers",
        ),
    ),
    Pair(
        "squid-portal-for-what-it-forwards",
        "connectplus-portal",
        squid(
            PLAIN_LISTENER,
            "acl plain method GET HEAD POST",
            "deny_info 302:http://portal.customer.example/login plain",
            "http_access deny plain",
            ALLOW_ALL,
        ),
    ),
    Pair("squid-asks-a-slow-helper", "clean-slow", _asks_each_time()),
    Pair("squid-no-names", "dns-squid", squid(PLAIN_LISTENER, ALLOW_ALL, resolver=NXDOMAIN_FOR_ALL)),
    Pair("squid-no-name-of-a-domain", "dns-one-domain", squid(PLAIN_LISTENER, ALLOW_ALL, resolver=WITHOUT_A_DOMAIN)),
    Pair("squid-no-name-of-a-host", "dns-one-host", squid(PLAIN_LISTENER, ALLOW_ALL, resolver=WITHOUT_A_HOST)),
    Pair("squid-sinkhole", "dns-sinkhole", squid(PLAIN_LISTENER, ALLOW_ALL, resolver=SINKHOLE)),
    Pair(
        "squid-firewall-refuses-5228",
        "upstream-5228-refused",
        _PATIENT,
        firewall=("tcp dport 5228 reject with tcp reset",),
    ),
    Pair("squid-firewall-drops-80", "upstream-80-silent", _PATIENT, firewall=("tcp dport 80 drop",)),
    Pair("squid-firewall-refuses", "upstream-refused", _PATIENT, firewall=(f"{_EVERY_PORT} reject with tcp reset",)),
    Pair("squid-firewall-drops", "upstream-timeout", _PATIENT, firewall=(f"{_EVERY_PORT} drop",)),
    Pair("squid-waits-for-a-firewall", "connect-slow", OPEN, firewall=(f"{_EVERY_PORT} drop",)),
    Pair(
        "squid-firewall-cuts-tls",
        "tls-all-reset",
        OPEN,
        firewall=("tcp dport { 443, 5228 } @ih,0,8 0x16 reject with tcp reset",),
    ),
    Pair(
        "squid-firewall-cuts-large-segments",
        "tls-large-reset",
        OPEN,
        firewall=("tcp dport { 443, 5228 } ip length > 1400 reject with tcp reset",),
    ),
    Pair(
        "squid-firewall-loses-large-segments",
        "tls-large-lost",
        OPEN,
        firewall=("tcp dport { 443, 5228 } ip length > 1252 drop",),
    ),
)
