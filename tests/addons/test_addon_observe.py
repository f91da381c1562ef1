"""observe: every byte passes unchanged, and a line tells what happened, without secrets and within bounds."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mitmproxy import exceptions
from mitmproxy.connection import ConnectionState
from mitmproxy.options import Options
from mitmproxy.proxy import commands, events
from mitmproxy.proxy.context import Context
from mitmproxy.test import tflow

from addons.observation.record import SCHEMA
from addons.observation.tunnel import server_name
from addons.observe import Observe, Passing
from proxycheck.catalogue.client_hellos import load_client_hello
from proxycheck.wire.tls.client_hello import client_hello
from tests.addons.layers import told
from tests.addons.running import configured
from tests.support.answers import OPEN

PROXY = ("proxy.example", 3128)
CONNECT = b"CONNECT host.example:443 HTTP/1.1\r\nHost: host.example:443\r\n"
PASSWORD = 's3cr%t "w\xf6rd'


@pytest.fixture(autouse=True)
def _in_mitmproxy() -> Iterator[None]:
    """What the addon asks mitmproxy for while it runs."""
    with configured(Observe()):
        yield


class Conversation:
    """One connection through the observer: what is said, what came out on either side, and the line."""

    def __init__(self, addon: Observe, error: str | None = None) -> None:
        self.addon = addon
        client = tflow.tclient_conn()
        client.state = ConnectionState.OPEN
        self.record = addon.begin(client, PROXY)
        self.layer = Passing(Context(client, Options()), PROXY, self.record)
        self.up = self.down = b""
        self.orders: list[commands.Command] = []
        self._take(told(self.layer, events.Start(), error=error))
        self.layer.proxy.state = ConnectionState.OPEN

    def _take(self, found: list[commands.Command]) -> None:
        self.orders += found
        for command in found:
            if isinstance(command, commands.SendData):
                if command.connection is self.layer.context.client:
                    self.down += command.data
                else:
                    self.up += command.data

    def says(self, data: bytes) -> None:
        """The device says this."""
        self._take(told(self.layer, events.DataReceived(self.layer.context.client, data)))

    def hears(self, data: bytes) -> None:
        """The customer's proxy says this."""
        self._take(told(self.layer, events.DataReceived(self.layer.proxy, data)))

    def ends(self, who: str) -> None:
        """One side closes."""
        connection = self.layer.context.client if who == "device" else self.layer.proxy
        connection.state &= ~ConnectionState.CAN_READ
        self._take(told(self.layer, events.ConnectionClosed(connection)))

    @property
    def raw(self) -> bytes:
        """The line as it would be written."""
        return self.record.line()

    @property
    def line(self) -> dict[str, Any]:
        """The line, read."""
        found: dict[str, Any] = json.loads(self.raw)
        return found


def basic(pair: str) -> bytes:
    return b"Proxy-Authorization: Basic " + base64.b64encode(pair.encode("latin-1")) + b"\r\n"


def refusal(body: bytes, status: bytes = b"403 Forbidden", fields: bytes = b"") -> bytes:
    return b"HTTP/1.1 " + status + b"\r\n" + fields + b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_bytes_pass_unchanged_however_they_are_cut() -> None:
    up = CONNECT + basic("clerk:pw") + b"X-Odd : 1\n folded\r\n\r\n"
    down = refusal(b"no", b"407 Who?", b"Proxy-Authenticate: NTLM\r\nSet-Cookie: a=b\r\n")
    whole, cut = Conversation(Observe()), Conversation(Observe())
    whole.says(up)
    whole.hears(down)
    for at in range(len(up)):
        cut.says(up[at : at + 1])
    for at in range(len(down)):
        cut.hears(down[at : at + 1])
    assert (whole.up, whole.down) == (cut.up, cut.down) == (up, down)
    for line in (whole.line, cut.line):
        (exchange,) = line["exchanges"]
        assert (exchange["method"], exchange["target"]) == ("CONNECT", "host.example:443")
        assert exchange["authorization"] == "basic"
        assert exchange["reply"]["head"] == ["HTTP/1.1 407 Who?", "Proxy-Authenticate: NTLM", "Content-Length: 2"]
        assert exchange["reply"]["page"] == "no"


