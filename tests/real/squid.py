"""Configurations of Squid 5, each a customer's set-up."""

import subprocess
from functools import cache

from tests.real.engines import Software
from tests.real.namespaces import GOOD_RESOLVER

_BASE = """
visible_hostname proxy.customer.example
cache deny all
cache_mem 0 MB
pid_filename none
coredump_dir none
netdb_filename none
pinger_enable off
hosts_file none
dns_nameservers $resolver
shutdown_lifetime 0 seconds
cache_log $folder/cache.log
logformat attempts %>a %Ss/%03>Hs %rm %ru user=%[un authorization=%{Proxy-Authorization}>h
access_log stdio:$folder/access.log logformat=attempts
"""

PLAIN_LISTENER = "http_port 3128"
TLS_LISTENER = "https_port 3128 tls-cert=$company"
ALLOW_ALL = "http_access allow all"

STOCK_RULES = """
acl localnet src 10.0.0.0/8
acl SSL_ports port 443
acl Safe_ports port 80 21 443 70 210 1025-65535 280 488 591 777
http_access deny !Safe_ports
http_access deny CONNECT !SSL_ports
http_access allow localhost manager
http_access deny manager
http_access allow localnet
http_access deny all
"""
"""The rules of the configuration that Squid is delivered with."""

_BASIC_SCHEME = """
auth_param basic program /usr/lib/squid/basic_ncsa_auth $folder/passwords
auth_param basic children 5 startup=2 idle=1
auth_param basic realm Customer proxy
"""

_ONLY_USERS = """
acl users proxy_auth REQUIRED
http_access allow users
http_access deny all
"""

_DIGEST_SCHEME = """
auth_param digest program /usr/lib/squid/digest_file_auth $folder/passwords
auth_param digest children 5 startup=2 idle=1
auth_param digest realm Customer proxy
"""

INSPECTING_LISTENER = """
http_port 3128 ssl-bump cert=$company generate-host-certificates=on dynamic_cert_mem_cache_size=4MB
sslcrtd_program $generator -s $folder/certificates -M 4MB
sslcrtd_children 4 startup=4 idle=1
sslproxy_session_cache_size 0
tls_outgoing_options cafile=$roots
acl step1 at_step SslBump1
"""


def squid(*parts: str, resolver: str = GOOD_RESOLVER, **files: str) -> Software:
    """Squid with these parts of a configuration and these further files."""
    return Software("squid", "\n".join((_BASE, *parts)), files, resolver)


def squid_with_users(users: dict[str, str], *parts: str) -> Software:
    """Squid with Basic authentication for these users and passwords; the parts come before its rule to allow them."""
    lines = (f"{user}:{_hashed(password)}" for user, password in users.items())
    passwords = "\n".join(lines).replace("$", "$$")
    return squid(PLAIN_LISTENER, _BASIC_SCHEME, *parts, _ONLY_USERS, passwords=passwords)


def squid_with_digest(user: str, password: str) -> Software:
    """Squid with Digest authentication, and no other, for this user."""
    return squid(PLAIN_LISTENER, _DIGEST_SCHEME, _ONLY_USERS, passwords=f"{user}:{password}")


@cache
def _hashed(password: str) -> str:
    """The password as the file of the NCSA helper holds it (SHA-512 crypt)."""
    result = subprocess.run(
        ["openssl", "passwd", "-6", "-stdin"], input=password, capture_output=True, text=True, check=True
    )
    return result.stdout.strip()
