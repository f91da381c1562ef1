"""NTLM over HTTP (MS-NTHT): the connection is authenticated, in two requests, and has to stay open between
them.
"""

from proxycheck.model.target import Credentials, Target
from proxycheck.wire.auth.challenge import Challenge
from proxycheck.wire.auth.ntlm_messages import TokenExchange
from proxycheck.wire.auth.scheme import Unanswerable


class Ntlm:
    """One NTLM exchange on one connection. The user name may be `user`, `DOMAIN\\user` or `user@domain`."""

    name = "ntlm"
    per_connection = True

    def __init__(self, credentials: Credentials, proxy_host: str) -> None:
        self._exchange = TokenExchange("NTLM", credentials, proxy_host)

    @property
    def awaits_challenge(self) -> bool:
        """True between NEGOTIATE_MESSAGE (type 1, proves nothing) and AUTHENTICATE_MESSAGE (type 3)."""
        return self._exchange.awaits_challenge

    def answer(self, challenge: Challenge | None, target: Target) -> str | Unanswerable:  # noqa: ARG002
        """Type 1 at first, then type 3 from the proxy's type 2.

        Unanswerable `no-context`, `no-token`, `malformed-challenge` or `already-answered`."""
        return self._exchange.answer(challenge)
