"""The questions asked of a proxy, one module each, in running order.

To add a check: an id and a question in `proxycheck.model.questions`, a module with `async def run(session)`, one line
in `CHECKS`, an answer in `proxycheck.diagnosis.answers`, and a test. A check measures and records; what the evidence
means is the diagnosis's business. A check that breaks by a fault of ours costs its own answer and no other's.
"""

import asyncio
from collections.abc import Callable, Coroutine

from msgspec import Struct

from proxycheck.checks import canary, device_tls, endpoints, first_contact, hellos, network, plain_http, reachability
from proxycheck.checks.authentication import credentials
from proxycheck.checks.comparison import controls, later, outside, silences
from proxycheck.checks.session import Session
from proxycheck.model.questions import QUESTIONS, CheckId


class Check(Struct, frozen=True):
    """One question and the coroutine that measures what answers it.

    `beside` says that it runs at the same time as the check before it. A check with `after` runs at the same time as
    all the others, from the moment at which that one has ended: before the first answer is there, nothing else may
    delay it. `early` is what of it only waits, and begins once the first contact has ended; `quiet` what of it is asked
    when all that ran beside it has ended."""

    id: CheckId
    run: Callable[[Session], Coroutine[None, None, None]]
    beside: bool = False
    after: CheckId | None = None
    early: Callable[[Session], Coroutine[None, None, None]] | None = None
    quiet: Callable[[Session], Coroutine[None, None, None]] | None = None


CHECKS: tuple[Check, ...] = (
    Check("reachability", reachability.run),
    Check("first-contact", first_contact.run),
    Check("hellos", hellos.run),
    Check("endpoints", endpoints.run, beside=True, quiet=silences.ask_again),
    Check("plain-http", plain_http.run, beside=True),
    Check("device-tls", device_tls.run),
    Check("controls", controls.run, beside=True, quiet=later.ask_again),
    Check("outside", outside.run),
    Check("authentication", credentials.run),
    Check("canary", canary.run, early=canary.begin),
    Check("network", network.run, after="first-contact"),
)


async def ask_all(session: Session, loaded: Callable[[], None]) -> None:
    """Runs every check in order; those that run beside one another are awaited together. After the first contact
    `loaded` is called, which ends when all is there that many answers at once need."""
    aside: list[asyncio.Future[None]] = []
    waiting: list[Check] = []
    try:
        for batch in _batches():
            asked = [check for check in batch if QUESTIONS[check.id].without_proxy or not session.direct]
            quiet = (session.attempt(check.id, check.quiet(session)) for check in waiting if check.quiet is not None)
            await asyncio.gather(*(_ask(session, check) for check in asked), *quiet)
            waiting = [check for check in asked if check.quiet is not None]
            ended = {check.id for check in batch}
            aside += [asyncio.ensure_future(_ask(session, check)) for check in CHECKS if check.after in ended]
            if "first-contact" in ended:
                loaded()
                early = ((check.id, check.early(session)) for check in CHECKS if check.early is not None)
                aside += [asyncio.ensure_future(session.attempt(name, work)) for name, work in early]
        await asyncio.gather(*aside)
    finally:
        for task in aside:
            task.cancel()


async def _ask(session: Session, check: Check) -> None:
    await session.attempt(check.id, check.run(session))


def _batches() -> list[list[Check]]:
    batches: list[list[Check]] = []
    for check in CHECKS:
        if check.after is not None:
            continue
        if check.beside:
            batches[-1].append(check)
        else:
            batches.append([check])
    return batches
