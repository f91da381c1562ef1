"""CONNECT to listed hosts, or to bare addresses, is refused.

Whose behaviour: every proxy with a policy by name or category. Squid's `acl blocked dstdomain .example.com` and
`http_access deny blocked` (403, X-Squid-Error: ERR_ACCESS_DENIED 0); Zscaler, Blue Coat, FortiGate and Forcepoint
answer with a page of their own; allow lists by name (`http_access deny CONNECT !allowed_domains`) never match an
IP address.

    mitmdump -s addons/connect_hosts.py --set connect_hosts_denied='\\.example\\.com$'
"""

import ipaddress
import re
from collections.abc import Sequence

from mitmproxy import ctx, exceptions, http
from mitmproxy.addonmanager import Loader

_PAGE = "<html><head><title>403 Forbidden</title></head><body><h1>Access Denied</h1></body></html>\n"


class ConnectHosts:
    """Refuses a CONNECT by the host that it names; never touches another method."""

    def __init__(self) -> None:
        self.denied: list[re.Pattern[str]] = []
        self.allowed: list[re.Pattern[str]] = []

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("connect_hosts_denied", Sequence[str], [], "Hosts to refuse (regular expressions).")
        loader.add_option("connect_hosts_allowed", Sequence[str], [], "Hosts to allow in spite of that.")
        loader.add_option("connect_hosts_addresses", bool, True, "Whether a bare address may be named.")
        loader.add_option("connect_hosts_status", int, 403, "Status code of the refusal.")
        loader.add_option("connect_hosts_reason", str, "Forbidden", "Reason phrase of the refusal.")
        loader.add_option("connect_hosts_headers", Sequence[str], [], "More header fields, `Name: value`.")
        loader.add_option("connect_hosts_page", str, _PAGE, "Body of the refusal; {host} and {port} are filled in.")

    def configure(self, updated: set[str]) -> None:
        """Compiles the patterns."""
        if "connect_hosts_denied" in updated:
            self.denied = _patterns("connect_hosts_denied")
        if "connect_hosts_allowed" in updated:
            self.allowed = _patterns("connect_hosts_allowed")

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Answers in place of the tunnel."""
        if flow.response is None and self.refuses(flow.request.host):
            flow.response = _refusal(flow.request.host, flow.request.port)

    def refuses(self, host: str) -> bool:
        """Whether the policy forbids this host."""
        if _is_address(host):
            return not ctx.options.connect_hosts_addresses
        denied = any(pattern.search(host) for pattern in self.denied)
        return denied and not any(pattern.search(host) for pattern in self.allowed)


def _refusal(host: str, port: int) -> http.Response:
    page = ctx.options.connect_hosts_page.replace("{host}", host).replace("{port}", str(port))
    response = http.Response.make(ctx.options.connect_hosts_status, page, {"Content-Type": "text/html; charset=utf-8"})
    response.reason = ctx.options.connect_hosts_reason
    for field in ctx.options.connect_hosts_headers:
        name, _, value = field.partition(":")
        response.headers.add(name.strip(), value.strip())
    return response


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _patterns(option: str) -> list[re.Pattern[str]]:
    try:
        return [re.compile(text, re.IGNORECASE) for text in getattr(ctx.options, option)]
    except re.error as error:
        raise exceptions.OptionsError(f"{option}: not a regular expression: {error}") from error


addons = [ConnectHosts()]
