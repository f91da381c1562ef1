"""The canary on the network: listens on TCP, answers whoever connects, and contacts nobody.

It opens no connection of its own, sends nothing but answers on connections that clients opened, and no more content
than the client has sent on the same connection. Every client is limited (`CanaryLimits`), and where all places are
taken, whoever holds the most of them gives its oldest to a newcomer.
"""

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable, Sequence

from proxycheck.canary.conversation import Conversation
from proxycheck.canary.identity import CHUNK, Canary
from proxycheck.canary.limits import CanaryLimits, Ledger
from proxycheck.canary.statement import Statement

_LINGER_BYTES = 4 * 1024 * 1024
_BACKLOG = 256


class CanaryServer:
    """Serves one canary on one address and some ports. `clock` gives seconds, such as `time.monotonic`, and `worked`
    the processor's time that this thread has used."""

    def __init__(
        self,
        canary: Canary,
        limits: CanaryLimits,
        clock: Callable[[], float],
        worked: Callable[[], float] = time.thread_time,
    ) -> None:
        self._canary = canary
        self._limits = limits
        self._ledger = Ledger(limits, clock)
        self._worked = worked
        self._admitted: dict[str, dict[asyncio.StreamWriter, asyncio.Task[None] | None]] = {}
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, address: str, ports: Sequence[int]) -> tuple[int, ...]:
        """Listens; returns the ports, where 0 has become a free one. Raises OSError when one cannot be had."""
        found = []
        try:
            for port in ports:
                server = await asyncio.start_server(self._accept, address, port, backlog=_BACKLOG)
                self._servers.append(server)
                found.append(int(server.sockets[0].getsockname()[1]))
        except OSError:
            await self.close()
            raise
        return tuple(found)

    async def close(self) -> None:
        """Stops listening and ends every connection."""
        for server in self._servers:
            server.close()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            await self._serve(reader, writer, str(writer.get_extra_info("peername")[0]))
        except (OSError, asyncio.CancelledError):
            writer.transport.abort()
        finally:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: str) -> None:
        crowding = self._ledger.crowding(client)
        refusal = self._ledger.admit(client)
        if refusal is not None:
            await self._last_word(reader, writer, self._busy(refusal))
            return
        if crowding is not None:
            self._leave(crowding, next(iter(self._admitted[crowding])))
        self._admitted.setdefault(client, {})[writer] = asyncio.current_task()
        try:
            async with asyncio.timeout(self._limits.longest_s):
                connection = _Connection(self._canary, self._limits, self._ledger, client, reader, writer, self._worked)
                last = b"" if await connection.run() else self._busy("no more bytes or work for this client")
                await self._last_word(reader, writer, last)
        finally:
            self._leave(client, writer)

    def _leave(self, client: str, writer: asyncio.StreamWriter) -> None:
        """Gives the place of a connection back, once; what still works on it is ended."""
        own = self._admitted.get(client, {})
        if writer not in own:
            return
        task = own.pop(writer)
        if not own:
            del self._admitted[client]
        self._ledger.leave(client)
        if task is not None and task is not asyncio.current_task():
            task.cancel()

    def _busy(self, reason: str) -> bytes:
        return self._canary.say(Statement(about="busy", reason=reason))

    async def _last_word(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, words: bytes) -> None:
        """Says `words`, closes its own side, and listens a little longer: bytes that nobody reads would reset the
        connection and take the words with them (RFC 1122 section 4.2.2.13)."""
        writer.write(words)
        writer.write_eof()
        left = _LINGER_BYTES
        try:
            async with asyncio.timeout(self._limits.linger_s):
                await writer.drain()
                while left > 0 and (data := await reader.read(CHUNK)):
                    left -= len(data)
        except TimeoutError:
            return


class _Connection:
    """One admitted connection."""

    def __init__(
        self,
        canary: Canary,
        limits: CanaryLimits,
        ledger: Ledger,
        client: str,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        worked: Callable[[], float],
    ) -> None:
        self._worked = worked
        self._canary = canary
        self._limits = limits
        self._ledger = ledger
        self._client = client
        self._reader = reader
        self._writer = writer
        self._talk = Conversation(canary)
        self._spent = 0

    async def run(self) -> bool:
        """Until either side has said its last word; False when the client has used up its bytes or its work. Raises
        OSError when the client is gone or does not read."""
        wait_s = self._limits.quiet_s
        while await self._flush():
            if self._talk.finished:
                return True
            try:
                async with asyncio.timeout(wait_s):
                    data = await self._reader.read(CHUNK)
            except TimeoutError:
                self._talk.quiet()
                continue
            if not data:
                return True
            wait_s = self._limits.stall_s
            if not self._spend(len(data)) or not self._take(data):
                return False
        return False

    def _take(self, data: bytes) -> bool:
        before = self._worked()
        self._talk.receive(data)
        return self._ledger.work(self._client, self._worked() - before)

    async def _flush(self) -> bool:
        """Sends what is pending; False when the client has used up its bytes or its work."""
        before = self._worked()
        while piece := self._talk.pending():
            if not self._spend(len(piece)) or not self._ledger.work(self._client, self._worked() - before):
                return False
            self._writer.write(piece)
            async with asyncio.timeout(self._limits.write_s):
                await self._writer.drain()
            before = self._worked()
        return True

    def _spend(self, size: int) -> bool:
        self._spent += size
        return self._ledger.spend(self._client, size) and self._spent <= self._limits.bytes_per_connection


async def serve_until_stopped(
    canary: Canary, address: str, ports: Sequence[int], announce: Callable[[tuple[int, ...]], None]
) -> None:
    """Serves until the task is cancelled (Ctrl-C) or the process is asked to terminate; `announce` gets the ports.

    Raises OSError when it cannot listen."""
    loop = asyncio.get_running_loop()
    stopped = asyncio.Event()
    with contextlib.suppress(NotImplementedError):  # Windows has no such signal to wait for
        loop.add_signal_handler(signal.SIGTERM, stopped.set)
    server = CanaryServer(canary, CanaryLimits(), loop.time)
    try:
        announce(await server.start(address, ports))
        await stopped.wait()
    finally:
        await server.close()


def serve_here(canary: Canary, address: str, ports: Sequence[int], announce: Callable[[tuple[int, ...]], None]) -> None:
    """Serves until Ctrl-C or a request to terminate. Raises OSError when it cannot listen."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve_until_stopped(canary, address, ports, announce))
