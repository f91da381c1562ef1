r"""Between a real device and the customer's proxy: every byte passes unchanged, and one line a connection is written.

Whose behaviour: nobody's, and that is the point. It answers nothing, decrypts nothing and rewrites nothing: the
device's own CONNECT and credentials reach the customer's proxy, and that proxy's own replies reach the device, so
what is observed is what would have happened without it. mitmproxy by itself would write a CONNECT and replies of its
own (RFC 9110 section 9.3.6 leaves each hop free to), end what is quiet for ten minutes, and turn a reset into a close.

Set the device's proxy to this computer, port 8080, let it work, and end mitmdump with Ctrl-C:

    mitmdump -s addons/observe.py --mode upstream:http://proxy.example:8080 --set observe_log=device.jsonl

`observe_log` is appended to: a JSON object in ASCII for each connection (`schema` is `proxycheck.observed/1`), with
its requests and replies, and of a tunnel the server name, the kinds of the first TLS records, the server's
certificates as far as they pass in clear (RFC 5246 section 7.3), bytes, times, and who ended it how.

Never written are paths, queries, and fields other than the few in `observation/record.py`; of a request only whether
it had credentials, and of which scheme. A refusal's page is kept to recognise its author, without the credentials,
cookies and queries that any request has carried in any usual encoding, and without whatever looks like a token.
"""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from mitmproxy import ctx, exceptions
from mitmproxy.addonmanager import Loader
from mitmproxy.connection import Client, Connection, ConnectionState, Server
from mitmproxy.proxy import commands, events, layer, mode_specs
from mitmproxy.proxy.context import Context

if TYPE_CHECKING:
    from addons.observation.record import Record
    from addons.observation.redaction import Secrets
    from addons.proxy_rules import forget_to_linger, transport_of
else:
    from observation.record import Record
    from observation.redaction import Secrets
    from proxy_rules import forget_to_linger, transport_of

_QUIET_FOR_EVER = 10**9

logger = logging.getLogger(__name__)


class Observe:
    """Puts itself in the place of mitmproxy's own proxy and writes the log."""

    def __init__(self) -> None:
        self._log: BinaryIO | None = None
        self._live: dict[str, Record] = {}
        self._secrets = Secrets()

    def load(self, loader: Loader) -> None:
        """Adds the option."""
        loader.add_option("observe_log", str, "", "The file to which a line is added for each connection.")

    def configure(self, updated: set[str]) -> None:
        """Opens the log. Raises OptionsError where it cannot be written, and for options that would change what is
        observed."""
        name: str = ctx.options.observe_log
        if not name or not updated & {"observe_log", "mode", "upstream_auth"}:
            return
        if not all(map(_leads_to_a_proxy, ctx.options.mode)):
            raise exceptions.OptionsError("observe_log: say --mode upstream:http://HOST:PORT, the customer's proxy")
        if "upstream_auth" in ctx.options and ctx.options.upstream_auth:
            raise exceptions.OptionsError("observe_log: leave upstream_auth out; the device's own credentials pass")
        self.done()
        try:
            self._log = Path(name).open("ab")  # noqa: SIM115  it stays open while connections come
        except OSError as error:
            raise exceptions.OptionsError(f"observe_log: {name} cannot be written: {error.strerror}") from error

    def running(self) -> None:
        """Says so when nothing would be written."""
        if self._log is None:
            logger.error("observe.py writes nothing yet: say --set observe_log=FILE")

    def client_connected(self, client: Client) -> None:
        """Takes a connection over before anything is said."""
        mode = client.proxy_mode
        if self._log is None or not isinstance(mode, mode_specs.UpstreamMode):
            return
        server: Any = ctx.master.addons.get("proxyserver")
        for handler in server.connections.values() if server else ():
            if handler.client is client:
                record = self.begin(client, mode.address)
                handler.timeout_watchdog.timeout = _QUIET_FOR_EVER
                handler.layer.context.layers.clear()
                handler.layer = Passing(handler.layer.context, mode.address, record)

    def begin(self, client: Client, proxy: tuple[str, int]) -> Record:
        """The record of a connection that has just come."""
        address = str(client.peername[0]) if client.peername else ""
        host = f"[{proxy[0]}]" if ":" in proxy[0] else proxy[0]
        record = self._live[client.id] = Record(address, f"{host}:{proxy[1]}", self._secrets)
        return record

    def client_disconnected(self, client: Client) -> None:
        """Writes the connection down."""
        record = self._live.pop(client.id, None)
        if record is not None:
            self._write(record)

    def done(self) -> None:
        """Writes down what is still open."""
        for record in self._live.values():
            self._write(record)
        self._live.clear()
        if self._log is not None:
            self._log.close()
            self._log = None

    def _write(self, record: Record) -> None:
        if self._log is None:
            return
        try:
            self._log.write(record.line())
            self._log.flush()
        except OSError as error:
            logger.error("observe_log cannot be written: %s", error.strerror)  # noqa: TRY400


def _leads_to_a_proxy(mode: str) -> bool:
    try:
        parsed = mode_specs.ProxyMode.parse(mode)
    except ValueError:
        return False
    return isinstance(parsed, mode_specs.UpstreamMode) and parsed.scheme == "http"


class Passing(layer.Layer):
    """Hands bytes, ends and resets on to the other side."""

    def __init__(self, context: Context, proxy: tuple[str, int], record: Record) -> None:
        super().__init__(context)
        self.proxy = Server(address=proxy)
        self.record = record

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        client = self.context.client
        if isinstance(event, events.Start):
            error = yield commands.OpenConnection(self.proxy)
            self.record.connected(error)
            if error:
                forget_to_linger(client)
                yield commands.CloseConnection(client)
        elif isinstance(event, events.DataReceived):
            up = event.connection is client
            yield commands.SendData(self.proxy if up else client, event.data)
            self.record.passed("up" if up else "down", event.data)
        elif isinstance(event, events.ConnectionClosed):
            yield from self.hand_on_end(event.connection)

    def hand_on_end(self, ended: Connection) -> layer.CommandGenerator[None]:
        """One side has nothing more to say, or is gone."""
        client = self.context.client
        other: Connection = self.proxy if ended is client else client
        reset = was_reset(ended)
        self.record.ended(f"{'device' if ended is client else 'proxy'}-{'reset' if reset else 'closed'}")
        if reset:
            forget_to_linger(other)
        elif other.state & ConnectionState.CAN_READ:
            yield commands.CloseTcpConnection(other, half_close=True)
            return
        yield commands.CloseConnection(other)
        yield commands.CloseConnection(ended)


def was_reset(connection: Connection) -> bool:
    """Whether the other side cut the connection in place of closing it."""
    transport = transport_of(connection)
    return transport is not None and isinstance(transport.reader.exception(), ConnectionError)


addons = [Observe()]
