"""The gate that credentials pass: proved on one connection before they are used on any other.

However many connections run in parallel, a password that the proxy refuses is sent once in the whole run: whoever
meets the first 407 proves it while the others wait for the result.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from proxycheck.wire.auth.scheme import Unanswerable

GateState = Literal["absent", "untested", "accepted", "refused"]


class CredentialGate:
    """Holds the `Proxy-Authorization` value of a run (Basic: the same for every request) and what is known of it.

    `absent` there is none; `untested` nobody asked yet; `accepted` a proxy that asked let them through;
    `refused` it asked again, and they are never sent again."""

    def __init__(self, value: str | Unanswerable | None) -> None:
        self._value = value if isinstance(value, str) else None
        self._lock = asyncio.Lock()
        self.state: GateState = "absent" if self._value is None else "untested"

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

    def settle(self, *, accepted: bool) -> None:
        """Says how the proxy answered the value. A later refusal of proven credentials concerns one host alone."""
        if self.state == "untested":
            self.state = "accepted" if accepted else "refused"
