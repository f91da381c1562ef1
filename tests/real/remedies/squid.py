"""Squid 5, put right."""

from collections.abc import Callable
from dataclasses import replace

from tests.real.engines import Software
from tests.real.namespaces import GOOD_RESOLVER
from tests.real.remedies import Repair, pasted
from tests.real.resolver import NXDOMAIN_FOR_ALL
from tests.real.scenarios import Login
from tests.real.squid import (
    ALLOW_ALL,
    INSPECTING_LISTENER,
    PLAIN_LISTENER,
    STOCK_RULES,
    TLS_LISTENER,
    squid,
    squid_with_digest,
    squid_with_users,
)

_LOCALNET = "acl localnet src 10.0.0.0/8"
_AMAZON = "acl unwanted dstdomain .amazonaws.com"
_OTHERS = "acl localnet src 192.168.0.0/16"
_SPLICES = ("ssl_bump peek step1", "ssl_bump splice all")
_BUMPS = ("ssl_bump peek step1", "ssl_bump bump all", "on_unsupported_protocol tunnel all")
_TERMINATES = (
    "ssl_bump peek step1",
    "acl unwanted_name ssl::server_name .amazonaws.com",
    "ssl_bump terminate unwanted_name",
    "ssl_bump splice all",
    "on_unsupported_protocol tunnel all",
)
_USERS = {"clerk": "k9:b:c7"}
_CLERK = Login("clerk", "k9:b:c7")
_STORES = (
    "cache_mem 8 MB",
    "refresh_pattern . 10 100% 20 override-expire ignore-reload ignore-no-store ignore-private",
)


def _plain(*parts: str) -> Callable[[str], Software]:
    """The told lines before these parts."""
    return lambda lines: squid(PLAIN_LISTENER, pasted(lines), *parts)


def _inspecting(*parts: str) -> Callable[[str], Software]:
    return lambda lines: squid(INSPECTING_LISTENER, ALLOW_ALL, pasted(lines), *parts)


def _with_basic(lines: str) -> Software:
    """Digest, and the told lines with the file where this customer keeps the accounts."""
    basic = squid_with_users(_USERS)
    digest = squid_with_digest(_CLERK.user, _CLERK.password)
    schemes = pasted(lines).replace("/etc/squid/passwords", "$folder/accounts")
    configuration = digest.configuration.replace("acl users", f"{schemes}\nacl users")
    return replace(digest, configuration=configuration, files={**digest.files, "accounts": basic.files["passwords"]})


def _without_resolver(software: Software) -> Software:
    """Asks the resolvers of its computer."""
    return replace(software, configuration=software.configuration.replace("dns_nameservers $resolver", ""))


def _storing(software: Software) -> Software:
    return replace(software, configuration=software.configuration.replace("cache deny all", "", 1))


def _before_users(lines: str, software: Software) -> Software:
    return replace(software, configuration=software.configuration.replace("acl users", f"{pasted(lines)}\nacl users"))


