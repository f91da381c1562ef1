"""Does the proxy let through every host and port that the device needs?"""

import asyncio
from collections.abc import Awaitable

from proxycheck.checks import hellos
from proxycheck.checks.comparison import controls
from proxycheck.checks.endpoint import CHECK, measure, silent_in_a_crowd
from proxycheck.checks.plain_http import ask_for_no_name, forward
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.evidence import Evidence
from proxycheck.model.target import Target


def _groups(session: Session) -> list[list[Endpoint]]:
    """Endpoints that are alternatives of one another in one list, in catalogue order; every other one alone."""
    groups: dict[str, list[Endpoint]] = {}
    for endpoint in session.endpoints:
        groups.setdefault(endpoint.any_of or endpoint.id, []).append(endpoint)
    return list(groups.values())


class _Search:
    """Alternatives in turn, until one is proved: the proxy is not asked for alternatives that are not needed.

    While one is silent the next begins beside it. `silence` is set as soon as any is late; those that are to be
    `greeted` are, beside what follows, once they are proved."""

    def __init__(
        self, session: Session, group: list[Endpoint], silence: asyncio.Event, greeted: frozenset[str]
    ) -> None:
        self._session = session
        self._greeted = greeted
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
            proved = await measure(session, endpoint, take_long)
            self._proved |= proved
            if proved and endpoint.id in self._greeted:
                session.background(hellos.ID, endpoint.id, hellos.greet_too(session, endpoint))
            if endpoint.speaks == "http" and endpoint.any_of is not None and not session.direct:
                await forward(session, Target(endpoint.host, endpoint.port), endpoint.path)
        finally:
            late.set()


async def run(session: Session) -> None:
    """Measures all groups at once under the session's limit; and, when all have their tunnels, how the proxy answers
    for a name that cannot exist. Some take whoever asks for such a name for malware and shut it out: that must not
    spoil what is measured. Only where the proxy is silent is it asked before, since comparisons may take as long."""
    if not session.halted:
        groups = _groups(session)
        session.observer.phase("endpoints", len(groups))
        silence, waiting, greeted = asyncio.Event(), _Waiting(groups), hellos.greeted_later(session)
        session.trace.watchers.append(waiting.learn)
        comparing = asyncio.create_task(_compare(session, silence, waiting.over))
        unnamed = asyncio.create_task(_ask_for_no_name(session, waiting.over))
        asked = [waiting.until_ended(group, _Search(session, group, silence, greeted).run()) for group in groups]
        try:
            await asyncio.gather(*asked)
            await _measure_anew(session, groups)
            if silence.is_set():
                await comparing
            await unnamed
        finally:
            comparing.cancel()
            unnamed.cancel()
            session.trace.watchers.remove(waiting.learn)
    while any(not task.done() for task in session.tasks):  # one may have begun another
        await asyncio.gather(*session.tasks)
    await asyncio.gather(*session.tasks)


async def _measure_anew(session: Session, groups: list[list[Endpoint]]) -> None:
    """Measures what was silent only because too many were asked for at once: of alternatives, where none is proved."""
    unproved = (group for group in groups if not any(session.proved(endpoint) for endpoint in group))
    silent = (endpoint for group in unproved for endpoint in group if silent_in_a_crowd(session, endpoint))
    await asyncio.gather(*(measure(session, endpoint, anew=True) for endpoint in silent))


class _Waiting:
    """The groups that wait for a tunnel. `over` is set when each has one, or has ended without."""

    def __init__(self, groups: list[list[Endpoint]]) -> None:
        self._group = {endpoint.id: number for number, group in enumerate(groups) for endpoint in group}
        self._left = set(self._group.values())
        self.over = asyncio.Event()
        if not groups:
            self.over.set()

    def learn(self, record: Evidence) -> None:
        """Takes account of a finished record."""
        opened = record.operation in ("connect", "auth", "host_tcp") and record.failure is None
        if opened and record.check == CHECK and record.endpoint in self._group:
            self._end(self._group[record.endpoint])

    async def until_ended(self, group: list[Endpoint], search: Awaitable[None]) -> None:
        """Awaits the search of a group."""
        try:
            await search
        finally:
            self._end(self._group[group[0].id])

    def _end(self, number: int) -> None:
        self._left.discard(number)
        if not self._left:
            self.over.set()


async def _ask_for_no_name(session: Session, over: asyncio.Event) -> None:
    """Begins to ask how the proxy answers for a name that cannot exist, once nobody waits for a tunnel any more; at
    once where it has been asked for such a name already, because it takes long to answer anything."""
    if not session.invented:
        await over.wait()
    if not (session.direct or session.halted):
        session.background("controls", None, controls.nonexistent(session))
        session.background("plain-http", None, ask_for_no_name(session))


async def _compare(session: Session, silence: asyncio.Event, over: asyncio.Event) -> None:
    """Asks the proxy what failures look like, as soon as one is likely: that may take as long as they do, and nobody
    else is waited for."""
    await silence.wait()
    over.set()
    if not session.direct:
        await session.attempt("controls", controls.own_answers(session))
