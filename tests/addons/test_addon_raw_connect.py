"""raw_connect: CONNECT is answered with given bytes, and the connection goes on or ends as told."""

import json

import pytest
from mitmproxy import exceptions
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.layer import NextLayerHook
from mitmproxy.proxy.layers import HttpLayer

from addons.raw_connect import RawConnect, RawLayer
from addons.tunnel_filter import Ending, TunnelFilter
from tests.addons.layers import closes, first_words, sent, told
from tests.addons.running import configured

CONNECT = b"CONNECT host.example:80 HTTP/1.1\r\nHost: host.example:80\r\n"
END = b"\r\n"


def layer_for(addon: RawConnect, data: bytes = CONNECT) -> RawLayer:
    asked = first_words(data)
    addon.next_layer(asked)
    assert isinstance(asked.layer, RawLayer)
    return asked.layer


def heard(layer: RawLayer, data: bytes) -> events.DataReceived:
    return events.DataReceived(layer.context.client, data)


def rule(**fields: object) -> list[str]:
    return [json.dumps(fields)]


def test_the_reply_is_these_bytes_once_the_request_is_whole() -> None:
    addon = RawConnect()
    with configured(addon, raw_connect=rule(reply="HTTP/HTTP/0.0 408 \u00e9\r\n\r\n", then="close")):
        layer = layer_for(addon)
        assert told(layer, events.Start(), heard(layer, CONNECT)) == []
        found = told(layer, heard(layer, END))
    assert sent(found) == b"HTTP/HTTP/0.0 408 \xe9\r\n\r\n"
    assert closes(found)


@pytest.mark.parametrize(("then", "ends"), [("close", True), ("reset", True), ("stall", False), ("next", False)])
def test_endings(then: str, ends: bool) -> None:
    addon = RawConnect()
    with configured(addon, raw_connect=rule(reply="x", then=then)):
        layer = layer_for(addon)
        assert closes(told(layer, events.Start(), heard(layer, CONNECT + END))) is ends


def test_another_request_may_follow() -> None:
    addon = RawConnect()
    with configured(addon, raw_connect=rule(reply="no\r\n\r\n", then="next")):
        layer = layer_for(addon)
        found = told(layer, events.Start(), heard(layer, CONNECT + END), heard(layer, CONNECT + END))
    assert sent(found) == b"no\r\n\r\n" * 2


def test_a_tunnel_is_reached_before_the_reply_and_relays() -> None:
    addon = RawConnect()
    with configured(addon, raw_connect=rule(reply="HTTP/1.1 204\r\n\r\n", then="tunnel")):
        layer = layer_for(addon)
        found = told(layer, events.Start(), heard(layer, CONNECT + END + b"early"))
        assert layer.context.server.address == ("host.example", 80)
    kinds = [type(command) for command in found]
    assert kinds.index(commands.OpenConnection) < kinds.index(commands.SendData)
    assert sent(found) == b"HTTP/1.1 204\r\n\r\nearly"


def test_a_host_that_is_not_reached_closes() -> None:
    addon = RawConnect()
    with configured(addon, raw_connect=rule(reply="HTTP/1.1 200\r\n\r\n", then="tunnel")):
        layer = layer_for(addon)
        found = told(layer, events.Start(), heard(layer, CONNECT + END), error="refused")
    assert sent(found) == b""
    assert closes(found)


def test_pieces_are_written_apart() -> None:
    addon = RawConnect()
    with configured(addon, raw_connect=rule(reply=["a", "b"], pause=5, then="close")):
        layer = layer_for(addon)
        first = told(layer, events.Start(), heard(layer, CONNECT + END))
        pause = next(command for command in first if isinstance(command, commands.RequestWakeup))
        assert (sent(first), pause.delay, closes(first)) == (b"a", 5, False)
        second = told(layer, events.Wakeup(pause))
    assert sent(second) == b"b"
    assert closes(second)


@pytest.mark.parametrize(
    ("fields", "applies"),
    [
        ({"ports": [80]}, True),
        ({"ports": [443]}, False),
        ({"hosts": r"\.example$"}, True),
        ({"hosts": "^other"}, False),
        ({"pattern": "^Host: host"}, False),
        ({"pattern": "\nHost: host"}, True),
        ({"authorization": "missing"}, True),
        ({"authorization": "right"}, False),
    ],
)
def test_which_requests_are_meant(fields: dict[str, object], applies: bool) -> None:
    addon = RawConnect()
    with configured(addon, raw_connect=rule(**fields)):
        assert (addon.rule(CONNECT + END) is not None) is applies


