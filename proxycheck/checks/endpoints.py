"""Does the proxy let through every host and port that the device needs?"""

import asyncio

from proxycheck.checks.endpoint import measure
from proxycheck.checks.plain_http import forward
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.target import Target


def _groups(session: Session) -> list[list[Endpoint]]:
    """Endpoints that are alternatives of one another in one list, in catalogue order; every other one alone."""
    groups: dict[str, list[Endpoint]] = {}
    for endpoint in session.endpoints:
        groups.setdefault(endpoint.any_of or endpoint.id, []).append(endpoint)
    return list(groups.values())


async def _measure_group(session: Session, group: list[Endpoint]) -> None:
    """Alternatives in turn, until one is proved: the proxy is not asked for alternatives that are not needed."""
    for endpoint in group:
        if endpoint.id in session.measured:
            await asyncio.gather(*session.tasks)
            proved = session.proved(endpoint)
        else:
            proved = await measure(session, endpoint)
            if endpoint.speaks == "http" and endpoint.any_of is not None and not session.direct:
                await forward(session, Target(endpoint.host, endpoint.port), endpoint.path)
        if proved:
            return


async def run(session: Session) -> None:
    """Measures all groups at once under the session's limit."""
    if not session.halted:
        groups = _groups(session)
        session.observer.phase("Testing every host the device needs", len(groups))
        await asyncio.gather(*(_measure_group(session, group) for group in groups))
    await asyncio.gather(*session.tasks)
