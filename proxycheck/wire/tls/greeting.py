"""A TLS greeting for a listener of any kind, in the two dialects that a secure web proxy may insist on.

A listener that speaks HTTP/2 only (CONNECT is in RFC 9113 section 8.5) refuses a client that offers `http/1.1` alone
with the alert `no_application_protocol` (RFC 7301 section 3.2).
"""

from functools import cache
from typing import Literal

from OpenSSL import SSL

from proxycheck.wire.tls.client import TlsClient

Dialect = Literal["http/1.1", "h2"]


@cache
def _context(dialect: Dialect) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_verify(SSL.VERIFY_NONE)
    context.set_alpn_protos([dialect.encode("ascii")])
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    return context


def greeting_client(host: str, dialect: Dialect) -> TlsClient:
    """A handshake that trusts nobody: nothing secret is ever said in it."""
    return TlsClient(host, _context(dialect))
