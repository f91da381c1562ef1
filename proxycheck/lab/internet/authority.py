"""The lab's certificate authorities: a public-like one for the box's origins, private ones for inspecting
proxies.

A public-like authority issues from an intermediate and adds what public certificates carry (RFC 5280
sections 4.2.1.4, 4.2.1.13 and 4.2.2.1; CA/Browser Forum Baseline Requirements section 7.1.2.7): a policy,
a CRL distribution point, and where to find the issuer. A private one signs with its root and adds none of
it. Keys are P-256, so that a certificate takes well under a millisecond; every leaf has a key of its own,
as real sites have.
"""

import datetime
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

Amend = Callable[[x509.CertificateBuilder], x509.CertificateBuilder]
"""The last word on a certificate before it is signed: other dates, or one more extension such as an SCT
list."""

_LEAF_LIFE = datetime.timedelta(days=90)
_AUTHORITY_LIFE = datetime.timedelta(days=3650)
_BACKDATED = datetime.timedelta(days=1)
_DOMAIN_VALIDATED = x509.ObjectIdentifier("2.23.140.1.2.1")
_COMMON_NAME_LIMIT = 64  # RFC 5280 appendix A.1, ub-common-name


@dataclass(frozen=True)
class Leaf:
    """A server's certificate, its key, and the intermediates it sends with it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    intermediates: tuple[x509.Certificate, ...]


@dataclass(frozen=True)
class _Signer:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


class Authority:
    """A root, at most one intermediate below it, and the leaves they issue."""

    def __init__(self, root: _Signer, intermediate: _Signer | None) -> None:
        self._root = root
        self._intermediate = intermediate
        self._signer = intermediate or root

    @classmethod
    def public(cls, organization: str = "proxycheck lab") -> "Authority":
        """An authority that looks like a public one: a root, an intermediate, and public extensions on
        leaves."""
        root = _signer(_name("Lab Public Root", organization), None)
        return cls(root, _signer(_name("Lab Issuing Authority", organization), root))

    @classmethod
    def private(cls, common_name: str, organization: str | None = None) -> "Authority":
        """An authority such as an inspecting proxy's own: one self-signed certificate of that name."""
        return cls(_signer(_name(common_name, organization), None), None)

    @property
    def root(self) -> x509.Certificate:
        """The certificate a client has to trust."""
        return self._root.certificate

    @property
    def root_pem(self) -> bytes:
        """The root as PEM, for `--roots`."""
        return self.root.public_bytes(Encoding.PEM)

    @property
    def signing_pem(self) -> bytes:
        """The issuing key and certificates as PEM, secret: what mitmproxy reads as `mitmproxy-ca.pem`."""
        key = self._signer.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain = (self._signer.certificate, *((self.root,) if self._intermediate else ()))
        return key + b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)

    def issue(self, host: str, amend: Amend | None = None, age: datetime.timedelta = _BACKDATED) -> Leaf:
        """A fresh key and certificate for one host name or address, valid for 90 days since `age` ago."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _leaf(host, key.public_key(), self._signer.certificate, age)
        if self._intermediate:
            builder = _as_public(builder)
        certificate = self.sign(amend(builder) if amend else builder)
        return Leaf(key, certificate, (self._intermediate.certificate,) if self._intermediate else ())

    def sign(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        """Signs anything with the issuing key: a leaf, or the precertificate a log wants to see first."""
        return builder.sign(self._signer.key, hashes.SHA256())


def _name(common_name: str, organization: str | None) -> x509.Name:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    life: datetime.timedelta,
    age: datetime.timedelta = _BACKDATED,
) -> x509.CertificateBuilder:
    start = datetime.datetime.now(datetime.UTC) - age
    return x509.CertificateBuilder(
        issuer_name=issuer,
        subject_name=subject,
        public_key=key,
        serial_number=x509.random_serial_number(),
        not_valid_before=start,
        not_valid_after=start + life,
    ).add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _signer(name: x509.Name, parent: _Signer | None) -> _Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = parent.certificate.subject if parent else name
    signing_key = parent.key if parent else key
    builder = _builder(name, issuer, key.public_key(), _AUTHORITY_LIFE)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0 if parent else None), True)
    builder = builder.add_extension(_key_usage(authority=True), critical=True)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key()), critical=False
    )
    return _Signer(key, builder.sign(signing_key, hashes.SHA256()))


def _leaf(
    host: str, key: ec.EllipticCurvePublicKey, issuer: x509.Certificate, age: datetime.timedelta
) -> x509.CertificateBuilder:
    subject = _name(host, None) if len(host) <= _COMMON_NAME_LIMIT else x509.Name([])
    builder = _builder(subject, issuer.subject, key, _LEAF_LIFE, age)
    issuer_key = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), critical=False
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(authority=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    # RFC 5280 section 4.2.1.6: critical where the subject is empty.
    names = x509.SubjectAlternativeName([_general_name(host)])
    return builder.add_extension(names, critical=not subject)


def _as_public(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    policy = x509.PolicyInformation(_DOMAIN_VALIDATED, None)
    builder = builder.add_extension(x509.CertificatePolicies([policy]), critical=False)
    crl = x509.UniformResourceIdentifier("http://crl.authority.invalid/issuing.crl")
    point = x509.DistributionPoint(full_name=[crl], relative_name=None, reasons=None, crl_issuer=None)
    builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return builder.add_extension(
        x509.AuthorityInformationAccess(
            [
                x509.AccessDescription(
                    AuthorityInformationAccessOID.OCSP,
                    x509.UniformResourceIdentifier("http://ocsp.authority.invalid"),
                ),
                x509.AccessDescription(
                    AuthorityInformationAccessOID.CA_ISSUERS,
                    x509.UniformResourceIdentifier("http://authority.invalid/issuing.crt"),
                ),
            ]
        ),
        critical=False,
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
