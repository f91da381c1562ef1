"""Squid that looks into TLS, or past it."""

from tests.real.resolver import NXDOMAIN_FOR_ALL
from tests.real.scenarios import (
    Due,
    Scenario,
    below,
    both,
    everywhere,
    no_tls_inside,
    on_port,
    outside,
    tls_inside,
)
from tests.real.squid import ALLOW_ALL, INSPECTING_LISTENER, STOCK_RULES, squid

_PEEK = "ssl_bump peek step1"
_SPLICE = "ssl_bump splice all"
_DENY_AMAZON = "acl unwanted dstdomain .amazonaws.com\nhttp_access deny unwanted"
_ONLY_TLS = Due("tunnel.tls-only", where=no_tls_inside)

SCENARIOS = (
    Scenario(
        "squid-bumps-all",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _PEEK, "ssl_bump bump all"),
        "incompatible",
        (Due("tls.inspected", where=tls_inside), _ONLY_TLS),
        inspected=everywhere,
    ),
    Scenario(
        "squid-bumps-all-at-once",
        squid(INSPECTING_LISTENER, ALLOW_ALL, "ssl_bump bump all"),
        "incompatible",
        (Due("tls.inspected", where=tls_inside), _ONLY_TLS),
        inspected=everywhere,
    ),
    Scenario(
        "squid-bumps-all-and-tunnels-the-rest",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _PEEK, "ssl_bump bump all", "on_unsupported_protocol tunnel all"),
        "incompatible",
        (Due("tls.inspected", where=tls_inside),),
        inspected=everywhere,
    ),
    Scenario(
        "squid-bumps-a-domain",
        squid(
            INSPECTING_LISTENER,
            ALLOW_ALL,
            "acl watched ssl::server_name .pb.com",
            _PEEK,
            "ssl_bump bump watched",
            _SPLICE,
        ),
        "incompatible",
        (Due("tls.inspected", where=both(tls_inside, below("pb.com"))), _ONLY_TLS),
        inspected=below("pb.com"),
    ),
    Scenario(
        "squid-bumps-one-host",
        squid(
            INSPECTING_LISTENER,
            ALLOW_ALL,
            "acl watched ssl::server_name api.pitneybowes.com",
            _PEEK,
            "ssl_bump bump watched",
            _SPLICE,
        ),
        "incompatible",
        (Due("tls.inspected", where=both(tls_inside, below("api.pitneybowes.com"))), _ONLY_TLS),
        inspected=below("api.pitneybowes.com"),
    ),
    Scenario(
        "squid-bumps-a-domain-behind-stock-rules",
        squid(
            INSPECTING_LISTENER,
            STOCK_RULES,
            "acl watched ssl::server_name .pb.com",
            _PEEK,
            "ssl_bump bump watched",
            _SPLICE,
        ),
        "incompatible",
        (
            # Squid opens the tunnel first here, and refuses the port in it: by a page in TLS, and by a bare close.
            Due("tls.inspected", where=both(on_port(443), below("pb.com"))),
            _ONLY_TLS,
            Due("tunnel.block-page", "degraded", on_port(5228)),
        ),
        inspected=below("pb.com"),
        masked=on_port(5228),
    ),
    Scenario("squid-splices", squid(INSPECTING_LISTENER, ALLOW_ALL, _PEEK, _SPLICE), "incompatible", (_ONLY_TLS,)),
    Scenario(
        "squid-splices-forwarding-device",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _PEEK, _SPLICE),
        "compatible",
        device="connectplus",
    ),
    Scenario(
        "squid-splices-and-tunnels-the-rest",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _PEEK, _SPLICE, "on_unsupported_protocol tunnel all"),
        "compatible",
    ),
    Scenario(
        "squid-splices-without-dns",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _PEEK, _SPLICE, resolver=NXDOMAIN_FOR_ALL),
        "incompatible",
        (Due("connect.dns-failure", where=everywhere),),
    ),
    Scenario(
        "squid-splices-and-denies-a-domain",
        squid(INSPECTING_LISTENER, _DENY_AMAZON, ALLOW_ALL, _PEEK, _SPLICE),
        "incompatible",
        (Due("tunnel.block-page", where=both(tls_inside, below("amazonaws.com"))), _ONLY_TLS),
        masked=below("amazonaws.com"),
    ),
    Scenario(
        "squid-bumps-all-and-denies-a-domain",
        squid(INSPECTING_LISTENER, _DENY_AMAZON, ALLOW_ALL, _PEEK, "ssl_bump bump all"),
        "incompatible",
        (
            Due("tls.inspected", where=both(tls_inside, outside("amazonaws.com"))),
            Due("tunnel.block-page", where=both(tls_inside, below("amazonaws.com"))),
            _ONLY_TLS,
        ),
        inspected=everywhere,
        masked=below("amazonaws.com"),
    ),
    Scenario(
        "squid-terminates-one-host",
        squid(
            INSPECTING_LISTENER,
            ALLOW_ALL,
            "acl unwanted ssl::server_name distservp1.pb.com",
            _PEEK,
            "ssl_bump terminate unwanted",
            _SPLICE,
        ),
        "incompatible",
        (
            Due("tls.blocked", where=both(tls_inside, below("distservp1.pb.com"))),
            _ONLY_TLS,
        ),
    ),
)
