"""Reads a certificate that breaks DER or RFC 5280, as far as its bytes can be told apart.

OpenSSL accepts many certificates that a strict reader refuses: a BOOLEAN written 01, version 4, a kind of name that no
standard knows. Whoever shows one has an identity all the same: an issuer, a key, the names it is for. What is read
here proves nothing; it tells who signed, so that hosts can be compared with one another.
"""

import ipaddress
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cached_property

from proxycheck.wire.certificates.der import Element, elements, object_identifier

_EXPLICIT_VERSION, _EXTENSIONS = 0xA0, 0xA3
_FIELDS = 6  # serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo (RFC 5280 section 4.1)
_OID, _OCTET_STRING, _BOOLEAN, _UTC_TIME = 0x06, 0x04, 0x01, 0x17
_DNS_NAME, _IP_ADDRESS, _KEY_IDENTIFIER = 0x82, 0x87, 0x80
_UTF_16 = 0x1E  # BMPString
_SUBJECT_KEY_ID, _NAMES, _CONSTRAINTS = "2.5.29.14", "2.5.29.17", "2.5.29.19"
_AUTHORITY_KEY_ID, _EXTENDED_USAGE = "2.5.29.35", "2.5.29.37"
_CALLED = {
    "2.5.4.3": "CN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "1.2.840.113549.1.9.1": "emailAddress",
}
_MUST_BE_ESCAPED = ',+"\\<>;'


class LooseCertificate:
    """The fields of the certificate in `der`. Raises ValueError where the fixed ones cannot be told apart; an extension
    or a date that makes no sense is empty instead."""

    def __init__(self, der: bytes) -> None:
        try:
            outer = list(elements(next(elements(der)).content))
            fields = [field for field in elements(outer[0].content) if field.tag != _EXPLICIT_VERSION]
            self._serial, _, self._issuer, self._validity, self._subject, _ = fields[:_FIELDS]
            self.signature_algorithm = object_identifier(next(elements(outer[1].content)).content)
        except (IndexError, StopIteration) as error:
            raise ValueError("not a certificate: fields are missing") from error
        self._rest = fields[_FIELDS:]

    @property
    def serial(self) -> str:
        """Lower-case hex."""
        return f"{int.from_bytes(self._serial.content, 'big'):x}"

    @property
    def issuer(self) -> str:
        """As RFC 4514 writes it."""
        return _name(self._issuer)

    @property
    def subject(self) -> str:
        """As RFC 4514 writes it."""
        return _name(self._subject)

    @cached_property
    def dates(self) -> tuple[datetime, datetime]:
        """From when and until when, UTC; the earliest and the latest moment there is where they make no sense."""
        found = list(_readable(self._validity.content))
        earliest, latest = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        return _moment(found[:1]) or earliest, _moment(found[1:2]) or latest

    @cached_property
    def extensions(self) -> dict[str, bytes]:
        """What each extension contains, by its object identifier."""
        found: dict[str, bytes] = {}
        for holder in (field for field in self._rest if field.tag == _EXTENSIONS):
            for sequence in _readable(holder.content):
                for extension in _readable(sequence.content):
                    parts = list(_readable(extension.content))
                    if parts and parts[0].tag == _OID and parts[-1].tag == _OCTET_STRING:
                        found.setdefault(_identifier(parts[0]), parts[-1].content)
        return found

    @property
    def is_ca(self) -> bool:
        return any(part.tag == _BOOLEAN and any(part.content) for part in self._inside(_CONSTRAINTS))

    @property
    def dns_names(self) -> tuple[str, ...]:
        found = (part.content for part in self._inside(_NAMES) if part.tag == _DNS_NAME)
        return tuple(name.decode("latin-1") for name in found)

    @property
    def ip_addresses(self) -> tuple[str, ...]:
        found = (part.content for part in self._inside(_NAMES) if part.tag == _IP_ADDRESS)
        return tuple(str(ipaddress.ip_address(address)) for address in found if len(address) in (4, 16))

    @property
    def extended_key_usages(self) -> tuple[str, ...]:
        return tuple(_identifier(part) for part in self._inside(_EXTENDED_USAGE) if part.tag == _OID)

    @property
    def subject_key_id(self) -> str | None:
        found = next(_readable(self.extensions.get(_SUBJECT_KEY_ID, b"")), None)
        return found.content.hex() if found is not None else None

    @property
    def authority_key_id(self) -> str | None:
        found = (part.content for part in self._inside(_AUTHORITY_KEY_ID) if part.tag == _KEY_IDENTIFIER)
        return next((identifier.hex() for identifier in found), None)

    def _inside(self, identifier: str) -> Iterator[Element]:
        """The parts of an extension whose content is one SEQUENCE."""
        for sequence in _readable(self.extensions.get(identifier, b"")):
            yield from _readable(sequence.content)


def _readable(data: bytes) -> Iterator[Element]:
    """The values in `data` up to the first that cannot be told apart."""
    try:
        yield from elements(data)
    except ValueError:
        return


def _identifier(part: Element) -> str:
    try:
        return object_identifier(part.content)
    except ValueError:
        return part.content.hex()


def _name(name: Element) -> str:
    """A distinguished name, the last part first (RFC 4514 section 2.1)."""
    written = []
    for part in _readable(name.content):
        attributes = (list(_readable(attribute.content)) for attribute in _readable(part.content))
        written.append("+".join(_attribute(*values) for values in attributes if len(values) == 2))
    return ",".join(filter(None, reversed(written)))


def _attribute(kind: Element, value: Element) -> str:
    identifier = _identifier(kind)
    text = value.content.decode("utf-16-be" if value.tag == _UTF_16 else "utf-8", "replace")
    escaped = "".join(f"\\{character}" if character in _MUST_BE_ESCAPED else character for character in text)
    return f"{_CALLED.get(identifier, identifier)}={escaped}"


def _moment(found: list[Element]) -> datetime | None:
    for part in found:
        text = part.content.decode("latin-1")
        if part.tag == _UTC_TIME:  # RFC 5280 section 4.1.2.5.1: two digits stand for 1950 to 2049
            text = ("19" if text[:2] >= "50" else "20") + text
        try:
            return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
        except ValueError:
            return None
    return None
