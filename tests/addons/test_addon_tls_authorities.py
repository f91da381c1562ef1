"""tls_authorities: hosts are shown chains of a given shape, each by its own authority."""

import json
from pathlib import Path

import pytest
from cryptography import x509
from mitmproxy import exceptions, tls
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.proxy.layers import ClientTLSLayer
from mitmproxy.test import tflow
from OpenSSL import SSL

from addons.tls_authorities import Rule, TlsAuthorities
from tests.addons.layers import question
from tests.addons.running import configured

HELLO = b"\x16\x03\x01\x02\x00\x01"
ISSUER, ROOT = "CN=Example Gateway,O=Example Company,C=GB", "CN=Example Root"


def rule(**fields: object) -> str:
    return json.dumps({"issuer": ISSUER, **fields})


@pytest.mark.parametrize(
    ("fields", "subjects"),
    [
        ({"sends": "nothing"}, []),
        ({"sends": "issuer"}, [ISSUER]),
        ({"sends": "root"}, [ISSUER]),
        ({"sends": "issuer", "root": ROOT}, [ISSUER]),
        ({"sends": "root", "root": ROOT}, [ISSUER, ROOT]),
        ({"sends": "root", "root": ROOT, "key": "rsa"}, [ISSUER, ROOT]),
    ],
)
def test_the_shape_of_the_chain(fields: dict[str, object], subjects: list[str]) -> None:
    made = Rule(rule(**fields))
    leaf = x509.load_pem_x509_certificate(made.certificate("host.example").to_pem())
    assert [each.subject.rfc4514_string() for each in made.chain] == subjects
    assert leaf.issuer.rfc4514_string() == ISSUER
    leaf.verify_directly_issued_by(made.signer.certificate)
    for lower, upper in zip(made.chain, made.chain[1:], strict=False):
        lower.verify_directly_issued_by(upper)
    assert ("root" in fields) == (made.signer.certificate.issuer != made.signer.certificate.subject)


def test_a_certificate_for_each_host_or_one_for_all() -> None:
    own, one = Rule(rule()), Rule(rule(names=["appliance.example"]))
    assert own.certificate("a.example").cn == "a.example"
    assert own.certificate("a.example") is own.certificate("a.example")
    assert one.certificate("a.example") is one.certificate("b.example")
    assert one.certificate("a.example").cn == "appliance.example"


@pytest.mark.parametrize(
    ("fields", "host", "data", "opened"),
    [
        ({}, "host.example", HELLO, True),
        ({}, "host.example", b"GET / HTTP/1.1\r\n", False),
        ({"hosts": "^other"}, "host.example", HELLO, False),
        ({"hosts": "^host", "ports": [443]}, "HOST.example", HELLO, True),
        ({"ports": [5228]}, "host.example", HELLO, False),
    ],
)
@pytest.mark.slow
def test_which_tunnels_are_opened(
    tmp_path: Path, fields: dict[str, object], host: str, data: bytes, opened: bool
) -> None:
    addon, asked = TlsAuthorities(), question(host, data)
    with configured(addon, TlsConfig(), confdir=str(tmp_path), tls_authorities=[rule(**fields)]):
        addon.next_layer(asked)
    assert isinstance(asked.layer, ClientTLSLayer) is opened


def test_the_first_rule_that_fits_signs_and_what_was_said_in_tls_goes_on_in_tls(tmp_path: Path) -> None:
    addon, asked = TlsAuthorities(), question("host.example", HELLO)
    rules = [rule(hosts="^other"), json.dumps({"issuer": "CN=Second"}), rule()]
    with configured(addon, TlsConfig(), confdir=str(tmp_path), tls_authorities=rules):
        addon.next_layer(asked)
        data = tls.TlsData(asked.context.client, asked.context)
        addon.tls_start_client(data)
        flow = tflow.tflow()
        flow.client_conn = asked.context.client
        flow.request.scheme = "http"
        addon.requestheaders(flow)
        addon.client_disconnected(asked.context.client)
    assert isinstance(data.ssl_conn, SSL.Connection)
    shown = data.ssl_conn.get_certificate()
    assert shown
    assert shown.to_cryptography().issuer.rfc4514_string() == "CN=Second"
    assert flow.request.scheme == "https"
    assert addon.opened == {}


def test_half_a_record_waits(tmp_path: Path) -> None:
    addon = TlsAuthorities()
    with (
        configured(addon, TlsConfig(), confdir=str(tmp_path), tls_authorities=[rule()]),
        pytest.raises(exceptions.AddonHalt),
    ):
        addon.next_layer(question("host.example", HELLO[:2]))


@pytest.mark.parametrize("text", ["x", "[]", "{}", '{"issuer": "no name"}', rule(sends="all"), rule(hosts="(")])
def test_what_is_no_rule_is_refused(text: str) -> None:
    addon = TlsAuthorities()
    with pytest.raises(exceptions.OptionsError, match="tls_authorities"), configured(addon, tls_authorities=[text]):
        pass
