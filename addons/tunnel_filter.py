r"""The tunnel opens, and then the client's first bytes are judged: some tunnels die, or are answered with a page.

Whose behaviour: gateways that say 200 before they know, or that enforce a protocol in the tunnel. Zscaler judges
the inner flow by firewall rules of its own after the 200 (help.zscaler.com, firewall HTTP tunnel connectivity);
Blue Coat and FortiGate drop what is not TLS (broadcom 168234, fortinet 335937), Squid with `ssl_bump` what is
neither (`on_unsupported_protocol`); proxy.py#1493 expects TLS on port 80 too; gomitmproxy#2 answers a ClientHello
with a page in plain text.

A rule is a JSON object: it applies by `hosts` (a regular expression), `ports` and `payload` (`tls`, `other`,
`any`); the first that applies decides. `then` is `silence`, `close`, `reset`, or `page` with the bytes in `page`,
written when the client has spoken; with `fill`, `{host}` and `{port}` in them are the target's, `{date}` is the hour
(`{date-3600}` an hour earlier), and `{length}` is the content's. What follows a page is `after`: `close`, `reset` or
`silence`.

    mitmdump -s addons/tunnel_filter.py --set tunnel_filter='{"payload": "other", "then": "close"}'
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mitmproxy.addonmanager import Loader
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HttpStream

if TYPE_CHECKING:
    from addons.proxy_rules import Places, filled, forget_to_linger, rule_fields, rules_of, target_names
else:
    from proxy_rules import Places, filled, forget_to_linger, rule_fields, rules_of, target_names

_ENDINGS = frozenset(("silence", "close", "reset", "page"))
_PAYLOADS = frozenset(("tls", "other", "any"))
_HANDSHAKE = b"\x16"


class Rule:
    """Which tunnels, and how they end. Raises ValueError or TypeError for what is no rule."""

    def __init__(self, text: str) -> None:
        fields = rule_fields(text)
        self.places = Places(fields)
        self.payload: str = fields.pop("payload", "any")
        self.then: str = fields.pop("then", "silence")
        self.page: bytes = fields.pop("page", "").encode("latin-1")
        self.after: str = fields.pop("after", "close")
        self.fill = bool(fields.pop("fill", False))
        known = self.then in _ENDINGS and self.after in _ENDINGS - {"page"}
        if fields or not known or self.payload not in _PAYLOADS:
            raise ValueError(f"unknown: {', '.join(fields) or self.then}")

    def said(self, host: str, port: int) -> bytes:
        """The page for this target."""
        return filled(self.page, target_names(host, port)) if self.fill else self.page

    def applies(self, host: str, port: int, data: bytes) -> bool:
        """Whether this tunnel is meant."""
        kind = "tls" if data.startswith(_HANDSHAKE) else "other"
        return self.places.hold(host, port) and self.payload in ("any", kind)


class TunnelFilter:
    """Ends tunnels by the rules; the others are left to whoever comes next."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def load(self, loader: Loader) -> None:
        """Adds the option."""
        loader.add_option("tunnel_filter", Sequence[str], [], "Rules, one JSON object each.")

    def configure(self, updated: set[str]) -> None:
        """Reads the rules."""
        if "tunnel_filter" in updated:
            self.rules = rules_of("tunnel_filter", Rule)

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Judges a tunnel by its first bytes."""
        data, address = nextlayer.data_client(), nextlayer.context.server.address
        inside = isinstance(nextlayer.context.layers[-1], HttpStream) if nextlayer.context.layers else False
        if nextlayer.layer is not None or not inside or not data or address is None:
            return
        rule = next((rule for rule in self.rules if rule.applies(address[0], address[1], data)), None)
        if rule is not None:
            nextlayer.layer = Ending(nextlayer.context, rule)


class Ending(layer.Layer):
    """The end of a tunnel, from its first byte on."""

    def __init__(self, context: Context, rule: Rule) -> None:
        super().__init__(context)
        self.rule = rule
        self.ended = False

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        client = self.context.client
        if isinstance(event, events.ConnectionClosed) and event.connection is client:
            yield commands.CloseConnection(client)
        elif isinstance(event, events.DataReceived) and event.connection is client and not self.ended:
            self.ended = True
            then = self.rule.then
            if then == "page":
                yield commands.SendData(client, self.rule.said(*(self.context.server.address or ("", 0))[:2]))
                then = self.rule.after
            if then == "reset":
                forget_to_linger(client)
            if then != "silence":
                yield commands.CloseConnection(client)


addons = [TunnelFilter()]
