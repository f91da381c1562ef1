r"""Plain HTTP that the proxy reads is answered with a page of its own: a portal, a block page, a stored answer.

Whose behaviour: captive portals (511 of RFC 6585 section 6, a redirect to a login), FortiGate's `303 See Other` to
`/fgtauth`, Cyberoam's 302 to `/httpclient.html` (nmap-service-probes), ContentKeeper and Netsweeper with status 200
(ooni/blocking-fingerprints), caches that answer a connectivity check with a stored page.

A rule is a JSON object: it applies by `hosts` and `path` (regular expressions); the first that applies decides.
`status`, `reason`, `fields` (a list of `Name: value`) and `page` make the answer; `{host}` is filled in, and in a field
`{date}`, the hour (`{date-3600}` an hour earlier). With `http_pages_tunnels`, plain HTTP inside CONNECT is read as
well, as gateways do that parse tunnels on port 80 (broadcom 168904).

    mitmdump -s addons/http_pages.py --set http_pages='{"status": 302, "fields": ["Location: http://login.example/"]}'
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mitmproxy import ctx, http
from mitmproxy.addonmanager import Loader
from mitmproxy.proxy import layer, layers
from mitmproxy.proxy.layers.http import HTTPMode, HttpStream

if TYPE_CHECKING:
    from addons.proxy_rules import dated, rule_fields, rules_of
else:
    from proxy_rules import dated, rule_fields, rules_of

_METHODS = (b"GET ", b"HEAD ", b"POST ", b"OPTIONS ")


class Rule:
    """One page. Raises ValueError or TypeError for what is no rule."""

    def __init__(self, text: str) -> None:
        fields = rule_fields(text)
        self.hosts = re.compile(fields.pop("hosts", ""), re.IGNORECASE)
        self.path = re.compile(fields.pop("path", ""))
        self.status = int(fields.pop("status", 200))
        self.reason: str | None = fields.pop("reason", None)
        self.fields: list[str] = fields.pop("fields", [])
        self.page: str = fields.pop("page", "")
        if fields:
            raise ValueError(f"unknown: {', '.join(fields)}")

    def response(self, host: str) -> http.Response:
        """The page for a host."""
        response = http.Response.make(self.status, self.page.replace("{host}", host), {"Content-Type": "text/html"})
        if self.reason is not None:
            response.reason = self.reason
        for field in self.fields:
            name, _, value = field.partition(":")
            said = value.strip().replace("{host}", host).encode("latin-1")
            response.headers[name.strip()] = dated(said).decode("latin-1")
        return response


class HttpPages:
    """Answers requests in place of their hosts."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("http_pages", Sequence[str], [], "Rules, one JSON object each.")
        loader.add_option("http_pages_tunnels", bool, False, "Read plain HTTP inside CONNECT as well.")

    def configure(self, updated: set[str]) -> None:
        """Reads the rules."""
        if "http_pages" in updated:
            self.rules = rules_of("http_pages", Rule)

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Reads plain HTTP in a tunnel, where that is wanted."""
        context = nextlayer.context
        inside = bool(context.layers) and isinstance(context.layers[-1], HttpStream)
        wanted = inside and ctx.options.http_pages_tunnels
        if nextlayer.layer is None and wanted and nextlayer.data_client().startswith(_METHODS):
            nextlayer.layer = layers.HttpLayer(context, HTTPMode.transparent)

    def request(self, flow: http.HTTPFlow) -> None:
        """Answers the first rule's page."""
        if flow.response is not None:
            return
        for rule in self.rules:
            if rule.hosts.search(flow.request.pretty_host) and rule.path.search(flow.request.path):
                flow.response = rule.response(flow.request.pretty_host)
                return


addons = [HttpPages()]
