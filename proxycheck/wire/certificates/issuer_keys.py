"""Which keys may have signed a certificate whose issuer was not sent.

An ECDSA signature leaves only two keys that can have made it (SEC 1 version 2.0 section 4.1.6). A timestamp of a
transparency log covers the issuer's key, so it says which of them is the issuer, or that neither is. An RSA signature
tells nothing of its key.
"""

import hashlib
from collections.abc import Iterator
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from msgspec import Struct

from proxycheck.wire.certificates.certificate import UnreadableCertificateError
from proxycheck.wire.certificates.reading import load_certificate, strict_reading

_Point = tuple[int, int, int]
"""Jacobian coordinates (x/z², y/z³); z is 0 at infinity."""


class _Curve(Struct, frozen=True):
    """y² = x³ - 3x + b modulo p, with a base point of prime order n (SP 800-186 section 3.2.1)."""

    named: ec.EllipticCurve
    p: int
    n: int
    b: int
    base: tuple[int, int]


_P256 = _Curve(
    ec.SECP256R1(),
    2**256 - 2**224 + 2**192 + 2**96 - 1,
    0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    (
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
)
_P384 = _Curve(
    ec.SECP384R1(),
    2**384 - 2**128 - 2**96 + 2**32 - 1,
    int(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        16,
    ),
    int(
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
        16,
    ),
    (
        int(
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
            16,
        ),
        int(
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
            16,
        ),
    ),
)


@lru_cache(maxsize=512)
def possible_issuer_keys(leaf: bytes) -> tuple[bytes, ...]:
    """SubjectPublicKeyInfo (DER) of every key on P-256 or P-384 that may have signed the certificate in `leaf`; none
    where its signature is no ECDSA. Raises ValueError when `leaf` is no certificate."""
    certificate = load_certificate(leaf)
    try:
        with strict_reading():
            digest = certificate.signature_hash_algorithm
            r, s = decode_dss_signature(certificate.signature)
            signed_by_ecdsa = isinstance(certificate.signature_algorithm_parameters, ec.ECDSA)
    except UnreadableCertificateError:
        return ()
    if digest is None or not signed_by_ecdsa:
        return ()
    signed = hashlib.new(digest.name, certificate.tbs_certificate_bytes).digest()
    return tuple(
        ec.EllipticCurvePublicNumbers(*point, curve.named)
        .public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for curve in (_P256, _P384)
        for point in _recovered(curve, signed, r, s)
    )


def _recovered(curve: _Curve, digest: bytes, r: int, s: int) -> Iterator[tuple[int, int]]:
    """The public keys Q with which (r, s) is a valid signature: Q = (sR - eG)/r for both R with the abscissa r."""
    if not (0 < r < curve.n and 0 < s < curve.n):
        return
    bits = curve.n.bit_length()
    e = int.from_bytes(digest, "big") >> max(0, 8 * len(digest) - bits)
    square = (r * r * r - 3 * r + curve.b) % curve.p
    root = pow(square, (curve.p + 1) // 4, curve.p)
    if root * root % curve.p != square:
        return
    inverse = pow(r, -1, curve.n)
    part = _times(curve, (*curve.base, 1), -e * inverse % curve.n)
    for y in (root, curve.p - root):
        point = _affine(curve, _sum(curve, part, _times(curve, (r, y, 1), s * inverse % curve.n)))
        if point is not None:
            yield point


def _times(curve: _Curve, point: _Point, scalar: int) -> _Point:
    result: _Point = (1, 1, 0)
    for bit in f"{scalar:b}":
        result = _double(curve, result)
        if bit == "1":
            result = _sum(curve, result, point)
    return result


def _double(curve: _Curve, point: _Point) -> _Point:
    x, y, z = point
    p = curve.p
    if not z or not y:
        return (1, 1, 0)
    alpha = 3 * (x - z * z) * (x + z * z) % p
    beta = 4 * x * y * y % p
    new_x = (alpha * alpha - 2 * beta) % p
    return new_x, (alpha * (beta - new_x) - 8 * y**4) % p, 2 * y * z % p


def _sum(curve: _Curve, one: _Point, other: _Point) -> _Point:
    if not one[2] or not other[2]:
        return other if not one[2] else one
    p = curve.p
    (x1, y1, z1), (x2, y2, z2) = one, other
    u1, u2 = x1 * z2 * z2 % p, x2 * z1 * z1 % p
    s1, s2 = y1 * z2**3 % p, y2 * z1**3 % p
    if u1 == u2:
        return _double(curve, one) if s1 == s2 else (1, 1, 0)
    h, slope = u2 - u1, s2 - s1
    cube = h * h * h
    x = (slope * slope - cube - 2 * u1 * h * h) % p
    return x, (slope * (u1 * h * h - x) - s1 * cube) % p, h * z1 * z2 % p


def _affine(curve: _Curve, point: _Point) -> tuple[int, int] | None:
    if not point[2]:
        return None
    inverse = pow(point[2], -1, curve.p)
    return point[0] * inverse**2 % curve.p, point[1] * inverse**3 % curve.p
