r"""The bytes of a tunnel do not arrive as they were sent: changed, cut off, held back, or cut by the clock.

Whose behaviour: optimisers and scanners that touch what they relay (pac4cli#32, zotero-pkg#83), proxies that end a
tunnel when either side is quiet (Tinyproxy `Timeout 600`, HAProxy `timeout tunnel`, Cloudflare's 270 s) or old
(Squid `client_lifetime`), and those that close both directions as soon as one side has ended (squid
`half_closed_clients off`, envoy#2386).

`tunnel_bytes_replace` holds pairs `OLD NEW` for what the host sends, ISO-8859-1 with Python's escapes;
`tunnel_bytes_limit` cuts the tunnel after so many bytes of the host; `tunnel_bytes_idle` and
`tunnel_bytes_lifetime` are seconds; `tunnel_bytes_ports` limits all of it to some ports.

    mitmdump -s addons/tunnel_bytes.py --set tunnel_bytes_limit=100000
"""

from collections.abc import Sequence

from mitmproxy import ctx
from mitmproxy.addonmanager import Loader
from mitmproxy.proxy import commands, events, layer, layers
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HttpStream


class TunnelBytes:
    """Puts a relay with faults behind every CONNECT."""

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("tunnel_bytes_replace", Sequence[str], [], "Pairs OLD NEW, escapes allowed.")
        loader.add_option("tunnel_bytes_limit", int, 0, "Bytes of the host that pass; 0: all.")
        loader.add_option("tunnel_bytes_idle", str, "0", "Seconds of silence after which the tunnel is cut; 0: never.")
        loader.add_option("tunnel_bytes_lifetime", str, "0", "Seconds after which it is cut anyway; 0: never.")
        loader.add_option("tunnel_bytes_half_close", bool, True, "Whether one side may end before the other.")
        loader.add_option("tunnel_bytes_ports", Sequence[str], [], "Ports that are meant; none: all.")

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Decides before mitmproxy does."""
        stack, address = nextlayer.context.layers, nextlayer.context.server.address
        if nextlayer.layer is not None or not stack or not isinstance(stack[-1], HttpStream) or address is None:
            return
        if not ctx.options.tunnel_bytes_ports or str(address[1]) in ctx.options.tunnel_bytes_ports:
            nextlayer.layer = Relay(nextlayer.context)


class Relay(layer.Layer):
    """mitmproxy's raw relay, with what happens to the bytes around it."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.inner = layers.TCPLayer(context, ignore=True)
        pairs = [text.partition(" ") for text in ctx.options.tunnel_bytes_replace]
        self.replaced = [(_bytes(old), _bytes(new)) for old, _, new in pairs]
        self.left: int = ctx.options.tunnel_bytes_limit
        self.idle = float(ctx.options.tunnel_bytes_idle)
        self.lifetime = float(ctx.options.tunnel_bytes_lifetime)
        self.newest: commands.RequestWakeup | None = None
        self.end_of_life: commands.RequestWakeup | None = None

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Wakeup):
            if event.command in (self.newest, self.end_of_life):
                yield commands.CloseConnection(self.context.client)
            return
        if isinstance(event, events.Start) and self.lifetime:
            self.end_of_life = commands.RequestWakeup(self.lifetime)
            yield self.end_of_life
        if self.idle:
            self.newest = commands.RequestWakeup(self.idle)
            yield self.newest
        if isinstance(event, events.ConnectionClosed) and not ctx.options.tunnel_bytes_half_close:
            yield commands.CloseConnection(self.context.client)
            return
        cut = isinstance(event, events.DataReceived) and event.connection is self.context.server and self.change(event)
        yield from self.inner.handle_event(event)
        if cut:
            yield commands.CloseConnection(self.context.client)

    def change(self, event: events.DataReceived) -> bool:
        """Changes what the host sent; True when the tunnel ends here."""
        for old, new in self.replaced:
            event.data = event.data.replace(old, new)
        if not ctx.options.tunnel_bytes_limit:
            return False
        event.data = event.data[: self.left]
        self.left -= len(event.data)
        return self.left <= 0


def _bytes(text: str) -> bytes:
    return text.encode("latin-1").decode("unicode_escape").encode("latin-1")


addons = [TunnelBytes()]
