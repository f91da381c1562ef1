"""The seam to the network, four methods wide: everything above can be tested with a list of bytes."""

import asyncio
import socket
from typing import Protocol

_CLOSING_S = 1.0


class Stream(Protocol):
    """A byte stream to a peer. Trouble is an OSError (translated by `net.failures`); the end is an empty read."""

    async def send(self, data: bytes) -> None:
        """Writes all of `data`."""

    async def receive(self, limit: int = 65536) -> bytes:
        """The next bytes, at most `limit`; empty at the end of the stream."""

    async def close(self) -> None:
        """Closes; never raises."""


class Dialler(Protocol):
    """Opens a stream to an address of the network."""

    async def __call__(self, host: str, port: int) -> Stream:
        """Raises OSError when it cannot."""


class SocketStream:
    """A TCP connection by asyncio."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Writes all of `data`. Raises OSError."""
        self._writer.write(data)
        await self._writer.drain()

    async def receive(self, limit: int = 65536) -> bytes:
        """The next bytes. Raises OSError."""
        return await self._reader.read(limit)

    async def close(self) -> None:
        """Closes without waiting for the peer."""
        self._writer.close()
        try:
            async with asyncio.timeout(_CLOSING_S):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()


async def dial(host: str, port: int) -> Stream:
    """A TCP connection to `host:port`. Raises OSError when none can be made."""
    reader, writer = await asyncio.open_connection(host, port)
    return SocketStream(reader, writer)


async def addresses_of(host: str, port: int) -> tuple[str, ...]:
    """The addresses that this system has for a name, each once, in its order. Raises OSError or UnicodeError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
