"""tunnel_filter, tunnel_bytes, hello_filter: what becomes of a tunnel that is open."""

import json
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from mitmproxy import exceptions
from mitmproxy.proxy import commands, events, layer

from addons.hello_filter import HelloFilter, Stopped
from addons.tunnel_bytes import Relay, TunnelBytes
from addons.tunnel_filter import Ending, TunnelFilter
from tests.addons.layers import closes, first_words, question, sent, told
from tests.addons.running import configured


def hello(name: str | None = "www.example") -> bytes:
    """A ClientHello of Python's own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(incoming, outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


HELLO = hello()
PLAIN = b"GET / HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize(
    ("rule", "data", "ends"),
    [
        ({}, PLAIN, True),
        ({"payload": "tls"}, HELLO, True),
        ({"payload": "tls"}, PLAIN, False),
        ({"payload": "other"}, PLAIN, True),
        ({"ports": [443]}, PLAIN, True),
        ({"ports": [80]}, PLAIN, False),
        ({"hosts": "^host"}, PLAIN, True),
        ({"hosts": "^other"}, PLAIN, False),
    ],
    ids=[f"rule-{number}" for number in range(8)],  # a greeting differs in every process
)
def test_which_tunnels_end(rule: dict[str, object], data: bytes, ends: bool) -> None:
    addon, asked = TunnelFilter(), question("host.example", data)
    with configured(addon, tunnel_filter=[json.dumps(rule)]):
        addon.next_layer(asked)
    assert isinstance(asked.layer, Ending) is ends


@pytest.mark.parametrize(
    ("then", "said", "closed"),
    [("silence", b"", False), ("close", b"", True), ("reset", b"", True), ("page", b"\xff", True)],
)
def test_how_tunnels_end(then: str, said: bytes, closed: bool) -> None:
    addon, asked = TunnelFilter(), question("host.example", PLAIN)
    with configured(addon, tunnel_filter=[json.dumps({"then": then, "page": "\u00ff"})]):
        addon.next_layer(asked)
        assert asked.layer
        received = events.DataReceived(asked.context.client, PLAIN)
        found = told(asked.layer, events.Start(), received, received)
    assert (sent(found), closes(found)) == (said, closed)


@pytest.mark.parametrize(("after", "closed"), [("close", True), ("reset", True), ("silence", False)])
def test_what_follows_a_page_that_is_filled_in(after: str, closed: bool) -> None:
    addon, asked = TunnelFilter(), question("host.example", PLAIN)
    page = "Date: {date-60}\r\nLength: {length}\r\n\r\n{host}:{port}"
    rule = {"then": "page", "page": page, "fill": True, "after": after}
    with configured(addon, tunnel_filter=[json.dumps(rule)]):
        addon.next_layer(asked)
        assert asked.layer
        found = told(asked.layer, events.Start(), events.DataReceived(asked.context.client, PLAIN))
    head, _, content = sent(found).decode().partition("\r\n\r\n")
    date, _, length = head.partition("\r\nLength: ")
    ago = datetime.now(UTC) - parsedate_to_datetime(date.removeprefix("Date: "))
    assert 50 < ago.total_seconds() < 120
    assert (length, content, closes(found)) == ("16", "host.example:443", closed)


@pytest.mark.parametrize("addon", [TunnelFilter(), HelloFilter(), TunnelBytes()])
def test_the_connection_to_the_proxy_itself_is_no_tunnel(addon: TunnelFilter) -> None:
    asked = first_words(HELLO)
    with configured(addon):
        addon.next_layer(asked)
    assert asked.layer is None


@pytest.mark.parametrize(
    ("rule", "stops"),
    [
        ({"names": r"^www\."}, True),
        ({"names": "^api"}, False),
        ({"without_name": True}, False),
        ({"longer_than": 100}, True),
        ({"longer_than": 5000}, False),
        ({"in_pieces": True}, False),
        ({"offers": 772}, True),
        ({"lacks": 772}, False),
        ({"group": 29}, True),
        ({"group": 65_281}, False),
        ({"names": "^www", "offers": 1}, False),
    ],
)
def test_which_hellos_are_stopped(rule: dict[str, object], stops: bool) -> None:
    addon, asked = HelloFilter(), question("host.example", HELLO)
    with configured(addon, hello_filter=[json.dumps(rule)]):
        addon.next_layer(asked)
    assert isinstance(asked.layer, Stopped) is stops


def test_a_hello_without_a_name() -> None:
    addon, asked = HelloFilter(), question("host.example", hello(None))
    with configured(addon, hello_filter=['{"without_name": true}']):
        addon.next_layer(asked)
    assert isinstance(asked.layer, Stopped)


def test_a_hello_in_pieces_is_waited_for() -> None:
    addon, asked = HelloFilter(), question("host.example", HELLO[:50])
    with configured(addon, hello_filter=['{"in_pieces": true}']):
        with pytest.raises(exceptions.AddonHalt):
            addon.next_layer(asked)
        asked.events.append(events.DataReceived(asked.context.client, HELLO[50:]))
        addon.next_layer(asked)
    assert isinstance(asked.layer, Stopped)


@pytest.mark.parametrize(
    ("then", "said", "closed"),
    [("silence", b"", False), ("close", b"", True), ("reset", b"", True), (70, b"\x15\x03\x03\x00\x02\x02\x46", True)],
)
def test_how_hellos_are_stopped(then: str | int, said: bytes, closed: bool) -> None:
    addon, asked = HelloFilter(), question("host.example", HELLO)
    with configured(addon, hello_filter=[json.dumps({"then": then})]):
        addon.next_layer(asked)
        assert asked.layer
        received = events.DataReceived(asked.context.client, HELLO)
        found = told(asked.layer, events.Start(), received, received)
    assert (sent(found), closes(found)) == (said, closed)


@pytest.mark.parametrize("text", ["x", "[]", '{"then": "sleep"}', '{"names": "("}', '{"name": ""}'])
@pytest.mark.parametrize("addon", [TunnelFilter(), HelloFilter()])
def test_what_is_no_rule_is_refused(addon: object, text: str) -> None:
    option = "tunnel_filter" if isinstance(addon, TunnelFilter) else "hello_filter"
    if option == "tunnel_filter":
        text = text.replace("names", "hosts")
    with pytest.raises(exceptions.OptionsError, match=option), configured(addon, **{option: [text]}):
        pass


def relay(addon: TunnelBytes) -> tuple[layer.Layer, events.DataReceived]:
    asked = question("host.example", PLAIN)
    addon.next_layer(asked)
    assert isinstance(asked.layer, Relay)
    return asked.layer, events.DataReceived(asked.context.server, b"a secret word")


def test_bytes_are_replaced_and_cut() -> None:
    addon = TunnelBytes()
    with configured(addon, tunnel_bytes_replace=[r"secret \x00\x01"], tunnel_bytes_limit=6):
        top, received = relay(addon)
        found = told(top, events.Start(), received)
    assert sent(found) == b"a \x00\x01 w"
    assert closes(found)


def test_bytes_pass_as_they_are_and_other_ports_are_left_alone() -> None:
    addon, asked = TunnelBytes(), question("host.example", PLAIN)
    with configured(addon):
        top, received = relay(addon)
        assert sent(told(top, events.Start(), received)) == b"a secret word"
    with configured(addon, tunnel_bytes_ports=["80"]):
        addon.next_layer(asked)
    assert asked.layer is None


def test_a_tunnel_is_cut_when_it_was_quiet_or_is_old() -> None:
    for option in ("tunnel_bytes_idle", "tunnel_bytes_lifetime"):
        addon = TunnelBytes()
        with configured(addon, **{option: "30"}):
            top, received = relay(addon)
            wakeups = [c for c in told(top, events.Start()) if isinstance(c, commands.RequestWakeup)]
            assert {wakeup.delay for wakeup in wakeups} == {30.0}
            told(top, received)
            cut = closes(told(top, events.Wakeup(wakeups[0])))
        assert cut is (option == "tunnel_bytes_lifetime")


def test_one_end_ends_both_where_half_closes_are_not_relayed() -> None:
    for half_close in (True, False):
        addon = TunnelBytes()
        with configured(addon, tunnel_bytes_half_close=half_close):
            top, received = relay(addon)
            told(top, events.Start(), received)
            found = told(top, events.ConnectionClosed(top.context.client))
        whole = [c for c in found if type(c) is commands.CloseConnection and c.connection is top.context.client]
        assert bool(whole) is not half_close
