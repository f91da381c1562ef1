"""How a kind of client phrases its TLS ClientHello: a type for the profiles in `fixtures/client_hellos/`."""

from typing import Literal

from msgspec import Struct

ExtensionName = Literal[
    "server_name",
    "status_request",
    "supported_groups",
    "ec_point_formats",
    "signature_algorithms",
    "alpn",
    "signed_certificate_timestamp",
    "padding",
    "encrypt_then_mac",
    "extended_master_secret",
    "session_ticket",
    "supported_versions",
    "psk_key_exchange_modes",
    "key_share",
    "renegotiation_info",
]


class Padding(Struct, frozen=True, forbid_unknown_fields=True):
    """RFC 7685: a handshake message longer than `above` and shorter than `below` bytes is padded to
    `below`."""

    above: int
    below: int


class HelloProfile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One ClientHello but for what changes each time (random, session id, key shares, server name).

    Numbers are the registry values of IANA's TLS parameters; `extensions` is the order on the wire. `source`
    says where the profile was read, `confidence` how sure that is."""

    name: str
    title: str
    source: str
    confidence: Literal["high", "medium", "low"]
    record_version: int
    version: int
    session_id_length: int = 0
    cipher_suites: tuple[int, ...]
    extensions: tuple[ExtensionName, ...]
    groups: tuple[int, ...] = ()
    signature_algorithms: tuple[int, ...] = ()
    alpn: tuple[str, ...] = ()
    versions: tuple[int, ...] = ()
    key_shares: tuple[int, ...] = ()
    padding: Padding | None = None
