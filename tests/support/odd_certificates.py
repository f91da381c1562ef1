"""Certificates that OpenSSL accepts and a strict reader refuses: bytes changed first, signed afterwards."""

from collections.abc import Callable, Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from proxycheck.wire.certificates.der import elements
from tests.support.chains import Issued, leaf

Edit = Callable[[bytes], bytes]


def der(tag: int, content: bytes) -> bytes:
    """One value with its length."""
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def resigned(issuer: Issued, certificate: bytes, edit: Edit) -> bytes:
    """`certificate` with the fields that `edit` makes of its own, signed by `issuer` (an EC key) once more."""
    assert isinstance(issuer.key, ec.EllipticCurvePrivateKey)
    tbs, algorithm, _ = elements(next(elements(certificate)).content)
    changed = der(0x30, edit(tbs.content))
    signature = issuer.key.sign(changed, ec.ECDSA(hashes.SHA256()))
    return der(0x30, changed + algorithm.encoded + der(0x03, b"\x00" + signature))


def loose_boolean(tbs: bytes) -> bytes:
    """BasicConstraints is critical by TRUE written 01, which BER allows and DER does not."""
    critical = bytes.fromhex("0603551d130101ff")
    assert critical in tbs
    return tbs.replace(critical, critical[:-1] + b"\x01")


def version_4(tbs: bytes) -> bytes:
    """There is no version 4 of X.509."""
    assert tbs.startswith(bytes.fromhex("a003020102"))
    return bytes.fromhex("a003020103") + tbs[5:]


def odd_name_type(tbs: bytes) -> bytes:
    """An ediPartyName among the names that the certificate is for, behind the host's."""
    fields = list(elements(tbs))
    [holder] = [field for field in fields if field.tag == 0xA3]
    extensions = [_with_party(e.encoded) for e in elements(next(elements(holder.content)).content)]
    return b"".join(f.encoded for f in fields if f is not holder) + der(0xA3, der(0x30, b"".join(extensions)))


def _with_party(extension: bytes) -> bytes:
    parts = list(elements(next(elements(extension)).content))
    if parts[0].content != bytes.fromhex("551d11"):
        return extension
    names = next(elements(parts[-1].content)).content
    party = der(0xA5, der(0xA1, der(0x0C, b"party")))
    return der(0x30, parts[0].encoded + der(0x04, der(0x30, names + party)))


def odd_tag_in_a_name(tbs: bytes) -> bytes:
    """A subject whose common name is a SEQUENCE."""
    fields = list(elements(tbs))
    common_name = der(0x30, bytes.fromhex("0603550403") + der(0x30, der(0x0C, b"odd")))
    subject = der(0x30, der(0x31, common_name))
    return b"".join(subject if number == 5 else field.encoded for number, field in enumerate(fields))


ODD: Mapping[str, Edit] = {
    "boolean-01": loose_boolean,
    "version-4": version_4,
    "edi-party-name": odd_name_type,
    "sequence-in-a-name": odd_tag_in_a_name,
}


def odd_der(issuer: Issued, kind: str, host: str) -> bytes:
    """A leaf for `host`, odd in one way, under a good signature."""
    return resigned(issuer, leaf(issuer, host).der, ODD[kind])
