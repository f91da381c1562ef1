"""Configurations of Apache httpd 2.4 with mod_proxy_connect, each a customer's set-up."""

from tests.real.engines import Software
from tests.real.namespaces import GOOD_RESOLVER

_MODULES = (
    *("mpm_event", "authn_core", "authz_core", "authz_host", "authn_file", "authz_user", "auth_basic", "auth_digest"),
    *("proxy", "proxy_http", "proxy_connect"),
)
_BASE = """
ServerRoot $folder
ServerName proxy.customer.example
DefaultRuntimeDir $folder
PidFile $folder/httpd.pid
Mutex file:$folder default
ErrorLog $folder/error.log
User nobody
Group nogroup
Listen 3128
StartServers 1
KeepAliveTimeout 30
"""

FORWARDS = "ProxyRequests On"
FOR_ALL = '<Proxy "*">\n    Require ip 10.0.0.0/8\n</Proxy>'
ALL_PORTS = "AllowCONNECT 1-65535"


def apache(*parts: str, resolver: str = GOOD_RESOLVER, without: str = "", **files: str) -> Software:
    """Apache httpd with these parts of a configuration and these further files; `without` names a module."""
    modules = (module_line(name) for name in _MODULES if name != without)
    return Software("apache", "\n".join((*modules, _BASE, *parts)), files, resolver)


def module_line(name: str) -> str:
    """The line that loads a module."""
    return f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
