"""Apache httpd 2.4 and Apache Traffic Server 9, put right."""

import hashlib
from dataclasses import replace

from tests.real.apache import ALL_PORTS, FOR_ALL, FORWARDS, apache
from tests.real.engines import Software
from tests.real.namespaces import GOOD_RESOLVER
from tests.real.remedies import FEW, Repair, pasted
from tests.real.resolver import NXDOMAIN_FOR_ALL
from tests.real.scenarios import Login
from tests.real.squid import squid_with_users
from tests.real.traffic_server import CLIENTS, traffic_server

_OTHERS = '<Proxy "*">\n    Require ip 192.168.0.0/16\n</Proxy>'
_AND_ONE_MORE_PORT = (*FEW, "--only", "mobile-gtalk.l.google.com:*")
"""With what is open on another port than 443, and what is not."""
_DENIED = '<ProxyMatch "amazonaws">\n    Require all denied\n</ProxyMatch>'
_CLERK = Login("clerk", "k9bc7")
_DIGEST = """<Proxy "*">
    AuthType Digest
    AuthName "proxy"
    AuthDigestProvider file
    AuthUserFile $folder/accounts
    Require valid-user
</Proxy>"""
_EVERY_PORT = "CONFIG proxy.config.http.connect_ports STRING *"
_RULES = """
ip_allow:
  - apply: in
    ip_addrs: 10.0.0.0/8
    action: deny
    methods: [{methods}]
  - apply: in
    ip_addrs: 10.0.0.0/8
    action: allow
    methods: ALL
"""


def _digest_accounts() -> str:
    whole = f"{_CLERK.user}:proxy:{_CLERK.password}"
    return f"{_CLERK.user}:proxy:{hashlib.md5(whole.encode(), usedforsecurity=False).hexdigest()}\n"


def _basic_accounts() -> str:
    return squid_with_users({_CLERK.user: _CLERK.password}).files["passwords"]


_BASIC = _DIGEST.replace("AuthType Digest", "AuthType Basic").replace("AuthDigestProvider", "AuthBasicProvider")


def _beside_valid_user(line: str) -> str:
    return _BASIC.replace("Require valid-user", f"Require valid-user\n    {pasted(line)}")


def _as_basic(lines: str) -> Software:
    """The told line in place of Digest, with the accounts as Basic keeps them."""
    section = _DIGEST.replace("AuthType Digest", lines).replace("AuthDigestProvider", "AuthBasicProvider")
    return apache(FORWARDS, section, ALL_PORTS, accounts=_basic_accounts())


def _ruled(denied: str, lines: str = "") -> Software:
    """Traffic Server that denies these methods; before that rule the told one, with the name that its action has before
    version 10."""
    rules = _RULES.format(methods=denied)
    told = pasted(lines).replace("set_allow", "allow")
    merged = rules.replace("ip_allow:\n", f"{told}\n") if lines else rules
    return replace(traffic_server(_EVERY_PORT), files={"ip_allow.yaml": merged})


def _with_client(lines: str) -> Software:
    """Traffic Server that serves another network and, before that, whom the told lines name."""
    told = pasted(lines).replace("set_allow", "allow")
    others = CLIENTS.format(addresses="192.168.0.0/16").partition("ip_allow:\n")[2]
    return replace(traffic_server(_EVERY_PORT), files={"ip_allow.yaml": f"{told}\n{others}"})


def _debian_path(lines: str) -> str:
    return pasted(lines).replace("modules/", "/usr/lib/apache2/modules/")


