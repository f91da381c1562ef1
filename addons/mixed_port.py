"""One port speaks HTTP and SOCKS 5: the first byte decides.

Whose behaviour: 3proxy's `auto`, Clash and V2Ray (`mixed-port`), and many small proxies. To an HTTP client it is an
ordinary proxy.

    mitmdump -s addons/mixed_port.py
"""

from mitmproxy.proxy import layer
from mitmproxy.proxy.layers import modes

_SOCKS_5 = b"\x05"


class MixedPort:
    """Leaves a connection to mitmproxy's SOCKS, or to its HTTP."""

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Decides by the first byte of a connection."""
        context = nextlayer.context
        first = len(context.layers) == 1 and isinstance(context.layers[0], modes.HttpProxy)
        if nextlayer.layer is None and first and nextlayer.data_client().startswith(_SOCKS_5):
            nextlayer.layer = modes.Socks5Proxy(context)


addons = [MixedPort()]
