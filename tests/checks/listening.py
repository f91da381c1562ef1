"""Servers on loopback for one test: a conversation each, on a free port, gone at the end."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator

Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.contextmanager
def listening(conversation: Conversation, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port on 127.0.0.1 where `conversation` is held with whoever connects."""
    loop = asyncio.new_event_loop()
    started = threading.Event()
    finished = asyncio.Event()
    ports: list[int] = []
    tasks: set[asyncio.Task[None]] = set()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await conversation(reader, writer)
        finally:
            tasks.discard(task)
            await closed(writer)

    async def serve() -> None:
        server = await asyncio.start_server(hold, "127.0.0.1", 0, ssl=tls)
        ports.append(server.sockets[0].getsockname()[1])
        started.set()
        await finished.wait()
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert started.wait(10.0)
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(finished.set)
        thread.join()
        loop.close()


async def closed(writer: asyncio.StreamWriter) -> None:
    """Closes a connection and waits until nothing of it is left; what is not sent within a second is dropped."""
    writer.close()
    try:
        async with asyncio.timeout(1.0):
            await writer.wait_closed()
    except OSError:
        writer.transport.abort()
