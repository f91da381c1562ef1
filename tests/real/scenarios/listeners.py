"""What else may listen on the port that was named as the proxy's."""

from tests.real.engines import Software
from tests.real.scenarios import Due, Scenario
from tests.real.squid import ALLOW_ALL, TLS_LISTENER, squid

_TLS = squid(TLS_LISTENER, ALLOW_ALL)
_SOCKS = Software("microsocks")

SCENARIOS = (
    Scenario("nothing-listens", None, "incompatible", (Due("proxy.refused"),)),
    Scenario("tls-listener", _TLS, "incompatible", (Due("setup.https-proxy"),)),
    Scenario("tls-listener-named-as-https", _TLS, "incompatible", (Due("setup.https-proxy"),), scheme="https"),
    Scenario("socks-server", _SOCKS, "incompatible", (Due("setup.socks-only"),)),
    Scenario("socks-server-named-as-socks5", _SOCKS, "incompatible", (Due("setup.socks-only"),), scheme="socks5"),
    Scenario(
        "socks-server-with-password",
        Software("microsocks", "-u clerk -P secret"),
        "incompatible",
        (Due("setup.socks-only"),),
    ),
    Scenario("web-server", Software("web server"), "incompatible", (Due("proxy.not-a-proxy"),)),
    Scenario(
        "silent-port",
        Software("silent port"),
        "incompatible",
        (Due("proxy.silent"),),
        arguments=("--timeout", "2"),
    ),
)
