"""NTLM messages (MS-NLMP), made by pyspnego from a user name and a password.

Only its NTLM written in Python is used, on every system: neither a Kerberos KDC nor a ticket cache nor the single
sign-on of Windows is ever consulted, and nothing here touches network or file. The library puts the name of this
computer into its last message, as every NTLM client does.
"""

import base64
import binascii
from collections.abc import Callable

from proxycheck.model.target import Credentials
from proxycheck.wire.auth.challenge import Challenge
from proxycheck.wire.auth.scheme import Unanswerable

TokenStep = Callable[[bytes | None], bytes | None]


def _open_context(credentials: Credentials, hostname: str) -> TokenStep:
    """The `step` function of a client context. Raises whatever pyspnego raises."""
    import spnego  # noqa: PLC0415 - costs 60 ms, and most proxies want Basic or nothing

    context = spnego.client(
        spnego.Password(credentials.username, credentials.password),  # an empty name as a bare string means a file
        hostname=hostname,
        service="HTTP",
        protocol="ntlm",
        options=spnego.NegotiateOptions.use_ntlm,
    )
    return context.step


class TokenExchange:
    """Three messages on one connection: ours, the proxy's challenge, ours with the proof.

    `spelling` is the scheme as it is sent. A token that comes with the proxy's consent is not needed."""

    def __init__(self, spelling: str, credentials: Credentials, hostname: str) -> None:
        self._spelling = spelling
        self._credentials = credentials
        self._hostname = hostname
        self._step: TokenStep | None = None
        self._over = False

    @property
    def awaits_challenge(self) -> bool:
        """Whether the first message is out and the proof is not."""
        return self._step is not None and not self._over

    def answer(self, challenge: Challenge | None) -> str | Unanswerable:
        """The next message, or why there is none."""
        if self._over:
            return Unanswerable("already-answered", f"{self._spelling} was answered on this connection")
        if self._step is None:
            return self._first()
        self._over = True
        if challenge is None or challenge.token68 is None:
            return Unanswerable("no-token", f"the proxy did not go on with {self._spelling}")
        try:
            token = base64.b64decode(challenge.token68, validate=True)
        except binascii.Error:
            return Unanswerable("malformed-challenge", f"the {self._spelling} challenge is not base64")
        return self._message(self._step, token)

    def _first(self) -> str | Unanswerable:
        try:
            self._step = _open_context(self._credentials, self._hostname)
        except Exception as error:  # an odd user name or environment: pyspnego documents no common base
            self._over = True
            return Unanswerable("no-context", f"{self._spelling} cannot start: {type(error).__name__}")
        return self._message(self._step, None)

    def _message(self, step: TokenStep, token: bytes | None) -> str | Unanswerable:
        try:
            answer = step(token)
        except Exception as error:  # hostile bytes: struct, Unicode, index and pyspnego's own errors alike
            self._over = True
            return Unanswerable("malformed-challenge", f"{self._spelling}: {type(error).__name__}")
        if not answer:
            return Unanswerable("malformed-challenge", f"{self._spelling} has no answer to this challenge")
        return f"{self._spelling} {base64.b64encode(answer).decode('ascii')}"
