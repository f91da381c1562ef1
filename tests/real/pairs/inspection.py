"""Squid that looks into TLS, or past it, and the scenarios that play it."""

from tests.real.engines import Software
from tests.real.pairs import Pair, pairs
from tests.real.squid import ALLOW_ALL, INSPECTING_LISTENER, squid

_PEEK = "ssl_bump peek step1"
_SPLICE = "ssl_bump splice all"
_TUNNELS = "on_unsupported_protocol tunnel all"
_EXCEPT = (
    "acl vendor ssl::server_name .pb.com .pitneybowes.com .redbend.com .precisely.com .s3.amazonaws.com .okta.com"
    " microsoft.com"
)


def _watched(*names: str) -> Software:
    """Squid that bumps these names, splices all others, and lets pass what is not TLS."""
    names_line = f"acl watched ssl::server_name {' '.join(names)}"
    return squid(INSPECTING_LISTENER, ALLOW_ALL, names_line, _PEEK, "ssl_bump bump watched", _SPLICE, _TUNNELS)


_BUMPS = squid(INSPECTING_LISTENER, ALLOW_ALL, _PEEK, "ssl_bump bump all", _TUNNELS)

PAIRS = (
    *pairs(
        _BUMPS,
        (
            ("squid-bumps", "inspected-squid"),
            ("squid-bumps-without-alpn", "inspected-no-alpn"),
            ("squid-bumps-forwarding-device", "connectplus-inspected"),
        ),
    ),
    Pair(
        "squid-bumps-at-once",
        "inspected-before-origin",
        squid(INSPECTING_LISTENER, ALLOW_ALL, "ssl_bump bump all", _TUNNELS),
    ),
    Pair("squid-bumps-a-domain", "inspected-domain", _watched(".pb.com")),
    Pair("squid-bumps-one-host", "inspected-one-host", _watched("api.pitneybowes.com")),
    Pair("squid-bumps-recommended-hosts", "inspected-recommended", _watched(".crashlytics.com", ".youtube.com")),
    Pair(
        "squid-bumps-all-but-the-vendor",
        "inspected-except",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _EXCEPT, _PEEK, "ssl_bump splice vendor", "ssl_bump bump all", _TUNNELS),
    ),
    Pair("squid-splices", "tunnel-tls-only", squid(INSPECTING_LISTENER, ALLOW_ALL, _PEEK, _SPLICE)),
    Pair(
        "squid-looks-into-port-80",
        "tunnel-80-as-tls",
        squid(INSPECTING_LISTENER, ALLOW_ALL, "acl http port 80", "ssl_bump peek step1 http", _SPLICE),
    ),
    Pair(
        "squid-looks-into-port-5938",
        "tunnel-teamviewer-cut",
        squid(INSPECTING_LISTENER, ALLOW_ALL, "acl teamviewer port 5938", "ssl_bump peek step1 teamviewer", _SPLICE),
    ),
    Pair(
        "squid-terminates-a-domain",
        "tls-name-closed",
        squid(
            INSPECTING_LISTENER,
            ALLOW_ALL,
            "acl unwanted ssl::server_name .amazonaws.com",
            _PEEK,
            "ssl_bump terminate unwanted",
            _SPLICE,
            _TUNNELS,
        ),
    ),
    Pair(
        "squid-terminates-what-is-not-listed",
        "tls-names-listed",
        squid(
            INSPECTING_LISTENER,
            ALLOW_ALL,
            "acl unwanted ssl::server_name .amazonaws.com microsoft.com .precisely.com .okta.com .invalid",
            _PEEK,
            "ssl_bump terminate unwanted",
            _SPLICE,
            _TUNNELS,
        ),
    ),
    Pair(
        "squid-splices-and-denies-a-domain",
        "tls-page",
        squid(
            INSPECTING_LISTENER,
            "acl unwanted dstdomain .amazonaws.com\nhttp_access deny CONNECT unwanted",
            ALLOW_ALL,
            "acl CONNECT method CONNECT",
            _PEEK,
            _SPLICE,
            _TUNNELS,
        ),
    ),
    Pair(
        "squid-terminates-all",
        "raw-closed",
        squid(INSPECTING_LISTENER, ALLOW_ALL, "ssl_bump terminate all"),
    ),
    Pair(
        "squid-splices-one-host-gone",
        "tunnel-one-host-gone",
        squid(INSPECTING_LISTENER, ALLOW_ALL, _PEEK, _SPLICE, _TUNNELS),
        refusing=("api.pitneybowes.com",),
    ),
)