@pytest.mark.parametrize(("value", "kind"), [("Y2xlcms6YTpi", "right"), ("Y2xlcms6eA==", "wrong")])
def test_credentials_are_compared(value: str, kind: str) -> None:
    addon = RawConnect()
    head = CONNECT + f"Proxy-Authorization: Basic {value}\r\n\r\n".encode()
    with configured(addon, raw_connect=rule(authorization=kind), raw_connect_credentials="clerk:a:b"):
        assert addon.rule(head) is not None


def test_what_no_rule_fits_is_left_to_mitmproxy() -> None:
    addon = RawConnect()
    with configured(addon, raw_connect=rule(ports=[443], reply="x")):
        layer = layer_for(addon)
        layer.context.options.add_option("validate_inbound_headers", bool, False, "Of mitmproxy's proxyserver.")
        found = told(layer, events.Start(), heard(layer, CONNECT + END))
        assert any(isinstance(each, HttpLayer) for each in layer.context.layers)
    assert sent(found) == b""


def test_other_methods_are_left_alone_and_half_a_word_waits() -> None:
    addon = RawConnect()
    asked = first_words(b"GET http://host.example/ HTTP/1.1\r\n")
    with configured(addon):
        addon.next_layer(asked)
        assert asked.layer is None
        with pytest.raises(exceptions.AddonHalt):
            addon.next_layer(first_words(b"CONN"))


@pytest.mark.parametrize("text", ["x", "[]", '{"then": "sleep"}', '{"hosts": "("}', '{"port": 80}'])
def test_what_is_no_rule_is_refused(text: str) -> None:
    addon = RawConnect()
    with pytest.raises(exceptions.OptionsError, match="raw_connect"), configured(addon, raw_connect=[text]):
        pass


def test_the_target_is_filled_in_where_that_is_wanted() -> None:
    addon = RawConnect()
    page = "HTTP/1.1 403\r\nContent-Length: {length}\r\n\r\n{host}:{port}"
    for fill, said in ((True, b"Content-Length: 15\r\n\r\nhost.example:80"), (False, page[14:].encode())):
        with configured(addon, raw_connect=rule(reply=page, fill=fill)):
            layer = layer_for(addon)
            assert sent(told(layer, events.Start(), heard(layer, CONNECT + END))).endswith(said)


def test_a_rule_for_the_first_requests_of_each_target() -> None:
    addon = RawConnect()
    other = CONNECT.replace(b"host.example", b"other.example") + END
    with configured(addon, raw_connect=[*rule(reply="busy", then="next", first=1), *rule(reply="free", then="next")]):
        layer = layer_for(addon)
        asked = (CONNECT + END, CONNECT + END, other)
        said = sent(told(layer, events.Start(), *(heard(layer, each) for each in asked)))
    assert said == b"busyfreebusy"


def test_another_scheme_than_basic() -> None:
    addon = RawConnect()
    with configured(addon, raw_connect=rule(authorization="other")):
        assert addon.rule(CONNECT + b"Proxy-Authorization: Digest username=x\r\n\r\n") is not None
        assert addon.rule(CONNECT + b"Proxy-Authorization: Basic eA==\r\n\r\n") is None


def test_a_tunnel_that_other_addons_judge_is_not_reached_before() -> None:
    addon, judge = RawConnect(), TunnelFilter()
    hello = b"\x16\x03\x01\x02\x00\x01"
    with configured(addon, judge, raw_connect=rule(reply="200", then="judged"), tunnel_filter=['{"then": "close"}']):
        layer = layer_for(addon)
        found = told(layer, events.Start(), heard(layer, CONNECT + END + hello))
        hook = next(command for command in found if isinstance(command, NextLayerHook))
        judge.configure({"tunnel_filter"})
        judge.next_layer(hook.data)
    assert sent(found) == b"200"
    assert not any(isinstance(command, commands.OpenConnection) for command in found)
    assert isinstance(hook.data.layer, Ending)
