"""The questions asked of a proxy, one module each, in running order.

To add a check: write a module with `ID`, `QUESTION` and `async def run(session)`, add one line to `CHECKS`, and a
test beside it. A check measures and records; what the evidence means is the diagnosis's business.
"""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from proxycheck.checks import controls, endpoints, first_contact, forward, outside, reachability
from proxycheck.checks.session import Session


class Check(Struct, frozen=True):
    """One question and the coroutine that measures what answers it."""

    id: str
    question: str
    run: Callable[[Session], Awaitable[None]]


CHECKS: tuple[Check, ...] = tuple(
    Check(module.ID, module.QUESTION, module.run)
    for module in (reachability, first_contact, endpoints, forward, controls, outside)
)
