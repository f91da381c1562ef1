"""How a device's network stack reads a proxy's replies and answers its challenges.

A tolerant client never notices these traits, a device fails on them. No guide tells them: they are read
from the platform a guide names, so every trait says how sure it is, and `None` means that nobody knows.
"""

from typing import Generic, Literal, TypeVar

from msgspec import Struct

T = TypeVar("T")

TraitConfidence = Literal["guide", "shown", "high", "medium", "low"]
"""`guide`: the vendor says so. `shown`: seen of the platform's own stack, running against such a proxy. `high`: read in
the source of the platform the guide names. `medium`: read in the source of a part of that platform which the
application probably uses. `low`: a guess."""

SuccessStatus = Literal["200", "2xx"]
"""Which status of a CONNECT reply opens the tunnel (RFC 9110 section 9.3.6 allows every 2xx)."""

StatusLine = Literal["strict", "any"]
"""Which first lines of a reply are understood: `HTTP/1.0` or `HTTP/1.1`, a blank and the status, with nothing before it
(RFC 9112 section 4); or other spellings as well."""

SuccessBody = Literal["discarded", "ignored"]
"""What a `Content-Length` on the successful reply does: that many bytes of the tunnel are thrown away (of several the
last counts, and one that is no number counts nothing), or nothing (RFC 9110 section 9.3.6 wants it ignored)."""

EarlyBytes = Literal["fatal", "dropped", "kept"]
"""What becomes of bytes that arrive together with the successful reply: an error, a loss, or the tunnel's
start."""

ChallengeGrammar = Literal["quoted-realm-first", "scheme-first"]
"""Which `Proxy-Authenticate` lines are understood: only `Basic realm="..."`, the realm quoted and the first
parameter, one scheme a line; or every line that begins with the scheme's name, whatever follows."""

ChallengeBody = Literal["content-length", "any"]
"""Which content of a 407 is skipped before the answer goes out on the same connection: only what a `Content-Length`
announces (of several the last counts, whatever `Transfer-Encoding` says), or any (RFC 9112 section 6)."""

AfterClose = Literal["never", "announced", "always"]
"""Which 407s that end their connection are answered on a new one: none, those that say `Connection: close`, or all."""


class Trait(Struct, Generic[T], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing the stack does, how sure that is, and what follows from it."""

    value: T
    confidence: TraitConfidence
    note: str | None = None


class ReplyDialect(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything known of how the stack takes a proxy's replies.

    `platform` names the software that was read or seen running. `interim` lists the 1xx statuses that are skipped;
    any other is taken for the final reply. `unasked_credentials` says that credentials are sent before a
    challenge; only without that do `basic_challenge`, `challenge_body` and `retry_after_close` matter, the
    last of which says what becomes of a 407 that closes the connection. `attempts_limited`
    says whether refused credentials are given up; a stack without a limit can lock an account out.
    `credentials_encoding` is the charset of user name and password in Basic (RFC 7617 section 2.1), as Python
    names it. `direct_fallback` says that the stack goes around a proxy it cannot reach."""

    platform: str
    success: Trait[SuccessStatus]
    interim: Trait[tuple[int, ...]]
    success_body: Trait[SuccessBody]
    early_bytes: Trait[EarlyBytes]
    basic_challenge: Trait[ChallengeGrammar]
    status_line: Trait[StatusLine] | None = None
    unasked_credentials: Trait[bool] | None = None
    challenge_body: Trait[ChallengeBody] | None = None
    retry_after_close: Trait[AfterClose] | None = None
    attempts_limited: Trait[bool] | None = None
    credentials_encoding: Trait[str] | None = None
    direct_fallback: Trait[bool] | None = None
