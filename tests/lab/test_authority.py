"""Certificates of the lab: OpenSSL accepts them, and they look like what they stand for."""

import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from OpenSSL import crypto

from proxycheck.lab.internet.authority import Authority, Leaf


def verify(leaf: Leaf, *roots: x509.Certificate) -> None:
    store = crypto.X509Store()
    store.set_flags(crypto.X509StoreFlags.X509_STRICT)
    for root in roots:
        store.add_cert(crypto.X509.from_cryptography(root))
    intermediates = [crypto.X509.from_cryptography(each) for each in leaf.intermediates]
    certificate = crypto.X509.from_cryptography(leaf.certificate)
    crypto.X509StoreContext(store, certificate, intermediates).verify_certificate()


@pytest.mark.parametrize(
    "authority", [Authority.public(), Authority.private("Example Gateway")], ids=["public", "private"]
)
@pytest.mark.parametrize("host", ["a.example", "r1---sn-8pgbpohxqp5-auol.gvt1.com", f"{'x' * 60}.example"])
def test_openssl_accepts_a_leaf_strictly(authority: Authority, host: str) -> None:
    leaf = authority.issue(host)
    verify(leaf, authority.root)
    names = leaf.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert names.value.get_values_for_type(x509.DNSName) == [host]
    assert names.critical == (len(host) > 64)


def test_openssl_refuses_a_leaf_of_another_authority() -> None:
    with pytest.raises(crypto.X509StoreContextError):
        verify(Authority.public().issue("a.example"), Authority.public().root)


def test_a_public_leaf_has_an_intermediate_and_public_extensions() -> None:
    leaf = Authority.public().issue("a.example")
    assert [each.subject for each in leaf.intermediates] == [leaf.certificate.issuer]
    extensions = leaf.certificate.extensions
    for kind in (x509.CertificatePolicies, x509.CRLDistributionPoints, x509.AuthorityInformationAccess):
        assert extensions.get_extension_for_class(kind)


def test_a_private_leaf_is_signed_by_the_named_root() -> None:
    authority = Authority.private("Example Gateway", "Example Company")
    leaf = authority.issue("a.example")
    assert leaf.intermediates == ()
    assert leaf.certificate.issuer == authority.root.subject
    assert authority.root.subject.rfc4514_string() == "O=Example Company,CN=Example Gateway"
    with pytest.raises(x509.ExtensionNotFound):
        leaf.certificate.extensions.get_extension_for_class(x509.CertificatePolicies)


def test_an_address_becomes_an_address_name() -> None:
    names = (
        Authority.public()
        .issue("192.0.2.7")
        .certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    )
    assert names.value.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address("192.0.2.7")]


def test_every_leaf_has_its_own_key() -> None:
    authority = Authority.public()
    keys = {authority.issue(host).key.public_key().public_numbers() for host in ("a.example", "b.example")}
    assert len(keys) == 2


def test_amend_has_the_last_word() -> None:
    more = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    authority = Authority.public()
    leaf = authority.issue("a.example", lambda builder: builder.add_extension(more, critical=False))
    assert leaf.certificate.extensions.get_extension_for_oid(more.oid).value == more
    verify(leaf, authority.root)


def test_signing_pem_is_the_key_and_the_chain_of_the_issuer() -> None:
    for authority, length in ((Authority.public(), 2), (Authority.private("Example"), 1)):
        chain = x509.load_pem_x509_certificates(authority.signing_pem)
        key = load_pem_private_key(authority.signing_pem, None)
        assert len(chain) == length
        assert chain[-1] == authority.root
        assert key.public_key() == chain[0].public_key()
        assert authority.issue("a.example").certificate.issuer == chain[0].subject
