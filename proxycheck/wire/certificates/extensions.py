"""The extensions of one certificate (RFC 5280 section 4.2), each empty or false where it is absent."""

from functools import cached_property
from typing import TypeVar

from cryptography import x509
from cryptography.x509.oid import ExtensionOID, ObjectIdentifier

E = TypeVar("E", bound=x509.ExtensionType)


class Extensions:
    """Reads the extensions of `certificate`. Raises whatever `cryptography` raises of a malformed one."""

    def __init__(self, certificate: x509.Certificate) -> None:
        self._found = certificate.extensions

    @property
    def all(self) -> tuple[str, ...]:
        """The object identifiers, in the order of the certificate."""
        return tuple(extension.oid.dotted_string for extension in self._found)

    @property
    def is_ca(self) -> bool:
        constraints = self._get(x509.BasicConstraints)
        return constraints is not None and constraints.ca

    @cached_property
    def _names(self) -> x509.SubjectAlternativeName | None:
        return self._get(x509.SubjectAlternativeName)

    @property
    def dns_names(self) -> tuple[str, ...]:
        return tuple(self._names.get_values_for_type(x509.DNSName)) if self._names else ()

    @property
    def ip_addresses(self) -> tuple[str, ...]:
        return tuple(str(ip) for ip in self._names.get_values_for_type(x509.IPAddress)) if self._names else ()

    @property
    def extended_key_usages(self) -> tuple[str, ...]:
        return tuple(usage.dotted_string for usage in self._get(x509.ExtendedKeyUsage) or ())

    @property
    def policies(self) -> tuple[str, ...]:
        policies = self._get(x509.CertificatePolicies) or ()
        return tuple(policy.policy_identifier.dotted_string for policy in policies)

    def access(self, method: ObjectIdentifier) -> tuple[str, ...]:
        """URLs of authority information access for `method`: the issuer's certificate, or OCSP."""
        descriptions = self._get(x509.AuthorityInformationAccess) or ()
        return tuple(
            str(description.access_location.value)
            for description in descriptions
            if description.access_method == method
        )

    @property
    def crl_distribution_points(self) -> tuple[str, ...]:
        points = self._get(x509.CRLDistributionPoints) or ()
        return tuple(str(name.value) for point in points for name in point.full_name or ())

    @property
    def subject_key_id(self) -> str | None:
        identifier = self._get(x509.SubjectKeyIdentifier)
        return identifier.digest.hex() if identifier else None

    @property
    def authority_key_id(self) -> str | None:
        identifier = self._get(x509.AuthorityKeyIdentifier)
        return identifier.key_identifier.hex() if identifier and identifier.key_identifier else None

    @property
    def has_scts(self) -> bool:
        return ExtensionOID.PRECERT_SIGNED_CERTIFICATE_TIMESTAMPS.dotted_string in self.all

    def _get(self, kind: type[E]) -> E | None:
        try:
            return self._found.get_extension_for_class(kind).value
        except x509.ExtensionNotFound:
            return None
