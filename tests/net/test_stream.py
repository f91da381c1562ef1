"""The one stream that is not a script: TCP on loopback."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from proxycheck.net.stream import SocketStream, addresses_of, dial

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
LOOPBACK = "127.0.0.1"


@contextlib.asynccontextmanager
async def peer(serve: Serve) -> AsyncIterator[int]:
    """A server on a free port."""

    taken: list[asyncio.StreamWriter] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.append(writer)
        with contextlib.suppress(OSError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(handle, LOOPBACK, 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for writer in taken:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1000):
        writer.write(data)
        await writer.drain()


async def close_with_reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read(1)
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def read_nothing(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    assert writer.can_write_eof()
    await asyncio.Event().wait()


def test_bytes_go_both_ways_and_the_end_is_an_empty_read() -> None:
    async def talk() -> list[bytes]:
        async with peer(echo) as port:
            stream = await dial(LOOPBACK, port)
            assert isinstance(stream, SocketStream)
            await stream.send(b"hello")
            found = [await stream.receive(2), await stream.receive()]
            await stream.close()
            return found

    assert asyncio.run(talk()) == [b"he", b"llo"]


def test_the_peers_end_is_an_empty_read() -> None:
    async def leave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"bye")
        await writer.drain()

    async def talk() -> list[bytes]:
        async with peer(leave) as port:
            stream = await dial(LOOPBACK, port)
            found = [await stream.receive() for _ in range(3)]
            await stream.close()
            return found

    assert asyncio.run(talk()) == [b"bye", b"", b""]


def test_a_reset_is_an_error_and_closing_is_none() -> None:
    async def talk() -> None:
        async with peer(close_with_reset) as port:
            stream = await dial(LOOPBACK, port)
            await stream.send(b"x")
            with pytest.raises(ConnectionResetError):
                await stream.receive()
            await stream.close()
            await stream.close()

    asyncio.run(talk())


@pytest.mark.slow
def test_a_peer_that_does_not_read_cannot_hold_the_close() -> None:
    async def talk() -> None:
        async with peer(read_nothing) as port:
            stream = await dial(LOOPBACK, port)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await stream.send(b"x" * 50_000_000)
            async with asyncio.timeout(5):
                await stream.close()

    asyncio.run(talk())


def test_nobody_there_is_refused() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        asyncio.run(dial(LOOPBACK, port))


def test_addresses_of_an_address_and_of_a_name() -> None:
    assert asyncio.run(addresses_of(LOOPBACK, 80)) == (LOOPBACK,)
    assert LOOPBACK in asyncio.run(addresses_of("localhost", 80))


@pytest.mark.parametrize("name", ["a" * 64 + ".example", ".example", "no-such-name.invalid"])
def test_a_name_without_an_address_is_an_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    if name.endswith(".invalid"):  # no resolver is asked
        monkeypatch.setattr(socket, "getaddrinfo", nothing)
    with pytest.raises((OSError, UnicodeError)):
        asyncio.run(addresses_of(name, 80))
