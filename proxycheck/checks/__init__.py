"""The questions asked of a proxy, one module each, in running order.

To add a check: write a module with `ID`, `QUESTION` and `async def run(session)`, add one line to `CHECKS`, and a
test beside it. A check measures and records; what the evidence means is the diagnosis's business.
"""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct

from proxycheck.checks import (
    canary,
    controls,
    credentials,
    device_tls,
    endpoints,
    first_contact,
    forward,
    hellos,
    network,
    outside,
    reachability,
)
from proxycheck.checks.session import Session


class Check(Struct, frozen=True):
    """One question and the coroutine that measures what answers it.

    `beside` says that it runs at the same time as the check before it, `without_proxy` that it is asked in a run
    without a proxy as well, `throughout` that it runs at the same time as all the others."""

    id: str
    question: str
    run: Callable[[Session], Awaitable[None]]
    beside: bool = False
    without_proxy: bool = False
    throughout: bool = False


CHECKS: tuple[Check, ...] = (
    Check(reachability.ID, reachability.QUESTION, reachability.run),
    Check(first_contact.ID, first_contact.QUESTION, first_contact.run),
    Check(hellos.ID, hellos.QUESTION, hellos.run, without_proxy=True),
    Check(endpoints.ID, endpoints.QUESTION, endpoints.run, beside=True, without_proxy=True),
    Check(forward.ID, forward.QUESTION, forward.run, beside=True),
    Check(device_tls.ID, device_tls.QUESTION, device_tls.run, without_proxy=True),
    Check(controls.ID, controls.QUESTION, controls.run, without_proxy=True),
    Check(outside.ID, outside.QUESTION, outside.run, beside=True),
    Check(credentials.ID, credentials.QUESTION, credentials.run),
    Check(canary.ID, canary.QUESTION, canary.run, without_proxy=True),
    Check(network.ID, network.QUESTION, network.run, without_proxy=True, throughout=True),
)


async def ask_all(session: Session) -> None:
    """Runs every check in order; those that run beside one another are awaited together."""
    aside: list[asyncio.Future[None]] = []
    try:
        for batch in _batches():
            if batch[0].id == hellos.ID:  # the first answer comes first: whoever waits for it, waits for nothing else
                aside = [asyncio.ensure_future(check.run(session)) for check in CHECKS if check.throughout]
            asked = [check for check in batch if check.without_proxy or not session.direct]
            await asyncio.gather(*(check.run(session) for check in asked))
        await asyncio.gather(*aside)
    finally:
        for task in aside:
            task.cancel()


def _batches() -> list[list[Check]]:
    batches: list[list[Check]] = []
    for check in CHECKS:
        if check.throughout:
            continue
        if check.beside:
            batches[-1].append(check)
        else:
            batches.append([check])
    return batches
