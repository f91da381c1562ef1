"""Configurations of Apache Traffic Server 9 as a forward proxy, each a customer's set-up."""

from tests.real.engines import Software
from tests.real.namespaces import GOOD_RESOLVER

_BASE = """
CONFIG proxy.config.http.server_ports STRING 3128
CONFIG proxy.config.admin.user_id STRING trafficserver
CONFIG proxy.config.url_remap.remap_required INT 0
CONFIG proxy.config.reverse_proxy.enabled INT 0
CONFIG proxy.config.http.cache.http INT 0
CONFIG proxy.config.exec_thread.autoconfig INT 0
CONFIG proxy.config.exec_thread.limit INT 1
CONFIG proxy.config.dns.resolv_conf STRING NULL
CONFIG proxy.config.dns.nameservers STRING $resolver
CONFIG proxy.config.hostdb.host_file.path STRING NULL
"""

CLIENTS = """
ip_allow:
  - apply: in
    ip_addrs: {addresses}
    action: allow
    methods: ALL
"""


def traffic_server(*lines: str, resolver: str = GOOD_RESOLVER, clients: str = "10.0.0.0/8") -> Software:
    """Traffic Server with these lines of records.config, for `clients`."""
    files = {"ip_allow.yaml": CLIENTS.format(addresses=clients)}
    return Software("traffic server", "\n".join((_BASE, *lines)) + "\n", files, resolver)
