"""CONNECT is allowed to listed ports only.

Whose behaviour: nearly every proxy as it is delivered. Squid's stock configuration has `acl SSL_ports port
443` and `http_access deny CONNECT !SSL_ports` and answers 403; Apache Traffic Server's
`proxy.config.http.connect_ports` defaults to 443 (403 Tunnel Forbidden); Apache httpd's `AllowCONNECT` to
443 and 563; a Tinyproxy with any `ConnectPort` line allows only those.

    mitmdump -s addons/connect_ports.py --set connect_ports=443 --set connect_ports=563
"""

from collections.abc import Sequence

from mitmproxy import ctx, exceptions, http
from mitmproxy.addonmanager import Loader

_PAGE = "<html><head><title>403 Forbidden</title></head><body><h1>Forbidden</h1></body></html>\n"


class ConnectPorts:
    """Refuses a CONNECT whose port is not on the list; never touches another method."""

    def __init__(self) -> None:
        self.ports: frozenset[int] = frozenset()

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("connect_ports", Sequence[str], ["443"], "Ports that CONNECT may name.")
        loader.add_option("connect_ports_status", int, 403, "Status code of the refusal.")
        loader.add_option("connect_ports_reason", str, "Forbidden", "Reason phrase of the refusal.")
        loader.add_option("connect_ports_headers", Sequence[str], [], "More header fields, `Name: value`.")
        loader.add_option("connect_ports_page", str, _PAGE, "Body of the refusal, HTML.")

    def configure(self, updated: set[str]) -> None:
        """Reads the list of ports."""
        if "connect_ports" in updated:
            self.ports = frozenset(_port(text) for text in ctx.options.connect_ports)

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Answers in place of the tunnel."""
        if flow.request.port in self.ports or flow.response:
            return
        response = http.Response.make(
            ctx.options.connect_ports_status,
            ctx.options.connect_ports_page,
            {"Content-Type": "text/html; charset=utf-8"},
        )
        response.reason = ctx.options.connect_ports_reason
        for field in ctx.options.connect_ports_headers:
            name, _, value = field.partition(":")
            response.headers.add(name.strip(), value.strip())
        flow.response = response


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise exceptions.OptionsError(f"connect_ports: {text!r} is not a port number from 1 to 65535")
    return int(text)


addons = [ConnectPorts()]