REPAIRS = (
    Repair(
        "apache-ports",
        "connect.port-denied",
        "Apache httpd (mod_proxy)",
        apache(FORWARDS, FOR_ALL),
        lambda lines: apache(FORWARDS, FOR_ALL, pasted(lines)),
    ),
    Repair(
        "apache-ports-in-place-of-a-line",
        "connect.port-denied",
        "Apache httpd (mod_proxy)",
        apache(FORWARDS, FOR_ALL, "AllowCONNECT 443 80"),
        lambda lines: apache(FORWARDS, FOR_ALL, pasted(lines)),
        arguments=_AND_ONE_MORE_PORT,
    ),
    Repair(
        "apache-no-connect",
        "connect.method-denied",
        "Apache httpd (mod_proxy)",
        apache(FORWARDS, FOR_ALL, without="proxy_connect"),
        lambda lines: apache(FORWARDS, FOR_ALL, _debian_path(lines), without="proxy_connect"),
    ),
    Repair(
        "apache-clients",
        "connect.all-denied",
        "Apache httpd (mod_proxy)",
        apache(FORWARDS, _OTHERS, ALL_PORTS),
        lambda lines: apache(FORWARDS, _OTHERS, ALL_PORTS, pasted(lines)),
    ),
    Repair(
        "apache-blocks",
        "connect.host-denied",
        "Apache httpd (mod_proxy)",
        apache(FORWARDS, FOR_ALL, ALL_PORTS, "ProxyBlock .amazonaws.com"),
        lambda _: apache(FORWARDS, FOR_ALL, ALL_PORTS),
    ),
    Repair(
        "apache-section",
        "connect.host-denied",
        "Apache httpd (mod_proxy)",
        apache(FORWARDS, FOR_ALL, _DENIED, ALL_PORTS),
        lambda lines: apache(FORWARDS, FOR_ALL, _DENIED, ALL_PORTS, pasted(lines)),
        number=1,
    ),
    Repair(
        "apache-password",
        "auth.required",
        "Apache httpd (mod_proxy)",
        apache(FORWARDS, _BASIC, ALL_PORTS, accounts=_basic_accounts()),
        lambda lines: apache(FORWARDS, _beside_valid_user(lines), ALL_PORTS, accounts=_basic_accounts()),
    ),
    Repair(
        "apache-digest",
        "auth.scheme-unsupported",
        "Apache httpd (mod_proxy)",
        apache(FORWARDS, _DIGEST, ALL_PORTS, accounts=_digest_accounts()),
        _as_basic,
        login=_CLERK,
        login_after=_CLERK,
    ),
    Repair(
        "apache-hangs-up",
        "auth.connection-closed",
        "Apache httpd (mod_proxy)",
        apache(FORWARDS, _BASIC, ALL_PORTS, "KeepAlive Off", accounts=_basic_accounts()),
        lambda lines: apache(FORWARDS, _BASIC, ALL_PORTS, pasted(lines), accounts=_basic_accounts()),
        login=_CLERK,
        login_after=_CLERK,
    ),
    Repair(
        "traffic-server-ports",
        "connect.port-denied",
        "Apache Traffic Server",
        traffic_server(),
        lambda lines: traffic_server(pasted(lines).partition("# records.config\n")[2]),
    ),
    Repair(
        "traffic-server-ports-in-place-of-a-line",
        "connect.port-denied",
        "Apache Traffic Server",
        traffic_server("CONFIG proxy.config.http.connect_ports STRING 443 80 563"),
        lambda lines: traffic_server(pasted(lines).partition("# records.config\n")[2]),
        arguments=_AND_ONE_MORE_PORT,
    ),
    Repair(
        "traffic-server-hangs-up",
        "connect.empty-reply",
        "Apache Traffic Server",
        traffic_server(_EVERY_PORT, clients="192.168.0.0/16"),
        _with_client,
    ),
    Repair(
        "traffic-server-clients",
        "connect.all-denied",
        "Apache Traffic Server",
        _ruled("CONNECT, GET"),
        lambda lines: _ruled("CONNECT, GET", lines),
    ),
    Repair(
        "traffic-server-no-connect",
        "connect.method-denied",
        "Apache Traffic Server",
        _ruled("CONNECT"),
        lambda lines: _ruled("CONNECT", lines),
    ),
    Repair(
        "traffic-server-names",
        "connect.dns-failure",
        "Apache Traffic Server",
        traffic_server(_EVERY_PORT, resolver=NXDOMAIN_FOR_ALL),
        lambda lines: traffic_server(
            _EVERY_PORT, lines.replace("ADDRESS-OF-A-RESOLVER", GOOD_RESOLVER), resolver=NXDOMAIN_FOR_ALL
        ),
    ),
)
