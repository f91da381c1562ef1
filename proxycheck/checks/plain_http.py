"""Does plain HTTP also travel as an ordinary proxy request (absolute form)? And what is the proxy's own page like?"""

import asyncio
from typing import Final

from proxycheck.checks.connection import Connection, placed
from proxycheck.checks.session import Session
from proxycheck.model.questions import OWN_PAGE
from proxycheck.model.target import Target
from proxycheck.net.tunnel import ask
from proxycheck.wire.http.request import forward_request

ID: Final = "plain-http"
"""The variant of a request for a name that cannot exist (RFC 6761 section 6.4): its answer is the proxy's own page."""


async def run(session: Session) -> None:
    """Sends the absolute form for every plain-HTTP endpoint that has no alternative, and once for a name that does not
    exist. Where there are alternatives, `checks.endpoints` sends it when their turn comes."""
    plain = [endpoint for endpoint in session.endpoints if endpoint.speaks == "http" and endpoint.port == 80]
    if session.halted or not plain:
        return
    control = Target(f"{session.nonce}.invalid", 80)
    await asyncio.gather(
        *(forward(session, Target(e.host, e.port), e.path) for e in plain if e.any_of is None),
        forward(session, control, "/", variant=OWN_PAGE),
    )


async def forward(session: Session, target: Target, path: str, *, variant: str | None = None) -> None:
    """A plain HTTP request in absolute form, recorded as `http_forward`."""

    def request(authorization: str | None) -> bytes:
        return forward_request(target, path, user_agent=session.route.agent, authorization=authorization)

    connection = Connection(session, ID, target, variant)
    async with placed(connection):
        stream = await connection.fresh()
        if stream is None:
            return
        answered = await ask(session.route, ID, target, "http_forward", request, variant=variant, stream=stream)
        if answered is not None:
            await answered.stream.close()
