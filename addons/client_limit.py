"""One client may have only so many connections at a time.

Whose behaviour: Tinyproxy's `MaxClients` (etc/tinyproxy.conf.in), licences by user as Proxy+ has them (a 403 that
says `Registration key allows only N simultaneous users`, nmap-service-probes), Squid's `acl maxconn`. What is too
much is closed at once, left without an answer, or refused in HTTP.

    mitmdump -s addons/client_limit.py --set client_limit=4 --set client_limit_action=close
"""

from collections import Counter
from typing import Any

from mitmproxy import ctx, http
from mitmproxy.addonmanager import Loader
from mitmproxy.connection import Client
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers.modes import HttpProxy

_ACTIONS = ("close", "stall", "refuse")


class ClientLimit:
    """Counts the connections of each address and turns away those beyond the limit."""

    def __init__(self) -> None:
        self.open: Counter[str] = Counter()
        self.turned_away: set[str] = set()

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("client_limit", int, 4, "Connections of one address at a time.")
        loader.add_option("client_limit_action", str, "close", "What happens to the others.", choices=_ACTIONS)
        loader.add_option("client_limit_status", int, 503, "Status code of a refusal.")

    def client_connected(self, client: Client) -> None:
        """Counts, and turns away."""
        address = client.peername[0]
        self.open[address] += 1
        if self.open[address] > ctx.options.client_limit:
            self.turned_away.add(client.id)
            if ctx.options.client_limit_action == "close":
                client.error = "too many connections"

    def client_disconnected(self, client: Client) -> None:
        """Counts down."""
        self.open[client.peername[0]] -= 1
        self.turned_away.discard(client.id)

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Never answers, where that is the action."""
        context = nextlayer.context
        first = len(context.layers) == 1 and isinstance(context.layers[0], HttpProxy)
        if (
            nextlayer.layer is None
            and first
            and ctx.options.client_limit_action == "stall"
            and self.excess(context.client)
        ):
            nextlayer.layer = Silence(context)

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """Refuses, where that is the action."""
        if flow.response is None and ctx.options.client_limit_action == "refuse" and self.excess(flow.client_conn):
            page = "<html><body><h1>Too many connections</h1></body></html>\n"
            flow.response = http.Response.make(ctx.options.client_limit_status, page, {"Content-Type": "text/html"})

    def excess(self, client: Client) -> bool:
        """Whether this connection came when there were too many."""
        return client.id in self.turned_away


class Silence(layer.Layer):
    """Takes everything and says nothing."""

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.ConnectionClosed):
            yield commands.CloseConnection(self.context.client)


addons: list[Any] = [ClientLimit()]
