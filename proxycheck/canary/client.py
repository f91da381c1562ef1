"""The client's side of a canary: channels (plain or TLS) over an open tunnel, and what is said on them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager

from msgspec import Struct

from proxycheck.canary.http import AnswerReader
from proxycheck.canary.statement import SealedReader
from proxycheck.canary.tls import HelloCase, hello_context
from proxycheck.model.failure import Failure
from proxycheck.net.stream import Stream
from proxycheck.net.tunnel import Tunnel
from proxycheck.wire.tls.client import TlsClient
from proxycheck.wire.tls.records import looks_like_tls

_REMEMBERED = 4096


class Channel:
    """The stream of an open tunnel, bytes that came with the tunnel's reply first.

    `first` is the beginning of all that was received: who answers shows there."""

    def __init__(self, tunnel: Tunnel) -> None:
        self._stream: Stream = tunnel.stream
        self._early = tunnel.early
        self.first = b""

    async def send(self, data: bytes) -> None:
        """Writes all of `data`. Raises OSError."""
        await self._stream.send(data)

    async def receive(self) -> bytes:
        """The next bytes, empty at the end. Raises OSError."""
        early, self._early = self._early, b""
        data = early or await self._stream.receive()
        self.first += data[: _REMEMBERED - len(self.first)]
        return data

    async def close(self) -> None:
        """Closes; never raises."""
        await self._stream.close()


class SecureChannel(Channel):
    """TLS on a channel. `hello` is what was sent first; `client` says how far the handshake came."""

    def __init__(self, tunnel: Tunnel, host: str, case: HelloCase) -> None:
        super().__init__(tunnel)
        self._plain = Channel(tunnel)
        self._split = case == "split"
        self.client = TlsClient(host, hello_context(case))
        self.hello = self.client.pending()

    async def negotiate(self) -> Failure | None:
        """The handshake, and why it failed; `raw` has what was answered. Raises OSError."""
        middle = len(self.hello) // 2 if self._split else len(self.hello)
        await self._plain.send(self.hello[:middle])
        if self._split:  # a write of its own is a segment of its own: asyncio sets TCP_NODELAY
            await self._plain.send(self.hello[middle:])
        while self.client.state == "handshake":
            data = await self._plain.receive()
            if not data:
                return Failure("eof", "canary", "closed during the handshake")
            if not looks_like_tls(self._plain.first):
                return Failure("malformed", "canary", "the answer is not TLS")
            self.client.receive(data)
            if answer := self.client.pending():
                await self._plain.send(answer)
        if self.client.state == "established":
            return None
        words = self.client.alert or ""
        return Failure("tls-alert" if "alert" in words else "tls-protocol", "canary", words)

    @property
    def raw(self) -> bytes:
        """The beginning of what was received below TLS."""
        return self._plain.first

    async def send(self, data: bytes) -> None:
        """Encrypts and writes. Raises OSError."""
        await self._plain.send(self.client.write(data))

    async def receive(self) -> bytes:
        """The next plaintext, empty at the end. Raises OSError."""
        while self.client.state == "established":
            plain = self.client.read()
            if plain:
                self.first += plain[: _REMEMBERED - len(self.first)]
                return plain
            data = await self._plain.receive()
            if not data:
                break
            self.client.receive(data)
        return b""


class Timing(Struct):
    """When an exchange began, when the head of the answer was there, and when the last bytes came (seconds)."""

    begun: float
    head: float | None = None
    last: float = 0.0


@asynccontextmanager
async def _sending(channel: Channel, pieces: Iterable[bytes]) -> AsyncIterator[None]:
    """Sends while the block listens. A write that fails is told by the reading side."""

    async def send() -> None:
        for piece in pieces:
            await channel.send(piece)

    task = asyncio.get_running_loop().create_task(send())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def converse(
    channel: Channel, pieces: Iterable[bytes], reader: AnswerReader, clock: Callable[[], float], timing: Timing
) -> None:
    """Sends a request in pieces and reads its answer to the end. Raises OSError; `reader` and `timing` keep what came
    before. `clock` gives seconds."""
    async with _sending(channel, pieces):
        while not reader.complete:
            data = await channel.receive()
            timing.last = clock()
            if not data:
                reader.end()
                return
            reader.feed(data)
            if reader.head and timing.head is None:
                timing.head = timing.last


async def stream_raw(channel: Channel, pieces: Iterable[bytes], reader: SealedReader) -> None:
    """Sends bytes and reads until the canary's statement, or the end. Raises OSError."""
    async with _sending(channel, pieces):
        while not reader.sealed:
            data = await channel.receive()
            if not data:
                reader.end()
                return
            reader.feed(data)
