"""Who holds the leaf's key: real servers, and those who only relay a certificate."""

import ssl

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from proxycheck.catalogue.client_hellos import load_client_hello
from proxycheck.model.files.client_hello import HelloProfile
from proxycheck.wire.tls.client_hello import ClientHello, client_hello
from proxycheck.wire.tls.flight import ServerFlight
from proxycheck.wire.tls.possession import KeyPossession, key_possession
from proxycheck.wire.tls.records import vector
from tests.support.chains import Issued, Key, authority, ec_key, leaf, rsa_key
from tests.support.tls_servers import answer, server, with_finite_field

_ROOT = authority("Root")
_RSA = leaf(_ROOT, "www.example", key=rsa_key())
_EC = leaf(_ROOT, "www.example")
_ANDROID = load_client_hello("android-7.0")


def _hello(profile: HelloProfile = _ANDROID) -> ClientHello:
    return client_hello(profile, "www.example", bytes(range(32)))


def _flight(data: bytes) -> ServerFlight:
    flight = ServerFlight()
    flight.feed(data)
    return flight


def _possession(context: ssl.SSLContext, profile: HelloProfile = _ANDROID) -> KeyPossession:
    hello = _hello(profile)
    return key_possession(_flight(answer(context, hello.data)), hello.random)


@pytest.mark.parametrize("issued", [_RSA, _EC])
def test_the_owner_of_the_key_proves_it(issued: Issued) -> None:
    possession = _possession(server(issued, _ROOT))
    assert (possession.verdict, possession.reason) == ("proved", "signed")


@pytest.mark.parametrize(
    ("issued", "scheme"),
    [
        *((_RSA, scheme) for scheme in (0x0201, 0x0301, 0x0401, 0x0501, 0x0601, 0x0804, 0x0805, 0x0806)),
        *((_EC, scheme) for scheme in (0x0203, 0x0303, 0x0403, 0x0503, 0x0603)),
    ],
)
def test_every_scheme(issued: Issued, scheme: int) -> None:
    profile = msgspec.structs.replace(_ANDROID, signature_algorithms=(scheme,))
    context = server(issued, ciphers="ALL:@SECLEVEL=0")
    assert _possession(context, profile) == KeyPossession("proved", "signed", scheme)


def test_finite_field_diffie_hellman() -> None:
    context = with_finite_field(server(_RSA, ciphers="DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"))
    hello = _hello()
    flight = _flight(answer(context, hello.data))
    assert flight.hello is not None
    assert flight.hello.suite == 0x009E
    assert key_possession(flight, hello.random).verdict == "proved"
    assert key_possession(flight, bytes(32)).reason == "other-key"


def test_ed25519() -> None:
    profile = msgspec.structs.replace(_ANDROID, signature_algorithms=(0x0807,))
    issued = leaf(_ROOT, "www.example", key=ed25519.Ed25519PrivateKey.generate())
    assert _possession(server(issued), profile) == KeyPossession("proved", "signed", 0x0807)


def test_p_384_leaf_of_a_client_that_takes_it() -> None:
    profile = msgspec.structs.replace(_ANDROID, groups=(0x0017, 0x0018))
    issued = leaf(_ROOT, "www.example", key=ec_key(ec.SECP384R1()))
    assert _possession(server(issued), profile).verdict == "proved"


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
@pytest.mark.parametrize("issued", [_RSA, _EC])
def test_signatures_before_tls_12(issued: Issued, version: ssl.TLSVersion) -> None:
    context = server(issued, ciphers="ALL:@SECLEVEL=0", oldest=ssl.TLSVersion.TLSv1, newest=version)
    profile = msgspec.structs.replace(_ANDROID, version=int(version))
    hello = _hello(profile)
    flight = _flight(answer(context, hello.data))
    assert key_possession(flight, hello.random) == KeyPossession("proved", "signed", None)
    assert key_possession(flight, bytes(32)) == KeyPossession("not-proved", "other-key", None)


def test_an_answer_to_another_hello_proves_nothing() -> None:
    flight = _flight(answer(server(_EC), _hello().data))
    assert key_possession(flight, bytes(32)).reason == "other-key"


@pytest.mark.parametrize("own_key", [rsa_key(1), ec_key()])
@pytest.mark.parametrize("genuine", [_RSA, _EC])
def test_a_relayed_certificate_is_not_possession(genuine: Issued, own_key: Key) -> None:
    impostor = leaf(authority("Impostor"), "www.example", key=own_key)
    hello = _hello()
    flight = _flight(answer(server(impostor), hello.data))
    assert key_possession(flight, hello.random).verdict == "proved"
    flight.certificates = (genuine.der, _ROOT.der)
    assert key_possession(flight, hello.random).verdict == "not-proved"
    assert key_possession(flight, hello.random).reason == "other-key"


def test_rsa_key_exchange_and_tls_13_are_for_a_finished_handshake() -> None:
    assert _possession(server(_RSA, ciphers="AES128-GCM-SHA256")) == KeyPossession("not-applicable", "rsa-key-exchange")
    modern = load_client_hello("modern")
    assert _possession(server(_EC, newest=ssl.TLSVersion.TLSv1_3), modern) == KeyPossession("not-applicable", "tls-1.3")


def test_one_changed_bit_anywhere_in_the_signed_parameters_is_noticed() -> None:
    hello = _hello()
    flight = _flight(answer(server(_EC), hello.data))
    body = flight.key_exchange
    assert body is not None
    for at in range(len(body)):
        flight.key_exchange = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        assert key_possession(flight, hello.random).verdict == "not-proved"
    for end in range(len(body)):
        flight.key_exchange = body[:end]
        assert key_possession(flight, hello.random).reason == "unreadable"
    flight.key_exchange = body + b"\x00"
    assert key_possession(flight, hello.random).reason == "unreadable"


def test_what_is_missing_or_unreadable() -> None:
    hello = _hello()
    assert key_possession(ServerFlight(), hello.random).reason == "incomplete"
    flight = _flight(answer(server(_EC), hello.data))
    genuine = flight.certificates
    for certificates, reason in (((), "incomplete"), ((b"junk",), "unreadable")):
        flight.certificates = certificates
        assert key_possession(flight, hello.random).reason == reason
    flight.certificates, flight.key_exchange = genuine, None
    assert key_possession(flight, hello.random).reason == "incomplete"


def test_schemes_and_suites_that_cannot_be_checked() -> None:
    hello = _hello()
    flight = _flight(answer(server(_EC), hello.data))
    parameters = b"\x03\x00\x17" + vector(1, b"\x04" + bytes(64))
    flight.key_exchange = parameters + b"\x09\x03" + vector(2, b"signature")
    assert key_possession(flight, hello.random).reason == "unsupported"
    flight.key_exchange = parameters + b"\x04\x01" + vector(2, b"signature")
    assert key_possession(flight, hello.random).reason == "other-key"
    assert flight.hello is not None
    flight.hello = msgspec.structs.replace(flight.hello, suite=0xC018)  # ECDH_anon
    assert key_possession(flight, hello.random).reason == "unsupported"
