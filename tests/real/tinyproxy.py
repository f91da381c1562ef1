"""Configurations of Tinyproxy 1.11, each a customer's set-up."""

from tests.real.engines import Software
from tests.real.namespaces import GOOD_RESOLVER

_BASE = """
User tinyproxy
Group tinyproxy
Port 3128
Listen 10.77.0.1
Timeout 30
MaxClients 200
LogFile "$folder/access.log"
LogLevel Info
ViaProxyName "proxy.customer.example"
"""


def tinyproxy(*parts: str, resolver: str = GOOD_RESOLVER, allowed: str = "10.0.0.0/8", **files: str) -> Software:
    """Tinyproxy with these lines and files, for clients from `allowed`."""
    return Software("tinyproxy", "\n".join((_BASE, f"Allow {allowed}", *parts)), files, resolver)
