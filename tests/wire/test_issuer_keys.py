"""The keys that an ECDSA signature leaves possible: the right one is always among them."""

import datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from proxycheck.wire.certificates.issuer_keys import possible_issuer_keys
from proxycheck.wire.certificates.reading import load_certificate

_Signer = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a.example")])
_LEAF_KEY = ec.generate_private_key(ec.SECP256R1())


def _leaf(signer: _Signer, digest: hashes.SHA256 | hashes.SHA384 | None) -> bytes:
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(_NAME, _NAME, _LEAF_KEY.public_key(), x509.random_serial_number())
    dated = builder.not_valid_before(start).not_valid_after(start + datetime.timedelta(days=90))
    return dated.sign(signer, digest).public_bytes(Encoding.DER)


def _spki(signer: _Signer) -> bytes:
    return signer.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()], ids=lambda curve: curve.name)
@pytest.mark.parametrize("digest", [hashes.SHA256(), hashes.SHA384()], ids=lambda digest: digest.name)
@pytest.mark.slow
def test_the_signers_key_is_among_the_possible_ones(
    curve: ec.SECP256R1 | ec.SECP384R1, digest: hashes.SHA256 | hashes.SHA384
) -> None:
    for _ in range(8):
        signer = ec.generate_private_key(curve)
        found = possible_issuer_keys(_leaf(signer, digest))
        assert _spki(signer) in found
        assert len(found) <= 4


def test_each_possible_key_verifies_the_signature() -> None:
    der = _leaf(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    certificate = load_certificate(der)
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    for spki in possible_issuer_keys(der):
        key = load_der_public_key(spki)
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(certificate.signature, certificate.tbs_certificate_bytes, ec.ECDSA(hashes.SHA256()))


def test_other_signatures_do_not_tell_their_key() -> None:
    assert possible_issuer_keys(_leaf(rsa.generate_private_key(65537, 2048), hashes.SHA256())) == ()
    assert possible_issuer_keys(_leaf(ed25519.Ed25519PrivateKey.generate(), None)) == ()


def test_what_is_no_certificate_is_refused() -> None:
    with pytest.raises(ValueError, match=r"."):
        possible_issuer_keys(b"\x30\x03\x02\x01\x00")
