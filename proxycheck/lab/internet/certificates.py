"""The certificates of all hosts in the box: minted when SNI first asks for one, then kept."""

from collections.abc import Callable, Iterable
from typing import Any

from OpenSSL import SSL

from proxycheck.lab.internet.authority import Leaf

Issue = Callable[[str], Leaf]
"""Gives the certificate for a host."""

_NAMELESS = "no-server-name.invalid"


class Certificates:
    """One OpenSSL context for every host, chosen by server name (RFC 6066 section 3).

    A client that names no host is shown a certificate that fits none; one that names a host which is not
    in the box gets no certificate at all, so the handshake fails."""

    def __init__(self, hosts: Iterable[str], issue: Issue) -> None:
        self._hosts = frozenset(host.lower() for host in hosts)
        self._issue = issue
        self._contexts: dict[str, SSL.Context] = {}
        self.context = _context(None)
        self.context.set_tlsext_servername_callback(self._choose)

    def _choose(self, connection: SSL.Connection) -> None:
        name = connection.get_servername()
        host = name.decode("ascii", "replace").lower() if name else _NAMELESS
        if host in self._hosts or host == _NAMELESS:
            connection.set_context(self._context_of(host))

    def _context_of(self, host: str) -> SSL.Context:
        if host not in self._contexts:
            self._contexts[host] = _context(self._issue(host))
        return self._contexts[host]


def _context(leaf: Leaf | None) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    context.set_min_proto_version(SSL.TLS1_2_VERSION)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    select: Any = _select_protocol  # pyOpenSSL 24.3 declares the callback's type wrongly
    context.set_alpn_select_callback(select)
    if leaf:
        context.use_privatekey(leaf.key)
        context.use_certificate(leaf.certificate)
        for certificate in leaf.intermediates:
            context.add_extra_chain_cert(certificate)
    return context


def _select_protocol(_connection: SSL.Connection, offered: list[bytes]) -> bytes | object:
    return b"http/1.1" if b"http/1.1" in offered else SSL.NO_OVERLAPPING_PROTOCOLS
