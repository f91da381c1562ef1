"""One port speaks HTTP and SOCKS 5: the first byte decides.

Whose behaviour: 3proxy's `auto`, Clash and V2Ray (`mixed-port`), and many small proxies. To an HTTP client it is an
ordinary proxy.

    mitmdump -s addons/mixed_port.py
"""

from mitmproxy.proxy import events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers import modes

_SOCKS_5 = b"\x05"


class MixedPort:
    """Takes the very first question of a connection and waits for the first byte."""

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Puts the choice under every new connection."""
        if nextlayer.layer is None and not nextlayer.context.layers:
            nextlayer.layer = FirstByte(nextlayer.context)


class FirstByte(layer.Layer):
    """Waits, and becomes mitmproxy's own layer for SOCKS or for HTTP."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.context.layers.remove(self)  # what follows has to look as if it were first

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Start):
            return
        socks = isinstance(event, events.DataReceived) and event.data.startswith(_SOCKS_5)
        kind: type[layer.Layer] = modes.Socks5Proxy if socks else modes.HttpProxy
        following = kind(self.context)
        self._handle_event = following.handle_event  # type: ignore[method-assign]
        yield from following.handle_event(events.Start())
        yield from following.handle_event(event)


addons = [MixedPort()]
