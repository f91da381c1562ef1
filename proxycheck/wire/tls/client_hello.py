"""A ClientHello written byte by byte: the device's own, which no TLS library would send for us.

RFC 5246 section 7.4.1.2 and RFC 8446 section 4.1.2 for the message, RFC 7685 for the padding. All that
changes from one hello to the next is derived from entropy that the caller passes in, so the same input gives
the same bytes.
"""

import ipaddress

from msgspec import Struct

from proxycheck.model.files.client_hello import HelloProfile
from proxycheck.wire.tls.hello_extensions import (
    EXTENSION_NUMBERS,
    UNCOMPRESSED_POINTS,
    Circumstances,
    derive,
    extension_bodies,
)
from proxycheck.wire.tls.records import HANDSHAKE, numbers, vector

ENTROPY_LENGTH = 32
_CLIENT_HELLO = 1
_MESSAGE_HEADER_LENGTH = 4
_EXTENSION_HEADER_LENGTH = 4
_NO_COMPRESSION = b"\x00"
_RANDOM_LENGTH = 32
_LONGEST_NAME = 255


class ClientHello(Struct, frozen=True):
    """A hello ready to send: `data` is one TLS record, `random` what the server's signature must cover.

    `fingerprint` is `version,suites,extensions,groups,point formats` in decimal, each in the order sent: what
    a middlebox may recognise a client by."""

    profile: str
    data: bytes
    random: bytes
    session_id: bytes
    fingerprint: str


def client_hello(profile: HelloProfile, host: str, entropy: bytes) -> ClientHello:
    """The ClientHello of `profile` for `host`.

    An IP literal gets no server name (RFC 6066 section 3). `entropy` are 32 unpredictable bytes, used once.
    Raises ValueError for entropy of another length and for a host name that cannot be written in a hello."""
    if len(entropy) != ENTROPY_LENGTH:
        raise ValueError(f"{ENTROPY_LENGTH} bytes of entropy are needed, not {len(entropy)}")
    random = derive(entropy, "random", _RANDOM_LENGTH)
    session_id = derive(entropy, "session id", profile.session_id_length)
    head = (
        numbers(2, (profile.version,))
        + random
        + vector(1, session_id)
        + vector(2, numbers(2, profile.cipher_suites))
        + vector(1, _NO_COMPRESSION)
    )
    bodies = extension_bodies(Circumstances(profile, server_name(host), entropy))
    bodies += _padding(profile, _MESSAGE_HEADER_LENGTH + len(head) + 2 + len(_written(bodies)))
    message = bytes([_CLIENT_HELLO]) + vector(3, head + vector(2, _written(bodies)))
    return ClientHello(
        profile=profile.name,
        data=bytes([HANDSHAKE]) + numbers(2, (profile.record_version,)) + vector(2, message),
        random=random,
        session_id=session_id,
        fingerprint=_fingerprint(profile, [number for number, _ in bodies]),
    )


def server_name(host: str) -> bytes:
    """What the server name extension says for `host`: nothing for an IP literal, else ASCII without a final
    dot.

    Raises ValueError for a name that is empty, too long or cannot be written in ASCII."""
    try:
        ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        name = host.removesuffix(".")
        encoded = name.encode("ascii") if name.isascii() else name.encode("idna")
        if not 0 < len(encoded) <= _LONGEST_NAME:
            raise ValueError(f"a host name has 1 to {_LONGEST_NAME} bytes, not {len(encoded)}") from None
        return encoded
    return b""


def _written(bodies: tuple[tuple[int, bytes], ...]) -> bytes:
    return b"".join(numbers(2, (number,)) + vector(2, body) for number, body in bodies)


def _padding(profile: HelloProfile, length: int) -> tuple[tuple[int, bytes], ...]:
    """The padding extension that a message of `length` bytes gets: none, or one with at least one byte, since
    some servers fail on a hello that ends in an empty extension (RFC 7685 section 4, BoringSSL)."""
    rule = profile.padding
    if rule is None or not rule.above < length < rule.below:
        return ()
    missing = rule.below - length - _EXTENSION_HEADER_LENGTH
    return ((EXTENSION_NUMBERS["padding"], bytes(max(missing, 1))),)


def _fingerprint(profile: HelloProfile, extensions: list[int]) -> str:
    points = UNCOMPRESSED_POINTS if "ec_point_formats" in profile.extensions else ()
    groups = profile.groups if "supported_groups" in profile.extensions else ()
    lists = (profile.cipher_suites, extensions, groups, points)
    return ",".join([str(profile.version), *("-".join(map(str, values)) for values in lists)])
