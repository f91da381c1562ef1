"""What else may listen on the port that was named as the proxy's, and the scenarios that play it."""

from tests.real.apache import FOR_ALL, FORWARDS, apache, module_line
from tests.real.caddy import caddy
from tests.real.engines import Software
from tests.real.nginx import nginx
from tests.real.pairs import Pair
from tests.real.programs import PORT
from tests.real.squid import ALLOW_ALL, TLS_LISTENER, squid

_TOR = "SocksPort 10.77.0.1:3128\nDataDirectory $folder/data\n"

PAIRS = (
    Pair("nothing-listens", "listener-closed", None),
    Pair("nginx", "listener-nginx", nginx()),
    Pair("nginx-to-https", "listener-nginx", nginx("return 301 https://$$host$$request_uri;")),
    Pair("caddy-200", "listener-200", caddy('respond "Hello"')),
    Pair("caddy-to-https", "listener-to-https", caddy("redir https://{host}{uri} 308")),
    Pair("caddy-files", "listener-308", caddy("root * /usr/share/nginx/html", "file_server")),
    Pair("apache-no-proxy", "listener-apache", apache()),
    Pair("mail-server", "listener-smtp", Software("mail server")),
    Pair("gnutls", "listener-tls", Software("gnutls", "$company")),
    Pair(
        "apache-with-tls",
        "listener-tls-closes",
        apache(FORWARDS, FOR_ALL, module_line("ssl"), "SSLEngine on\nSSLCertificateFile $company"),
    ),
    Pair("ssh", "listener-ssh", Software("ssh", f"Port {PORT}\n")),
    Pair("microsocks", "listener-socks", Software("microsocks")),
    Pair("tor", "listener-tor", Software("tor", _TOR)),
    Pair("silent-port", "listener-silent", Software("silent port")),
    Pair("squid-with-tls", "listener-tls-closes", squid(TLS_LISTENER, ALLOW_ALL)),
    Pair("squid-intercepting", "intercept-silent", squid(f"http_port {PORT} intercept\nhttp_port 3130", ALLOW_ALL)),
    Pair("squid-tproxy", "intercept-conflict", squid(f"http_port {PORT} tproxy\nhttp_port 3130", ALLOW_ALL)),
)
