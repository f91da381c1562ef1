"""The extensions of a ClientHello, each written as its RFC says (numbers: IANA "TLS ExtensionType
Values")."""

import hashlib
from collections.abc import Callable
from typing import NamedTuple

from proxycheck.model.files.client_hello import ExtensionName, HelloProfile
from proxycheck.wire.tls.records import numbers, vector

EXTENSION_NUMBERS: dict[ExtensionName, int] = {
    "server_name": 0,
    "status_request": 5,
    "supported_groups": 10,
    "ec_point_formats": 11,
    "signature_algorithms": 13,
    "alpn": 16,
    "signed_certificate_timestamp": 18,
    "padding": 21,
    "encrypt_then_mac": 22,
    "extended_master_secret": 23,
    "session_ticket": 35,
    "supported_versions": 43,
    "psk_key_exchange_modes": 45,
    "key_share": 51,
    "renegotiation_info": 0xFF01,
}

X25519 = 0x001D
X25519_MLKEM768 = 0x11EC
_MLKEM_MODULUS = 3329
_MLKEM768_COEFFICIENTS = 3 * 256
_SEED_LENGTH = 32

UNCOMPRESSED_POINTS = (0,)
_HOST_NAME = b"\x00"
_OCSP_WITHOUT_RESPONDERS = b"\x01\x00\x00\x00\x00"
_PSK_WITH_EPHEMERAL_KEYS = b"\x01"


class Circumstances(NamedTuple):
    """What an extension may depend on: the profile, the server's name (empty for none), and entropy."""

    profile: HelloProfile
    server_name: bytes
    entropy: bytes


def extension_bodies(circumstances: Circumstances) -> tuple[tuple[int, bytes], ...]:
    """Number and body of every extension, in the profile's order; no server name, no such extension.

    `padding` is left out: it depends on the length of everything else. Raises ValueError for a key share of a
    group that cannot be written."""
    left_out = {"padding"} if circumstances.server_name else {"padding", "server_name"}
    return tuple(
        (EXTENSION_NUMBERS[name], _BODIES[name](circumstances))
        for name in circumstances.profile.extensions
        if name not in left_out
    )


def derive(entropy: bytes, purpose: str, length: int) -> bytes:
    """`length` bytes for one purpose, unpredictable to whoever does not know `entropy` (SHAKE-256)."""
    return hashlib.shake_256(purpose.encode("ascii") + b"\x00" + entropy).digest(length)


def _server_name(circumstances: Circumstances) -> bytes:
    return vector(2, _HOST_NAME + vector(2, circumstances.server_name))  # RFC 6066 section 3


def _alpn(circumstances: Circumstances) -> bytes:
    names = b"".join(vector(1, name.encode("ascii")) for name in circumstances.profile.alpn)
    return vector(2, names)  # RFC 7301 section 3.1


def _key_share(circumstances: Circumstances) -> bytes:
    shares = (
        numbers(2, (group,)) + vector(2, _share(group, circumstances.entropy))
        for group in circumstances.profile.key_shares
    )
    return vector(2, b"".join(shares))  # RFC 8446 section 4.2.8


def _share(group: int, entropy: bytes) -> bytes:
    """A public key that servers accept. Nobody knows its private key: the handshake ends before it is
    needed."""
    if group == X25519:
        return derive(entropy, "x25519", 32)
    if group == X25519_MLKEM768:
        return _mlkem768_key(entropy) + derive(entropy, "hybrid x25519", 32)
    raise ValueError(f"no key share can be written for group {group:#06x}")


def _mlkem768_key(entropy: bytes) -> bytes:
    """An encapsulation key that passes the modulus check of FIPS 203 section 7.2: 768 numbers of 12 bits
    below 3329, little-endian, then a seed."""
    raw = derive(entropy, "mlkem768", 2 * _MLKEM768_COEFFICIENTS)
    packed = 0
    for index in range(_MLKEM768_COEFFICIENTS):
        number = int.from_bytes(raw[2 * index : 2 * index + 2], "little") % _MLKEM_MODULUS
        packed |= number << (12 * index)
    return packed.to_bytes(_MLKEM768_COEFFICIENTS * 3 // 2, "little") + derive(entropy, "seed", _SEED_LENGTH)


def _always(body: bytes) -> Callable[[Circumstances], bytes]:
    return lambda _: body


_BODIES: dict[ExtensionName, Callable[[Circumstances], bytes]] = {
    "server_name": _server_name,
    "status_request": _always(_OCSP_WITHOUT_RESPONDERS),  # RFC 6066 section 8
    "supported_groups": lambda given: vector(2, numbers(2, given.profile.groups)),  # RFC 8422 section 5.1.1
    "ec_point_formats": _always(vector(1, bytes(UNCOMPRESSED_POINTS))),  # RFC 8422 section 5.1.2
    "signature_algorithms": lambda given: vector(2, numbers(2, given.profile.signature_algorithms)),
    "alpn": _alpn,
    "signed_certificate_timestamp": _always(b""),  # RFC 6962 section 3.3.1
    "encrypt_then_mac": _always(b""),  # RFC 7366
    "extended_master_secret": _always(b""),  # RFC 7627
    "session_ticket": _always(b""),  # RFC 5077
    "supported_versions": lambda given: vector(1, numbers(2, given.profile.versions)),  # RFC 8446 section 4.2.1
    "psk_key_exchange_modes": _always(vector(1, _PSK_WITH_EPHEMERAL_KEYS)),  # RFC 8446 section 4.2.9
    "key_share": _key_share,
    "renegotiation_info": _always(vector(1, b"")),  # RFC 5746 section 3.4
}
