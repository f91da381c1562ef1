"""One question and its answer over UDP, asked again once: datagrams may be lost on the way."""

import asyncio
from collections.abc import Callable

TRIES = 2


class _Answers(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.queue: asyncio.Queue[bytes | OSError] = asyncio.Queue()

    def datagram_received(self, data: bytes, _: tuple[str, int]) -> None:
        self.queue.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        self.queue.put_nowait(exc if isinstance(exc, OSError) else OSError(str(exc)))


async def ask(host: str, port: int, question: bytes, belongs: Callable[[bytes], bool], wait_s: float) -> bytes:
    """The first datagram from `host:port` that belongs to the question.

    Each of the `TRIES` waits `wait_s`. Raises OSError: TimeoutError without an answer, ConnectionRefusedError where the
    host says that nobody listens."""
    loop = asyncio.get_running_loop()
    transport, answers = await loop.create_datagram_endpoint(_Answers, remote_addr=(host, port))
    try:
        for attempt in range(TRIES):
            transport.sendto(question)
            try:
                async with asyncio.timeout(wait_s):
                    return await _next(answers.queue, belongs)
            except TimeoutError:
                if attempt == TRIES - 1:
                    raise
    finally:
        transport.close()
    raise TimeoutError


async def _next(queue: "asyncio.Queue[bytes | OSError]", belongs: Callable[[bytes], bool]) -> bytes:
    while True:
        answer = await queue.get()
        if isinstance(answer, OSError):
            raise answer
        if belongs(answer):
            return answer
