"""Simulated proxies do what they promise, as seen by a client that is not ours."""

import socket
import ssl
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography import x509

from proxycheck.lab.proxies.customer import CustomerProxy
from proxycheck.lab.stage import Stage
from proxycheck.model.target import ProxyAddress
from proxycheck.wire.domains import domain_of
from tests.lab import client
from tests.lab.client import HOST, HOSTS

GENERATE_204 = b"GET /generate_204 HTTP/1.1\r\nHost: host0.example\r\n\r\n"


@pytest.mark.parametrize(
    ("name", "port", "expected"),
    [
        ("clean-tunnel", 80, 200),
        ("clean-tunnel", 443, 200),
        ("clean-tunnel", 5228, 200),
        ("clean-tunnel", 5938, 200),
        ("ports-squid", 80, 403),
        ("ports-squid", 443, 200),
        ("ports-squid", 5228, 403),
        ("ports-squid", 5938, 403),
        ("inspected-company", 80, 200),
        ("inspected-company", 443, 200),
        ("inspected-company", 5228, 200),
        ("inspected-company", 5938, 200),
    ],
)
def test_connect(proxies: dict[str, ProxyAddress], name: str, port: int, expected: int) -> None:
    assert client.status(proxies[name], HOST, port) == expected


@pytest.mark.parametrize("name", ["clean-tunnel", "ports-squid"])
def test_tls_passes_untouched_and_verifies(stage: Stage, proxies: dict[str, ProxyAddress], name: str) -> None:
    shown = x509.load_der_x509_certificate(client.certificate(proxies[name], HOST, roots=stage.roots))
    assert "Lab Issuing Authority" in shown.issuer.rfc4514_string()


@pytest.mark.parametrize("port", [443, 5228])
def test_the_inspecting_proxy_shows_a_certificate_of_its_own(
    stage: Stage, proxies: dict[str, ProxyAddress], port: int
) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        client.certificate(proxies["inspected-company"], HOST, port, roots=stage.roots)
    shown = x509.load_der_x509_certificate(client.certificate(proxies["inspected-company"], HOST, port))
    assert "Example Company Web Gateway CA" in shown.issuer.rfc4514_string()
    names = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert list(names) == [x509.DNSName(HOST)]


@pytest.mark.parametrize("name", ["clean-tunnel", "inspected-company"])
def test_plain_http_and_teamviewer_pass_raw(proxies: dict[str, ProxyAddress], name: str) -> None:
    reply = client.exchange(proxies[name], HOST, 80, GENERATE_204)
    owner, _, _ = domain_of(HOST).partition(".")
    fields = (f"Server: origin of {owner}", "Connection: keep-alive")
    assert reply.decode().split("\r\n") == ["HTTP/1.1 204 No Content", *fields, "", ""]
    assert client.exchange(proxies[name], HOST, 5938, bytes.fromhex("17240a20")).startswith(b"\x17\x24")


@pytest.mark.parametrize("name", ["clean-tunnel", "ports-squid", "inspected-company"])
@pytest.mark.parametrize(
    ("host", "port"),
    [
        ("nowhere.example", 443),
        ("192.0.2.1", 443),
        (HOST, 8443),
    ],
)
def test_what_is_not_in_the_box_does_not_exist(
    proxies: dict[str, ProxyAddress], name: str, host: str, port: int
) -> None:
    """The page is any product's: it does not say what the simulation is made of."""
    with client.connected(proxies[name], host, port) as (connection, reply):
        assert reply.startswith((b"HTTP/1.1 502 ", b"HTTP/1.1 403 ") if port == 8443 else b"HTTP/1.1 502 ")
        assert b"mitmproxy" not in reply + connection.recv(4096)


def test_plain_http_in_absolute_form_is_forwarded(proxies: dict[str, ProxyAddress]) -> None:
    request = b"GET http://host0.example/generate_204 HTTP/1.1\r\nHost: host0.example\r\n\r\n"
    for address in proxies.values():
        with socket.create_connection((address.host, address.port), client.WAIT_S) as connection:
            connection.sendall(request)
            assert client.head(connection).startswith(b"HTTP/1.1 204 ")


@pytest.mark.slow
def test_all_hosts_at_once_through_all_proxies(stage: Stage, proxies: dict[str, ProxyAddress]) -> None:
    def subject(host: str) -> str:
        found = client.certificate(proxies["clean-tunnel"], host, roots=stage.roots)
        return x509.load_der_x509_certificate(found).subject.rfc4514_string()

    def issuer(host: str) -> str:
        found = client.certificate(proxies["inspected-company"], host)
        return x509.load_der_x509_certificate(found).issuer.rfc4514_string()

    def refused(host: str) -> int:
        return client.status(proxies["ports-squid"], host, 80)

    with ThreadPoolExecutor(16) as threads:
        subjects, issuers = threads.map(subject, HOSTS), threads.map(issuer, HOSTS)
        statuses = threads.map(refused, HOSTS)
        assert list(subjects) == [f"CN={host}" for host in HOSTS]
        assert set(issuers) == {"O=Example Company,CN=Example Company Web Gateway CA"}
        assert set(statuses) == {403}


def test_selective_inspection_is_by_the_host_of_connect(stage: Stage) -> None:
    address = stage.start(
        CustomerProxy(
            name="selective",
            title="opens TLS except for one host",
            addons=("tls_inspection",),
            options={"inspection_issuer": "Selective Gateway", "inspection_except": [r"^host1\."]},
        )
    )
    client.certificate(address, HOSTS[1], roots=stage.roots)
    shown = x509.load_der_x509_certificate(client.certificate(address, HOSTS[2]))
    assert "Selective Gateway" in shown.issuer.rfc4514_string()
    stage.stop(address)
