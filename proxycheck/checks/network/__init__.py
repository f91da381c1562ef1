"""Does the network itself give the device what it needs: names, time, a way out, a gateway that is not its own?

A proxy carries none of that. What is asked of the outside are the hosts of the device's guide and the DNS server that
the guide names, each once; and, of each DNS server, two names that do not exist.
"""

import asyncio

from proxycheck.checks.session import Session

LONGEST_S = 12.0
"""No network takes longer than this, whatever is silent in it."""


async def run(session: Session) -> None:
    """Asks everything at once. Nothing, unless the run may look at the network."""
    if not session.network:
        return
    from proxycheck.checks.network import needs  # noqa: PLC0415  DNS costs time to load, and not every run asks

    try:
        async with asyncio.timeout(LONGEST_S):
            await needs.measure(session)
    except TimeoutError:
        return  # what was recorded until then is told; what was not is not judged
