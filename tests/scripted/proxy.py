"""A proxy on loopback that answers by script, and keeps what it was asked. Behind an open tunnel it plays the host."""

import asyncio
import contextlib
import itertools
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from msgspec import structs

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.model.device import Endpoint
from proxycheck.model.report import Report
from proxycheck.model.target import Credentials, Probes, ProxyAddress
from proxycheck.runner import Plan, run
from tests.support.observer import Nobody

HOST_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass(frozen=True)
class Request:
    """One request: its head as it came, on which connection, and as which request there (both from 0)."""

    head: bytes
    connection: int
    number: int

    @property
    def target(self) -> str:
        """The `host:port` of a CONNECT."""
        return self.head.split(b" ", 2)[1].decode()

    @property
    def authorization(self) -> str | None:
        """The value of `Proxy-Authorization`."""
        for line in self.head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"proxy-authorization":
                return value.strip().decode("latin-1")
        return None


@dataclass(frozen=True)
class Said:
    """An answer, and what becomes of the connection: the next request, an end, or a tunnel to the host."""

    data: bytes
    then: Literal["keep", "close", "tunnel"] = "keep"


Script = Callable[[Request], Said]
OPEN = Said(b"HTTP/1.1 200 Connection established\r\n\r\n", "tunnel")


def refusal(*lines: str, status: str = "407 Proxy Authentication Required", body: bytes = b"no") -> Said:
    """A framed refusal with these header lines; the connection stays open."""
    head = "\r\n".join((f"HTTP/1.1 {status}", *lines, f"Content-Length: {len(body)}", "", ""))
    return Said(head.encode("latin-1") + body)


@dataclass
class ScriptedProxy:
    """A running proxy: where it listens, and every request it got, in order."""

    script: Script
    port: int = 0
    requests: list[Request] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def authorizations(self) -> list[str]:
        """Every `Proxy-Authorization` that came, in order."""
        return [value for request in self.requests if (value := request.authorization) is not None]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end."""
        self._open.add(writer)
        connection, number = next(self._numbers), itertools.count()
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            then = "keep"
            while then == "keep":
                request = Request(await reader.readuntil(b"\r\n\r\n"), connection, next(number))
                self.requests.append(request)
                said = self.script(request)
                then = said.then
                writer.write(said.data)
                await writer.drain()
            if then == "tunnel":
                await self._play_host(reader, writer)
        writer.close()

    async def end(self) -> None:
        """Cuts every connection, one that has only just arrived among them."""
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for writer in self._open:
            writer.transport.abort()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    @staticmethod
    async def _play_host(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (await reader.read(65536)).startswith(b"GET "):
            writer.write(HOST_ANSWER)
            await writer.drain()
            await reader.read()


@contextlib.contextmanager
def scripted(script: Script) -> Iterator[ScriptedProxy]:
    """The proxy, listening until the block ends; all its connections are gone afterwards."""
    proxy = ScriptedProxy(script)
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    proxy.port = listener.getsockname()[1]
    loop = asyncio.new_event_loop()
    finished = asyncio.Event()

    async def serve() -> None:
        server = await asyncio.start_server(proxy.serve, sock=listener)
        async with server:
            await finished.wait()
        await proxy.end()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(finished.set)
        thread.join()
        loop.close()


def endpoints(count: int) -> tuple[Endpoint, ...]:
    """Hosts that speak plain HTTP on a port of their own, so that nothing but the tunnel is tested."""
    return tuple(
        Endpoint(host=f"h{n}.example", port=8080, scheme="http", tier="required", function="Test", speaks="http")
        for n in range(count)
    )


def measure(
    proxy: ScriptedProxy,
    credentials: Credentials | None = None,
    *,
    device: str = "sendpro-c",
    hosts: Sequence[Endpoint] = endpoints(3),
    probes: Probes = Probes(),  # noqa: B008  immutable
) -> Report:
    """The report of a run through the proxy, as `proxycheck check` makes it; only the hosts are replaced."""
    chosen = tuple(hosts)
    plan = Plan(
        device=structs.replace(load_device(device), endpoints=chosen),
        endpoints=chosen,
        proxy=ProxyAddress("http", "127.0.0.1", proxy.port),
        credentials=credentials,
        timeout_s=5.0,
        controls=False,
        probes=probes,
    )
    return run(plan, load_knowledge(), Nobody())


def found(report: Report) -> list[tuple[str, str, str]]:
    """The causes: code, severity, confidence."""
    return [(cause.code, cause.severity, cause.confidence) for cause in report.causes]


def explanation(report: Report, code: str) -> str:
    """What is said of a cause."""
    return next(cause.explanation for cause in report.causes if cause.code == code)


def words(report: Report, check: str = "authentication") -> str:
    """The answer to the question of a check."""
    return next(entry.reason for entry in report.checks if entry.id == check)
