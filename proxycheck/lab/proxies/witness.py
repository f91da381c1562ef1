"""What a simulated proxy's clients do: a line for each connection, or for each step; imports mitmproxy, as
`proxycheck.lab.proxies.simulated` does.

Nothing that a client keeps secret is told: first lines and host names, never header fields or content.
"""

import re
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

from mitmproxy import ctx, http, tls
from mitmproxy.connection import Client, ConnectionState
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from proxycheck.lab.proxies.connection import Connection, asked_for, clock
from proxycheck.model.text import printable

_LONGEST = 100
_LINGER_BYTES = 8
"""Two whole numbers, on and the seconds; Windows has shorter ones."""


class Witness:
    """An addon that comes last and only tells: a line for each connection when it has ended."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._open: dict[str, Connection] = {}

    def client_connected(self, client: Client) -> None:
        """Begins to read along."""
        self._open[client.id] = connection = Connection(client.timestamp_start)
        server: Any = ctx.master.addons.get("proxyserver")
        for handler in server.connections.values() if server else ():
            if handler.client is client:
                handler.layer = _ReadAlong(handler, connection)

    def tls_established_client(self, data: tls.TlsData) -> None:
        """TLS that the proxy opened."""
        self._note(data.context.client, "the proxy opened TLS")

    def tls_failed_client(self, data: tls.TlsData) -> None:
        """TLS that the client gave up."""
        self._note(data.context.client, "the client gave up the proxy's TLS")

    def server_connect_error(self, data: ServerConnectionHookData) -> None:
        """A host that was not reached."""
        self._note(data.client, f"not reached: {_error(data.server.error)}")

    def client_disconnected(self, client: Client) -> None:
        """The end."""
        if connection := self._open.pop(client.id, None):
            self._say(connection.line())

    def _note(self, client: Client, words: str) -> None:
        if connection := self._open.get(client.id):
            connection.note(words)


class _ReadAlong:
    """Stands in the place of a connection's outermost layer and counts what passes."""

    def __init__(self, handler: Any, connection: Connection) -> None:
        self._handler = handler
        self._layer: layer.Layer = handler.layer
        self._connection = connection
        self.context = self._layer.context

    def handle_event(self, event: events.Event) -> Iterator[commands.Command]:
        """The layer's own commands, each after it was read."""
        client = self._handler.client
        if isinstance(event, events.DataReceived) and event.connection is client:
            self._connection.heard(event.data)
        elif isinstance(event, events.ConnectionClosed):
            by_client = event.connection is client and event.connection.state is not ConnectionState.CLOSED
            self._connection.closed("client" if by_client else "proxy" if event.connection is client else "host")
        for command in self._layer.handle_event(event):
            if isinstance(command, commands.SendData) and command.connection is client:
                self._connection.said(command.data)
            elif isinstance(command, commands.CloseConnection) and command.connection is client:
                self._connection.closed("proxy")
                if self._resets():
                    self._connection.note("by a reset")
            yield command

    def _resets(self) -> bool:
        """Whether the socket is set to throw away what it holds, which the client sees as a reset."""
        transport = self._handler.transports.get(self._handler.client)
        held = transport.writer.get_extra_info("socket") if transport and transport.writer else None
        if held is None or held.fileno() < 0:  # closed since: nothing of it can be asked any more
            return False
        lingers = held.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_BYTES)
        on, seconds = lingers[: len(lingers) // 2], lingers[len(lingers) // 2 :]
        return any(on) and not any(seconds)


class StepWitness:
    """An addon that comes last and tells every step."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._spoken: set[str] = set()

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """The first words of a connection."""
        client, data = nextlayer.context.client, nextlayer.data_client()
        if data and client.id not in self._spoken:
            self._spoken.add(client.id)
            self._tell(client, f"asks for {printable(asked_for(data), _LONGEST)}")

    def http_connect(self, flow: http.HTTPFlow) -> None:
        """A refusal, when an addon has given one."""
        if flow.response is not None:
            self._tell(flow.client_conn, f"{_target(flow)} is answered {_status(flow.response)}")

    def http_connected(self, flow: http.HTTPFlow) -> None:
        """A tunnel."""
        self._tell(flow.client_conn, f"{_target(flow)}: the tunnel is open")

    def http_connect_error(self, flow: http.HTTPFlow) -> None:
        """A tunnel that did not come about."""
        if flow.server_conn.error and flow.response is not None:
            self._tell(flow.client_conn, f"{_target(flow)} is answered {_status(flow.response)}")

    def server_connect_error(self, data: ServerConnectionHookData) -> None:
        """A host that was not reached."""
        self._tell(data.client, f"the host is not reached: {_error(data.server.error)}")

    def tls_established_client(self, data: tls.TlsData) -> None:
        """TLS that the proxy opened."""
        self._tell(data.context.client, f"TLS is opened for {printable(str(data.context.client.sni), _LONGEST)}")

    def tls_failed_client(self, data: tls.TlsData) -> None:
        """TLS that the client gave up."""
        self._tell(data.context.client, f"the client gives TLS up: {printable(str(data.conn.error), _LONGEST)}")

    def response(self, flow: http.HTTPFlow) -> None:
        """An answer that the proxy read or wrote."""
        if flow.response is not None:
            asked = f"{flow.request.method} {_target(flow)}"
            self._tell(flow.client_conn, f"{printable(asked, _LONGEST)} is answered {_status(flow.response)}")

    def client_disconnected(self, client: Client) -> None:
        """The end."""
        self._spoken.discard(client.id)
        self._tell(client, "closed")

    def _tell(self, client: Client, what: str) -> None:
        self._say(f"{clock(time.time())}  {client.peername[1]:>5}  {what}")


def _error(error: str | None) -> str:
    """What the system says of an error, without the number that it has there."""
    return printable(re.sub(r"^\[Errno -?\d+\] ", "", error or "no reason is known"), _LONGEST)


def _target(flow: http.HTTPFlow) -> str:
    return printable(f"{flow.request.host}:{flow.request.port}", _LONGEST)


def _status(response: http.Response) -> str:
    return printable(f"{response.status_code} {response.reason}", _LONGEST)
