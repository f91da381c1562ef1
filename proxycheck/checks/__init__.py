"""The questions asked of a proxy, one module each, in running order.

To add a check: an id and a question in `proxycheck.model.questions`, a module with `async def run(session)`, one line
in `CHECKS`, an answer in `proxycheck.diagnosis.answers`, and a test. A check measures and records; what the evidence
means is the diagnosis's business. A check that breaks by a fault of ours costs its own answer and no other's.
"""

import asyncio
from collections.abc import Callable, Coroutine

from msgspec import Struct

from proxycheck.checks import (
    canary,
    controls,
    device_tls,
    endpoints,
    first_contact,
    hellos,
    network,
    outside,
    plain_http,
    reachability,
)
from proxycheck.checks.authentication import credentials
from proxycheck.checks.session import Session
from proxycheck.model.questions import CheckId


class Check(Struct, frozen=True):
    """One question and the coroutine that measures what answers it.

    `beside` says that it runs at the same time as the check before it, `without_proxy` that it is asked in a run
    without a proxy as well, `throughout` that it runs at the same time as all the others."""

    id: CheckId
    run: Callable[[Session], Coroutine[None, None, None]]
    beside: bool = False
    without_proxy: bool = False
    throughout: bool = False


CHECKS: tuple[Check, ...] = (
    Check("reachability", reachability.run),
    Check("first-contact", first_contact.run),
    Check("hellos", hellos.run, without_proxy=True),
    Check("endpoints", endpoints.run, beside=True, without_proxy=True),
    Check("plain-http", plain_http.run, beside=True),
    Check("device-tls", device_tls.run, without_proxy=True),
    Check("controls", controls.run, without_proxy=True),
    Check("outside", outside.run, beside=True),
    Check("authentication", credentials.run),
    Check("canary", canary.run, without_proxy=True),
    Check("network", network.run, without_proxy=True, throughout=True),
)


async def ask_all(session: Session) -> None:
    """Runs every check in order; those that run beside one another are awaited together."""
    aside: list[asyncio.Future[None]] = []
    try:
        for batch in _batches():
            if batch[0].id == "hellos":  # the first answer comes first: whoever waits for it, waits for nothing else
                aside = [asyncio.ensure_future(_ask(session, check)) for check in CHECKS if check.throughout]
            asked = [check for check in batch if check.without_proxy or not session.direct]
            await asyncio.gather(*(_ask(session, check) for check in asked))
        await asyncio.gather(*aside)
    finally:
        for task in aside:
            task.cancel()


async def _ask(session: Session, check: Check) -> None:
    await session.attempt(check.id, check.run(session))


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
