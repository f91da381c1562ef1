r"""What listens is no HTTP proxy: it greets first, answers with given bytes, or never says anything.

Whose behaviour: whatever else is found at the address that somebody took for the proxy's: a mail or SSH server with
its banner, a web server or load balancer (HAProxy's `400 Bad request`, Caddy without CONNECT, proxytunnel#78), a
SOCKS port that says so (Tor's `This is a SOCKS proxy, not an HTTP proxy.`), a listener that wants TLS and answers
anything else with an alert (curl#1156), Squid's intercepting port that never answers (squid#2464), or a dead
process in front of a full queue.

`listener_banner` is sent at once. `listener` holds rules, JSON objects: `starts` (a regular expression at the start
of what the client said; it must be in the first segment), `reply` (ISO-8859-1 text), and `then`: `close`, `reset`,
`stall` or `next`; `first` limits a rule to the first so many connections. With `fill`, the named groups of `starts`
stand for their names in braces, `{date}` is the hour (`{date-3600}` an hour earlier), and `{length}` is the content's.
What no rule fits is left without an answer; with `listener_passes` it is left to mitmproxy and to other addons.

    mitmdump -s addons/listener.py \
        --set listener='{"starts": "GET ", "reply": "HTTP/1.1 200 OK\r\n\r\n", "then": "close"}'
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mitmproxy import ctx
from mitmproxy.addonmanager import Loader
from mitmproxy.connection import Client
from mitmproxy.proxy import commands, events, layer, layers
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HTTPMode
from mitmproxy.proxy.layers.modes import HttpProxy

if TYPE_CHECKING:
    from addons.proxy_rules import filled, forget_to_linger, rule_fields, rules_of
else:
    from proxy_rules import filled, forget_to_linger, rule_fields, rules_of

_ENDINGS = frozenset(("close", "reset", "stall", "next"))


class Rule:
    """One answer. Raises ValueError or TypeError for what is no rule."""

    def __init__(self, text: str) -> None:
        fields = rule_fields(text)
        self.starts = re.compile(fields.pop("starts", "").encode("latin-1"), re.DOTALL)
        self.reply: bytes = fields.pop("reply", "").encode("latin-1")
        self.then: str = fields.pop("then", "close")
        self.fill = bool(fields.pop("fill", False))
        self.first: int | None = fields.pop("first", None)
        if fields or self.then not in _ENDINGS:
            raise ValueError(f"unknown: {', '.join(fields) or self.then}")

    def said(self, found: re.Match[bytes]) -> bytes:
        """The reply to first words that this rule fits."""
        return filled(self.reply, found.groupdict(b"")) if self.fill else self.reply


class Listener:
    """Takes every connection over before anything is said."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.connections = 0

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("listener", Sequence[str], [], "Rules, one JSON object each.")
        loader.add_option("listener_passes", bool, False, "Whether what no rule fits comes to a proxy.")
        loader.add_option("listener_banner", str, "", "What is said at once, ISO-8859-1.")

    def configure(self, updated: set[str]) -> None:
        """Reads the rules."""
        if "listener" in updated:
            self.rules = rules_of("listener", Rule)

    def client_connected(self, client: Client) -> None:
        """Puts this listener in the place of mitmproxy's own proxy, before anything is said."""
        self.connections += 1
        if ctx.options.listener_passes:
            return
        server: Any = ctx.master.addons.get("proxyserver")
        for handler in server.connections.values() if server else ():
            if handler.client is client:
                handler.layer.context.layers.clear()
                handler.layer = Answering(handler.layer.context, self.applicable(), ctx.options.listener_banner)

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Takes over only those connections whose first words a rule fits."""
        context, data = nextlayer.context, nextlayer.data_client()
        first = len(context.layers) == 1 and isinstance(context.layers[0], HttpProxy)
        if nextlayer.layer is None and first and ctx.options.listener_passes:
            rules = self.applicable()
            if any(rule.starts.match(data) for rule in rules):
                nextlayer.layer = Answering(context, rules, "", passes=True)

    def applicable(self) -> list[Rule]:
        """The rules for the connection that has just come."""
        return [rule for rule in self.rules if rule.first is None or self.connections <= rule.first]


class Answering(layer.Layer):
    """Says the banner and answers by the rules."""

    def __init__(self, context: Context, rules: list[Rule], banner: str, *, passes: bool = False) -> None:
        super().__init__(context)
        self.rules = rules
        self.passes = passes
        self.banner = banner.encode("latin-1")

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        client = self.context.client
        if isinstance(event, events.Start):
            if self.banner:
                yield commands.SendData(client, self.banner)
        elif isinstance(event, events.ConnectionClosed):
            yield commands.CloseConnection(client)
        elif isinstance(event, events.DataReceived):
            fitting = ((rule, found) for rule in self.rules if (found := rule.starts.match(event.data)))
            rule, found = next(fitting, (None, None))
            if rule is not None and found is not None:
                yield from self.answer(rule, rule.said(found))
            elif self.passes:
                yield from self.pass_on(event)

    def pass_on(self, event: events.Event) -> layer.CommandGenerator[None]:
        """Leaves the rest of the connection to mitmproxy's proxy."""
        following = layers.HttpLayer(self.context, HTTPMode.regular)
        self._handle_event = following.handle_event  # type: ignore[method-assign]
        yield from following.handle_event(events.Start())
        yield from following.handle_event(event)

    def answer(self, rule: Rule, reply: bytes) -> layer.CommandGenerator[None]:
        """Says what the rule says and ends as it does."""
        client = self.context.client
        if reply:
            yield commands.SendData(client, reply)
        if rule.then != "next":
            self.rules, self.passes = [], False
        if rule.then == "reset":
            forget_to_linger(client)
        if rule.then in ("close", "reset"):
            yield commands.CloseConnection(client)


addons = [Listener()]
