"""The certificate authorities of the private internet: two public-like ones, and the customer's own.

A leaf looks as a public one does (CA/Browser Forum Baseline Requirements section 7.1): policy OID 2.23.140.1.2.1,
authority information access, a CRL distribution point, key identifiers, under 200 days, and genuine timestamps of a
transparency log of this internet's own. Keys are shared only where the real internet shares them: one certificate for
a family of hosts whose names it carries.
"""

import copy
import datetime
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from proxycheck.lab.internet.ct_log import LabLog, with_timestamps

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_DOMAIN_VALIDATED = x509.ObjectIdentifier("2.23.140.1.2.1")
_DAY = datetime.timedelta(days=1)


class Authority:
    """A root and the intermediate that issues for it; what it issues is in `logs`."""

    def __init__(self, organization: str, *logs: LabLog) -> None:
        self.organization = organization
        self._logs = logs
        root_key, self._key = new_key(), new_key()
        root_name = _name(organization, f"{organization} Root")
        self._name = _name(organization, f"{organization} TLS CA 1")
        self.root = _authority_certificate(root_name, root_name, root_key, root_key, 3650, None)
        self.intermediate = _authority_certificate(self._name, root_name, self._key, root_key, 1825, 0)

    def unlogged(self, *logs: LabLog) -> "Authority":
        """The same authority, whose certificates are in these logs only."""
        other = copy.copy(self)
        other._logs = logs
        return other

    def issue(self, hosts: Iterable[str], key: Key, days: int = 90) -> list[x509.Certificate]:
        """The chain for `hosts`, leaf first, without the root. The leaf began 120 days before it ends in `days`."""
        hosts = tuple(hosts)
        slug = self.organization.lower().replace(" ", "-")
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0][:64])]))
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + (days - 120) * _DAY)
            .not_valid_after(now + days * _DAY)
        )
        for extension, critical in _leaf_extensions(hosts, key, self._key, slug):
            builder = builder.add_extension(extension, critical)
        if self._logs:
            sign = partial(_sign, self._key)
            spki = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            builder = with_timestamps(builder, sign, spki, self._logs, now + (days - 120) * _DAY)
        return [_sign(self._key, builder), self.intermediate]

    @property
    def signing_pem(self) -> str:
        """Its key, secret, and its certificates up to the root, as one PEM text: what mitmproxy signs with."""
        key = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain = (self.intermediate, self.root)
        return (key + b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)).decode("ascii")


def new_key() -> ec.EllipticCurvePrivateKey:
    """A P-256 key: the one curve that every device of the catalogue knows."""
    return ec.generate_private_key(ec.SECP256R1())


def write_chain(path: Path, chain: Iterable[x509.Certificate], key: Key) -> None:
    """Key and chain as one PEM file, as servers and Squid take it."""
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain))


def _sign(key: Key, builder: x509.CertificateBuilder) -> x509.Certificate:
    return builder.sign(key, hashes.SHA256())


def company_authority() -> tuple[x509.Certificate, Key]:
    """A customer's own certificate authority, as an inspecting proxy has it, with its key."""
    key = new_key()
    name = _name("Example Customer Ltd", "Example Customer TLS inspection")
    return _authority_certificate(name, name, key, key, 3650, None), key


def _name(organization: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "GB"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _authority_certificate(
    subject: x509.Name, issuer: x509.Name, key: Key, signer: Key, days: int, path_length: int | None
) -> x509.Certificate:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 400 * _DAY)
        .not_valid_after(now + days * _DAY)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )


def _leaf_extensions(hosts: tuple[str, ...], key: Key, issuer: Key, slug: str) -> list[tuple[x509.ExtensionType, bool]]:
    def at(place: str) -> x509.UniformResourceIdentifier:
        return x509.UniformResourceIdentifier(f"http://{slug}.example/{place}")

    return [
        (x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (_key_usage(authority=False), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), False),
        (x509.CertificatePolicies([x509.PolicyInformation(_DOMAIN_VALIDATED, None)]), False),
        (x509.CRLDistributionPoints([x509.DistributionPoint([at("ca1.crl")], None, None, None)]), False),
        (
            x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(AuthorityInformationAccessOID.OCSP, at("ocsp")),
                    x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, at("ca1.cer")),
                ]
            ),
            False,
        ),
    ]


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
