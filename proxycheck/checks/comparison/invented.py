"""Does anybody on the way sign for a name that cannot exist?

Where a person said whom to believe, an authority that signs for any name may be among them: a few hosts are asked for
such a name in their own tunnels, beside what else is measured.
"""

from typing import Final

from proxycheck.checks.connection import Connection, placed
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.evidence import TlsEvidence
from proxycheck.model.questions import CheckId, no_such_name
from proxycheck.model.target import Target
from proxycheck.net.payload import handshake

ID: Final[CheckId] = "controls"
MOST_BELIEVED = 2


async def ask(session: Session, target: Target, server_name: str, variant: str, *, urgent: bool = False) -> None:
    """A handshake that says `server_name` in a tunnel to `target`, recorded under `variant`."""
    connection = Connection(session, ID, target, variant)
    async with placed(connection, urgent=urgent):
        tunnel = await connection.open()
        if tunnel is not None:
            timeout_s = session.way.timeout_s
            await handshake(
                session.trace,
                ID,
                target.id,
                server_name,
                tunnel,
                timeout_s,
                variant=variant,
                limits=session.limits,
            )


async def invented(session: Session, endpoint: Endpoint, *, urgent: bool = False) -> None:
    """A name that cannot exist as the server name in a host's tunnel."""
    name = f"{session.nonce}.invalid"
    await ask(session, Target(endpoint.host, endpoint.port), name, no_such_name(endpoint.host), urgent=urgent)


def invent_beside(session: Session, endpoint: Endpoint, shown: TlsEvidence) -> None:
    """The same in the tunnels of a few hosts beside what else is measured, one for each authority that is believed
    because a person said so: such an authority may sign for any name."""
    authority = shown.chain[-1] if shown.chain else ""
    asked = session.asked_to_invent
    signs = session.roots_given or session.direct  # there no CONNECT has asked for such a name
    if signs and authority not in asked and len(asked) < MOST_BELIEVED:
        asked.add(authority)
        session.background(ID, None, invented(session, endpoint, urgent=True))
