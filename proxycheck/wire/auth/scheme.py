"""What every authentication scheme looks like from outside."""

from typing import Literal, Protocol

from msgspec import Struct

from proxycheck.model.target import Target
from proxycheck.wire.auth.challenge import Challenge

UnanswerableReason = Literal[
    "algorithm-unsupported",  # Digest with an algorithm that is not spoken here
    "already-answered",  # the exchange on this connection is over; another 407 is a refusal
    "colon-in-username",  # Basic cannot carry it
    "malformed-challenge",  # the bytes of the challenge cannot be used
    "no-challenge",  # nothing to answer yet
    "no-context",  # NTLM or Negotiate: the library cannot work with these credentials or here
    "no-nonce",  # Digest without nonce
    "no-realm",  # Digest without realm
    "no-token",  # NTLM or Negotiate: the second message was due and did not come
    "not-in-encoding",  # user name or password has characters the encoding lacks
    "qop-unsupported",  # Digest with no quality of protection spoken here
]


class Unanswerable(Struct, frozen=True):
    """Why nothing can be sent: a fact for the report. `detail` never holds a secret."""

    reason: UnanswerableReason
    detail: str


class Scheme(Protocol):
    """One scheme with one pair of credentials, in the course of one exchange.

    `name` is the scheme in lower case. `per_connection` says that the proxy authenticates the TCP connection,
    not the request: every message has to travel on the same one, and each new connection needs a new
    object."""

    @property
    def name(self) -> str: ...

    @property
    def per_connection(self) -> bool: ...

    @property
    def awaits_challenge(self) -> bool:
        """Whether the last answer proved nothing yet, so that a 407 to it is the next step and no refusal."""

    def answer(self, challenge: Challenge | None, target: Target) -> str | Unanswerable:
        """The value of `Proxy-Authorization` for a CONNECT to `target`, in ISO-8859-1 characters.

        `challenge` is the one chosen from the latest 407; `None` speaks first, where the scheme can."""
