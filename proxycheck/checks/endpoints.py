"""Does the proxy let through every host and port that the device needs?"""

import asyncio

from proxycheck.checks.authentication import bare
from proxycheck.checks.comparison import controls
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


class _Search:
    """Alternatives in turn, until one is proved: the proxy is not asked for alternatives that are not needed.

    While one is silent the next begins beside it. `silence` is set as soon as any is late."""

    def __init__(self, session: Session, group: list[Endpoint], silence: asyncio.Event) -> None:
        self._session = session
        self._group = group
        self._silence = silence
        self._proved = False

    async def run(self) -> None:
        """Ends when one is proved or none is left, and every one that began has ended."""
        begun: list[asyncio.Task[None]] = []
        try:
            for endpoint in self._group:
                late = asyncio.Event()
                begun.append(asyncio.create_task(self._try(endpoint, late)))
                await late.wait()
                if self._proved:
                    break
            await asyncio.gather(*begun)
        finally:
            for task in begun:
                task.cancel()

    async def _try(self, endpoint: Endpoint, late: asyncio.Event) -> None:
        """Sets `late` when this takes long, and when it has ended."""

        def take_long() -> None:
            self._silence.set()
            late.set()

        session = self._session
        try:
            if endpoint.id in session.measured:
                await asyncio.gather(*session.tasks)
                self._proved |= session.proved(endpoint)
                return
            self._proved |= await measure(session, endpoint, take_long)
            if endpoint.speaks == "http" and endpoint.any_of is not None and not session.direct:
                await forward(session, Target(endpoint.host, endpoint.port), endpoint.path)
        finally:
            late.set()


async def run(session: Session) -> None:
    """Measures all groups at once under the session's limit, and how the proxy answers for a name that cannot exist."""
    if not session.halted:
        groups = _groups(session)
        session.observer.phase("endpoints", len(groups))
        silence = asyncio.Event()
        comparing = asyncio.create_task(_compare(session, silence))
        if not session.direct:
            session.background("authentication", None, bare.ask_without(session))
        asked = [_Search(session, group, silence).run() for group in groups]
        asked += [] if session.direct else [session.attempt("controls", controls.nonexistent(session))]
        try:
            await asyncio.gather(*asked)
            if silence.is_set():
                await comparing
        finally:
            comparing.cancel()
    while any(not task.done() for task in session.tasks):  # one may have begun another
        await asyncio.gather(*session.tasks)
    await asyncio.gather(*session.tasks)


async def _compare(session: Session, silence: asyncio.Event) -> None:
    """Asks the proxy what failures look like, as soon as one is likely: that may take as long as they do."""
    await silence.wait()
    if not session.direct:
        await session.attempt("controls", controls.own_answers(session))
