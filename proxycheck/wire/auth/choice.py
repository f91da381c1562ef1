"""Which challenge is answered, and by what."""

from collections.abc import Sequence
from typing import Literal

from proxycheck.model.target import Credentials
from proxycheck.wire.auth import digest
from proxycheck.wire.auth.basic import Basic
from proxycheck.wire.auth.challenge import Challenge
from proxycheck.wire.auth.digest import Digest
from proxycheck.wire.auth.negotiate import Negotiate
from proxycheck.wire.auth.ntlm import Ntlm
from proxycheck.wire.auth.scheme import Scheme

SchemeName = Literal["negotiate", "ntlm", "digest", "basic"]
STRONGEST_FIRST: tuple[SchemeName, ...] = ("negotiate", "ntlm", "digest", "basic")
"""Every scheme spoken here, ordered by how little it gives away to whoever listens."""


def choose(challenges: Sequence[Challenge], allowed: Sequence[str]) -> Challenge | None:
    """The challenge to answer: the first of the earliest scheme in `allowed` (lower case) that is offered.

    Of several Digest challenges, the first whose algorithm is spoken here; RFC 7616 section 3.7 has the proxy
    send its favourite first. None when nothing in `allowed` is offered in a form that can be answered."""
    for name in allowed:
        for challenge in challenges:
            if challenge.name == name and (name != "digest" or digest.is_answerable(challenge)):
                return challenge
    return None


def open_scheme(name: SchemeName, credentials: Credentials, *, proxy_host: str, cnonce: str) -> Scheme:
    """A new exchange of the scheme `name`. `cnonce` is unpredictable printable ASCII; only Digest uses it."""
    match name:
        case "basic":
            return Basic(credentials)
        case "digest":
            return Digest(credentials, cnonce)
        case "ntlm":
            return Ntlm(credentials, proxy_host)
        case "negotiate":
            return Negotiate(credentials, proxy_host)
