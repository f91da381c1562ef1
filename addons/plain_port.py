"""The proxy's own port is a proxy's, and nothing else: TLS, and requests in origin form, are bad requests.

Whose behaviour: nearly every explicit proxy. urllib3#2105 and httpx#951 collect what clients make of TLS at such a
port; Squid answers origin form with 400 (ERR_INVALID_URL). mitmproxy's own port takes both.

    mitmdump -s addons/plain_port.py
"""

import re

from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.layers.modes import HttpProxy

PAGE = b"<html><body><h1>400 Bad Request</h1></body></html>\n"
REPLY = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(
    PAGE
)


_ORIGIN_FORM = re.compile(rb"[A-Z]+ /")


class PlainPort:
    """Turns such first words away; leaves the rest to others."""

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Judges the first bytes of a connection."""
        context = nextlayer.context
        first = len(context.layers) == 1 and isinstance(context.layers[0], HttpProxy)
        data = nextlayer.data_client()
        if nextlayer.layer is None and first and (starts_like_tls_record(data) or _ORIGIN_FORM.match(data)):
            nextlayer.layer = BadRequest(context)


class BadRequest(layer.Layer):
    """Says 400 and closes."""

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.DataReceived):
            yield commands.SendData(self.context.client, REPLY + PAGE)
            yield commands.CloseConnection(self.context.client)


addons = [PlainPort()]
