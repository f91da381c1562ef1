"""Requests byte for byte, as the devices phrase them."""

import h11
import pytest

from proxycheck.catalogue.devices import load_device
from proxycheck.model.device import ConnectDialect
from proxycheck.model.target import Target
from proxycheck.wire.http.request import connect_request, forward_request, origin_request, user_agent_of

HOST = Target("www.example.com", 443)
PLAIN = ConnectDialect(host_port_443=True, headers=(), confidence="assumption", source="made for this test")


def test_sendpro_c_leaves_the_port_443_out_of_host() -> None:
    assert connect_request(HOST, load_device("sendpro-c").proxy.connect) == (
        b"CONNECT www.example.com:443 HTTP/1.1\r\n"
        b"Host: www.example.com\r\n"
        b"Proxy-Connection: Keep-Alive\r\n"
        b"User-Agent: Dalvik/2.1.0 (Linux; U; Android 7.0 Build/NRD90M)\r\n"
        b"\r\n"
    )


def test_sendpro_c_names_every_other_port() -> None:
    request = connect_request(Target("www.example.com", 80), load_device("sendpro-c").proxy.connect)
    assert request.startswith(b"CONNECT www.example.com:80 HTTP/1.1\r\nHost: www.example.com:80\r\n")


def test_connectplus_phrases_as_libcurl_does() -> None:
    assert connect_request(HOST, load_device("connectplus").proxy.connect) == (
        b"CONNECT www.example.com:443 HTTP/1.1\r\n"
        b"Host: www.example.com:443\r\n"
        b"User-Agent: curl/7.19.7 (x86_64-suse-linux-gnu) libcurl/7.19.7 OpenSSL/0.9.8j zlib/1.2.7 libidn/1.10\r\n"
        b"Proxy-Connection: Keep-Alive\r\n"
        b"\r\n"
    )


def test_credentials_are_there_only_when_given_and_come_last() -> None:
    with_them = connect_request(HOST, PLAIN, authorization="Basic Y2xlcms6eA==")
    without = b"CONNECT www.example.com:443 HTTP/1.1\r\nHost: www.example.com:443\r\n"
    assert connect_request(HOST, PLAIN) == without + b"\r\n"
    assert with_them == without + b"Proxy-Authorization: Basic Y2xlcms6eA==\r\n\r\n"


@pytest.mark.parametrize("name", ["sendpro-c", "connectplus"])
def test_another_user_agent_takes_the_place_of_the_devices_own(name: str) -> None:
    dialect = load_device(name).proxy.connect
    theirs = user_agent_of(dialect, None).encode()
    request = connect_request(HOST, dialect, user_agent="Tester/1")
    assert request == connect_request(HOST, dialect).replace(theirs, b"Tester/1")
    assert request.count(b"User-Agent:") == 1


def test_a_dialect_without_a_user_agent_can_be_given_one() -> None:
    request = connect_request(HOST, PLAIN, user_agent="Tester/1")
    assert b"\r\nUser-Agent: Tester/1\r\n" in request
    assert user_agent_of(PLAIN, None) == "proxycheck"


@pytest.mark.parametrize(
    ("host", "named"),
    [
        ("r1---sn-8pgbpohxqp5-auol.gvt1.com", b"r1---sn-8pgbpohxqp5-auol.gvt1.com"),
        ("xn--bcher-kva.example", b"xn--bcher-kva.example"),
        ("under_score.example", b"under_score.example"),
        ("192.0.2.7", b"192.0.2.7"),
        ("2001:db8::7", b"[2001:db8::7]"),
        ("::1", b"[::1]"),
    ],
)
def test_names_and_addresses_travel_as_they_are(host: str, named: bytes) -> None:
    dialect = load_device("sendpro-c").proxy.connect
    assert connect_request(Target(host, 443), dialect).startswith(
        b"CONNECT %s:443 HTTP/1.1\r\nHost: %s\r\n" % (named, named)
    )
    assert connect_request(Target(host, 5228), dialect).startswith(
        b"CONNECT %s:5228 HTTP/1.1\r\nHost: %s:5228\r\n" % (named, named)
    )
    assert forward_request(Target(host, 80), "/x", user_agent="a").startswith(
        b"GET http://%s/x HTTP/1.1\r\nHost: %s\r\n" % (named, named)
    )


def test_plain_http_inside_a_tunnel_is_in_origin_form() -> None:
    assert origin_request(Target("www.example.com", 80), "/generate_204", user_agent="Tester/1") == (
        b"GET /generate_204 HTTP/1.1\r\n"
        b"Host: www.example.com\r\n"
        b"User-Agent: Tester/1\r\n"
        b"Accept: */*\r\n"
        b"Connection: close\r\n"
        b"\r\n"
    )


def test_plain_http_to_the_proxy_is_in_absolute_form() -> None:
    assert forward_request(Target("www.example.com", 8080), "/", user_agent="Tester/1", authorization="Basic eA==") == (
        b"GET http://www.example.com:8080/ HTTP/1.1\r\n"
        b"Host: www.example.com:8080\r\n"
        b"User-Agent: Tester/1\r\n"
        b"Accept: */*\r\n"
        b"Proxy-Connection: close\r\n"
        b"Proxy-Authorization: Basic eA==\r\n"
        b"\r\n"
    )


@pytest.mark.parametrize("host", ["a\r\nX: y", "a\nX: y", "a\x00b", "a b", "a\tb", "b\u00fccher.example", "a\u2028b"])
def test_a_host_cannot_add_a_line(host: str) -> None:
    refused = (h11.LocalProtocolError, UnicodeEncodeError)
    with pytest.raises(refused):
        connect_request(Target(host, 443), PLAIN)
    with pytest.raises(refused):
        forward_request(Target(host, 80), "/", user_agent="a")
    if not host.isprintable() and "\t" not in host:
        with pytest.raises(refused):
            origin_request(Target(host, 80), "/", user_agent="a")


@pytest.mark.parametrize("value", ["a\r\nX: y", "a\nX: y", "a\x00b", "\u4e2d"])
def test_a_user_agent_or_an_authorization_cannot_add_a_line(value: str) -> None:
    refused = (h11.LocalProtocolError, UnicodeEncodeError)
    dialect = load_device("sendpro-c").proxy.connect
    with pytest.raises(refused):
        connect_request(HOST, dialect, user_agent=value)
    with pytest.raises(refused):
        connect_request(HOST, dialect, authorization=value)
    with pytest.raises(refused):
        origin_request(HOST, "/", user_agent=value)
    with pytest.raises(refused):
        forward_request(HOST, "/", user_agent="a", authorization=value)


@pytest.mark.parametrize("path", ["/a b", "/a\r\nX: y", "/\x00"])
def test_a_path_cannot_add_a_line(path: str) -> None:
    with pytest.raises(h11.LocalProtocolError):
        origin_request(HOST, path, user_agent="a")
    with pytest.raises(h11.LocalProtocolError):
        forward_request(HOST, path, user_agent="a")