REPAIRS = (
    Repair(
        "squid-hangs-up-after-407",
        "auth.connection-closed",
        "Squid",
        squid_with_users(_USERS, "client_persistent_connections off"),
        lambda lines: squid_with_users(_USERS, pasted(lines)),
        login=_CLERK,
        login_after=_CLERK,
    ),
    Repair("squid-ports", "connect.port-denied", "Squid", squid(PLAIN_LISTENER, STOCK_RULES), _plain(STOCK_RULES)),
    Repair(
        "squid-host",
        "connect.host-denied",
        "Squid",
        squid(PLAIN_LISTENER, _LOCALNET, _AMAZON, "http_access deny unwanted", ALLOW_ALL),
        lambda lines: squid(PLAIN_LISTENER, _LOCALNET, pasted(lines), _AMAZON, "http_access deny unwanted", ALLOW_ALL),
    ),
    Repair(
        "squid-clients",
        "connect.all-denied",
        "Squid",
        squid(PLAIN_LISTENER, _OTHERS, "http_access allow localnet", "http_access deny all"),
        _plain(_OTHERS, "http_access allow localnet", "http_access deny all"),
    ),
    Repair(
        "squid-no-connect",
        "connect.method-denied",
        "Squid",
        squid(PLAIN_LISTENER, "http_access deny CONNECT", ALLOW_ALL),
        _plain(ALLOW_ALL),
    ),
    Repair(
        "squid-password",
        "auth.required",
        "Squid",
        squid_with_users(_USERS),
        lambda lines: squid_with_users(_USERS, pasted(lines)),
    ),
    Repair(
        "squid-digest-and-basic",
        "auth.scheme-unsupported",
        "Squid",
        squid_with_digest(_CLERK.user, _CLERK.password),
        _with_basic,
        login=_CLERK,
        login_after=_CLERK,
    ),
    Repair(
        "squid-digest-not-for-the-device",
        "auth.scheme-unsupported",
        "Squid",
        squid_with_digest(_CLERK.user, _CLERK.password),
        lambda lines: _before_users(lines, squid_with_digest(_CLERK.user, _CLERK.password)),
        number=1,
        login=_CLERK,
    ),
    Repair(
        "squid-inspects",
        "tls.inspected",
        "Squid",
        squid(INSPECTING_LISTENER, ALLOW_ALL, *_BUMPS),
        _inspecting(*_BUMPS),
    ),
    Repair(
        "squid-terminates",
        "tls.blocked",
        "Squid",
        squid(INSPECTING_LISTENER, ALLOW_ALL, *_TERMINATES),
        _inspecting(*_TERMINATES),
    ),
    Repair(
        "squid-tls-only",
        "tunnel.tls-only",
        "Squid",
        squid(INSPECTING_LISTENER, ALLOW_ALL, *_SPLICES),
        _inspecting(*_SPLICES),
    ),
    Repair(
        "squid-idle",
        "tunnel.idle-timeout",
        "Squid",
        squid(PLAIN_LISTENER, ALLOW_ALL, "read_timeout 2 seconds"),
        lambda lines: squid(PLAIN_LISTENER, ALLOW_ALL, pasted(lines)),
        arguments=("--only", "distservp1.pb.com:*", "--idle", "4"),
        canary=True,
    ),
    Repair(
        "squid-names",
        "connect.dns-failure",
        "Squid",
        _without_resolver(squid(PLAIN_LISTENER, ALLOW_ALL, resolver=NXDOMAIN_FOR_ALL)),
        lambda lines: _without_resolver(
            squid(
                PLAIN_LISTENER,
                ALLOW_ALL,
                lines.replace("ADDRESS-OF-A-RESOLVER", GOOD_RESOLVER),
                resolver=NXDOMAIN_FOR_ALL,
            )
        ),
    ),
    Repair(
        "squid-page",
        "http.block-page",
        "Squid",
        squid(PLAIN_LISTENER, _LOCALNET, "acl unwanted dstdomain .novell.com", "http_access deny unwanted", ALLOW_ALL),
        lambda lines: squid(
            *(PLAIN_LISTENER, _LOCALNET, pasted(lines), "acl unwanted dstdomain .novell.com"),
            *("http_access deny unwanted", ALLOW_ALL),
        ),
        device="connectplus",
        arguments=("--tier", "required"),
    ),
    Repair(
        "squid-cache",
        "http.cached",
        "Squid",
        _storing(squid(PLAIN_LISTENER, ALLOW_ALL, *_STORES)),
        lambda lines: _storing(squid(PLAIN_LISTENER, ALLOW_ALL, pasted(lines), *_STORES)),
        device="connectplus",
        arguments=("--only", "distservp1.pb.com:*", "--only", "www.novell.com:80", "--idle", "1"),
        canary=True,
    ),
    Repair(
        "squid-tls-port",
        "setup.https-proxy",
        "Squid",
        squid(TLS_LISTENER, ALLOW_ALL),
        lambda lines: squid("https_port 3129 tls-cert=$company", pasted(lines), ALLOW_ALL),
        shown=False,
    ),
    Repair(
        "squid-intercept-port",
        "setup.intercept-port",
        "Squid",
        squid("http_port 3128 intercept", "http_port 3130", ALLOW_ALL),
        lambda lines: squid("http_port 3129 intercept", pasted(lines), ALLOW_ALL),
        shown=False,
    ),
)
