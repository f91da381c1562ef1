"""mitmproxy's question "which layer comes next?" at chosen places, without a connection."""

from mitmproxy.options import Options
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HttpLayer, HTTPMode, HttpStream
from mitmproxy.proxy.layers.modes import HttpProxy
from mitmproxy.test import tflow


def question(host: str, client: bytes = b"", server: bytes = b"", *, tunnel: bool = True) -> layer.NextLayer:
    """What follows a CONNECT to `host` (or, without `tunnel`, the start of a client's connection), when these
    bytes have arrived from the client and from the server."""
    context = Context(tflow.tclient_conn(), Options())
    context.server.address = (host, 443)
    HttpProxy(context)
    if tunnel:
        HttpLayer(context, HTTPMode.regular)
        HttpStream(context, 1)
    asked = layer.NextLayer(context)
    if client:
        asked.events.append(events.DataReceived(context.client, client))
    if server:
        asked.events.append(events.DataReceived(context.server, server))
    return asked


def first_words(client: bytes = b"") -> layer.NextLayer:
    """The question at the start of a connection to the proxy, when these bytes have arrived."""
    return question("host.example", client, tunnel=False)


def told(top: layer.Layer, *happening: events.Event, error: str | None = None) -> list[commands.Command]:
    """What a layer orders when these events happen in turn; connections open at once, or fail with `error`."""
    found: list[commands.Command] = []
    waiting = list(happening)
    while waiting:
        for command in top.handle_event(waiting.pop(0)):
            found.append(command)
            if isinstance(command, commands.OpenConnection):
                waiting.insert(0, events.OpenConnectionCompleted(command, error))
    return found


def sent(found: list[commands.Command]) -> bytes:
    """All bytes among the orders."""
    return b"".join(command.data for command in found if isinstance(command, commands.SendData))


def closes(found: list[commands.Command]) -> bool:
    """Whether a connection is closed."""
    return any(isinstance(command, commands.CloseConnection) for command in found)
