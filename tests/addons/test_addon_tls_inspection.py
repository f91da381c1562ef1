"""tls_inspection: TLS inside CONNECT is terminated, for the chosen hosts, by an authority of any name."""

from pathlib import Path

import pytest
from mitmproxy import exceptions, tls
from mitmproxy.addons.tlsconfig import TlsConfig
from mitmproxy.proxy.layers import TCPLayer
from OpenSSL import SSL

from addons.tls_inspection import TlsInspection
from tests.addons.layers import question
from tests.addons.running import configured

HELLO = b"\x16\x03\x01\x02\x00\x01"


def test_tls_is_left_to_mitmproxy_which_opens_it() -> None:
    addon = TlsInspection()
    asked = question("host.example", HELLO)
    with configured(addon):
        addon.next_layer(asked)
    assert asked.layer is None


@pytest.mark.parametrize("data", [b"GET / HTTP/1.1\r\n\r\n", b"\x17\x24\x0a\x20", b"\x16\x24\x0a", b"G"])
def test_what_is_not_tls_passes_raw(data: bytes) -> None:
    addon = TlsInspection()
    asked = question("host.example", data)
    with configured(addon):
        addon.next_layer(asked)
    assert isinstance(asked.layer, TCPLayer)


def test_a_server_that_speaks_first_passes_raw() -> None:
    addon = TlsInspection()
    asked = question("host.example", server=b"220 ready\r\n")
    with configured(addon):
        addon.next_layer(asked)
    assert isinstance(asked.layer, TCPLayer)


@pytest.mark.parametrize("data", [b"\x16", b"\x16\x03"])
def test_a_record_cut_short_waits_for_more(data: bytes) -> None:
    addon = TlsInspection()
    asked = question("host.example", data)
    with configured(addon), pytest.raises(exceptions.AddonHalt):
        addon.next_layer(asked)
    assert asked.layer is None


@pytest.mark.parametrize(
    ("only", "spared", "host", "opened"),
    [
        ([".*"], [r"\.bank\.example$"], "www.bank.example", False),
        ([".*"], [r"\.bank\.example$"], "www.example", True),
        ([r"^www\."], [], "WWW.example", True),
        ([r"^www\."], [], "api.example", False),
        ([], [], "www.example", False),
    ],
)
def test_which_hosts_are_opened(only: list[str], spared: list[str], host: str, opened: bool) -> None:
    addon = TlsInspection()
    asked = question(host, HELLO)
    with configured(addon, inspection_hosts=only, inspection_except=spared):
        addon.next_layer(asked)
    assert (asked.layer is None) == opened


def test_the_connection_to_the_proxy_itself_is_left_to_mitmproxy() -> None:
    addon = TlsInspection()
    asked = question("host.example", b"CONNECT host.example:443 HTTP/1.1\r\n\r\n", tunnel=False)
    with configured(addon):
        addon.next_layer(asked)
    assert asked.layer is None


@pytest.mark.parametrize("option", ["inspection_hosts", "inspection_except"])
def test_a_bad_pattern_is_named(option: str) -> None:
    addon = TlsInspection()
    with pytest.raises(exceptions.OptionsError, match=option), configured(addon, **{option: ["("]}):
        pass


def start(addon: TlsInspection) -> tls.TlsData:
    asked = question("host.example", HELLO)
    data = tls.TlsData(asked.context.client, asked.context)
    addon.tls_start_client(data)
    return data


def test_certificates_are_signed_by_the_named_authority_which_is_kept(tmp_path: Path) -> None:
    issuers = []
    for _ in range(2):
        addon = TlsInspection()
        with configured(
            addon,
            TlsConfig(),
            confdir=str(tmp_path),
            inspection_issuer="Example Gateway CA",
            inspection_organization="Example Company",
        ):
            data = start(addon)
        assert isinstance(data.ssl_conn, SSL.Connection)
        shown = data.ssl_conn.get_certificate()
        assert shown
        issuers.append(shown.to_cryptography().issuer.rfc4514_string())
        assert addon.signer
        issuers.append(addon.signer.certstore.default_ca.to_pem().decode())
    assert issuers[0] == "O=Example Company,CN=Example Gateway CA"
    assert issuers[:2] == issuers[2:]


def test_without_a_name_mitmproxy_signs_with_its_own_authority(tmp_path: Path) -> None:
    addon = TlsInspection()
    with configured(addon, confdir=str(tmp_path)):
        assert start(addon).ssl_conn is None
    assert not list(tmp_path.iterdir())
