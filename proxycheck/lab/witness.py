"""What a simulated proxy's clients do, a line for each step; imports mitmproxy, as `proxycheck.lab.proxy` does.

Nothing that a client keeps secret is told: first lines and host names, never header fields or content.
"""

from collections.abc import Callable

from mitmproxy import http, tls
from mitmproxy.connection import Client
from mitmproxy.proxy import layer
from mitmproxy.proxy.server_hooks import ServerConnectionHookData

from proxycheck.model.text import printable

_LONGEST = 100
_HANDSHAKE = b"\x16"


class Witness:
    """An addon that comes last and only tells."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._spoken: set[str] = set()

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """The first words of a connection."""
        client, data = nextlayer.context.client, nextlayer.data_client()
        if data and client.id not in self._spoken:
            self._spoken.add(client.id)
            self._tell(client, _words(data))

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
        self._tell(data.client, f"the host is not reached: {printable(str(data.server.error), _LONGEST)}")

    def tls_established_client(self, data: tls.TlsData) -> None:
        """TLS that the proxy opened."""
        self._tell(data.context.client, f"TLS is opened for {data.context.client.sni}")

    def tls_failed_client(self, data: tls.TlsData) -> None:
        """TLS that the client gave up."""
        self._tell(data.context.client, f"the client gives TLS up: {printable(str(data.conn.error), _LONGEST)}")

    def response(self, flow: http.HTTPFlow) -> None:
        """An answer that the proxy read or wrote."""
        if flow.response is not None:
            url = printable(f"{flow.request.method} {flow.request.pretty_url}", _LONGEST)
            self._tell(flow.client_conn, f"{url} is answered {_status(flow.response)}")

    def client_disconnected(self, client: Client) -> None:
        """The end."""
        self._spoken.discard(client.id)
        self._tell(client, "closed")

    def _tell(self, client: Client, what: str) -> None:
        self._say(f"{client.peername[1]:>5}  {what}")


def _words(data: bytes) -> str:
    if data.startswith(_HANDSHAKE):
        return "begins with TLS"
    line = data.split(b"\n", 1)[0]
    if b" HTTP/" in line:
        return printable(line.decode("latin-1").strip(), _LONGEST)
    return f"begins with {len(data)} bytes: {data[:16].hex(' ')}"


def _target(flow: http.HTTPFlow) -> str:
    return printable(f"{flow.request.host}:{flow.request.port}", _LONGEST)


def _status(response: http.Response) -> str:
    return printable(f"{response.status_code} {response.reason}", _LONGEST)
