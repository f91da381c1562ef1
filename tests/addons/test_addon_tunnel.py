"""tunnel: what follows CONNECT is passed on untouched."""

import pytest
from mitmproxy.proxy.layers import TCPLayer

from addons.tunnel import Tunnel
from tests.addons.layers import question


@pytest.mark.parametrize("data", [b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n\r\n", b"\x17\x24\x0a\x20", b"x"])
def test_whatever_the_client_says_passes_raw(data: bytes) -> None:
    asked = question("host.example", data)
    Tunnel().next_layer(asked)
    assert isinstance(asked.layer, TCPLayer)
    assert asked.layer.flow is None  # nothing is kept of it


def test_a_server_that_speaks_first_passes_raw() -> None:
    asked = question("host.example", server=b"220 ready\r\n")
    Tunnel().next_layer(asked)
    assert isinstance(asked.layer, TCPLayer)


def test_the_connection_to_the_proxy_itself_is_left_to_mitmproxy() -> None:
    asked = question("host.example", b"CONNECT host.example:443 HTTP/1.1\r\n\r\n", tunnel=False)
    Tunnel().next_layer(asked)
    assert asked.layer is None


def test_a_layer_that_another_addon_chose_stays() -> None:
    asked = question("host.example", b"x")
    asked.layer = chosen = TCPLayer(asked.context)
    Tunnel().next_layer(asked)
    assert asked.layer is chosen
