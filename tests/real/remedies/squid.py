"""Squid 5, put right: the mistake as it is often made, and in other words."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from proxycheck.model.cause import CauseCode
from tests.real.engines import Software
from tests.real.namespaces import GOOD_RESOLVER, PROXY_ADDRESS, REFUSING_ADDRESS
from tests.real.remedies import FEW, Repair, pasted
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
_OTHERS = "acl localnet src 192.168.0.0/16"
_PORTS = "acl SSL_ports port 443 80 5228 5938"
_THE_REST = ("http_access deny CONNECT !SSL_ports", "http_access allow localnet", "http_access deny all")
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
_ICAP = (
    "icap_enable on",
    f"icap_service content reqmod_precache bypass=off icap://{PROXY_ADDRESS}:1344/check",
    "adaptation_access content allow all",
)
_STORES = (
    "cache_mem 8 MB",
    "refresh_pattern . 10 100% 20 override-expire ignore-reload ignore-no-store ignore-private",
)
_SENDS_ELSEWHERE = "while read l; do case \"$$l\" in *amazonaws.com*) echo '{0}';; *) echo ERR;; esac; done\n"
"""A redirector, of `url_rewrite_program`, with its answer for the hosts of one domain."""
_ACCESS = ("http_access", "url_rewrite_access")


def above(directives: Sequence[str], software: Software, lines: str) -> Software:
    """The software with the lines above its first line of these directives; at the end where it has none."""
    first = re.search(rf"^(?:{'|'.join(directives)})\b", software.configuration, re.MULTILINE)
    place = first.start() if first else len(software.configuration)
    before, after = software.configuration[:place], software.configuration[place:]
    return replace(software, configuration=f"{before}\n{pasted(lines)}\n{after}")


def instead(directive: str, software: Software, lines: str) -> Software:
    """The software with the lines in place of its line of this directive."""
    found = re.compile(rf"^{directive}\b.*$", re.MULTILINE)
    return replace(software, configuration=found.sub(lambda _: pasted(lines), software.configuration))


def _repair(
    name: str,
    cause: CauseCode,
    broken: Software,
    *directives: str,
    number: int = 0,
    login: Login | None = None,
    device: str = "sendpro-c",
    arguments: tuple[str, ...] = FEW,
    canary: bool = False,
    named: tuple[str, str] = ("", ""),
) -> Repair:
    """The lines go above the first line of these directives, with one of the customer's names in place of another; the
    login stays only where it is still asked for."""
    return Repair(
        f"squid-{name}",
        cause,
        "Squid",
        broken,
        lambda lines: above(directives, broken, lines.replace(*named)),
        number=number,
        login=login,
        login_after=None if cause.startswith("auth.") else login,
        device=device,
        arguments=arguments,
        canary=canary,
    )


def _plain(*parts: str, **files: str) -> Software:
    return squid(PLAIN_LISTENER, *parts, **files)


def _inspecting(*parts: str) -> Software:
    return squid(INSPECTING_LISTENER, *parts)


def _inspecting_blindly(*parts: str) -> Software:
    """Squid that knows no authority which the hosts have."""
    return squid(INSPECTING_LISTENER.replace("tls_outgoing_options cafile=$roots", ""), ALLOW_ALL, *parts)


def _parent_asks(name: str, cause: CauseCode, login: Login | None) -> Repair:
    """A parent that asks for a login, which nobody hands on to it."""
    asking = squid_with_users(_USERS)
    parent = asking.configuration.replace(PLAIN_LISTENER, f"http_port {PROXY_ADDRESS}:3129")
    line = f"cache_peer {PROXY_ADDRESS} parent 3129 0 no-query default"
    knowing = f"{line} login={_CLERK.user}:{_CLERK.password}"
    return Repair(
        f"squid-password-{name}",
        cause,
        "Squid",
        _plain(ALLOW_ALL, "never_direct allow all", line),
        lambda _: _plain(ALLOW_ALL, "never_direct allow all", knowing),
        number=1 if cause == "auth.required" else 0,
        login=login,
        behind=replace(asking, configuration=parent, port=3129),
    )


def _users(*parts: str) -> Software:
    """Basic authentication as Squid's own examples have it, with rules of this customer's below."""
    return squid_with_users(_USERS, "acl users proxy_auth REQUIRED", *parts)


def _with_basic(lines: str) -> Software:
    """Digest, and the told lines with the file where this customer keeps the accounts."""
    basic = squid_with_users(_USERS)
    digest = squid_with_digest(_CLERK.user, _CLERK.password)
    schemes = pasted(lines).replace("/etc/squid/passwords", "$folder/accounts")
    configuration = digest.configuration.replace("acl users", f"{schemes}\nacl users")
    return replace(digest, configuration=configuration, files={**digest.files, "accounts": basic.files["passwords"]})


def _resolved(software: Software, lines: str) -> Software:
    return instead("dns_nameservers", software, lines.replace("ADDRESS-OF-A-RESOLVER", GOOD_RESOLVER))


def _storing(software: Software) -> Software:
    return replace(software, configuration=software.configuration.replace("cache deny all", "", 1))


def _ports(name: str, *rules: str) -> Repair:
    return _repair(f"ports-{name}", "connect.port-denied", _plain(*rules), "http_access")


def _hosts(name: str, *rules: str, login: Login | None = None, number: int = 0) -> Repair:
    software = _plain(*rules) if login is None else _users(*rules)
    return _repair(f"host-{name}", "connect.host-denied", software, *_ACCESS, login=login, number=number)


def _clients(name: str, *rules: str) -> Repair:
    return _repair(f"clients-{name}", "connect.all-denied", _plain(*rules), "http_access")


_NO_RESOLVER = squid(PLAIN_LISTENER, ALLOW_ALL, resolver=NXDOMAIN_FOR_ALL)
_DEAD_PARENT = f"cache_peer {REFUSING_ADDRESS} parent 3128 0 no-query default"
_AMAZON = "acl unwanted dstdomain .amazonaws.com"
_NOVELL = "acl unwanted dstdomain .novell.com"
_DENIES = "http_access deny unwanted"
_QUIET = ("--only", "distservp1.pb.com:*", "--idle", "4")

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
    _ports("as-delivered", STOCK_RULES),
    _ports("of-other-names", STOCK_RULES.replace("SSL_ports", "sslports").replace("Safe_ports", "safeports")),
    _ports("unsafe", STOCK_RULES.replace("443 70 210 1025-65535", "443").replace("port 80", "port")),
    _ports("that-one-line-denies", _LOCALNET, "acl web port 80", "http_access deny CONNECT web", _PORTS, *_THE_REST),
    _hosts("denied", _LOCALNET, _AMAZON, _DENIES, ALLOW_ALL),
    _hosts("denied-above-the-ports", _AMAZON, _DENIES, _LOCALNET, _PORTS, *_THE_REST),
    _hosts(
        *("not-allowed-in-other-words", "acl lan src 10.0.0.0/8", "acl wanted dstdomain .pb.com .pitneybowes.com"),
        *("http_access allow lan wanted", "http_access deny all"),
    ),
    _hosts(
        *("denied-by-pattern", _LOCALNET, "acl unwanted url_regex -i amazonaws youtube", _PORTS, _DENIES, *_THE_REST),
    ),
    _hosts(
        *("denied-after-the-password", "acl unwanted dstdomain .amazonaws.com .google.com"),
        *("http_access deny !users", _DENIES),
        login=_CLERK,
    ),
    _repair(
        "page-instead-of-a-tunnel",
        "connect.redirected",
        _plain(_AMAZON, "deny_info 302:http://block.customer.example/why unwanted", _DENIES, ALLOW_ALL),
        *_ACCESS,
    ),
    _repair(
        "redirector-sends-to-a-page",
        "connect.redirected",
        _plain(
            "url_rewrite_program /bin/sh $folder/redirector.sh",
            ALLOW_ALL,
            **{"redirector.sh": _SENDS_ELSEWHERE.format("OK status=302 url=http://block.customer.example/")},
        ),
        *_ACCESS,
    ),
    _clients("of-another-network", _OTHERS, "http_access allow localnet", "http_access deny all"),
    _clients("with-ports-as-delivered", STOCK_RULES.replace("10.0.0.0/8", "192.168.0.0/16")),
    _clients("denied-before", _LOCALNET, "http_access deny all", "http_access allow localnet"),
    _clients("that-are-no-browsers", _LOCALNET, "acl br browser -i mozilla", "http_access deny !br", ALLOW_ALL),
    _repair("no-connect", "connect.method-denied", _plain("http_access deny CONNECT", ALLOW_ALL), "http_access"),
    _repair(
        "no-connect-and-some-ports",
        "connect.method-denied",
        _plain(_LOCALNET, "acl SSL_ports port 443", "http_access deny CONNECT", *_THE_REST),
        "http_access",
    ),
    _repair("password", "auth.required", squid_with_users(_USERS), "http_access"),
    _parent_asks("of-the-parent", "auth.required", None),
    _parent_asks("not-handed-to-the-parent", "auth.rejected", _CLERK),
    _repair(
        "password-and-ports",
        "auth.required",
        squid_with_users(_USERS, "acl SSL_ports port 443", "http_access deny CONNECT !SSL_ports"),
        "http_access",
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
    _repair(
        "digest-not-for-the-device",
        "auth.scheme-unsupported",
        squid_with_digest(_CLERK.user, _CLERK.password),
        "http_access",
        number=1,
        login=_CLERK,
    ),
    _repair(
        "few-connections",
        "proxy.capacity",
        _plain(_LOCALNET, "acl many maxconn 6", "http_access deny many", _PORTS, *_THE_REST),
        "http_access",
        arguments=(),
    ),
    Repair(
        "squid-few-connections-of-an-address",
        "proxy.capacity",
        "Squid",
        _plain(ALLOW_ALL, "client_ip_max_connections 6"),
        partial(instead, "client_ip_max_connections", _plain(ALLOW_ALL, "client_ip_max_connections 6")),
        number=1,
        arguments=(),
    ),
    _repair("inspects", "tls.inspected", _inspecting(ALLOW_ALL, *_BUMPS), "ssl_bump"),
    _repair("verifies-nothing", "tunnel.block-page", _inspecting_blindly(*_BUMPS), "ssl_bump", number=1),
    _repair("terminates", "tls.blocked", _inspecting(ALLOW_ALL, *_TERMINATES), "ssl_bump"),
    _repair(
        "redirector-sends-to-another-host",
        "tls.diverted",
        _plain(
            "url_rewrite_program /bin/sh $folder/redirector.sh",
            ALLOW_ALL,
            **{"redirector.sh": _SENDS_ELSEWHERE.format("OK rewrite-url=www.pitneybowes.com:443")},
        ),
        "url_rewrite_access",
    ),
    _repair("tls-only", "tunnel.tls-only", _inspecting(ALLOW_ALL, *_SPLICES), "ssl_bump"),
    _repair(
        "tls-only-by-ports",
        "tunnel.tls-only",
        _inspecting(STOCK_RULES, "acl not_tls port 80 5228 5938", "ssl_bump splice not_tls", *_SPLICES),
        "http_access",
        number=1,
    ),
    _repair(
        "page-in-a-tunnel",
        "tunnel.block-page",
        _inspecting(_AMAZON, _DENIES, ALLOW_ALL, *_SPLICES, "on_unsupported_protocol tunnel all"),
        *_ACCESS,
    ),
    Repair(
        "squid-idle",
        "tunnel.idle-timeout",
        "Squid",
        _plain(ALLOW_ALL, "read_timeout 2 seconds"),
        partial(instead, "read_timeout", _plain(ALLOW_ALL, "read_timeout 2 seconds")),
        arguments=_QUIET,
        canary=True,
    ),
    Repair("squid-names", "connect.dns-failure", "Squid", _NO_RESOLVER, partial(_resolved, _NO_RESOLVER)),
    _repair(
        "parent-of-some",
        "connect.dns-failure",
        _plain(ALLOW_ALL, _DEAD_PARENT, _AMAZON, "never_direct allow unwanted", "always_direct allow !unwanted"),
        "always_direct",
        number=1,
    ),
    _repair(
        "content-check-that-is-down",
        "connect.upstream-error",
        _plain(ALLOW_ALL, *_ICAP),
        "adaptation_access",
        number=1,
        named=("NAME-OF-THE-SERVICE", "content"),
    ),
    _repair(
        *("parent-of-all", "connect.upstream-error"),
        _plain(ALLOW_ALL, _DEAD_PARENT, "never_direct allow all"),
        "always_direct",
    ),
    _repair(
        "page",
        "http.block-page",
        _plain(_LOCALNET, _NOVELL, _DENIES, ALLOW_ALL),
        *_ACCESS,
        device="connectplus",
        arguments=("--tier", "required"),
    ),
    _repair(
        "page-above-the-ports",
        "http.block-page",
        _plain(_NOVELL, _DENIES, "acl lan src 10.0.0.0/8", "http_access allow lan", "http_access deny all"),
        *_ACCESS,
        device="connectplus",
        arguments=("--tier", "required"),
    ),
    _repair(
        "page-for-the-answer",
        "http.block-page",
        _plain(ALLOW_ALL, _NOVELL, "http_reply_access deny unwanted"),
        "http_reply_access",
        number=1,
        device="connectplus",
        arguments=("--tier", "required"),
    ),
    _repair(
        "cache",
        "http.cached",
        _storing(_plain(ALLOW_ALL, *_STORES)),
        "cache",
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
