"""Certificates to facts."""

import hashlib
import ipaddress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import ExtendedKeyUsageOID

from proxycheck.catalogue.trust import public_roots
from proxycheck.model.trust import certificates_in
from proxycheck.wire.certificates.certificate import spki_of
from proxycheck.wire.certificates.facts import certificate_facts, issuer_of, to_pem
from tests.support.chains import END, START, Key, authority, ec_key, leaf, rsa_key


def _dressed(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    key = ec_key().public_key()
    policy = x509.PolicyInformation(x509.ObjectIdentifier("2.23.140.1.2.1"), None)
    crl = x509.UniformResourceIdentifier("http://crl.example/a.crl")
    access = x509.AuthorityInformationAccess(
        [
            x509.AccessDescription(Access.OCSP, x509.UniformResourceIdentifier("http://ocsp.example")),
            x509.AccessDescription(Access.CA_ISSUERS, x509.UniformResourceIdentifier("http://ca.example/a")),
        ]
    )
    point = x509.DistributionPoint(full_name=[crl], relative_name=None, reasons=None, crl_issuer=None)
    return (
        builder.add_extension(x509.CertificatePolicies([policy]), critical=False)
        .add_extension(x509.CRLDistributionPoints([point]), critical=False)
        .add_extension(access, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier(b"\x01\x02"), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key), critical=False)
    )


def test_every_fact_of_a_public_looking_certificate() -> None:
    root = authority("Root")
    issued = leaf(root, "www.example", "192.0.2.7", "2001:db8::7", amend=_dressed)
    facts = certificate_facts(issued.der)
    assert facts.sha256 == hashlib.sha256(issued.der).hexdigest()
    assert facts.spki_sha256 == hashlib.sha256(issued.spki).hexdigest()
    assert facts.subject == "CN=www.example,O=Example\\, Inc."
    assert facts.issuer == "CN=Root,O=Example\\, Inc."
    assert facts.serial == f"{issued.certificate.serial_number:x}"
    assert (facts.not_before, facts.not_after) == (START, END)
    assert (facts.self_signed, facts.is_ca, facts.problem, facts.has_scts) == (False, False, None, False)
    assert facts.dns_names == ("www.example",)
    assert facts.ip_addresses == ("192.0.2.7", "2001:db8::7")
    assert facts.policies == ("2.23.140.1.2.1",)
    assert facts.crl_distribution_points == ("http://crl.example/a.crl",)
    assert (facts.ocsp, facts.ca_issuers) == (("http://ocsp.example",), ("http://ca.example/a",))
    assert facts.extended_key_usages == ("1.3.6.1.5.5.7.3.1",)
    assert facts.subject_key_id == "0102"
    assert facts.authority_key_id is not None
    assert facts.extensions[:2] == ("2.5.29.19", "2.5.29.17")


def test_a_root_is_self_signed_and_an_authority() -> None:
    facts = certificate_facts(authority("Root").der)
    assert facts.self_signed
    assert facts.is_ca
    assert facts.dns_names == ()


def test_the_same_name_alone_is_not_self_signed() -> None:
    namesake = authority("Root", authority("Root"))
    assert not certificate_facts(namesake.der).self_signed


def test_kinds_of_keys() -> None:
    root = authority("Root")
    kinds = [
        certificate_facts(leaf(root, "a.example", key=key).der).key_type
        for key in (rsa_key(), ec_key(), ec_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate())
    ]
    assert kinds == ["RSA 2048", "EC P-256", "EC P-384", "Ed25519"]


@pytest.mark.parametrize("key", [rsa_key(), ec_key(), ed25519.Ed25519PrivateKey.generate()])
def test_the_public_key_is_cut_out_unchanged(key: Key) -> None:
    issued = leaf(authority("Root"), "www.example", key=key)
    assert spki_of(issued.der) == issued.spki


@pytest.mark.parametrize("der", [b"", b"\x30", b"\x30\x03\x02\x01\x01", b"\x30\x84\xff\xff\xff\xff", b"GET / HTTP/1.1"])
def test_what_is_no_certificate_is_a_value_error(der: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        certificate_facts(der)
    with pytest.raises(ValueError, match=r".+"):
        spki_of(der)


def test_a_malformed_extension_leaves_the_rest_readable() -> None:
    def broken(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        subject_key_id = x509.ObjectIdentifier("2.5.29.14")
        return builder.add_extension(x509.UnrecognizedExtension(subject_key_id, b"\x04\x7f"), critical=False)

    facts = certificate_facts(leaf(authority("Root"), "www.example", amend=broken).der)
    assert facts.problem
    assert facts.dns_names == ("www.example",)
    assert facts.subject.startswith("CN=www.example")


def test_all_public_roots_have_facts_and_none_warns() -> None:
    facts = [certificate_facts(der) for der in public_roots().certificates]
    assert len(facts) == len(public_roots().certificates)
    assert all(fact.subject and fact.key_type for fact in facts)


def test_the_issuer_is_found_by_name_and_key() -> None:
    root = authority("Root")
    namesake = authority("Root")
    issued = leaf(root, "www.example")
    assert issuer_of(issued.der, [b"junk", namesake.der, root.der]) == root.der
    assert issuer_of(issued.der, [namesake.der]) is None


def test_pem_and_back() -> None:
    ders = (authority("Root").der, leaf(authority("Root"), "a.example").der)
    text = "notes\n" + "\r\n".join(to_pem(der) for der in ders)
    assert certificates_in(text.encode("ascii")) == ders
    assert all(len(line) <= 64 for line in to_pem(ders[0]).splitlines())


def test_an_address_of_the_wrong_length_makes_extensions_unreadable() -> None:
    def broken(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
        names = x509.ObjectIdentifier("2.5.29.17")
        return builder.add_extension(x509.UnrecognizedExtension(names, b"\x30\x03\x87\x01\x7f"), critical=False)

    root = authority("Root")
    assert certificate_facts(leaf(root, amend=broken).der).problem
    with_address = certificate_facts(leaf(root, "127.0.0.1").der)
    assert ipaddress.ip_address(with_address.ip_addresses[0]).is_loopback
