"""What follows a successful CONNECT is passed on untouched, in both directions, whatever it is.

Whose behaviour: every proxy that does not inspect. Squid without `ssl_bump`, Tinyproxy, Apache httpd with
mod_proxy_connect: after the 2xx the proxy is a tunnel (RFC 9110 section 9.3.6). TLS, plain HTTP on port 80
and protocols of other kinds all pass as raw bytes; mitmproxy without this addon would look into them.

    mitmdump -s addons/tunnel.py
"""

from mitmproxy.proxy import layer, layers
from mitmproxy.proxy.layers.http import HttpStream
from mitmproxy.proxy.layers.modes import Socks5Proxy


class Tunnel:
    """Puts a raw TCP relay behind every CONNECT, and behind SOCKS where the port speaks it."""

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Decides before mitmproxy does, at the first byte from either side."""
        if nextlayer.layer is None and isinstance(nextlayer.context.layers[-1], (HttpStream, Socks5Proxy)):
            nextlayer.layer = layers.TCPLayer(nextlayer.context, ignore=True)


addons = [Tunnel()]
