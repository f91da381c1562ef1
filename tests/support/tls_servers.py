"""Real TLS servers (the standard library's OpenSSL) that answer a ClientHello in memory, without a socket."""

import base64
import contextlib
import ssl
import tempfile
import warnings
from pathlib import Path

from tests.support.chains import Issued


def server(
    *chain: Issued,
    ciphers: str | None = None,
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    oldest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    alpn: tuple[str, ...] = (),
) -> ssl.SSLContext:
    """A server that shows `chain` (leaf first) and holds the leaf's key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.0 and 1.1 are meant
        context.minimum_version, context.maximum_version = oldest, newest
    if ciphers:
        context.set_ciphers(ciphers)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    with tempfile.TemporaryDirectory() as folder:
        certificates, key = Path(folder) / "chain.pem", Path(folder) / "key.pem"
        certificates.write_bytes(b"".join(issued.pem for issued in chain))
        key.write_bytes(chain[0].key_pem)
        context.load_cert_chain(certificates, key)
    return context


def with_finite_field(context: ssl.SSLContext) -> ssl.SSLContext:
    """The same server with parameters for DHE: ffdhe2048 of RFC 7919 appendix A.1, by its formula."""
    prime = 2**2048 - 2**1984 + (_scaled_e(1918) + 560316) * 2**64 - 1
    numbers = b"".join(b"\x02" + _der_length(len(number)) + number for number in (b"\x00" + _octets(prime), b"\x02"))
    body = base64.encodebytes(b"\x30" + _der_length(len(numbers)) + numbers)  # PKCS #3
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dh.pem"
        path.write_bytes(b"-----BEGIN DH PARAMETERS-----\n" + body + b"-----END DH PARAMETERS-----\n")
        context.load_dh_params(str(path))
    return context


def answer(context: ssl.SSLContext, hello: bytes) -> bytes:
    """Everything the server says to `hello` before it waits again or gives up."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    connection = context.wrap_bio(incoming, outgoing, server_side=True)
    incoming.write(hello)
    with contextlib.suppress(ssl.SSLError):  # waiting for more, or an alert was written
        connection.do_handshake()
    return outgoing.read()


def _octets(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _der_length(length: int) -> bytes:
    return bytes([length]) if length < 0x80 else bytes([0x80 | len(_octets(length))]) + _octets(length)


def _scaled_e(bits: int) -> int:
    """The whole part of Euler's number times 2 ** `bits`."""
    term = total = 1 << (bits + 64)
    divisor = 1
    while term:
        term //= divisor
        total += term
        divisor += 1
    return total >> 64
