"""Whether the other end holds the private key of the certificate it shows (RFC 5246 section 7.4.3).

A certificate is public and anybody can relay it. In (EC)DHE suites up to TLS 1.2 the server signs the
client's fresh random together with its key exchange parameters, and that nobody can do for it. With RSA key
exchange and with TLS 1.3 nothing in the clear proves it: a finished handshake does.
"""

import hashlib
from typing import Literal, NamedTuple

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from msgspec import Struct

from proxycheck.wire.certificates.certificate import UnreadableCertificateError
from proxycheck.wire.certificates.reading import load_certificate, strict_reading
from proxycheck.wire.tls.cipher_suites import key_exchange
from proxycheck.wire.tls.flight import ServerFlight
from proxycheck.wire.tls.records import Cursor, TlsFormatError
from proxycheck.wire.tls.server_messages import TLS_13

PossessionVerdict = Literal["proved", "not-proved", "not-applicable"]
PossessionReason = Literal[
    "signed",  # the leaf's key signed our random
    "other-key",  # signed, but not by the leaf's key or not over our random
    "incomplete",  # the server's flight lacks a certificate or the signed parameters
    "unreadable",  # certificate or parameters cannot be read
    "unsupported",  # a kind of key or signature that cannot be checked here
    "rsa-key-exchange",  # nothing is signed in this key exchange
    "tls-1.3",  # the proof is encrypted
]

_TLS_12 = 0x0303
_NAMED_CURVE = 3
_HASHES: dict[int, type[hashes.HashAlgorithm]] = {
    1: hashes.MD5,
    2: hashes.SHA1,
    3: hashes.SHA224,
    4: hashes.SHA256,
    5: hashes.SHA384,
    6: hashes.SHA512,
}
_PSS: dict[int, type[hashes.HashAlgorithm]] = {
    0x0804: hashes.SHA256,
    0x0805: hashes.SHA384,
    0x0806: hashes.SHA512,
    0x0809: hashes.SHA256,
    0x080A: hashes.SHA384,
    0x080B: hashes.SHA512,
}
_RSA_SIGNATURE, _ECDSA_SIGNATURE = 1, 3
_ED25519 = 0x0807


class KeyPossession(Struct, frozen=True):
    """The verdict, why, and the SignatureScheme of the server's signature where it has one (TLS 1.2)."""

    verdict: PossessionVerdict
    reason: PossessionReason
    scheme: int | None = None


class _SignedParameters(NamedTuple):
    parameters: bytes
    scheme: int | None
    signature: bytes


def key_possession(flight: ServerFlight, client_random: bytes) -> KeyPossession:
    """Whether `flight` proves possession of the leaf's key, given the random of our ClientHello."""
    if flight.hello is None:
        return KeyPossession("not-proved", "incomplete")
    if flight.hello.version >= TLS_13:
        return KeyPossession("not-applicable", "tls-1.3")
    exchange = key_exchange(flight.hello.suite)
    if exchange == "rsa":
        return KeyPossession("not-applicable", "rsa-key-exchange")
    if exchange not in {"ecdhe", "dhe"}:
        return KeyPossession("not-proved", "unsupported")
    if not flight.certificates or flight.key_exchange is None:
        return KeyPossession("not-proved", "incomplete")
    try:
        signed = _read(flight.key_exchange, exchange == "ecdhe", flight.hello.version)
        with strict_reading():
            key = load_certificate(flight.certificates[0]).public_key()
    except UnreadableCertificateError as error:
        unsupported = isinstance(error.__cause__, UnsupportedAlgorithm)
        return KeyPossession("not-proved", "unsupported" if unsupported else "unreadable")
    except ValueError:
        return KeyPossession("not-proved", "unreadable")
    data = client_random + flight.hello.random + signed.parameters
    return _judged(key, signed, data)


def _read(body: bytes, elliptic: bool, version: int) -> _SignedParameters:
    """ServerKeyExchange taken apart: RFC 8422 section 5.4, RFC 5246 section 7.4.3."""
    cursor = Cursor(body, "ServerKeyExchange")
    if elliptic:
        if cursor.number(1) != _NAMED_CURVE:
            raise TlsFormatError("ServerKeyExchange without a named curve")
        cursor.number(2)
        cursor.vector(1)
    else:
        for _ in ("prime", "generator", "public value"):
            cursor.vector(2)
    parameters = body[: len(body) - cursor.left]
    scheme = cursor.number(2) if version >= _TLS_12 else None
    signature = cursor.vector(2)
    cursor.end()
    return _SignedParameters(parameters, scheme, signature)


def _judged(key: object, signed: _SignedParameters, data: bytes) -> KeyPossession:
    try:
        if signed.scheme is None:
            _verify_before_tls_12(key, signed.signature, data)
        else:
            _verify_tls_12(key, signed.scheme, signed.signature, data)
    except InvalidSignature:
        return KeyPossession("not-proved", "other-key", signed.scheme)
    except (UnsupportedAlgorithm, ValueError):
        return KeyPossession("not-proved", "unsupported", signed.scheme)
    return KeyPossession("proved", "signed", signed.scheme)


def _verify_tls_12(key: object, scheme: int, signature: bytes, data: bytes) -> None:
    """RFC 5246 section 4.7, with the schemes that RFC 8446 section 4.2.3 adds."""
    kind = scheme & 0xFF
    match key:
        case rsa.RSAPublicKey() if scheme in _PSS:
            digest = _PSS[scheme]()
            pss = padding.PSS(padding.MGF1(digest), padding.PSS.DIGEST_LENGTH)
            key.verify(signature, data, pss, digest)
        case rsa.RSAPublicKey() if kind == _RSA_SIGNATURE:
            key.verify(signature, data, padding.PKCS1v15(), _digest(scheme))
        case ec.EllipticCurvePublicKey() if kind == _ECDSA_SIGNATURE:
            key.verify(signature, data, ec.ECDSA(_digest(scheme)))
        case ed25519.Ed25519PublicKey() if scheme == _ED25519:
            key.verify(signature, data)
        case rsa.RSAPublicKey() | ec.EllipticCurvePublicKey() | ed25519.Ed25519PublicKey():
            raise InvalidSignature(f"scheme {scheme:#06x} is not for this kind of key")
        case _:
            raise ValueError("this kind of key is not known here")


def _verify_before_tls_12(key: object, signature: bytes, data: bytes) -> None:
    """RFC 4346 section 7.4.3: RSA signs MD5 and SHA-1 without naming them, ECDSA signs SHA-1 (RFC 8422
    section 5.4)."""
    match key:
        case rsa.RSAPublicKey():
            sha1 = hashlib.sha1(data, usedforsecurity=False).digest()
            md5 = hashlib.md5(data, usedforsecurity=False).digest()
            if key.recover_data_from_signature(signature, padding.PKCS1v15(), None) != md5 + sha1:
                raise InvalidSignature
        case ec.EllipticCurvePublicKey():
            key.verify(signature, data, ec.ECDSA(hashes.SHA1()))  # noqa: S303 - what TLS 1.0 and 1.1 sign
        case _:
            raise ValueError("this kind of key is not known here")


def _digest(scheme: int) -> hashes.HashAlgorithm:
    try:
        return _HASHES[scheme >> 8]()
    except KeyError:
        raise ValueError(f"no hash is known for scheme {scheme:#06x}") from None
