"""listener, mixed_port, plain_port, tls_listener, client_limit: what a connection meets first."""

import json

import pytest
from mitmproxy import exceptions
from mitmproxy.connection import Client
from mitmproxy.proxy import events
from mitmproxy.proxy.layers import ClientTLSLayer, HttpLayer
from mitmproxy.proxy.layers.modes import Socks5Proxy
from mitmproxy.test import tflow

from addons.client_limit import ClientLimit, Silence
from addons.listener import Answering, Listener
from addons.mixed_port import MixedPort
from addons.plain_port import BadRequest, PlainPort
from addons.tls_listener import ALERT, Refused, TlsListener
from tests.addons.layers import closes, first_words, question, sent, told
from tests.addons.requests import connect
from tests.addons.running import configured

HELLO = b"\x16\x03\x01\x02\x00\x01"
CONNECT = b"CONNECT host.example:443 HTTP/1.1\r\n"


def answering(addon: Listener, banner: str = "") -> Answering:
    context = first_words().context
    context.layers.clear()
    return Answering(context, addon.applicable(), banner)


def test_a_listener_says_its_banner_and_answers_by_the_first_rule() -> None:
    addon = Listener()
    rules = [
        json.dumps({"starts": "GET ", "reply": "page", "then": "close"}),
        json.dumps({"reply": "\u00ff", "then": "next"}),
    ]
    with configured(addon, listener=rules):
        layer = answering(addon, "220 hello\r\n")
        assert sent(told(layer, events.Start())) == b"220 hello\r\n"
        other = told(layer, events.DataReceived(layer.context.client, b"EHLO"))
        page = told(layer, events.DataReceived(layer.context.client, b"GET / HTTP/1.1\r\n"))
    assert (sent(other), closes(other)) == (b"\xff", False)
    assert (sent(page), closes(page)) == (b"page", True)


def test_what_no_rule_fits_may_come_to_a_proxy() -> None:
    addon = Listener()
    rules = [{"starts": "GET http://(?P<host>[^/]+)/a", "reply": "no {host}, {date}", "then": "next", "fill": True}]
    with configured(addon, listener=[json.dumps(rule) for rule in rules], listener_passes=True):
        meant, other = first_words(b"GET http://host.example/a"), first_words(b"GET http://host.example/b")
        addon.next_layer(meant)
        addon.next_layer(other)
        assert other.layer is None
        assert isinstance(meant.layer, Answering)
        client = meant.context.client
        meant.context.options.add_option("validate_inbound_headers", bool, False, "Of mitmproxy's proxyserver.")
        first = told(meant.layer, events.Start(), events.DataReceived(client, b"GET http://host.example/a"))
        told(meant.layer, events.DataReceived(client, b"GET http://host.example/b"))
        assert any(isinstance(each, HttpLayer) for each in meant.context.layers)
    assert sent(first).startswith(b"no host.example, ")
    assert b"{date}" not in sent(first)


def test_a_reply_is_not_filled_in_unless_that_is_wanted() -> None:
    addon = Listener()
    with configured(addon, listener=[json.dumps({"starts": "(?P<host>x)", "reply": "{host}{date}{length}"})]):
        layer = answering(addon)
        assert sent(told(layer, events.DataReceived(layer.context.client, b"x"))) == b"{host}{date}{length}"


def test_a_rule_for_the_first_connections_alone() -> None:
    addon = Listener()
    with configured(addon, listener=[json.dumps({"then": "reset", "first": 1})]):
        addon.client_connected(tflow.tclient_conn())
        assert len(addon.applicable()) == 1
        addon.client_connected(tflow.tclient_conn())
        assert addon.applicable() == []


def test_a_listener_without_a_rule_is_silent_until_the_client_goes() -> None:
    addon = Listener()
    with configured(addon):
        layer = answering(addon)
        client = layer.context.client
        assert told(layer, events.Start(), events.DataReceived(client, b"x")) == []
        assert closes(told(layer, events.ConnectionClosed(client)))


@pytest.mark.parametrize("text", ["x", "[]", '{"then": "tunnel"}', '{"starts": "("}', '{"start": ""}'])
def test_what_is_no_rule_is_refused(text: str) -> None:
    addon = Listener()
    with pytest.raises(exceptions.OptionsError, match="listener"), configured(addon, listener=[text]):
        pass


@pytest.mark.parametrize(("data", "socks"), [(b"\x05\x01\x00", True), (CONNECT, False), (HELLO, False)])
def test_a_mixed_port_goes_by_the_first_byte(data: bytes, socks: bool) -> None:
    asked = first_words(data)
    MixedPort().next_layer(asked)
    assert isinstance(asked.layer, Socks5Proxy) is socks


@pytest.mark.parametrize(
    ("data", "refused"),
    [(HELLO, True), (b"GET / HTTP/1.1\r\n", True), (CONNECT, False), (b"GET http://a/ HTTP/1.1\r\n", False)],
)
def test_a_plain_port(data: bytes, refused: bool) -> None:
    asked = first_words(data)
    PlainPort().next_layer(asked)
    assert isinstance(asked.layer, BadRequest) is refused
    if asked.layer:
        found = told(asked.layer, events.Start(), events.DataReceived(asked.context.client, data))
        assert sent(found).startswith(b"HTTP/1.1 400 ")
        assert closes(found)


def test_a_plain_port_does_not_look_into_tunnels() -> None:
    asked = question("host.example", HELLO)
    PlainPort().next_layer(asked)
    assert asked.layer is None


@pytest.mark.parametrize(("alert", "answer"), [(True, ALERT), (False, b"")])
def test_a_tls_listener_turns_plain_words_away(alert: bool, answer: bytes) -> None:
    addon, asked = TlsListener(), first_words(CONNECT)
    with configured(addon, tls_listener_alert=alert):
        addon.next_layer(asked)
        assert isinstance(asked.layer, Refused)
        found = told(asked.layer, events.Start(), events.DataReceived(asked.context.client, CONNECT))
    assert (sent(found), closes(found)) == (answer, True)


def test_a_tls_listener_is_a_proxy_inside_tls() -> None:
    addon, asked = TlsListener(), first_words(HELLO)
    with configured(addon):
        addon.next_layer(asked)
    assert isinstance(asked.layer, ClientTLSLayer)
    assert isinstance(asked.layer.child_layer, HttpLayer)


def clients(addon: ClientLimit, count: int) -> list[Client]:
    made = [tflow.tclient_conn() for _ in range(count)]
    for number, client in enumerate(made):
        client.id = str(number)
        addon.client_connected(client)
    return made


def test_a_limit_closes_what_is_too_much_until_another_goes() -> None:
    addon = ClientLimit()
    with configured(addon, client_limit=2):
        first, _, third = clients(addon, 3)
        assert (first.error, third.error) == (None, "too many connections")
        addon.client_disconnected(third)
        addon.client_disconnected(first)
        again = tflow.tclient_conn()
        addon.client_connected(again)
    assert again.error is None


def test_a_limit_that_refuses_and_one_that_stalls() -> None:
    addon = ClientLimit()
    for action in ("refuse", "stall"):
        with configured(addon, client_limit=0, client_limit_action=action):
            (client,) = clients(addon, 1)
            flow, asked = connect(), first_words(CONNECT)
            flow.client_conn = asked.context.client = client
            addon.http_connect(flow)
            addon.next_layer(asked)
            addon.client_disconnected(client)
        assert (flow.response is not None) is (action == "refuse")
        assert isinstance(asked.layer, Silence) is (action == "stall")
