r"""CONNECT is answered with given bytes, exactly these, and then the connection goes on or ends as told.

Whose behaviour: whoever's bytes are quoted in the rules. mitmproxy, like any good library, writes replies of
its own; what breaks devices is how others write them: no status line at all (HTTP/0.9 style pages),
`HTTP/HTTP/0.0 408 Timeout` (Tinyproxy of old, nmap-service-probes), 204 (metasploit-framework#8648), a body
announced on the 200 (RFC 9110 section 9.3.6 forbids it), bare LF, a reply cut into segments, or none.

A rule is a JSON object. It applies by `hosts` (a regular expression), `ports`, `authorization` (by
`raw_connect_credentials`) and `pattern` (a regular expression for the request's head); the first that applies decides,
and a CONNECT that none fits is left to mitmproxy. `authorization` is `missing`, `wrong`, `right` or `other` (another
scheme than Basic); `first` limits a rule to the first so many requests for each target, `numbers` to those of these
numbers, from 1 on, among all for the target. `reply` is ISO-8859-1 text, or
a list of such texts that are written `pause` seconds apart, the first after `delay` seconds; with `fill`, `{host}` and
`{port}` in it are the target's, and `{length}` is the content's. `then` is `tunnel` (its host is reached before the
reply), `judged` (a tunnel in which other addons decide, and its host is reached when somebody wants it), `next`
(another request may follow), `close`, `reset` or `stall`.

    mitmdump -s addons/raw_connect.py \
        --set raw_connect='{"ports": [80], "reply": "HTTP/1.1 403 Tunnel Forbidden\r\n\r\n", "then": "close"}'
"""

import base64
import logging
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mitmproxy import ctx, exceptions
from mitmproxy.addonmanager import Loader
from mitmproxy.proxy import commands, events, layer, layers
from mitmproxy.proxy.context import Context
from mitmproxy.proxy.layers.http import HTTPMode, HttpStream
from mitmproxy.proxy.layers.modes import HttpProxy

if TYPE_CHECKING:
    from addons.proxy_rules import Places, filled, forget_to_linger, rule_fields, rules_of, target_names
else:
    from proxy_rules import Places, filled, forget_to_linger, rule_fields, rules_of, target_names

_METHOD = b"CONNECT "
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_ENDINGS = frozenset(("tunnel", "judged", "next", "close", "reset", "stall"))
_AUTHORIZATIONS = (None, "missing", "wrong", "right", "other")

logger = logging.getLogger(__name__)


class Rule:
    """One reply and the requests that get it. Raises ValueError or TypeError for what is no rule."""

    def __init__(self, text: str) -> None:
        fields = rule_fields(text)
        self.places = Places(fields)
        self.pattern = re.compile(fields.pop("pattern", ""), re.IGNORECASE)
        self.authorization: str | None = fields.pop("authorization", None)
        reply: str | list[str] = fields.pop("reply", "")
        self.pieces = [piece.encode("latin-1") for piece in ([reply] if isinstance(reply, str) else reply)]
        self.delay = float(fields.pop("delay", 0))
        self.pause = float(fields.pop("pause", 0.02))
        self.fill = bool(fields.pop("fill", False))
        self.first: int | None = fields.pop("first", None)
        numbers: list[int] | None = fields.pop("numbers", None)
        self.numbers = None if numbers is None else frozenset(numbers)
        self.used: Counter[tuple[str, int]] = Counter()
        self.then: str = fields.pop("then", "close")
        if fields or self.then not in _ENDINGS or self.authorization not in _AUTHORIZATIONS:
            raise ValueError(f"unknown: {', '.join(fields) or self.then}")

    def applies(self, host: str, port: int, authorization: str, head: str, number: int) -> bool:
        """Whether this request, of that number among those for its target, gets the reply."""
        return bool(
            self.places.hold(host, port)
            and self.pattern.search(head)
            and self.authorization in (None, authorization)
            and (self.first is None or self.used[host, port] < self.first)
            and (self.numbers is None or number in self.numbers)
        )

    def said(self, host: str, port: int) -> list[bytes]:
        """The pieces of the reply to a request for this target."""
        self.used[host, port] += 1
        if not self.fill:
            return list(self.pieces)
        return [filled(piece, target_names(host, port)) for piece in self.pieces]


