"""Digest (RFC 7616; RFC 2617 and RFC 2069 where a proxy offers no more) for CONNECT.

    response = H( H(A1) ":" nonce ":" nc ":" cnonce ":" qop ":" H(A2) )      with qop
    response = H( H(A1) ":" nonce ":" H(A2) )                                without (RFC 2069)
    A1       = user ":" realm ":" password, for -sess H(that) ":" nonce ":" cnonce
    A2       = "CONNECT" ":" host:port, for auth-int further ":" H("")       a CONNECT has no content

The user name travels as its hash where `userhash=true` (RFC 7616 section 3.4.4), as `username*` where it is
not ASCII and the proxy reads UTF-8 (section 3.4). Quoted values are hashed without their quotes and escapes.
"""

import hashlib
from urllib.parse import quote

import msgspec
from msgspec import Struct

from proxycheck.model.target import Credentials, Target
from proxycheck.wire.auth.challenge import Challenge
from proxycheck.wire.auth.challenges import read_challenges
from proxycheck.wire.auth.scheme import Unanswerable

_HASHES = {"md5": "md5", "sha-256": "sha256", "sha-512-256": "sha512_256"}
_SESSION = "-sess"


def _hash_name(algorithm: str | None) -> str | None:
    """hashlib's name for a Digest algorithm (MD5 when none is named), None when it cannot be computed
    here."""
    name = _HASHES.get((algorithm or "MD5").lower().removesuffix(_SESSION))
    return name if name in hashlib.algorithms_available else None


def is_answerable(challenge: Challenge) -> bool:
    """Whether the challenge asks for an algorithm that is spoken here."""
    return _hash_name(challenge.parameter("algorithm")) is not None


def is_stale(challenge: Challenge) -> bool:
    """Whether the proxy says that only the nonce was too old: the password was right (RFC 7616 section
    3.3)."""
    return (challenge.parameter("stale") or "").lower() == "true"


class _Request(Struct, frozen=True):
    """What one challenge asks for. `key_nonce` is the nonce a -sess key stays bound to (RFC 7616 section
    3.4.2)."""

    realm: str
    nonce: str
    key_nonce: str
    opaque: str | None
    algorithm: str | None
    hash_name: str
    qop: str | None
    utf8: bool
    userhash: bool

    def hash(self, *parts: bytes | str) -> str:
        joined = b":".join(part.encode("iso-8859-1") if isinstance(part, str) else part for part in parts)
        return hashlib.new(self.hash_name, joined, usedforsecurity=False).hexdigest()

    @property
    def keyed(self) -> bool:
        return (self.algorithm or "").lower().endswith(_SESSION)


def _refusal(challenge: Challenge, offered: list[str]) -> Unanswerable | None:
    if challenge.parameter("realm") is None:
        return Unanswerable("no-realm", "the Digest challenge has no realm")
    if not challenge.parameter("nonce"):
        return Unanswerable("no-nonce", "the Digest challenge has no nonce")
    if not is_answerable(challenge):
        return Unanswerable("algorithm-unsupported", f"Digest algorithm {challenge.parameter('algorithm')}")
    if offered and not {"auth", "auth-int"} & set(offered):
        return Unanswerable("qop-unsupported", f"Digest qop {challenge.parameter('qop')}")
    if any(ord(letter) < 0x20 or letter == "\x7f" for _, value in challenge.parameters for letter in value):
        return Unanswerable("malformed-challenge", "the Digest challenge holds control characters")
    return None


