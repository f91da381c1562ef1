r"""TLS is not opened, but its greeting is read: some ClientHellos do not pass.

Whose behaviour: filters by server name (FortiGate's certificate inspection, Umbrella, Palo Alto's URL filtering
without decryption) cut the connection after the ClientHello; FortiGate with `block-invalid-urls` does so when there
is no name (fortinet 189733); middleboxes that expect the hello in one segment cut larger ones (tldr.fail, PAN
kA14u000000PQn7CAG, fortinet 357555); others refuse old or new versions (RFC 8446 appendix D.4, catonetworks
34996752948637).

A rule is a JSON object. Every condition that is given must hold: `names` (a regular expression for the server
name), `without_name`, `longer_than` (bytes of the whole hello), `in_pieces` (its first segment does not hold all of
it), `offers` or `lacks` (a version, such as 772 for TLS 1.3), `group` (a named group offered, such as 4588). `then`
is `close`, `reset`, `silence`, or a fatal alert's number.

    mitmdump -s addons/hello_filter.py --set hello_filter='{"names": "\\.example$", "then": "reset"}'
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mitmproxy import exceptions
from mitmproxy.addonmanager import Loader
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HttpStream
from mitmproxy.proxy.layers.tls import parse_client_hello
from mitmproxy.tls import ClientHello

if TYPE_CHECKING:
    from addons.proxy_rules import forget_to_linger, rule_fields, rules_of
else:
    from proxy_rules import forget_to_linger, rule_fields, rules_of

_HANDSHAKE = b"\x16"
_SUPPORTED_VERSIONS, _SUPPORTED_GROUPS = 43, 10
_KEYS = frozenset(("names", "without_name", "longer_than", "in_pieces", "offers", "lacks", "group", "then"))


class Rule:
    """Which hellos do not pass, and what happens to them. Raises ValueError for what is no rule."""

    def __init__(self, text: str) -> None:
        fields = rule_fields(text)
        if not fields.keys() <= _KEYS:
            raise ValueError(f"not an object of {', '.join(sorted(_KEYS))}")
        self.fields = fields
        self.names = re.compile(fields.get("names", ""), re.IGNORECASE)
        self.then: str | int = fields.get("then", "reset")
        if self.then not in ("close", "reset", "silence") and not isinstance(self.then, int):
            raise ValueError(f"unknown end: {self.then}")

    def applies(self, hello: ClientHello, length: int, *, whole: bool) -> bool:
        """Whether this hello is stopped."""
        fields, name = self.fields, hello.sni or ""
        versions, groups = _numbers(hello, _SUPPORTED_VERSIONS), _numbers(hello, _SUPPORTED_GROUPS)
        checks = {
            "names": bool(name) and self.names.search(name) is not None,
            "without_name": not name,
            "longer_than": length > fields.get("longer_than", 0),
            "in_pieces": not whole,
            "offers": fields.get("offers") in versions,
            "lacks": fields.get("lacks") not in versions,
            "group": fields.get("group") in groups,
        }
        return all(checks[key] for key in fields if key != "then")


def _numbers(hello: ClientHello, extension: int) -> list[int]:
    body = next((bytes(value) for kind, value in hello.extensions if kind == extension), b"")
    skip = 1 if extension == _SUPPORTED_VERSIONS else 2
    return [int.from_bytes(body[at : at + 2], "big") for at in range(skip, len(body) - 1, 2)]


class HelloFilter:
    """Waits for the whole ClientHello and lets it pass, or not."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def load(self, loader: Loader) -> None:
        """Adds the option."""
        loader.add_option("hello_filter", Sequence[str], [], "Rules, one JSON object each.")

    def configure(self, updated: set[str]) -> None:
        """Reads the rules."""
        if "hello_filter" in updated:
            self.rules = rules_of("hello_filter", Rule)

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Judges a tunnel that begins with TLS."""
        layers = nextlayer.context.layers
        if nextlayer.layer is not None or not layers or not isinstance(layers[-1], HttpStream):
            return
        data = nextlayer.data_client()
        if not data.startswith(_HANDSHAKE):
            return
        hello = parsed(data)
        if hello is None:
            raise exceptions.AddonHalt
        length = sum(len(event.data) for event in nextlayer.events if isinstance(event, events.DataReceived))
        whole = parsed(_first_piece(nextlayer)) is not None
        rule = next((rule for rule in self.rules if rule.applies(hello, length, whole=whole)), None)
        if rule is not None:
            nextlayer.layer = Stopped(nextlayer.context, rule.then)


def parsed(data: bytes) -> ClientHello | None:
    """The hello in `data`; None while it is not complete. What is no hello at all counts as one that says nothing."""
    try:
        return parse_client_hello(data)
    except ValueError:
        return ClientHello(b"\x03\x03" + bytes(32) + b"\x00" + b"\x00\x02\x00\x00" + b"\x01\x00")


def _first_piece(nextlayer: layer.NextLayer) -> bytes:
    client = nextlayer.context.client
    pieces = (e.data for e in nextlayer.events if isinstance(e, events.DataReceived) and e.connection is client)
    return next(pieces, b"")


class Stopped(layer.Layer):
    """The end of a connection whose greeting does not pass."""

    def __init__(self, context: Context, then: str | int) -> None:
        super().__init__(context)
        self.then = then
        self.ended = False

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        client = self.context.client
        if isinstance(event, events.ConnectionClosed) and event.connection is client:
            yield commands.CloseConnection(client)
        elif isinstance(event, events.DataReceived) and self.then != "silence" and not self.ended:
            self.ended = True
            if isinstance(self.then, int):
                yield commands.SendData(client, bytes([0x15, 3, 3, 0, 2, 2, self.then]))
            elif self.then == "reset":
                forget_to_linger(client)
            yield commands.CloseConnection(client)


addons = [HelloFilter()]