def test_several_requests_on_one_connection_and_then_a_tunnel() -> None:
    talk = Conversation(Observe())
    type_2 = base64.b64encode(b"NTLMSSP\0\2\0\0\0" + bytes(40))
    for number, status in ((1, b"407 A"), (3, b"200 OK")):
        token = base64.b64encode(b"NTLMSSP\0%c" % number + bytes(40))
        talk.says(CONNECT + b"Proxy-Authorization: NTLM " + token + b"\r\n\r\n")
        if number == 1:
            talk.hears(refusal(b"page", status, b"Proxy-Authenticate: NTLM " + type_2 + b"\r\n"))
    talk.hears(OPEN)
    talk.says(b"hello")
    talk.hears(b"you")
    line = talk.line
    assert [each["authorization"] for each in line["exchanges"]] == ["ntlm", "ntlm"]
    assert line["exchanges"][0]["reply"]["head"][1] == "Proxy-Authenticate: NTLM <redacted>"
    tunnel = line["exchanges"][1]["tunnel"]
    assert (tunnel["bytes_up"], tunnel["bytes_down"], tunnel["kind_up"]) == (5, 3, "other")
    assert b"TlRM" not in json.dumps(line).encode()


def test_early_bytes_after_connect_belong_to_the_tunnel() -> None:
    talk = Conversation(Observe())
    talk.says(CONNECT + b"\r\nearly")
    talk.hears(OPEN + b"also early")
    tunnel = talk.line["exchanges"][0]["tunnel"]
    assert (tunnel["bytes_up"], tunnel["bytes_down"]) == (5, 10)
    assert talk.up.endswith(b"early")
    assert talk.down == OPEN + b"also early"


