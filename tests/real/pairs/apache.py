"""Apache httpd with mod_proxy, and the scenarios that play it."""

from tests.real.apache import ALL_PORTS, FOR_ALL, FORWARDS, apache, module_line
from tests.real.pairs import Pair, pairs
from tests.real.resolver import NXDOMAIN_FOR_ALL
from tests.real.scenarios.logins import hashed

_OPEN = apache(FORWARDS, FOR_ALL, ALL_PORTS)
_USERS = """<Proxy "*">
    AuthType Basic
    AuthName "Customer proxy"
    AuthUserFile $folder/passwords
    Require valid-user
</Proxy>"""
_BASIC = apache(FORWARDS, ALL_PORTS, _USERS, passwords=f"clerk:{hashed('k9:b@c7/%')}\n")
_STORES = (
    *(module_line(name) for name in ("cache", "cache_disk", "filter", "deflate")),
    "CacheRoot $folder/cache",
    "CacheEnable disk http://",
    "CacheIgnoreNoLastMod On",
    "CacheDefaultExpire 3600",
    "SetOutputFilter DEFLATE",
)

PAIRS = (
    *pairs(_OPEN, (("apache-open", "clean-apache"), ("apache-wants-host", "clean-host-field-wanted"))),
    Pair("apache-as-delivered", "ports-apache", apache(FORWARDS, FOR_ALL)),
    *pairs(
        _BASIC,
        (
            ("apache-basic-right", "clean-apache-basic"),
            ("apache-basic-wrong", "auth-apache-wrong"),
        ),
    ),
    Pair(
        "apache-denies-all",
        "all-denied-apache",
        apache(FORWARDS, ALL_PORTS, '<Proxy "*">\nRequire ip 192.0.2.0/24\n</Proxy>'),
    ),
    Pair("apache-blocks-a-domain", "hosts-apache", apache(FORWARDS, FOR_ALL, ALL_PORTS, "ProxyBlock .amazonaws.com")),
    Pair("apache-no-names", "dns-apache", apache(FORWARDS, FOR_ALL, ALL_PORTS, resolver=NXDOMAIN_FOR_ALL)),
    Pair("apache-without-mod-proxy-connect", "method-apache", apache(FORWARDS, FOR_ALL, without="proxy_connect")),
    Pair(
        "apache-no-route",
        "upstream-apache",
        _OPEN,
        firewall=("tcp dport { 80, 443, 5228, 5938 } reject with icmp type net-unreachable",),
    ),
    Pair("apache-stores-and-compresses", "connectplus-compressed", apache(FORWARDS, FOR_ALL, ALL_PORTS, *_STORES)),
    Pair(
        "apache-stores-for-a-tunnelling-device",
        "clean-store-and-compress",
        apache(FORWARDS, FOR_ALL, ALL_PORTS, *_STORES),
    ),
)
