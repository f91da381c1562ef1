"""The gate that credentials pass: proved on one connection before they are used on any other.

However many connections run in parallel, a password that the proxy refuses is sent once in the whole run: whoever
meets the first 407 proves it while the others wait for the result. An answer that says neither yes nor no may be a
refusal in other words, so that `MOST_UNDECIDED` of them close the gate as well. And a proxy that took them and then
refuses them again and again is asked no more: whatever it counts, it may lock the account.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from proxycheck.model.failure import Operation
from proxycheck.net.authentication.turns import Turns
from proxycheck.wire.auth.refusal import LoginAnswer
from proxycheck.wire.auth.scheme import Unanswerable

GateState = Literal["absent", "untested", "accepted", "refused", "undecided"]
MOST_UNDECIDED = 2
"""How often credentials are sent while no answer has said whether they are right: to one host, and to another for a
second opinion, for the first may be denied to everybody."""

MOST_IN_A_ROW = 8
"""How often credentials that were accepted are refused to one kind of request, and not accepted in between, before that
kind is sent no more."""


class CredentialGate:
    """Holds the `Proxy-Authorization` value of a run (Basic: the same for every request) and what is known of it.

    `absent` there is none; `untested` nobody asked yet, or one answer left it open; `accepted` a proxy that asked let
    them through; `refused` it asked again, and they are never sent again; `undecided` the answers left it open, and
    they are not sent on. `tried` counts what was sent before it was settled. Once they are accepted, they go out in
    `turns`."""

    def __init__(self, value: str | Unanswerable | None) -> None:
        self._value = value if isinstance(value, str) else None
        self._lock = asyncio.Lock()
        self.tried = 0
        self.turns = Turns()
        self._refused: Counter[Operation] = Counter()
        self.state: GateState = "absent" if self._value is None else "untested"

    @property
    def open_question(self) -> bool:
        """Whether credentials were sent and the answers so far leave open whether they are right."""
        return self.state == "undecided" or (self.state == "untested" and self.tried > 0)

    def proven(self) -> str | None:
        """The `Proxy-Authorization` value once the credentials are known to be right, else None."""
        return self._value if self.state == "accepted" else None

    @asynccontextmanager
    async def proof(self) -> AsyncIterator[str | None]:
        """The value to try, or None when there is nothing (more) to send; one at a time until it is known to be right.

        Whoever sends a value while the state is `untested` calls `settle` before leaving."""
        async with self._lock:
            if self.state == "untested":
                yield self._value
                return
        yield self.proven()

    def settle(self, answer: LoginAnswer) -> None:
        """Says how the proxy answered the value. A later refusal of proven credentials concerns one host alone."""
        if self.state != "untested":
            return
        self.tried += 1
        if answer != "undecided":
            self.state = answer
        elif self.tried >= MOST_UNDECIDED:
            self.state = "undecided"

    def sent_again(self, operation: Operation, answer: LoginAnswer) -> None:
        """Says how the proxy answered proven credentials in one kind of request."""
        if answer == "refused":
            self._refused[operation] += 1
        elif answer == "accepted":
            self._refused[operation] = 0

    def exhausted(self, operation: Operation) -> bool:
        """Whether proven credentials were refused so often that this kind of request is sent no more."""
        return self._refused[operation] >= MOST_IN_A_ROW

    def vouch(self) -> None:
        """Something else than the answer itself proves that they were accepted, such as the host at the far end."""
        if self.open_question:
            self.state = "accepted"
