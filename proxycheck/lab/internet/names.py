"""An internet in a box: one port on loopback that answers as every host of every device.

Which connection belongs to which host is decided where names are resolved, in the simulated proxy:
`routes` is the table for its addon `internet.py`, a hosts file with ports. A name that is not in the table
does not exist, a port that is not in it refuses. Besides, there is a name for each way to misbehave
(`proxycheck.lab.internet.manners`), on a port of its own.
"""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from typing import cast

from proxycheck.lab.internet import manners
from proxycheck.lab.internet.authority import Authority
from proxycheck.lab.internet.certificates import Certificates
from proxycheck.lab.internet.origin import Origin, Voice

PORTS = (80, 443, 5228, 5938)
"""What the devices' guides use over TCP: HTTP, TLS, Google's push service, TeamViewer."""


class Internet:
    """Origins for `hosts`, certified by `authority`. Start it inside the event loop that is to run it."""

    def __init__(self, hosts: Iterable[str], authority: Authority, ports: Iterable[int] = PORTS) -> None:
        self._hosts = tuple(dict.fromkeys(host.lower() for host in hosts))
        self._ports = tuple(ports)
        honest = Certificates(self._hosts, authority.issue)
        self._voices: dict[str, Callable[[], Voice]] = {"": partial(Origin, honest), **manners.VOICES}
        for name, issue in manners.certificates(authority).items():
            self._voices[name] = partial(Origin, Certificates(self._hosts, issue))
        self._servers: dict[str, asyncio.Server] = {}
        self._connections: set[_Connection] = set()

    async def start(self) -> None:
        """Binds free ports of 127.0.0.1. Raises OSError when there are none."""
        loop = asyncio.get_running_loop()
        for name, voice in self._voices.items():
            self._servers[name] = await loop.create_server(partial(self._connection, voice), "127.0.0.1", 0)

    @property
    def address(self) -> tuple[str, int]:
        """Where the honest hosts of the box listen."""
        return self._address("")

    def _address(self, manner: str) -> tuple[str, int]:
        if manner not in self._servers:
            raise RuntimeError("the internet in a box has not been started")
        host, port = self._servers[manner].sockets[0].getsockname()[:2]
        return host, port

    def routes(self) -> str:
        """The table of everything that can be reached: `HOST PORT ADDRESS PORT`, one a line."""
        hosts = dict.fromkeys(self._hosts, self.address)
        hosts |= {f"{name}.{manners.DOMAIN}": self._address(name) for name in self._voices if name}
        lines = (
            f"{host} {port} {address} {listening}"
            for host, (address, listening) in hosts.items()
            for port in self._ports
        )
        return "\n".join(lines) + "\n"

    async def stop(self) -> None:
        """Stops listening and drops every connection."""
        for server in self._servers.values():
            server.close()
        lost = [connection.abort() for connection in self._connections]
        await asyncio.gather(*lost)

    def _connection(self, voice: Callable[[], Voice]) -> "_Connection":
        return _Connection(voice(), self._connections)


class _Connection(asyncio.Protocol):
    _transport: asyncio.Transport

    def __init__(self, origin: Voice, connections: "set[_Connection]") -> None:
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
