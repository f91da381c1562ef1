"""Negotiate (RFC 4559): SPNEGO with NTLM inside.

Kerberos is never offered, because its tickets come over the network from somewhere else than the proxy. A
proxy whose Negotiate means Kerberos only therefore refuses right credentials; a refusal here says nothing
about the password.
"""

from proxycheck.model.target import Credentials, Target
from proxycheck.wire.auth.challenge import Challenge
from proxycheck.wire.auth.scheme import Unanswerable
from proxycheck.wire.auth.security_context import TokenExchange


class Negotiate:
    """One SPNEGO exchange on one connection."""

    name = "negotiate"
    per_connection = True

    def __init__(self, credentials: Credentials, proxy_host: str) -> None:
        self._exchange = TokenExchange("Negotiate", credentials, proxy_host, "negotiate")

    @property
    def awaits_challenge(self) -> bool:
        """True between NegTokenInit (proves nothing) and the NegTokenResp that holds the proof."""
        return self._exchange.awaits_challenge

    def answer(self, challenge: Challenge | None, target: Target) -> str | Unanswerable:  # noqa: ARG002
        """NegTokenInit at first, then NegTokenResp from the proxy's.

        Unanswerable `no-context`, `no-token`, `malformed-challenge` or `already-answered`."""
        return self._exchange.answer(challenge)
