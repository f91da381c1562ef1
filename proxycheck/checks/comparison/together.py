"""Where only a few at a time are answered soon: is that a matter of pace, or of how many may be open?

Both make those wait that are asked for in a crowd. A device keeps some tunnels open: where only so many may be open,
the next one waits until one is closed, and it waits in vain. So a few are opened and none is closed.
"""

import asyncio
from typing import Final

from proxycheck.checks.connection import Connection, placed
from proxycheck.checks.session import Session
from proxycheck.model.questions import CheckId, together
from proxycheck.model.target import Target

ID: Final[CheckId] = "controls"
HELD = 8
"""Tunnels that are opened and kept."""


async def ask(session: Session) -> None:
    """Opens some of the tunnels that worked beside one another."""
    if not session.pace.strain.few:
        return
    proved = [endpoint for endpoint in session.endpoints if session.proved(endpoint)][:HELD]
    connections = [Connection(session, ID, Target(e.host, e.port), together(e.host)) for e in proved]
    if len(connections) > 1:
        async with placed(*connections):
            await asyncio.gather(*(connection.open() for connection in connections))
