"""Does plain HTTP also travel as an ordinary proxy request (absolute form)? And what is the proxy's own page like?"""

import asyncio

from proxycheck.checks.endpoint import forward
from proxycheck.checks.session import Session
from proxycheck.model.target import Target

ID = "plain-http"
QUESTION = "Does plain HTTP pass as an absolute-form request?"
OWN_PAGE = "own-page"
"""The variant of a request for a name that cannot exist (RFC 6761 section 6.4): its answer is the proxy's own page."""


async def run(session: Session) -> None:
    """Sends the absolute form for every plain-HTTP endpoint, and once for a name that does not exist."""
    if session.halted:
        return
    wanted = [endpoint for endpoint in session.endpoints if endpoint.speaks == "http" and endpoint.port == 80]
    wanted = [endpoint for endpoint in wanted if endpoint.any_of is None or endpoint.id in session.measured]
    if not wanted:
        return
    session.observer.phase("Testing plain HTTP", len(wanted))
    control = Target(f"{session.nonce}.invalid", 80)
    await asyncio.gather(
        *(forward(session, Target(e.host, e.port), e.path, ID) for e in wanted),
        forward(session, control, "/", ID, variant=OWN_PAGE),
    )
