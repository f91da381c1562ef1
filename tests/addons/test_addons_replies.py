"""names, upstream_errors, delays, http_pages, forwarded_fields, transcoding: answers that are not the host's."""

import asyncio
import gzip
import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest
from mitmproxy import exceptions
from mitmproxy.connection import ConnectionState
from mitmproxy.http import HTTPFlow, Response
from mitmproxy.proxy.layers import HttpLayer
from mitmproxy.proxy.server_hooks import ServerConnectionHookData
from mitmproxy.test import tflow

from addons.delays import Delays
from addons.forwarded_fields import ForwardedFields
from addons.http_pages import HttpPages
from addons.names import Names
from addons.transcoding import Transcoding
from addons.upstream_errors import UpstreamErrors
from tests.addons.layers import question
from tests.addons.requests import connect, get
from tests.addons.running import configured


def wanted(host: str, port: int = 443) -> ServerConnectionHookData:
    server = tflow.tserver_conn()
    server.state, server.address = ConnectionState.CLOSED, (host, port)
    return ServerConnectionHookData(server=server, client=tflow.tclient_conn())


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("names_unknown", "not known"),
        ("names_refused", "refused"),
        ("names_unreachable", "No route"),
        ("names_silent", "timed out"),
    ],
)
def test_connections_fail_by_pattern(option: str, words: str) -> None:
    addon, bad, good = Names(), wanted("a.example"), wanted("a.example", 80)
    with configured(addon, names_patience="0", **{option: ["example:443$"]}):
        asyncio.run(addon.server_connect(bad))
        asyncio.run(addon.server_connect(good))
    assert bad.server.error
    assert words in bad.server.error
    assert good.server.error is None


def test_connections_are_led_elsewhere() -> None:
    addon, data = Names(), wanted("a.example")
    with configured(addon, names_elsewhere=["^a\\. block.example"]):
        asyncio.run(addon.server_connect(data))
    assert data.server.address == ("block.example", 443)


def failed(error: str) -> HTTPFlow:
    flow = connect()
    flow.server_conn.error, flow.response = error, Response.make(502)
    return flow


@pytest.mark.parametrize(
    ("error", "status"),
    [("Name or service not known", 503), ("Connection refused", 504), ("Connection timed out", 505), ("No route", 506)],
)
def test_failures_in_the_words_of_a_product(error: str, status: int) -> None:
    addon, flow = UpstreamErrors(), failed(error)
    with configured(
        addon,
        upstream_errors_dns="503 Unavailable\nX-Squid-Error: ERR_DNS_FAIL 0\n\n<p>{host}:{port}</p>",
        upstream_errors_refused="504 x",
        upstream_errors_timeout="505 x",
        upstream_errors_other="506 x",
    ):
        addon.http_connect_error(flow)
    assert flow.response
    assert flow.response.status_code == status
    if status == 503:
        assert (flow.response.reason, flow.response.text) == ("Unavailable", "<p>host.example:443</p>")
        assert flow.response.headers["X-Squid-Error"] == "ERR_DNS_FAIL 0"


def test_a_refusal_of_the_proxy_itself_keeps_its_words() -> None:
    addon, flow = UpstreamErrors(), connect()
    flow.server_conn.error, flow.response = None, Response.make(403)
    with configured(addon, upstream_errors_other="502 x"):
        addon.http_connect_error(flow)
    assert flow.response.status_code == 403


def test_delays_are_for_the_hosts_meant() -> None:
    addon, flow = Delays(), connect()
    with configured(addon, delays="3600", delays_hosts="^other"):
        asyncio.run(addon.http_connect(flow))
    with configured(addon, delays="0"):
        asyncio.run(addon.http_connect(flow))
    with configured(addon, delays="3600"), pytest.raises(TimeoutError):
        asyncio.run(asyncio.wait_for(addon.http_connect(flow), 0))
    with pytest.raises(exceptions.OptionsError, match="delays"), configured(addon, delays="soon"):
        pass


def test_pages_in_place_of_hosts() -> None:
    addon, meant, other = HttpPages(), get("host.example/generate_204"), get("other.example/")
    rule = {"hosts": "^host", "path": "204$", "status": 302, "reason": "Go", "fields": ["Location: http://x/{host}"]}
    with configured(addon, http_pages=[json.dumps(rule)]):
        addon.request(meant)
        addon.request(other)
    assert other.response is None
    assert meant.response
    assert (meant.response.status_code, meant.response.reason) == (302, "Go")
    assert meant.response.headers["Location"] == "http://x/host.example"


def test_a_page_bears_the_hour() -> None:
    addon, flow = HttpPages(), get("host.example/")
    with configured(addon, http_pages=[json.dumps({"fields": ["Date: {date}", "X: {date+1x}"]})]):
        addon.request(flow)
    assert flow.response
    age = datetime.now(UTC) - parsedate_to_datetime(flow.response.headers["Date"])
    assert 0 <= age.total_seconds() < 60
    assert flow.response.headers["X"] == "{date+1x}"


@pytest.mark.parametrize("text", ["x", "[]", '{"hosts": "("}', '{"host": ""}'])
def test_what_is_no_rule_is_refused(text: str) -> None:
    addon = HttpPages()
    with pytest.raises(exceptions.OptionsError, match="http_pages"), configured(addon, http_pages=[text]):
        pass


@pytest.mark.parametrize(
    ("reads", "data", "read"),
    [(True, b"GET / HTTP/1.1\r\n", True), (False, b"GET / HTTP/1.1\r\n", False), (True, b"\x16\x03\x01", False)],
)
def test_plain_http_in_tunnels_is_read_where_that_is_wanted(reads: bool, data: bytes, read: bool) -> None:
    addon, asked = HttpPages(), question("host.example", data)
    with configured(addon, http_pages_tunnels=reads):
        addon.next_layer(asked)
    assert isinstance(asked.layer, HttpLayer) is read


def test_fields_are_added_and_dropped() -> None:
    addon, flow = ForwardedFields(), get(Upgrade="websocket")
    flow.response = Response.make(200)
    with configured(addon, forwarded_fields_reply=["X-Cache: HIT"], forwarded_fields_dropped=["Upgrade"]):
        addon.request(flow)
        addon.response(flow)
    assert flow.request.headers["Via"] == "1.1 proxy.example (squid/5.7)"
    assert "Upgrade" not in flow.request.headers
    assert flow.response.headers["X-Cache"] == "HIT"


def test_replies_are_compressed_and_stored_and_ranges_lost() -> None:
    addon, first, second = Transcoding(), get(Range="bytes=0-1"), get()
    first.response = Response.make(200, b"content")
    with configured(addon, transcoding_compress=True, transcoding_store=True, transcoding_whole=True):
        addon.request(first)
        addon.response(first)
        addon.request(second)
    assert "Range" not in first.request.headers
    assert gzip.decompress(first.response.raw_content or b"") == b"content"
    assert second.response
    assert (second.response.headers["Age"], second.response.text) == ("60", "content")


def test_nothing_is_changed_by_default() -> None:
    addon, flow = Transcoding(), get(Range="bytes=0-1")
    flow.response = Response.make(200, b"content")
    with configured(addon):
        addon.request(flow)
        addon.response(flow)
    assert (flow.request.headers["Range"], flow.response.raw_content) == ("bytes=0-1", b"content")
