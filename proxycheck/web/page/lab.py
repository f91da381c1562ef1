"""The simulated proxy that the page shows: one at a time, each in a process of its own, with the last lines of its log.

The page imports nothing of the lab. The process is started by its name (`proxycheck.resources.child_command`), told
what to play, and ends when its standard input does.
"""

import asyncio
import contextlib
import subprocess  # only for the name of a Windows flag
from collections import deque
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from proxycheck.model.lab_session import LabConnection, LabEvent, LabFailed, LabOrder, LabStarted
from proxycheck.report.texts import texts
from proxycheck.resources import child_command
from proxycheck.web.process import child_environment

LINES_KEPT: Final = 500
LONGEST_LINE: Final = 16_777_216
"""Bytes of one line of the process: the first holds a whole scenario, which may hold pages."""
_END_S: Final = 10.0
"""How long a process may take to end by itself."""
_NO_WINDOW: Final[int] = getattr(subprocess, "CREATE_NO_WINDOW", 0)
Phase = Literal["starting", "running", "failed", "ended"]


class Played:
    """One simulated proxy: what it is, once it listens, and the last lines of its log; `first` counts those before."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.started: LabStarted | None = None
        self.failure: str | None = None
        self.ended = False
        self.first = 0
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)

    @property
    def phase(self) -> Phase:
        """How far it is."""
        if self.failure is not None:
            return "failed"
        if self.ended:
            return "ended"
        return "starting" if self.started is None else "running"

    @property
    def told(self) -> int:
        """How many lines there were in all."""
        return self.first + len(self._lines)

    def lines(self, after: int = 0) -> Sequence[str]:
        """The lines behind the first `after`, as far as they are kept."""
        return [*self._lines][max(0, after - self.first) :]

    def hears(self, event: LabEvent) -> None:
        """Takes in what the process tells."""
        match event:
            case LabStarted():
                self.started = event
            case LabFailed():
                self.failure = event.sentence
            case LabConnection():
                self.first += len(self._lines) == LINES_KEPT
                self._lines.append(event.line)

    def end(self) -> None:
        """The process is gone."""
        if self.started is None and self.failure is None:
            self.failure = texts().lab.broken
        self.ended = True


class Lab:
    """Starts one at a time."""

    def __init__(self) -> None:
        self.played: Played | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self, order: LabOrder, what: str) -> None:
        """Ends what is played, and plays this; `what` names it until it tells its own title."""
        await self.stop()
        self.played = Played(what)
        self._task = asyncio.create_task(_go(order, self.played))

    async def stop(self) -> None:
        """Ends what is played, with its process."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
            self._task = None


async def _go(order: LabOrder, played: Played) -> None:
    try:
        process = await asyncio.create_subprocess_exec(
            *child_command("lab"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=child_environment(),
            limit=LONGEST_LINE,
            creationflags=_NO_WINDOW,
        )
    except OSError:
        played.end()
        return
    try:
        await _follow(process, order, played)
    finally:
        await _end(process)
        played.end()


async def _follow(process: asyncio.subprocess.Process, order: LabOrder, played: Played) -> None:
    assert process.stdin and process.stdout  # noqa: S101  both are pipes: asked for above
    with contextlib.suppress(ConnectionError):  # it died at once
        process.stdin.write(msgspec.json.encode(order) + b"\n")
        await process.stdin.drain()
    # A line may be longer than any may be, or none of ours.
    with contextlib.suppress(ValueError, msgspec.DecodeError):
        while line := await process.stdout.readline():
            played.hears(msgspec.json.decode(line, type=LabEvent))


async def _end(process: asyncio.subprocess.Process) -> None:
    """Lets it put its things away, and leaves no process behind."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_END_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
