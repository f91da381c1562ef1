"""A proxy that does what it is asked, in front of names, parents and firewalls that do not."""

from tests.real.resolver import FAILS_ALL, NXDOMAIN_FOR_ALL, REFUSES_ALL, SILENT
from tests.real.scenarios import Due, Scenario, everywhere, off_port, on_port
from tests.real.squid import ALLOW_ALL, INSPECTING_LISTENER, PLAIN_LISTENER, squid
from tests.real.tinyproxy import tinyproxy

_PATIENT = squid(PLAIN_LISTENER, ALLOW_ALL, "connect_timeout 1 seconds")
_NO_PARENT = ("cache_peer 10.77.1.1 parent 9999 0 no-query default", "never_direct allow all")
_NO_NAMES = (Due("connect.dns-failure", where=everywhere),)

SCENARIOS = (
    *(
        Scenario(f"squid-dns-{name}", squid(PLAIN_LISTENER, ALLOW_ALL, resolver=resolver), "incompatible", _NO_NAMES)
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
        _NO_NAMES,
        arguments=("--tier", "required"),
    ),
    Scenario("tinyproxy-dns-knows-nothing", tinyproxy(resolver=NXDOMAIN_FOR_ALL), "incompatible", _NO_NAMES),
    Scenario(
        "squid-without-its-parent",
        squid(PLAIN_LISTENER, ALLOW_ALL, *_NO_PARENT),
        "incompatible",
        (Due("connect.upstream-error", where=everywhere),),
    ),
    Scenario(
        "squid-splices-without-its-parent",
        squid(INSPECTING_LISTENER, ALLOW_ALL, "ssl_bump peek step1", "ssl_bump splice all", *_NO_PARENT),
        "incompatible",
        (Due("connect.upstream-error", where=everywhere),),
    ),
    Scenario(
        "squid-behind-a-firewall-that-refuses",
        _PATIENT,
        "incompatible",
        (Due("connect.upstream-refused", where=everywhere),),
        firewall=("tcp dport { 80, 443, 5228, 5938 } reject with tcp reset",),
    ),
    Scenario(
        "squid-behind-a-firewall-that-drops",
        _PATIENT,
        "incompatible",
        (Due("connect.upstream-timeout", where=everywhere),),
        arguments=("--tier", "required"),
        firewall=("tcp dport { 80, 443, 5228, 5938 } drop",),
    ),
    Scenario(
        "squid-behind-a-firewall-that-refuses-5228",
        _PATIENT,
        "degraded",
        (Due("connect.upstream-refused", "degraded", on_port(5228)),),
        firewall=("tcp dport 5228 reject with tcp reset",),
    ),
    Scenario(
        "squid-behind-a-firewall-that-refuses-all-but-443",
        _PATIENT,
        "incompatible",
        (Due("connect.upstream-refused", where=off_port(443)),),
        firewall=("tcp dport { 80, 5228, 5938 } reject with tcp reset",),
    ),
    *(
        Scenario(
            f"squid-behind-a-firewall-that-refuses-all-but-80-{device}",
            _PATIENT,
            "incompatible",
            (Due("connect.upstream-refused", where=off_port(80)),),
            device=device,
            firewall=("tcp dport { 443, 5228, 5938 } reject with tcp reset",),
        )
        for device in ("sendpro-c", "connectplus")
    ),
)
