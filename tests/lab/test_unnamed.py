"""A simulated proxy says nothing in the name of mitmproxy, whatever fails behind it; mitmproxy elsewhere still does."""

import contextvars
import socket

import pytest
from mitmproxy.proxy.layers.http import _http1

from proxycheck.lab.proxies.customer import CustomerProxy
from proxycheck.lab.proxies.unnamed import errors_without_a_name
from proxycheck.lab.stage import Stage
from proxycheck.model.target import ProxyAddress


@pytest.fixture(scope="module")
def proxy(stage: Stage) -> ProxyAddress:
    """A proxy of nothing but mitmproxy's own port."""
    return stage.start(CustomerProxy(name="own", title="Its own", addons=()))


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"CONNECT nowhere.invalid:443 HTTP/1.1\r\nHost: nowhere.invalid\r\n\r\n", b"502 Bad Gateway"),
        (b"GET http://nowhere.invalid/ HTTP/1.1\r\nHost: nowhere.invalid\r\n\r\n", b"502 Bad Gateway"),
        (b"GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nContent-Length: many\r\n\r\n", b"400 Bad Request"),
    ],
)
def test_what_fails_is_told_without_a_name(proxy: ProxyAddress, request_: bytes, status: bytes) -> None:
    with socket.create_connection((proxy.host, proxy.port), 10) as connection:
        connection.sendall(request_)
        reply = b""
        while not reply.endswith((b"</html>\n", b"not known\n")) and (data := connection.recv(65536)):
            reply += data
    assert reply.startswith(b"HTTP/1.1 " + status)
    assert b"mitmproxy" not in reply
    assert b"connection_strategy" not in reply
    assert (b"Name or service not known" in reply) is status.startswith(b"502")
    head, _, page = reply.partition(b"\r\n\r\n")
    assert f"content-length: {len(page)}".encode() in head.lower()


def test_outside_of_a_simulated_proxy_mitmproxy_keeps_its_name() -> None:
    inside = contextvars.copy_context()
    inside.run(errors_without_a_name)
    assert b"mitmproxy" not in inside.run(_http1.make_error_response, 599, "x")
    assert b"mitmproxy" in contextvars.Context().run(_http1.make_error_response, 502, "x")
