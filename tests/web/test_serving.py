"""A client that dawdles over the head of its request is left, and no other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from proxycheck.errors import ConfigurationError
from proxycheck.web import serving

HEAD = b"GET / HTTP/1.1\r\nHost: here\r\n"
ENOUGH_S = 30.0


async def _answers(scope: Scope, _: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


@asynccontextmanager
async def _client() -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A connection to a server that has started."""
    config = serving.settings(_answers)
    config.lifespan = "off"
    server = uvicorn.Server(config)
    with serving.listener("127.0.0.1", 0, "the test") as listening:
        serves = asyncio.create_task(server._serve(sockets=[listening]))  # serve() would take this process's signals
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        try:
            yield reader, writer
        finally:
            writer.close()
            server.should_exit = True
            await serves


@pytest.mark.parametrize(
    "sent", [b"", HEAD, b"\r\n", HEAD + b"\r\n" + HEAD], ids=["nothing", "half", "blank", "second"]
)
def test_a_head_that_does_not_come_ends_the_connection(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    monkeypatch.setattr(serving, "SLOWEST_HEAD_S", 0.05)

    async def play() -> bytes:
        async with _client() as (reader, writer):
            writer.write(sent)
            return await asyncio.wait_for(reader.read(), ENOUGH_S)

    assert asyncio.run(play()).count(b"HTTP/1.1 204") == sent.count(b"\r\n\r\n")


def test_heads_that_come_are_answered_on_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "SLOWEST_HEAD_S", ENOUGH_S)

    async def play() -> None:
        async with _client() as (reader, writer):
            for _ in range(3):
                writer.write(HEAD + b"\r\n")
                assert (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), ENOUGH_S)).startswith(b"HTTP/1.1 204")

    asyncio.run(play())


def test_a_port_that_is_taken_is_told() -> None:
    with serving.listener("127.0.0.1", 0, "the page") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"the page cannot listen on 127.0.0.1, port {port}: "):
            serving.listener("127.0.0.1", port, "the page")
