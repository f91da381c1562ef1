"""What a canary says of a connection, signed: on the wire a comment that stands at the end of any document.

    <!--canary SIGNATURE {"nonce": ...}-->

SIGNATURE is Ed25519 (RFC 8032) in hex over a prefix and the JSON. The comment ends an XML answer without spoiling it,
and ends a stream of raw bytes just as well. `--` inside the JSON is escaped.
"""

import base64
import re
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from proxycheck.canary.content import Comparer
from proxycheck.model.canary import Arrival

MARK = b"<!--canary "
LONGEST = 32768
OPENING_SHOWN = 256
"""So many bytes of an opening that the canary does not know are told."""
_PREFIX = b"proxycheck canary 1\0"
_SEALED = re.compile(rb"<!--canary ([0-9a-f]{128}) (\{[^\r\n]*?\})-->")
_BEGUN = re.compile(rb"<!--canary (?:[0-9a-f]{0,128}|[0-9a-f]{128} (?:\{[^\r\n]*)?)\Z")
_KEY_LENGTH = 43


class TlsSeen(Struct, frozen=True):
    """TLS as the canary saw it: its own view of the client's hello, and SHA-256 of the exporter it computed."""

    hello_size: int
    hello_sha256: str
    exporter_sha256: str
    version: str


class Statement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the canary saw. `nonce` is the client's; `serial` is never the same twice.

    `head` is what came first (the head of a request, the opening of a raw stream), as it came but for the values of
    credentials; `head_sha256` covers all of it. `about` says what is stated: an answer to HTTP, to a raw stream, to
    an `opening` that is neither, to silence (`banner`), or that a limit is reached (`busy`)."""

    about: Literal["http", "raw", "opening", "banner", "busy"]
    serial: str = ""
    nonce: str = ""
    head: str = ""
    head_sha256: str = ""
    body: Arrival | None = None
    tls: TlsSeen | None = None
    certificate_sha256: str = ""
    reason: str = ""


def key_text(key: Ed25519PublicKey) -> str:
    """The public key as it stands in a canary's address: base64url without padding (RFC 4648 section 5)."""
    return base64.urlsafe_b64encode(key.public_bytes_raw()).decode("ascii").rstrip("=")


def key_from(text: str) -> Ed25519PublicKey:
    """The public key that `key_text` wrote. Raises ValueError for anything else."""
    if len(text) != _KEY_LENGTH:
        raise ValueError(f"a key has {_KEY_LENGTH} characters")
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text + "=", b"-_", validate=True))


def seal(statement: Statement, key: Ed25519PrivateKey) -> bytes:
    """The signed comment."""
    text = msgspec.json.encode(statement).replace(b"--", b"-\\u002d")
    return MARK + key.sign(_PREFIX + text).hex().encode("ascii") + b" " + text + b"-->"


def unseal(sealed: bytes, key: Ed25519PublicKey) -> Statement | None:
    """The statement in a comment, None when this key did not sign it or it is no statement."""
    match = _SEALED.fullmatch(sealed)
    if match is None:
        return None
    try:
        key.verify(bytes.fromhex(match[1].decode("ascii")), _PREFIX + match[2])
        return msgspec.json.decode(match[2], type=Statement)
    except (InvalidSignature, msgspec.MsgspecError, ValueError):
        return None


class SealedReader:
    """Takes a stream that ends in a statement: what stands before it goes to `before`, to be compared.

    `sealed` is the comment once it is complete, empty until then."""

    def __init__(self, before: Comparer) -> None:
        self._before = before
        self._held = b""
        self.sealed = b""

    def feed(self, data: bytes) -> None:
        """The next bytes, however they are cut; nothing counts behind the comment."""
        if self.sealed:
            return
        self._held += data
        while (at := self._held.find(MARK)) >= 0:
            self._release(at)
            match = _SEALED.match(self._held)
            if match is not None:
                self.sealed = match[0]
                return
            if len(self._held) <= LONGEST and _BEGUN.match(self._held):
                return
            self._release(1)
        self._release(max(0, len(self._held) - len(MARK) + 1))

    def end(self) -> None:
        """The stream is over: what is held back is no statement."""
        if not self.sealed:
            self._release(len(self._held))

    def _release(self, size: int) -> None:
        self._before.feed(self._held[:size])
        self._held = self._held[size:]
