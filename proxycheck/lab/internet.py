"""An internet in a box: one port on loopback that answers as every host of every device.

Which connection belongs to which host is decided where names are resolved, in the simulated proxy:
`routes` is the table for its addon `internet.py`, a hosts file with ports. A name that is not in the table
does not exist, a port that is not in it refuses.
"""

import asyncio
from collections.abc import Iterable
from typing import cast

from proxycheck.lab.authority import Authority
from proxycheck.lab.certificates import Certificates
from proxycheck.lab.origin import Origin

PORTS = (80, 443, 5228, 5938)
"""What the devices' guides use over TCP: HTTP, TLS, Google's push service, TeamViewer."""


class Internet:
    """Origins for `hosts`, certified by `authority`. Start it inside the event loop that is to run it."""

    def __init__(self, hosts: Iterable[str], authority: Authority, ports: Iterable[int] = PORTS) -> None:
        self._hosts = tuple(dict.fromkeys(host.lower() for host in hosts))
        self._ports = tuple(ports)
        self._certificates = Certificates(self._hosts, authority)
        self._server: asyncio.Server | None = None
        self._connections: set[_Connection] = set()

    async def start(self) -> None:
        """Binds a free port of 127.0.0.1. Raises OSError when there is none."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, "127.0.0.1", 0)

    @property
    def address(self) -> tuple[str, int]:
        """Where the box listens."""
        if self._server is None:
            raise RuntimeError("the internet in a box has not been started")
        host, port = self._server.sockets[0].getsockname()[:2]
        return host, port

    def routes(self) -> str:
        """The table of everything that can be reached: `HOST PORT ADDRESS PORT`, one a line."""
        address, listening = self.address
        lines = (f"{host} {port} {address} {listening}" for host in self._hosts for port in self._ports)
        return "\n".join(lines) + "\n"

    async def stop(self) -> None:
        """Stops listening and drops every connection."""
        if self._server:
            self._server.close()
        lost = [connection.abort() for connection in self._connections]
        await asyncio.gather(*lost)

    def _connection(self) -> "_Connection":
        return _Connection(Origin(self._certificates), self._connections)


class _Connection(asyncio.Protocol):
    _transport: asyncio.Transport

    def __init__(self, origin: Origin, connections: "set[_Connection]") -> None:
        self._origin = origin
        self._connections = connections
        self._lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._connections.add(self)

    def data_received(self, data: bytes) -> None:
        answer = self._origin.receive(data)
        if answer:
            self._transport.write(answer)
        if self._origin.finished:
            self._transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        self._connections.discard(self)
        self._lost.set_result(None)

    def abort(self) -> "asyncio.Future[None]":
        self._transport.abort()
        return self._lost
