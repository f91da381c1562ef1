"""Privoxy, HAProxy, nginx and mitmproxy, put right."""

from dataclasses import replace

from tests.real.engines import Software
from tests.real.haproxy import BEHIND, haproxy
from tests.real.nginx import nginx
from tests.real.privoxy import privoxy
from tests.real.remedies import Repair, pasted
from tests.real.scenarios import Login
from tests.real.squid import ALLOW_ALL, PLAIN_LISTENER, squid

_SQUID = squid(PLAIN_LISTENER, ALLOW_ALL)
_SQUID_BEHIND = replace(squid(f"http_port 10.77.0.1:{BEHIND}", ALLOW_ALL), port=BEHIND)
_NO_CONNECT = "http-request deny deny_status 405 if METH_CONNECT"
_OTHER_PORTS = "http-request deny if METH_CONNECT !{ url_end :443 }"
_SOME_HOSTS = "http-request deny if { url_sub amazonaws google }"
_WEB_ONLY = "http-request deny deny_status 404"
_NGINX_FOR_BROWSERS = nginx("resolver $resolver;", "location / { proxy_pass http://$$http_host$$request_uri; }")
"""Forwards plain HTTP, as people make a proxy of it."""


def _in_tcp_mode(lines: str) -> Software:
    """HAProxy with the told section alone, in front of this customer's proxy."""
    told = pasted(lines).replace("ADDRESS-OF-THE-PROXY:3128", f"10.77.0.1:{BEHIND}")
    base = haproxy().configuration.partition("frontend")[0]
    return Software("haproxy", base + told + "\n")


def _with_tunnel_limit(line: str) -> Software:
    return Software("haproxy", haproxy().configuration.replace("timeout tunnel 30s", line))


_CLERK = Login("clerk", "k9bc7")
_PAGE = "<html><h1>Who are you?</h1></html>\n"


def _asking(*rules: str, **files: str) -> Software:
    """HAProxy that wants user name and password."""
    ask = "http-request auth realm proxy unless { http_auth(customers) }"
    configured = haproxy("option http-use-proxy-header", *rules, ask)
    users = f"userlist customers\n    user {_CLERK.user} insecure-password {_CLERK.password}\n"
    return Software("haproxy", users + configured.configuration, files)


def _asking_by_page(*more: str) -> Software:
    """The same with a page of the customer's own, which has these fields besides."""
    head = ("HTTP/1.1 407 Proxy Authentication Required", "Content-Type: text/html", *more)
    return _asking("errorfile 407 $folder/page", page="\r\n".join((*head, "", _PAGE)))


def _mitmproxy(options: str = "") -> Software:
    common = "connection_strategy: lazy\nssl_verify_upstream_trusted_ca: $roots\n"
    return Software("mitmdump", files={"config.yaml": common + options})


REPAIRS = (
    Repair(
        "privoxy-ports",
        "connect.port-denied",
        "Privoxy",
        privoxy("{+limit-connect{443}}", "/"),
        lambda lines: privoxy("{+limit-connect{443}}", "/", pasted(lines)),
    ),
    Repair(
        "privoxy-host",
        "connect.host-denied",
        "Privoxy",
        privoxy("{+block{unwanted}}", ".amazonaws.com"),
        lambda lines: privoxy("{+block{unwanted}}", ".amazonaws.com", pasted(lines)),
    ),
    Repair(
        "privoxy-page",
        "http.block-page",
        "Privoxy",
        privoxy("{+block{unwanted}}", "www.novell.com"),
        lambda lines: privoxy("{+block{unwanted}}", "www.novell.com", pasted(lines)),
        device="connectplus",
        arguments=("--tier", "required"),
    ),
    Repair(
        "haproxy-no-connect",
        "connect.method-denied",
        "HAProxy",
        haproxy(_NO_CONNECT),
        _in_tcp_mode,
        behind=_SQUID_BEHIND,
        shown=False,
    ),
    Repair(
        "haproxy-ports",
        "connect.port-denied",
        "HAProxy",
        haproxy(_OTHER_PORTS),
        lambda lines: haproxy(*pasted(lines).splitlines(), _OTHER_PORTS),
        behind=_SQUID_BEHIND,
    ),
    Repair(
        "haproxy-hosts",
        "connect.host-denied",
        "HAProxy",
        haproxy(_SOME_HOSTS),
        lambda lines: haproxy(*pasted(lines).splitlines(), _SOME_HOSTS),
        behind=_SQUID_BEHIND,
    ),
    Repair(
        "haproxy-for-web-servers",
        "proxy.not-a-proxy",
        "HAProxy",
        haproxy(_WEB_ONLY),
        _in_tcp_mode,
        behind=_SQUID_BEHIND,
        shown=False,
    ),
    Repair(
        "haproxy-idle",
        "tunnel.idle-timeout",
        "HAProxy",
        _with_tunnel_limit("timeout tunnel 2s"),
        lambda lines: _with_tunnel_limit(pasted(lines)),
        behind=_SQUID_BEHIND,
        arguments=("--only", "distservp1.pb.com:*", "--idle", "4"),
        canary=True,
        shown=False,
    ),
    Repair(
        "haproxy-hangs-up",
        "auth.connection-closed",
        "HAProxy",
        _asking("option httpclose"),
        lambda lines: _asking(pasted(lines)),
        login=_CLERK,
        login_after=_CLERK,
        behind=_SQUID_BEHIND,
    ),
    Repair(
        "haproxy-hangs-up-for-its-page",
        "auth.connection-closed",
        "HAProxy",
        _asking_by_page(),
        lambda lines: _asking_by_page(lines.replace("BYTES-OF-THE-PAGE", str(len(_PAGE)))),
        number=1,
        login=_CLERK,
        login_after=_CLERK,
        behind=_SQUID_BEHIND,
        shown=False,
    ),
    Repair("nginx-alone", "proxy.not-a-proxy", "nginx", nginx(), lambda _: _SQUID),
    Repair("nginx-no-connect", "connect.method-denied", "nginx", _NGINX_FOR_BROWSERS, lambda _: _SQUID),
    Repair(
        "mitmproxy-inspects",
        "tls.inspected",
        "mitmproxy",
        _mitmproxy(),
        lambda lines: _mitmproxy(pasted(lines) + "\n"),
        arguments=("--only", "*.pb.com:443", "--only", "s3.amazonaws.com:*", "--only", "api.pitneybowes.com:*"),
    ),
)
