"""mitmproxy's question "which layer comes next?" at chosen places, without a connection."""

from mitmproxy.options import Options
from mitmproxy.proxy import events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HttpLayer, HTTPMode, HttpStream
from mitmproxy.proxy.layers.modes import HttpProxy
from mitmproxy.test import tflow


def question(host: str, client: bytes = b"", server: bytes = b"", *, tunnel: bool = True) -> layer.NextLayer:
    """What follows a CONNECT to `host` (or, without `tunnel`, the start of a client's connection), when these
    bytes have arrived from the client and from the server."""
    context = Context(tflow.tclient_conn(), Options())
    context.server.address = (host, 443)
    HttpProxy(context)
    if tunnel:
        HttpLayer(context, HTTPMode.regular)
        HttpStream(context, 1)
    asked = layer.NextLayer(context)
    if client:
        asked.events.append(events.DataReceived(context.client, client))
    if server:
        asked.events.append(events.DataReceived(context.server, server))
    return asked
