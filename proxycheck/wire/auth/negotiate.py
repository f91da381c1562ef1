"""Negotiate (RFC 4559) without Kerberos: NTLM messages under another name.

They travel without the wrapping of SPNEGO, as Windows sends them where it cannot get a ticket: Squid's
negotiate_wrapper_auth takes a wrapped NTLM message for Kerberos. Kerberos itself is never tried, because its tickets
come over the network from somewhere else than the proxy. Where Negotiate means Kerberos only, right credentials are
refused too: a refusal says nothing about the password.
"""

from proxycheck.model.target import Credentials, Target
from proxycheck.wire.auth.challenge import Challenge
from proxycheck.wire.auth.ntlm_messages import TokenExchange
from proxycheck.wire.auth.scheme import Unanswerable


class Negotiate:
    """One Negotiate exchange on one connection. The user name may be `user`, `DOMAIN\\user` or `user@domain`."""

    name = "negotiate"
    per_connection = True

    def __init__(self, credentials: Credentials, proxy_host: str) -> None:
        self._exchange = TokenExchange("Negotiate", credentials, proxy_host)

    @property
    def awaits_challenge(self) -> bool:
        """True between NEGOTIATE_MESSAGE (type 1, proves nothing) and AUTHENTICATE_MESSAGE (type 3)."""
        return self._exchange.awaits_challenge

    def answer(self, challenge: Challenge | None, target: Target) -> str | Unanswerable:  # noqa: ARG002
        """Type 1 at first, then type 3 from the proxy's type 2.

        Unanswerable `no-context`, `no-token`, `malformed-challenge` or `already-answered`."""
        return self._exchange.answer(challenge)
