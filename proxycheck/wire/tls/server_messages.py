"""The messages of a server's first flight (RFC 5246 section 7.4, RFC 8446 section 4.1.3), read from untrusted
bytes.

Every function raises TlsFormatError for a body that is not what it stands for.
"""

from msgspec import Struct

from proxycheck.wire.tls.hello_extensions import EXTENSION_NUMBERS
from proxycheck.wire.tls.records import Cursor, TlsFormatError

TLS_13 = 0x0304
_OLDEST, _NEWEST = 0x0300, 0x0303
_RANDOM_LENGTH = 32
_OCSP = 1
_HELLO_RETRY_REQUEST = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
_VERSION_NAMES = {
    0x0300: "SSLv3",
    0x0301: "TLSv1",
    0x0302: "TLSv1.1",
    0x0303: "TLSv1.2",
    0x0304: "TLSv1.3",
}


class ServerHello(Struct, frozen=True):
    """What the server chose. `version` is the chosen one, also where TLS 1.3 hides it in an extension. `suite`,
    `extensions` (in the order sent) and `group` (of TLS 1.3's key share) are registry numbers; `retry` marks a
    HelloRetryRequest."""

    version: int
    random: bytes
    session_id_length: int
    suite: int
    extensions: tuple[int, ...]
    alpn: str | None
    group: int | None
    retry: bool

    @property
    def version_name(self) -> str:
        """Such as `TLSv1.2`."""
        return _VERSION_NAMES.get(self.version, f"{self.version:#06x}")


def server_hello(body: bytes) -> ServerHello:
    """ServerHello (RFC 5246 section 7.4.1.3) or HelloRetryRequest (RFC 8446 section 4.1.4)."""
    cursor = Cursor(body, "ServerHello")
    version = cursor.number(2)
    if not _OLDEST <= version <= _NEWEST:
        raise TlsFormatError(f"ServerHello names version {version:#06x}")
    random = cursor.take(_RANDOM_LENGTH)
    session_id = cursor.vector(1)
    suite = cursor.number(2)
    cursor.number(1)  # compression method
    extensions = _extensions(cursor)
    chosen = extensions.get(EXTENSION_NUMBERS["supported_versions"])
    share = extensions.get(EXTENSION_NUMBERS["key_share"])
    return ServerHello(
        version=version if chosen is None else int.from_bytes(chosen, "big"),
        random=random,
        session_id_length=len(session_id),
        suite=suite,
        extensions=tuple(extensions),
        alpn=_chosen_protocol(extensions.get(EXTENSION_NUMBERS["alpn"])),
        group=int.from_bytes(share[:2], "big") if share else None,
        retry=random == _HELLO_RETRY_REQUEST,
    )


def certificate_list(body: bytes) -> tuple[bytes, ...]:
    """Certificate (RFC 5246 section 7.4.2): the chain as DER, in the order sent."""
    outer = Cursor(body, "Certificate")
    inner = Cursor(outer.vector(3), "the certificate list")
    outer.end()
    found = []
    while inner.left:
        found.append(inner.vector(3))
    return tuple(found)


def ocsp_response(body: bytes) -> bytes:
    """CertificateStatus (RFC 6066 section 8): the OCSP response as DER, unverified."""
    cursor = Cursor(body, "CertificateStatus")
    kind = cursor.number(1)
    if kind != _OCSP:
        raise TlsFormatError(f"CertificateStatus of unknown type {kind}")
    response = cursor.vector(3)
    cursor.end()
    return response


def _extensions(cursor: Cursor) -> dict[int, bytes]:
    if not cursor.left:
        return {}
    inner = Cursor(cursor.vector(2), "the extensions of ServerHello")
    cursor.end()
    found: dict[int, bytes] = {}
    while inner.left:
        number = inner.number(2)
        if number in found:
            raise TlsFormatError(f"ServerHello has extension {number} twice")
        found[number] = inner.vector(2)
    return found


def _chosen_protocol(body: bytes | None) -> str | None:
    if body is None:
        return None
    names = Cursor(Cursor(body, "ALPN").vector(2), "the protocol list of ALPN")
    return names.vector(1).decode("latin-1")
