r"""What listens is no HTTP proxy: it greets first, answers with given bytes, or never says anything.

Whose behaviour: whatever else is found at the address that somebody took for the proxy's: a mail or SSH server with
its banner, a web server or load balancer (HAProxy's `400 Bad request`, Caddy without CONNECT, proxytunnel#78), a
SOCKS port that says so (Tor's `This is a SOCKS proxy, not an HTTP proxy.`), a listener that wants TLS and answers
anything else with an alert (curl#1156), Squid's intercepting port that never answers (squid#2464), or a dead
process in front of a full queue.

`listener_banner` is sent at once. `listener` holds rules, JSON objects: `starts` (a regular expression at the start
of what the client said; it must be in the first segment), `reply` (ISO-8859-1 text), and `then`: `close`, `reset`,
`stall` or `next`; `first` limits a rule to the first so many connections. What no rule fits is left without an
answer.

    mitmdump -s addons/listener.py \
        --set listener='{"starts": "GET ", "reply": "HTTP/1.1 200 OK\r\n\r\n", "then": "close"}'
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mitmproxy import ctx
from mitmproxy.addonmanager import Loader
from mitmproxy.connection import Client
from mitmproxy.proxy import commands, events, layer
from mitmproxy.proxy.context import Context

if TYPE_CHECKING:
    from addons.proxy_rules import forget_to_linger, rule_fields, rules_of
else:
    from proxy_rules import forget_to_linger, rule_fields, rules_of

_ENDINGS = frozenset(("close", "reset", "stall", "next"))


class Rule:
    """One answer. Raises ValueError or TypeError for what is no rule."""

    def __init__(self, text: str) -> None:
        fields = rule_fields(text)
        self.starts = re.compile(fields.pop("starts", "").encode("latin-1"), re.DOTALL)
        self.reply: bytes = fields.pop("reply", "").encode("latin-1")
        self.then: str = fields.pop("then", "close")
        self.first: int | None = fields.pop("first", None)
        if fields or self.then not in _ENDINGS:
            raise ValueError(f"unknown: {', '.join(fields) or self.then}")


class Listener:
    """Takes every connection over before anything is said."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.connections = 0

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("listener", Sequence[str], [], "Rules, one JSON object each.")
        loader.add_option("listener_banner", str, "", "What is said at once, ISO-8859-1.")

    def configure(self, updated: set[str]) -> None:
        """Reads the rules."""
        if "listener" in updated:
            self.rules = rules_of("listener", Rule)

    def client_connected(self, client: Client) -> None:
        """Puts this listener in the place of mitmproxy's own proxy, before anything is said."""
        self.connections += 1
        server: Any = ctx.master.addons.get("proxyserver")
        for handler in server.connections.values() if server else ():
            if handler.client is client:
                handler.layer.context.layers.clear()
                handler.layer = Answering(handler.layer.context, self.applicable(), ctx.options.listener_banner)

    def applicable(self) -> list[Rule]:
        """The rules for the connection that has just come."""
        return [rule for rule in self.rules if rule.first is None or self.connections <= rule.first]


class Answering(layer.Layer):
    """Says the banner and answers by the rules."""

    def __init__(self, context: Context, rules: list[Rule], banner: str) -> None:
        super().__init__(context)
        self.rules = rules
        self.banner = banner.encode("latin-1")

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        client = self.context.client
        if isinstance(event, events.Start):
            if self.banner:
                yield commands.SendData(client, self.banner)
        elif isinstance(event, events.ConnectionClosed):
            yield commands.CloseConnection(client)
        elif isinstance(event, events.DataReceived):
            rule = next((rule for rule in self.rules if rule.starts.match(event.data)), None)
            if rule is not None:
                yield from self.answer(rule)

    def answer(self, rule: Rule) -> layer.CommandGenerator[None]:
        """Says what the rule says and ends as it does."""
        client = self.context.client
        if rule.reply:
            yield commands.SendData(client, rule.reply)
        if rule.then != "next":
            self.rules = []
        if rule.then == "reset":
            forget_to_linger(client)
        if rule.then in ("close", "reset"):
            yield commands.CloseConnection(client)


addons = [Listener()]
