"""An HTTP proxy with bad habits, for a canary to find out: CONNECT and absolute form on loopback, nothing more.

What a tunnel does to the bytes is its `Manners`: a value that gets what one side said and tells what both sides hear.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from proxycheck.canary.tls import TlsIdentity, self_signed
from proxycheck.wire.tls.client import TlsClient

Side = Literal["client", "server"]
_READ = 65536


class CutError(Exception):
    """The tunnel ends here."""


class Manners:
    """A tunnel that changes nothing."""

    def receive(self, side: Side, data: bytes) -> tuple[bytes, bytes]:
        """What the server and the client hear of what `side` said. Raises CutError."""
        return (data, b"") if side == "client" else (b"", data)


class Edit(Manners):
    """Lets a function at the bytes of one side; it gets their offset in the stream."""

    def __init__(self, side: Side, change: Callable[[bytes, int], bytes]) -> None:
        self._side = side
        self._change = change
        self._offset = 0

    def receive(self, side: Side, data: bytes) -> tuple[bytes, bytes]:
        """Changed on the side in question."""
        if side == self._side:
            offset, self._offset = self._offset, self._offset + len(data)
            data = self._change(data, offset)
        return super().receive(side, data)


def at(offset: int, change: Callable[[bytes], bytes]) -> Callable[[bytes, int], bytes]:
    """Changes the piece that holds the byte at `offset`, from there on."""

    def edit(data: bytes, start: int) -> bytes:
        here = offset - start
        return data[:here] + change(data[here:]) if 0 <= here < len(data) else data

    return edit


def only_when_raw(edit: Callable[[bytes, int], bytes], edited: Side = "client") -> Callable[[], Manners]:
    """Edits what one side sends in tunnels that carry the canary's raw streams and leaves the others alone."""

    class Raw(Edit):
        raw: bool | None = None

        def receive(self, side: Side, data: bytes) -> tuple[bytes, bytes]:
            if self.raw is None and side == "client":
                self.raw = b"proxycheck raw" in data[:64]
            return super().receive(side, data) if self.raw else Manners.receive(self, side, data)

    return lambda: Raw(edited, edit)


class OnlyTls(Manners):
    """Cuts what does not begin as TLS does."""

    _begun = False

    def receive(self, side: Side, data: bytes) -> tuple[bytes, bytes]:
        """Judged by the first bytes of the client; a server that speaks first is cut as well."""
        if not self._begun and (side == "server" or data[:1] != b"\x16"):
            raise CutError
        self._begun = True
        return super().receive(side, data)


class NotThis(Manners):
    """Cuts what begins in a certain way, and nothing else."""

    def __init__(self, refused: Callable[[bytes], bool]) -> None:
        self._refused = refused
        self._begun = False

    def receive(self, side: Side, data: bytes) -> tuple[bytes, bytes]:
        """Judged by the first bytes of the client."""
        if side == "client" and not self._begun and self._refused(data):
            raise CutError
        self._begun = True
        return super().receive(side, data)


class Terminating(Manners):
    """Ends TLS and begins it anew; what is not TLS passes. With a `page` the server never hears of it."""

    identity: TlsIdentity = self_signed("inspected.example", datetime.now(UTC))

    def __init__(self, page: bytes | None = None) -> None:
        self._page = page
        self._client_side = self.identity.session()
        self._server_side = TlsClient("127.0.0.1")
        self._held = b""
        self._tls: bool | None = None

    def receive(self, side: Side, data: bytes) -> tuple[bytes, bytes]:
        """Deciphered on one side, enciphered on the other."""
        if self._tls is None and side == "client":
            self._tls = data[:1] == b"\x16"
        if not self._tls:
            return super().receive(side, data)
        if side == "client":
            self._held += self._client_side.receive(data)
        else:
            self._server_side.receive(data)
            self._client_side.write(self._server_side.read())
        if self._page is not None:
            if self._held:
                self._client_side.write(self._page)
            return b"", self._client_side.pending()
        if self._held and self._server_side.state == "established":
            held, self._held = self._held, b""
            return self._server_side.write(held), self._client_side.pending()
        return self._server_side.pending(), self._client_side.pending()


@dataclass
class BadProxy:
    """The proxy. `most` tunnels at once; a tunnel quiet for `idle_s` is closed; `rate` is bytes a second each way.

    In absolute form `request` gets what is sent on and `forward` what comes back; `stores` keeps every answer for ever.
    `denies` refuses CONNECT. Nothing but loopback is ever contacted."""

    manners: Callable[[], Manners] = Manners
    most: int = 1000
    idle_s: float = 60.0
    rate: float | None = None
    forward: Callable[[bytes], bytes] = lambda response: response
    request: Callable[[bytes], bytes] = lambda request: request
    stores: bool = False
    denies: bool = False
    _open: int = 0
    _stored: dict[str, bytes] = field(default_factory=dict)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[int]:
        """Serves on a free port of loopback, which it gives."""
        tasks: set[asyncio.Task[None]] = set()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._serve(reader, writer)
            writer.close()
            tasks.discard(task)

        server = await asyncio.start_server(accept, "127.0.0.1", 0, limit=2 * _READ)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in tuple(tasks):
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        if method != "CONNECT":
            writer.write(await self._forwarded(head, target, reader))
            await writer.drain()
            return
        host, _, port = target.rpartition(":")
        if self.denies or self._open >= self.most or host != "127.0.0.1":
            writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            return
        self._open += 1
        try:
            upstream = await asyncio.open_connection(host, int(port))
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await self._tunnel((reader, writer), upstream)
        finally:
            self._open -= 1

    async def _tunnel(
        self,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        manners = self.manners()
        loop = asyncio.get_running_loop()
        heard = loop.time()

        async def pump(side: Side, source: asyncio.StreamReader) -> None:
            nonlocal heard
            while True:
                try:
                    async with asyncio.timeout(self.idle_s):
                        data = await source.read(_READ if self.rate is None else 1024)
                except TimeoutError:
                    if loop.time() - heard >= self.idle_s:
                        return
                    continue
                if not data:
                    return
                heard = loop.time()
                if self.rate is not None:
                    await asyncio.sleep(len(data) / self.rate)
                to_server, to_client = manners.receive(side, data)
                server[1].write(to_server)
                client[1].write(to_client)
                await asyncio.gather(server[1].drain(), client[1].drain())

        pumps = [asyncio.create_task(pump("client", client[0])), asyncio.create_task(pump("server", server[0]))]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            server[1].close()
            for task in pumps:
                task.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)

    async def _forwarded(self, head: bytes, target: str, reader: asyncio.StreamReader) -> bytes:
        if self.stores and target in self._stored:
            return self._stored[target]
        lines = head.decode("latin-1").split("\r\n")
        fields = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in lines[1:]}
        body = await reader.readexactly(int(fields.get("content-length", 0)))
        authority, _, path = target.removeprefix("http://").partition("/")
        method = lines[0].split(" ")[0]
        kept = [line for line in lines[1:] if line and not line.lower().startswith("proxy-")]
        sent = "\r\n".join([f"{method} /{path} HTTP/1.1", *kept, "Via: 1.1 bad", "Connection: close", "", ""])
        host, _, port = authority.rpartition(":")
        if host != "127.0.0.1":
            return b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
        source, sink = await asyncio.open_connection(host, int(port))
        try:
            sink.write(self.request(sent.encode("latin-1") + body))
            response = self.forward(await source.read(-1))
        finally:
            sink.close()
        self._stored[target] = response
        return response
