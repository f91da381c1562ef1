"""A network that is a list of bytes: what a peer does is a script.

A `Script` is an iterable of steps, taken when the client waits for bytes:

    [Expect(b"\\r\\n\\r\\n"), b"HTTP/1.1 200 OK\\r\\n\\r\\n", Expect(), b"\\x15\\x03\\x01\\x00\\x02\\x02\\x28", RESET]

Bytes are sent; `Expect` waits for bytes of the client; `Pause` lets time go by; `STALL`, `RESET` and `CLOSE` are what
they say, and the end of the script closes too. A generator is a script that thinks: `said = yield Expect(...)` gives it
what the client said, and one that never ends costs nothing. `ScriptedNetwork` is the dialler: it plays one script for
each connection and keeps what the client sent on it.

Under `tests.support.simulated_time.run` neither pauses nor deadlines take any time.
"""

import asyncio
import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

CLOSE: Literal["close"] = "close"
RESET: Literal["reset"] = "reset"
STALL: Literal["stall"] = "stall"


@dataclass(frozen=True)
class Expect:
    """Waits until what the client has sent and nobody has taken holds `until` (a regular expression), and takes it up
    to there; without one it takes whatever there is, at least a byte."""

    until: bytes = rb"(?s)."

    def taken(self, unread: bytes) -> int:
        """How many bytes this takes from `unread`; 0 to go on waiting."""
        if self.until == Expect.until:
            return len(unread)
        found = re.search(self.until, unread)
        return 0 if found is None else found.end()


HEAD = Expect(rb"\r\n\r\n")
"""The head of an HTTP request."""


@dataclass(frozen=True)
class Pause:
    """Nothing happens for so many seconds."""

    seconds: float


Step = bytes | Expect | Pause | Literal["close", "reset", "stall"]
Script = Generator[Step, bytes, None]
Play = Iterable[Step] | Callable[[], Script] | OSError
"""What one connection meets: steps, a function that makes a generator of steps, or the error of dialling."""


def in_pieces(data: bytes, size: int = 1) -> Iterator[Step]:
    """The same bytes, so many at a time."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


def _script(play: Iterable[Step] | Callable[[], Script]) -> Script:
    return play() if callable(play) else _told(play)


def _told(steps: Iterable[Step]) -> Script:
    for step in steps:  # noqa: UP028  `yield from` would hand what the client said to an iterator that takes nothing
        yield step


class ScriptedStream:
    """One connection: a `proxycheck.net.stream.Stream`. `sent` is everything the client sent on it."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._step: Step | None = None
        self._unread = b""
        self._waiting = b""
        self._until: float | None = None
        self._heard = asyncio.Event()
        self.sent = b""
        self.closed = False

    async def send(self, data: bytes) -> None:
        """Raises ConnectionResetError once the peer has reset the connection."""
        await asyncio.sleep(0)
        if self._step == RESET:
            raise ConnectionResetError(104, "the script resets the connection")
        self.sent += data
        self._unread += data
        self._heard.set()

    async def receive(self, limit: int = 65536) -> bytes:
        """Plays the script until it brings bytes or an end. Raises ConnectionResetError."""
        await asyncio.sleep(0)
        while not self._waiting:
            if self._step is None:
                self._step = next(self._script, CLOSE)
            if isinstance(self._step, bytes):
                self._waiting, self._step = self._step, None
            elif isinstance(self._step, Pause):
                await self._pause(self._step)
            elif isinstance(self._step, Expect):
                await self._listen(self._step)
            elif self._step == RESET:
                raise ConnectionResetError(104, "the script resets the connection")
            elif self._step == STALL:
                await asyncio.get_running_loop().create_future()  # for ever: only a deadline ends it
            else:
                return b""
        data, self._waiting = self._waiting[:limit], self._waiting[limit:]
        return data

    async def _pause(self, step: Pause) -> None:
        now = asyncio.get_running_loop().time()
        self._until = now + step.seconds if self._until is None else self._until
        await asyncio.sleep(self._until - now)
        self._step = self._until = None

    async def _listen(self, step: Expect) -> None:
        self._heard.clear()
        size = step.taken(self._unread)
        if size == 0:
            await self._heard.wait()
            return
        said, self._unread = self._unread[:size], self._unread[size:]
        try:
            self._step = self._script.send(said)
        except StopIteration:
            self._step = CLOSE

    async def close(self) -> None:
        """Ends the script."""
        self.closed = True
        self._script.close()


@dataclass
class ScriptedNetwork:
    """A `proxycheck.net.stream.Dialler`. `plays` are for the connections in the order of dialling, or made for each by
    a function of host, port and number. A connection more than there are plays is refused."""

    plays: Sequence[Play] | Callable[[str, int, int], Play]
    dialled: list[tuple[str, int]] = field(default_factory=list)
    streams: list[ScriptedStream] = field(default_factory=list)

    async def __call__(self, host: str, port: int) -> ScriptedStream:
        """Raises the OSError that the script has for this connection."""
        await asyncio.sleep(0)
        number = len(self.dialled)
        self.dialled.append((host, port))
        play = self._play(host, port, number)
        if isinstance(play, OSError):
            raise play
        stream = ScriptedStream(_script(play))
        self.streams.append(stream)
        return stream

    def _play(self, host: str, port: int, number: int) -> Play:
        if callable(self.plays):
            return self.plays(host, port, number)
        if number < len(self.plays):
            return self.plays[number]
        return ConnectionRefusedError(111, "the script has no further connection")

    @property
    def sent(self) -> bytes:
        """Everything that was sent on any connection, in the order of dialling."""
        return b"".join(stream.sent for stream in self.streams)