def test_plain_http_and_what_follows_its_content() -> None:
    talk = Conversation(Observe())
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nHTTP/\r\n0\r\nTrailer: 1\r\n\r\n"
    talk.says(b"POST http://a.example/x?token=hunter2hunter HTTP/1.1\r\nContent-Length: 4\r\n\r\nGET ")
    talk.hears(b"HTTP/1.1 100 Continue\r\n\r\n" + chunked)
    talk.says(b"HEAD http://b.example:8080/ HTTP/1.1\r\n\r\n")
    talk.hears(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
    talk.says(b"GET http://c.example/ HTTP/1.1\r\n\r\n")
    talk.hears(b"HTTP/1.0 204 No Content\r\n\r\n")
    line = talk.line
    told_of = [(each["method"], each["target"], each["reply"]["head"][0]) for each in line["exchanges"]]
    assert told_of == [
        ("POST", "a.example:80", "HTTP/1.1 200 OK"),
        ("HEAD", "b.example:8080", "HTTP/1.1 200 OK"),
        ("GET", "c.example:80", "HTTP/1.0 204 No Content"),
    ]
    assert "hunter2" not in json.dumps(line)


@pytest.mark.parametrize(
    ("reply", "first"),
    [
        (b"HTTP/HTTP/0.0 408 Timeout\r\n\r\n", "HTTP/HTTP/0.0 408 Timeout"),
        (b"<html>\x1b[2Jgo away\r\n\r\n", "<html>\x1b[2Jgo away"),
        (b"\x15\x03\x01\x00\x02\x02\x28", "\x15\x03\x01\x00\x02\x02("),
        (b"HTTP/1.1 200", "HTTP/1.1 200"),
    ],
)
def test_a_garbled_reply_reaches_the_device_and_the_log(reply: bytes, first: str) -> None:
    talk = Conversation(Observe())
    talk.says(CONNECT + b"\r\n")
    talk.hears(reply)
    talk.ends("proxy")
    assert talk.down == reply
    assert talk.line["exchanges"][0]["reply"]["head"][0].strip() == first


def test_who_speaks_unasked_is_quoted() -> None:
    talk = Conversation(Observe())
    talk.hears(b"SSH-2.0-OpenSSH_9.6\r\n")
    assert talk.line["unasked"].startswith("SSH-2.0-OpenSSH")


@pytest.mark.parametrize("who", ["device", "proxy"])
def test_an_end_is_handed_on_and_a_half_close_stays_one(who: str) -> None:
    talk = Conversation(Observe())
    talk.ends(who)
    closed = talk.orders[-1]
    assert isinstance(closed, commands.CloseTcpConnection)
    assert closed.half_close
    assert (closed.connection is talk.layer.context.client) is (who == "proxy")
    other = "proxy" if who == "device" else "device"
    talk.hears(b"still talking") if other == "proxy" else talk.says(b"still talking")
    talk.ends(other)
    assert sum(isinstance(order, commands.CloseConnection) for order in talk.orders) >= 2
    line = talk.line
    assert line["end"] == f"{who}-closed"
    assert line["bytes_down" if other == "proxy" else "bytes_up"] == 13


def test_a_proxy_that_cannot_be_reached() -> None:
    talk = Conversation(Observe(), error="[Errno 111] Connect call failed ('192.0.2.1', 3128)")
    assert isinstance(talk.orders[-1], commands.CloseConnection)
    line = talk.line
    assert (line["end"], line["connected_s"]) == ("proxy-unreachable", None)
    assert "Errno 111" in line["error"]


def test_a_connection_that_is_still_open() -> None:
    talk = Conversation(Observe())
    talk.says(CONNECT + b"\r\n")
    assert talk.line["end"] == "open"


def forms(secret: str) -> list[bytes]:
    from urllib.parse import quote, quote_plus

    data = secret.encode("latin-1")
    return [
        data,
        secret.encode(),
        quote(data).encode(),
        quote(secret).encode(),
        quote_plus(data).lower().encode(),
        json.dumps(secret)[1:-1].encode(),
        base64.b64encode(data).rstrip(b"="),
        data.hex().encode(),
    ]


@pytest.mark.parametrize("field", ["Proxy-Authorization", "Authorization"])
def test_credentials_are_nowhere_even_where_a_page_repeats_them(field: str) -> None:
    talk = Conversation(Observe())
    given = basic(f"clerk:{PASSWORD}").replace(b"Proxy-Authorization", field.encode())
    talk.says(CONNECT + given + b"\r\n")
    token = given.split()[-1]
    page = b"\n".join((*forms(PASSWORD), *forms(f"clerk:{PASSWORD}"), token, b"seen: " + given))
    talk.hears(refusal(page, b"403 " + PASSWORD.encode("latin-1"), b"Server: x " + token + b"\r\n"))
    raw = talk.raw
    kept = json.loads(raw)["exchanges"][0]["reply"]["page"]
    assert "<redacted>" in kept
    for secret in (*forms(PASSWORD), token):
        for text in (
            raw,
            kept.encode("latin-1"),
            json.loads(raw)["exchanges"][0]["reply"]["head"][0].encode("latin-1"),
        ):
            assert secret.lower() not in text.lower(), (secret, text)


@pytest.mark.parametrize(
    "echo",
    [
        "".join(f"&#{ord(letter)};" for letter in PASSWORD),
        "".join(f"&#x{ord(letter):x};" for letter in PASSWORD),
        "".join(f"%{ord(letter):02X}" for letter in PASSWORD),
        "".join(f"\\u{ord(letter):04x}" for letter in PASSWORD),
        PASSWORD.replace("%", "%25").replace("3", "%33"),
        PASSWORD.replace("%", "%2525"),
        PASSWORD.replace('"', "&#34;").replace("w", "&#119;"),
        PASSWORD.replace(" ", "+").replace("%", "%25"),
    ],
)
def test_a_password_in_odd_encodings_is_nowhere(echo: str) -> None:
    talk = Conversation(Observe())
    talk.says(CONNECT + basic(f"clerk:{PASSWORD}") + b"\r\n")
    talk.hears(refusal(f"you said {echo} and more".encode("latin-1")))
    page = talk.line["exchanges"][0]["reply"]["page"]
    assert echo not in page
    assert "<redacted>" in page


def test_digest_cookies_userinfo_and_queries_are_nowhere() -> None:
    talk = Conversation(Observe())
    response, cookie, query, password = "0123456789abcdef" * 2, "sessionvalue", "querysecret", "urlpassw"
    target = f"http://clerk:{password}@a.example/p?k={query}".encode()
    digest = f'Proxy-Authorization: Digest username="clerk", response="{response}", cnonce="abcdefgh"\r\n'.encode()
    talk.says(b"GET " + target + b" HTTP/1.1\r\nCookie: s=" + cookie.encode() + b"\r\n" + digest + b"\r\n")
    echo = target + digest + cookie.encode()
    where = f"Location: http://clerk:{password}@b.example/login?next={query}\r\n".encode()
    talk.hears(refusal(echo, b"302 Found", where + b"Set-Cookie: other=thing12345\r\n"))
    raw = talk.raw
    for secret in (response, cookie, query, password, "abcdefgh", "thing12345"):
        assert secret.encode() not in raw, secret
    assert b"http://b.example/login" in raw


def test_what_one_request_carried_is_hidden_in_later_connections() -> None:
    addon = Observe()
    first, second = Conversation(addon), Conversation(addon)
    first.says(CONNECT + basic("clerk:rememberme") + b"\r\n")
    second.says(CONNECT + b"\r\n")
    second.hears(refusal(b"last seen: rememberme"))
    assert b"rememberme" not in second.raw


def test_a_page_that_is_cut_keeps_no_half_of_a_secret() -> None:
    talk = Conversation(Observe())
    talk.says(CONNECT + basic("clerk:" + "p" * 600 + "end") + b"\r\n")
    talk.hears(refusal(b"word " * 960 + b"p" * 600 + b"end" + b" word" * 100))
    assert b"pppp" not in talk.raw


@pytest.mark.parametrize(
    "flood",
    [
        b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1000,
        b"a" * 1000,
        b"HTTP/1.1 403 No\r\n\r\n" + b"\x00\x7f\x9b" * 400,
        b"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 900,
        b"HTTP/1.1 403 No\r\nContent-Length: 99999999999999999999999999\r\n\r\n" + b"z" * 900,
        OPEN + b"\x16\x03\x03\x40\x00" + bytes(900),
        b"HTTP/1.1 407 A\r\nContent-Length: 0\r\n\r\n" * 30,
    ],
)
def test_memory_and_line_are_bounded(flood: bytes) -> None:
    talk = Conversation(Observe())
    for _ in range(200):
        talk.says(CONNECT + basic("a:b") + b"\r\n")
    for _ in range(3000):
        talk.record.passed("down", flood)
    record: Any = talk.record
    assert len(record._down.buffer) <= 2 * 65536
    assert len(record._up.buffer) <= 2 * 65536
    raw = talk.raw
    assert len(raw) < 200_000
    assert raw.count(b"\n") == 1
    assert raw.isascii()
    assert all(byte >= 32 and byte != 127 for byte in raw[:-1])
    assert json.loads(raw)["bytes_down"] == 3000 * len(flood)


def test_the_kinds_of_tls_records_and_the_server_name() -> None:
    hello = client_hello(load_client_hello("android-7.0"), "Host.Example", bytes(32)).data
    assert server_name(hello) == "host.example"
    assert server_name(hello[:60]) is None
    assert server_name(b"\x16\x03\x01\x00\x05hello") is None
    talk = Conversation(Observe())
    talk.says(CONNECT + b"\r\n")
    talk.hears(OPEN)
    for at in range(0, len(hello), 7):
        talk.says(hello[at : at + 7])
    talk.hears(b"\x16\x03\x03\x00\x04abcd" + b"\x14\x03\x03\x00\x01\x01" + b"\x16\x03\x03\x00\x02xy")
    talk.says(b"\x15\x03\x03\x00\x02\x02\x30")
    tunnel = talk.line["exchanges"][0]["tunnel"]
    assert tunnel["server_name"] == "host.example"
    assert tunnel["records_up"] == [[22, len(hello) - 5], [21, 2, 2, 48]]
    assert tunnel["records_down"] == [[22, 4], [20, 1], [22, 2]]
    assert base64.b64decode(tunnel["flight"]) == b"\x16\x03\x03\x00\x04abcd"


def test_the_log_is_appended_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "device.jsonl"
    file.write_bytes(b"before\n")
    addon = Observe()
    with configured(addon, observe_log=str(file), mode=["upstream:http://proxy.example:3128"]):
        one, two = Conversation(addon), Conversation(addon)
        one.ends("device")
        addon.client_disconnected(one.layer.context.client)
        assert file.read_bytes().count(b"\n") == 2, "a line is in the file as soon as its connection ended"
        two.says(CONNECT + b"\r\n")
        addon.done()
    lines = [json.loads(line) for line in file.read_bytes().splitlines()[1:]]
    assert [line["end"] for line in lines] == ["device-closed", "open"]
    assert {line["schema"] for line in lines} == {SCHEMA}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"mode": ["regular"]}, "say --mode upstream:http://HOST:PORT"),
        ({"mode": ["upstream:https://proxy.example:443"]}, "say --mode upstream:http://HOST:PORT"),
        ({"observe_log": "/nowhere/at/all.jsonl"}, "cannot be written"),
    ],
)
def test_what_cannot_be_observed_is_refused_at_the_start(settings: dict[str, Any], words: str, tmp_path: Path) -> None:
    usual = {"observe_log": str(tmp_path / "log"), "mode": ["upstream:http://proxy.example:3128"]}
    with pytest.raises(exceptions.OptionsError, match=words), configured(Observe(), **{**usual, **settings}):
        pass