class RawConnect:
    """Puts a layer of its own under every connection that begins with CONNECT."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.asked: Counter[tuple[str, int]] = Counter()

    def load(self, loader: Loader) -> None:
        """Adds the options."""
        loader.add_option("raw_connect", Sequence[str], [], "Rules, one JSON object each.")
        loader.add_option("raw_connect_credentials", str, "", "The right USER:PASSWORD.")

    def configure(self, updated: set[str]) -> None:
        """Reads the rules."""
        if "raw_connect" in updated:
            self.rules = rules_of("raw_connect", Rule)

    def next_layer(self, nextlayer: layer.NextLayer) -> None:
        """Takes a connection over as soon as it is seen to be a CONNECT."""
        if nextlayer.layer is not None or not _at_the_start(nextlayer.context):
            return
        data = nextlayer.data_client()
        if data.startswith(_METHOD):
            nextlayer.layer = RawLayer(nextlayer.context, self)
        elif _METHOD.startswith(data):
            raise exceptions.AddonHalt

    def rule(self, head: bytes) -> Rule | None:
        """The rule for a request, None when it is left to mitmproxy."""
        text = head.decode("latin-1")
        host, port = _authority(text)
        self.asked[host, port] += 1
        asked = (host, port, _authorization(text), text, self.asked[host, port])
        return next((rule for rule in self.rules if rule.applies(*asked)), None)


class RawLayer(layer.Layer):
    """Reads requests to their empty line and answers by the rules."""

    def __init__(self, context: Context, addon: RawConnect) -> None:
        super().__init__(context)
        self.addon = addon
        self.head = b""
        self.left: list[bytes] = []
        self.rule: Rule | None = None
        self.held: list[events.Event] = []

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        if isinstance(event, events.Wakeup):
            yield from self.say()
        elif self.rule is not None:
            self.held.append(event)
            if isinstance(event, events.ConnectionClosed) and event.connection is self.context.client:
                yield commands.CloseConnection(self.context.client)
        elif isinstance(event, events.DataReceived):
            self.head += event.data
            if _HEAD_END.search(self.head):
                yield from self.answer()
        elif isinstance(event, events.ConnectionClosed):
            yield commands.CloseConnection(self.context.client)

    def answer(self) -> layer.CommandGenerator[None]:
        """Chooses the rule; without one, mitmproxy goes on with what was read."""
        found = _HEAD_END.search(self.head)
        end = found.end() if found else len(self.head)
        rule = self.addon.rule(self.head[:end])
        if rule is None:
            data, self.head = self.head, b""
            yield from self.go_on(layers.HttpLayer(self.context, HTTPMode.regular))
            yield from self._handle_event(events.DataReceived(self.context.client, data))
            return
        host, port = _authority(self.head.decode("latin-1"))
        self.rule, self.left = rule, rule.said(host, port)
        self.head = self.head[end:]
        logger.info("CONNECT %s:%d is answered byte for byte, then: %s", host, port, rule.then)
        if rule.then in ("tunnel", "judged"):
            self.context.server.address = (host, port)
        if rule.then == "tunnel" and (yield commands.OpenConnection(self.context.server)):
            yield commands.CloseConnection(self.context.client)
            return
        if rule.delay:
            yield commands.RequestWakeup(rule.delay)
        else:
            yield from self.say()

    def say(self) -> layer.CommandGenerator[None]:
        """Writes the next piece, or ends."""
        if self.left:
            yield commands.SendData(self.context.client, self.left.pop(0))
        if self.rule is not None and self.left:
            yield commands.RequestWakeup(self.rule.pause)
        elif self.rule is not None:
            yield from self.end(self.rule.then)

    def end(self, then: str) -> layer.CommandGenerator[None]:
        """What follows the reply."""
        held, self.held = self.held, []
        if then in ("tunnel", "judged"):
            yield from self.go_on(self.tunnel(then))
            first = [events.DataReceived(self.context.client, self.head)] if self.head else []
            for event in (*first, *held):
                yield from self._handle_event(event)
        elif then == "next":
            self.rule = None
            for event in held:
                yield from self._handle_event(event)
        elif then != "stall":
            if then == "reset":
                forget_to_linger(self.context.client)
            yield commands.CloseConnection(self.context.client)

    def tunnel(self, then: str) -> layer.Layer:
        """What carries the tunnel: a raw relay, or whatever the other addons choose by its first bytes."""
        if then == "tunnel":
            return layers.TCPLayer(self.context, ignore=True)
        Opened(self.context)
        return layer.NextLayer(self.context)

    def go_on(self, following: layer.Layer) -> layer.CommandGenerator[None]:
        """Leaves the connection to another layer."""
        self._handle_event = following.handle_event  # type: ignore[method-assign]
        yield from following.handle_event(events.Start())


class Opened(HttpStream):
    """The mark of a tunnel: other addons look for mitmproxy's own layer of a CONNECT beneath what they judge."""

    def __init__(self, context: Context) -> None:
        layer.Layer.__init__(self, context)


def _at_the_start(context: Context) -> bool:
    return len(context.layers) == 1 and isinstance(context.layers[0], HttpProxy)


def _authority(head: str) -> tuple[str, int]:
    words = head.split(None, 2)
    host, _, port = (words[1] if len(words) > 1 else "").rpartition(":")
    return host.strip("[]").lower(), int(port) if port.isdecimal() else 0


def _authorization(head: str) -> str:
    found = re.search(r"^Proxy-Authorization:[ \t]*(\S+)[ \t]+(\S+)", head, re.IGNORECASE | re.MULTILINE)
    if found is None:
        return "missing"
    if found[1].lower() != "basic":
        return "other"
    right = base64.b64encode(ctx.options.raw_connect_credentials.encode()).decode()
    return "right" if found[2] == right else "wrong"


addons = [RawConnect()]
