r"""The proxy's own port wants TLS; whoever begins otherwise is answered with an alert, or cut.

Whose behaviour: secure web proxies: Squid's `https_port`, FortiGate's secure explicit proxy (docs.fortinet.com
609381), HAProxy's `bind ... ssl`. A plain CONNECT gets the bytes of a TLS alert, or nothing (curl#1156, src-cli#1260).

    mitmdump -s addons/tls_listener.py
"""

from mitmproxy import ctx
from mitmproxy.addonmanager import Loader
from mitmproxy.net.tls import starts_like_tls_record
from mitmproxy.proxy import commands, events, layer, layers
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.proxy.layers.modes import HttpProxy

ALERT = bytes([0x15, 3, 1, 0, 2, 2, 22])
"""Fatal, record_overflow: what OpenSSL makes of an HTTP request line."""


class TlsListener:
    """Ends TLS and goes on as a proxy inside; turns everything else away."""

    def load(self, loader: Loader) -> None:
        """Adds the option."""
        loader.add_option("tls_listener_alert", bool, True, "Answer plain words with an alert before closing.")

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Judges the first bytes of a connection."""
        context = nextlayer.context
        first = len(context.layers) == 1 and isinstance(context.layers[0], HttpProxy)
        if nextlayer.layer is not None or not first:
            return
        if starts_like_tls_record(nextlayer.data_client()):
            nextlayer.layer = outer = layers.ClientTLSLayer(context)
            outer.child_layer = layers.HttpLayer(context, HTTPMode.regular)
        else:
            nextlayer.layer = Refused(context)


class Refused(layer.Layer):
    """Says the alert and closes."""

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.DataReceived):
            if ctx.options.tls_listener_alert:
                yield commands.SendData(self.context.client, ALERT)
            yield commands.CloseConnection(self.context.client)


addons = [TlsListener()]
