"""What else may listen on the port that was named as the proxy's."""

from tests.real.engines import Software
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.nginx import nginx
from tests.real.programs import PORT
from tests.real.scenarios import Due, Scenario
from tests.real.squid import ALLOW_ALL, TLS_LISTENER, squid

_TLS = squid(TLS_LISTENER, ALLOW_ALL)
_SOCKS = Software("microsocks")
_ONLY_SOCKS4 = "proxyprotocol: socks_v4"
# Squid wants an ordinary port beside one for diverted traffic.
_INTERCEPT = f"http_port {PORT} intercept\nhttp_port 3130"
_TPROXY = f"http_port {PORT} tproxy\nhttp_port 3130"


def _dante(method: str, *rules: str) -> Software:
    """Dante, which speaks SOCKS 4 and 5, for clients that authenticate by `method`."""
    return Software(
        "dante",
        f"""
logoutput: $folder/dante.log
internal: {PROXY_ADDRESS} port = {PORT}
external: {PROXY_ADDRESS}
clientmethod: none
socksmethod: {method}
user.unprivileged: nobody
client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
socks pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 {" ".join(rules)} }}
""",
    )


_REVERSE = squid(
    f"http_port {PORT} accel defaultsite=www.customer.example no-vhost",
    "cache_peer 10.77.1.1 parent 80 0 no-query originserver",
    "acl start urlpath_regex ^/$$",
    "http_access allow start",
    "http_access deny all",
)

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
    Scenario("dante", _dante("none"), "incompatible", (Due("setup.socks-only"),)),
    Scenario("dante-with-password", _dante("username"), "incompatible", (Due("setup.socks-only"),)),
    Scenario("dante-only-socks4", _dante("none", _ONLY_SOCKS4), "incompatible", (Due("setup.socks-only"),)),
    Scenario("squid-intercepting", squid(_INTERCEPT, ALLOW_ALL), "incompatible", (Due("setup.intercept-port"),)),
    Scenario("squid-tproxy", squid(_TPROXY, ALLOW_ALL), "incompatible", (Due("setup.intercept-port"),)),
    Scenario("squid-as-reverse-proxy", _REVERSE, "incompatible", (Due("proxy.not-a-proxy"),)),
    Scenario(
        "nginx-with-tls",
        nginx("ssl_certificate $company;", "ssl_certificate_key $company;", listen="3128 ssl"),
        "incompatible",
        (Due("proxy.not-a-proxy"),),
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