def _read(challenge: Challenge) -> _Request | Unanswerable:
    offered = (challenge.parameter("qop") or "").replace(",", " ").lower().split()
    refusal = _refusal(challenge, offered)
    if refusal is not None:
        return refusal
    nonce = challenge.parameter("nonce") or ""
    return _Request(
        realm=challenge.parameter("realm") or "",
        nonce=nonce,
        key_nonce=nonce,
        opaque=challenge.parameter("opaque"),
        algorithm=challenge.parameter("algorithm"),
        hash_name=_hash_name(challenge.parameter("algorithm")) or "",
        qop=("auth" if "auth" in offered else "auth-int") if offered else None,
        utf8=(challenge.parameter("charset") or "").lower() == "utf-8",
        userhash=(challenge.parameter("userhash") or "").lower() == "true",
    )


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class Digest:
    """Digest answers, one per request. `cnonce` is the client's own nonce: printable ASCII, unpredictable."""

    name = "digest"
    per_connection = False
    awaits_challenge = False

    def __init__(self, credentials: Credentials, cnonce: str) -> None:
        self._credentials = credentials
        self._cnonce = cnonce
        self._request: _Request | None = None
        self._count = 0

    def answer(self, challenge: Challenge | None, target: Target) -> str | Unanswerable:
        """The header value; without a challenge the last one is used again with its next nonce count.

        Unanswerable `no-challenge`, `no-realm`, `no-nonce`, `algorithm-unsupported`, `qop-unsupported`,
        `malformed-challenge` or `not-in-encoding`."""
        if challenge is not None:
            request = _read(challenge)
            if isinstance(request, Unanswerable):
                return request
            if self._request is None or request.nonce != self._request.nonce:
                self._count = 0
            self._request = request
        if self._request is None:
            return Unanswerable("no-challenge", "Digest cannot speak first")
        encoding = "utf-8" if self._request.utf8 else "iso-8859-1"
        try:
            username = self._credentials.username.encode(encoding)
            password = self._credentials.password.encode(encoding)
        except UnicodeEncodeError:
            detail = f"user name or password has characters that {encoding.upper()} lacks"
            return Unanswerable("not-in-encoding", detail)
        if any(byte < 0x20 or byte == 0x7F for byte in username):
            return Unanswerable("not-in-encoding", "the user name holds control characters")
        self._count += 1
        return self._compose(self._request, username, password, target.id)

    def learn(self, info: bytes) -> bool:
        """Takes the `nextnonce` of a `Proxy-Authentication-Info` value for the next request (RFC 7616 section
        3.5); False when there is none that can be used.

        Anything else in `info` is ignored."""
        read = read_challenges([(b"proxy-authenticate", b"Digest " + info)])
        nonce = read[0].parameter("nextnonce") if read else None
        if self._request is None or not nonce or not nonce.isprintable():
            return False
        self._request = msgspec.structs.replace(self._request, nonce=nonce)
        self._count = 0
        return True

    def _compose(self, request: _Request, username: bytes, password: bytes, uri: str) -> str:
        count = f"{self._count:08x}"
        counted = [count, self._cnonce, request.qop] if request.qop else []
        key = request.hash(username, request.realm, password)
        if request.keyed:
            key = request.hash(key, request.key_nonce, self._cnonce)
        told = request.hash("CONNECT", uri, *([request.hash("")] if request.qop == "auth-int" else []))
        fields = [
            self._username(request, username),
            f"realm={_quoted(request.realm)}",
            f"nonce={_quoted(request.nonce)}",
            f"uri={_quoted(uri)}",
            f'response="{request.hash(key, request.nonce, *counted, told)}"',
        ]
        if request.algorithm is not None:
            fields.append(f"algorithm={request.algorithm}")
        if request.opaque is not None:
            fields.append(f"opaque={_quoted(request.opaque)}")
        if request.qop:
            fields += [f"qop={request.qop}", f"nc={count}"]
        if request.qop or request.keyed:
            fields.append(f"cnonce={_quoted(self._cnonce)}")
        if request.userhash:
            fields.append("userhash=true")
        return f"Digest {', '.join(fields)}"

    @staticmethod
    def _username(request: _Request, username: bytes) -> str:
        if request.userhash:
            return f'username="{request.hash(username, request.realm)}"'
        if request.utf8 and not username.isascii():
            return f"username*=UTF-8''{quote(username, safe='')}"
        return f"username={_quoted(username.decode('iso-8859-1'))}"
