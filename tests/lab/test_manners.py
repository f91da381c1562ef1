"""Origins of the box that misbehave on request, seen through a proxy that leads connections to them."""

import datetime
import ssl

import pytest
from cryptography import x509

from proxycheck.lab.internet.manners import DOMAIN
from proxycheck.lab.proxies.customer import CustomerProxy
from proxycheck.lab.stage import Stage
from proxycheck.model.target import ProxyAddress
from tests.lab import client
from tests.lab.client import HOST


def led_to(stage: Stage, manner: str) -> ProxyAddress:
    customer = CustomerProxy(
        name=manner, title="", addons=("names", "tunnel"), options={"names_elsewhere": [f". {manner}.{DOMAIN}"]}
    )
    return stage.start(customer)


@pytest.mark.parametrize("manner", ["expired", "not-yet-valid", "incomplete", "another-name", "private", "umbrella"])
def test_a_certificate_that_nobody_accepts(stage: Stage, manner: str) -> None:
    address = led_to(stage, manner)
    with pytest.raises(ssl.SSLCertVerificationError):
        client.certificate(address, HOST, roots=stage.roots)
    shown = x509.load_der_x509_certificate(client.certificate(address, HOST))
    now = datetime.datetime.now(datetime.UTC)
    assert (shown.not_valid_after_utc < now) is (manner == "expired")
    assert (shown.not_valid_before_utc > now) is (manner == "not-yet-valid")
    assert ("Umbrella" in shown.issuer.rfc4514_string()) is (manner == "umbrella")
    stage.stop(address)


@pytest.mark.parametrize("manner", ["closing", "alert"])
def test_no_certificate_at_all(stage: Stage, manner: str) -> None:
    address = led_to(stage, manner)
    with pytest.raises((ssl.SSLError, ConnectionError)):
        client.certificate(address, HOST)
    stage.stop(address)


def test_silence(stage: Stage) -> None:
    address = led_to(stage, "silent")
    with client.connected(address, HOST, 80) as (connection, _):
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        connection.settimeout(0.2)
        with pytest.raises(TimeoutError):
            connection.recv(1)
    stage.stop(address)
