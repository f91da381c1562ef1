"""The questions asked of a proxy, one module each, in running order.

To add a check: write a module with `ID`, `QUESTION` and `async def run(session)`, add one line to `CHECKS`, and a
test beside it. A check measures and records; what the evidence means is the diagnosis's business.
"""

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct

from proxycheck.checks import controls, endpoints, first_contact, forward, outside, reachability
from proxycheck.checks.session import Session


class Check(Struct, frozen=True):
    """One question and the coroutine that measures what answers it.

    `beside` says that it runs at the same time as the check before it."""

    id: str
    question: str
    run: Callable[[Session], Awaitable[None]]
    beside: bool = False


CHECKS: tuple[Check, ...] = (
    Check(reachability.ID, reachability.QUESTION, reachability.run),
    Check(first_contact.ID, first_contact.QUESTION, first_contact.run),
    Check(endpoints.ID, endpoints.QUESTION, endpoints.run),
    Check(forward.ID, forward.QUESTION, forward.run, beside=True),
    Check(controls.ID, controls.QUESTION, controls.run),
    Check(outside.ID, outside.QUESTION, outside.run, beside=True),
)


async def ask_all(session: Session) -> None:
    """Runs every check in order; those that run beside one another are awaited together."""
    batches: list[list[Check]] = []
    for check in CHECKS:
        if check.beside:
            batches[-1].append(check)
        else:
            batches.append([check])
    for batch in batches:
        await asyncio.gather(*(check.run(session) for check in batch))
