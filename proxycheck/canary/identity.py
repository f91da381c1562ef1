"""Who a canary is, and what each protocol that it speaks has to offer."""

import itertools
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs

from proxycheck.canary.statement import Statement, key_text, seal
from proxycheck.canary.tls import TlsIdentity

CHUNK = 65536
"""The most bytes that a voice gives at once."""


class Canary:
    """The key that signs for a canary, and its TLS identity. `token` makes its serials unlike any other's."""

    def __init__(self, key: Ed25519PrivateKey, identity: TlsIdentity, token: str) -> None:
        self._key = key
        self._token = token
        self._numbers = itertools.count(1)
        self.identity = identity
        self.key = key_text(key.public_key())

    def say(self, statement: Statement) -> bytes:
        """The statement with a fresh serial, signed."""
        serial = f"{self._token}-{next(self._numbers)}"
        certificate = self.identity.certificate_sha256
        return seal(structs.replace(statement, serial=serial, certificate_sha256=certificate), self._key)


class Voice(Protocol):
    """One protocol spoken on one connection: bytes in, bytes out; no sockets, no clock."""

    @property
    def finished(self) -> bool:
        """Whether the connection is to be closed once nothing is pending."""

    def receive(self, data: bytes) -> None:
        """Takes what the client sent."""

    def pending(self) -> bytes:
        """The next bytes to send, `CHUNK` or little more; empty when there is nothing to say now."""

    def quiet(self) -> None:
        """The client has said nothing for a while."""
