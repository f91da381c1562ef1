r"""Between a real device and the customer's proxy: every byte passes unchanged, and one line a connection is written.

Whose behaviour: nobody's, and that is the point. It answers nothing, decrypts nothing and rewrites nothing: the
device's own CONNECT and credentials reach the customer's proxy, and that proxy's own replies reach the device, so
what is observed is what would have happened without it. mitmproxy by itself would write a CONNECT and replies of its
own (RFC 9110 section 9.3.6 leaves each hop free to), end what is quiet for ten minutes, and turn a reset into a close.

Set the device's proxy to this computer, port 8080, let it work, and end mitmdump with Ctrl-C:

    mitmdump -s addons/observe.py --mode upstream:http://proxy.example:8080 --set observe_log=device.jsonl

`observe_log` is appended to: a JSON object in ASCII for each connection (`schema` is `proxycheck.observed/1`), with
its requests and replies, and of a tunnel the server name, the kinds of the first TLS records, the server's
certificates as far as they pass in clear (RFC 5246 section 7.3), bytes, times, and who ended it how.

Never written are paths, queries, and fields other than the few in `_FIELDS`; of a request only whether it had
credentials, and of which scheme. A refusal's page is kept to recognise its author, without the credentials, cookies
and queries that any request has carried in any usual encoding, and without whatever looks like a token.
"""

import base64
import html
import json
import logging
import os
import re
import socket
import struct
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Literal
from urllib.parse import quote, quote_plus, unquote, urlsplit

from mitmproxy import ctx, exceptions
from mitmproxy.addonmanager import Loader
from mitmproxy.connection import Client, Connection, ConnectionState, Server
from mitmproxy.proxy import commands, events, layer, mode_specs
from mitmproxy.proxy.context import Context

SCHEMA = "proxycheck.observed/1"
Fields = list[tuple[str, str]]
Mode = Literal["head", "body", "chunk", "chunk-data", "trailer", "rest", "held", "tunnel"]

_HEAD_LIMIT = 65536
_LINE_LIMIT = 4096
_EXCHANGES = 32
_PAGES = 8
_PAGE_READ, _PAGE_KEPT = 5120, 2000
_FIELD_LIMIT, _FIELDS_KEPT = 300, 24
_RECORDS = 16
_FLIGHT = 16 * 1024
_SECRETS_KEPT = 256
_VALUES = 100
_SHORTEST_VALUE, _SHORTEST_PASSWORD = 6, 4
_QUIET_FOR_EVER = 10**9

_FIELDS = frozenset(
    (
        *("connection", "content-length", "content-type", "date", "location", "proxy-agent", "proxy-authenticate"),
        *("proxy-connection", "retry-after", "server", "transfer-encoding", "via", "www-authenticate", "x-cache"),
        *("x-cache-lookup", "x-squid-error", "aw-error-code", "fiddlergateway", "accept-ranges"),
    )
)
"""The reply's fields that are written: framing, sign-in, and those by which products are known."""
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_HOST = re.compile(r"\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,253})")
_SCHEME = re.compile(r"(?:basic|bearer|digest|kerberos|negotiate|ntlm)(?![^\s])", re.IGNORECASE)
_CHALLENGE_TOKEN = re.compile(
    r"\b((?:NTLM|Negotiate|Kerberos|Bearer)[ \t]+)(?![A-Za-z-]+[ \t]*=[^=])[A-Za-z0-9+/._~-]+=*", re.IGNORECASE
)
_STYLE = re.compile(r"<style\b[^>]*>.*?(?:</style>|$)", re.IGNORECASE | re.DOTALL)
_LONG = re.compile(r"[A-Za-z0-9+/_=-]{16,}")
_ESCAPES = re.compile(
    r"(?:%[0-9A-Fa-f]{2}){4,}|(?:&#x?[0-9A-Fa-f]{1,6};){4,}|(?:\\u[0-9A-Fa-f]{4}){4,}|(?:\\x[0-9A-Fa-f]{2}){4,}"
)
_MIXED = re.compile(r"[0-9]|[a-z][A-Z]")
_REDACTED = "<redacted>"
_NO_LINGER = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)

logger = logging.getLogger(__name__)


class Secrets:
    """What the latest requests have carried that nobody may read, and text without it."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, ...]] = {}

    def learn(self, target: str, fields: Fields) -> bool:
        """Takes note of the credentials, cookies and queries of a request; whether there was room for all of them."""
        values = [part.rpartition("=")[2] for part in target.partition("?")[2].split("&")]
        cookies = [value for name, value in fields if name.lower() == "cookie"]
        values += [pair.partition("=")[2].strip() for value in cookies for pair in value.split(";")]
        for value in values[:_VALUES]:
            if len(value) >= _SHORTEST_VALUE:
                self._add(value, unquote(value))
        userinfo = target.partition("://")[2].partition("/")[0].rpartition("@")[0] or target.rpartition("@")[0]
        self._add(unquote(userinfo.partition(":")[2]), userinfo.partition(":")[2])
        for name, value in fields:
            if name.lower() in ("proxy-authorization", "authorization"):
                self._add(*_credentials(value))
        return len(values) <= _VALUES

    def _add(self, *secrets: str) -> None:
        for secret in filter(None, secrets):
            self._known[secret] = self._known.pop(secret, ()) or _forms(secret)
        while len(self._known) > _SECRETS_KEPT:
            del self._known[next(iter(self._known))]

    def clean(self, text: str) -> str:
        """`text` (one character a byte) without anything secret. A very short password counts only as a word. Nothing
        is left of a text that holds a secret in an encoding which cannot be cut out."""
        lower = text.lower()
        for secret, forms in self._known.items():
            if any(form in lower for form in forms):
                found = "|".join(map(re.escape, forms))
                short = len(secret) < _SHORTEST_PASSWORD
                text = re.sub(rf"(?<!\w)(?:{found})(?!\w)" if short else found, _REDACTED, text, flags=re.IGNORECASE)
        if self._is_left_in(text):
            return _REDACTED
        text = _ESCAPES.sub(_REDACTED, _CHALLENGE_TOKEN.sub(rf"\1{_REDACTED}", text))
        return _LONG.sub(lambda found: _REDACTED if _MIXED.search(found[0]) else found[0], text)

    def _is_left_in(self, text: str) -> bool:
        """Whether a secret stands there partly escaped."""
        plain = html.unescape(unquote(text, "latin-1"))
        decoded = {plain, html.unescape(plain), unquote(plain, "latin-1"), plain.replace("+", " ")} - {text}
        lowered = [each.lower() for each in decoded]
        long = (forms for secret, forms in self._known.items() if len(secret) >= _SHORTEST_PASSWORD)
        return any(form in each for forms in long for form in forms for each in lowered)


def _credentials(value: str) -> Iterator[str]:
    scheme, _, token = value.strip().partition(" ")
    yield token.strip() or scheme
    if scheme.lower() == "basic":
        try:
            pair = base64.b64decode(token.strip() + "==").decode("latin-1")
        except ValueError:
            return
        yield pair
        yield pair.partition(":")[2]
    else:
        yield from re.findall(r'(?:response|cnonce)\s*=\s*"?([^",\s]+)', token, re.IGNORECASE)


def _forms(secret: str) -> tuple[str, ...]:
    """The secret (one character a byte) in every usual encoding, in lower case, the longest first."""
    data = secret.encode("latin-1", "replace")
    texts = {secret, data.decode("utf-8", "replace"), secret.encode().decode("latin-1")}
    forms = {data.hex(), base64.b64encode(data).decode().rstrip("="), quote(data, safe=""), quote_plus(data)}
    for text in texts:
        forms |= {text, html.escape(text), json.dumps(text)[1:-1], quote(text, safe=""), quote_plus(text)}
    return tuple(sorted({form.lower() for form in forms if form}, key=len, reverse=True))


class Messages:
    """Finds the heads of HTTP messages in a stream and passes over what stands between them, in bounded memory.

    `on_head` gets each head and says how the stream goes on, and for how many bytes."""

    def __init__(self, on_head: Callable[[bytes], tuple[Mode, int]], on_rest: Callable[[bytes], None]) -> None:
        self._on_head = on_head
        self._on_rest = on_rest
        self.buffer = bytearray()
        self.mode: Mode = "head"
        self.on_body: Callable[[bytes], None] | None = None
        self._left = 0

    def feed(self, data: bytes) -> None:
        """Takes the next bytes."""
        self.buffer += data
        while self.buffer and self._step():
            pass

    def _step(self) -> bool:
        """Takes one thing from the buffer; whether there may be another."""
        if self.mode == "head":
            return self._head()
        if self.mode in ("body", "chunk-data"):
            return self._body()
        if self.mode in ("chunk", "trailer"):
            return self._line()
        if self.mode == "held":
            del self.buffer[_HEAD_LIMIT:]
            return False
        data, self.buffer = bytes(self.buffer), bytearray()
        if self.mode == "tunnel":
            self._on_rest(data)
        elif self.on_body is not None:
            self.on_body(data)
        return False

    def _head(self) -> bool:
        blank = len(self.buffer) - len(self.buffer.lstrip(b"\r\n"))
        del self.buffer[:blank]
        found = _HEAD_END.search(self.buffer)
        if found is None and len(self.buffer) < _HEAD_LIMIT and not self._foreign():
            return False
        end = _HEAD_LIMIT if found is None else found.end()
        head = bytes(self.buffer[:end])
        del self.buffer[:end]
        self.mode, self._left = self._on_head(head)
        return True

    def _foreign(self) -> bool:
        """Whether this can no longer become a head: bytes that no line of text has."""
        return bool(self.buffer) and self.buffer[0] < 32

    def _body(self) -> bool:
        data = bytes(self.buffer[: self._left])
        del self.buffer[: len(data)]
        self._left -= len(data)
        if self.on_body is not None:
            self.on_body(data)
        if not self._left:
            self.mode = "head" if self.mode == "body" else "trailer" if self.mode == "trailer" else "chunk"
        return True

    def _line(self) -> bool:
        line, newline, _ = bytes(self.buffer[:_LINE_LIMIT]).partition(b"\n")
        if not newline:
            self.mode = "rest" if len(self.buffer) >= _LINE_LIMIT else self.mode
            return self.mode == "rest"
        del self.buffer[: len(line) + 1]
        text = line.strip()
        if self.mode == "trailer":
            self.mode = "trailer" if text else "head"
        elif text:  # an empty line ends the chunk before
            size = text.partition(b";")[0].strip()
            if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", size):
                self.mode = "rest"
            else:
                self._left = int(size, 16)
                self.mode = "chunk-data" if self._left else "trailer"
        return True


class Records:
    """The first TLS records of one direction: `[type, length]`, and an alert in clear as `[21, 2, level, what]`."""

    def __init__(self) -> None:
        self.seen: list[list[int]] = []
        self.clear = bytearray()
        self._head = bytearray()
        self._left = 0
        self._encrypted = False
        self._lost = False

    def feed(self, data: bytes) -> None:
        """Takes the next bytes; those that are not TLS end it."""
        view = memoryview(data)
        while view and not self._lost and (self._left or len(self.seen) < _RECORDS):
            taken = min(len(view), self._left or 5 - len(self._head))
            if self._left:
                self._fragment(bytes(view[:taken]))
            else:
                self._head += view[:taken]
                if len(self._head) == 5:
                    self._begin()
            view = view[taken:]

    def _begin(self) -> None:
        kind, version, self._left = self._head[0], self._head[1], int.from_bytes(self._head[3:5], "big")
        self._lost = kind not in range(20, 24) or version != 3
        if not self._lost:
            self.seen.append([kind, self._left])
            self._encrypted = self._encrypted or kind in (20, 23)
            self._keep(bytes(self._head))
        self._head = bytearray() if self._left or self._lost else self._head[:0]

    def _fragment(self, data: bytes) -> None:
        self._left -= len(data)
        self._keep(data)
        last = self.seen[-1]
        if last[0] == 21 and last[1] == 2 and not self._encrypted:
            last += data
        self._head = bytearray()

    def _keep(self, data: bytes) -> None:
        if not self._encrypted:
            self.clear += data[: max(0, _FLIGHT - len(self.clear))]


class Tunnel:
    """What is seen of a tunnel from outside."""

    def __init__(self, opened_s: float) -> None:
        self.told: dict[str, Any] = {"opened_s": opened_s, "bytes_up": 0, "bytes_down": 0}
        self._records = {"up": Records(), "down": Records()}
        self._first = {"up": b"", "down": b""}

    def feed(self, way: Literal["up", "down"], data: bytes, now: float) -> None:
        """Takes bytes of the device (`up`) or of the far end."""
        self.told[f"bytes_{way}"] += len(data)
        self.told.setdefault(f"first_{way}_s", now)
        self.told[f"last_{way}_s"] = now
        if len(self._first[way]) < 128:
            self._first[way] += data[:128]
        self._records[way].feed(data)

    def line(self, secrets: Secrets) -> dict[str, Any]:
        """The tunnel as it is written."""
        up, down = self._records["up"], self._records["down"]
        for way, records in self._records.items():
            self.told[f"kind_{way}"] = _kind(self._first[way])
            self.told[f"records_{way}"] = records.seen
        if _kind(self._first["up"]) == "tls":
            self.told["server_name"] = server_name(bytes(up.clear))
        if _kind(self._first["down"]) == "http":
            line = self._first["down"].lstrip().splitlines()[0]
            self.told["answer"] = secrets.clean(line.decode("latin-1"))[:120]
        if _kind(self._first["down"]) == "tls":
            self.told["flight"] = base64.b64encode(down.clear).decode()
        return self.told


def _kind(first: bytes) -> str | None:
    if not first:
        return None
    if first[0] in range(20, 24) and first[1:2] in (b"", b"\x03"):
        return "tls"
    text = first.lstrip().upper()
    words = (b"HTTP/", b"<HTML", b"<!DOCTYPE", b"GET ", b"POST ", b"HEAD ", b"PUT ", b"OPTIONS ")
    return "http" if text.startswith(words) else "other"


def server_name(records: bytes) -> str | None:
    """The host name in a ClientHello (RFC 6066 section 3), None where there is none that could be read."""
    message = b"".join(_fragments(records))
    try:
        at = 4 + 2 + 32
        at += 1 + message[at]
        at += 2 + int.from_bytes(message[at : at + 2], "big")
        at += 1 + message[at]
        end = at + 2 + int.from_bytes(message[at : at + 2], "big")
        at += 2
        while at + 4 <= min(end, len(message)):
            kind, size = int.from_bytes(message[at : at + 2], "big"), int.from_bytes(message[at + 2 : at + 4], "big")
            if kind == 0:
                name = message[at + 9 : at + 4 + size].decode("ascii")
                return name.lower() if _HOST.fullmatch(name) else None
            at += 4 + size
    except (IndexError, UnicodeDecodeError):
        return None
    return None


def _fragments(records: bytes) -> Iterator[bytes]:
    at = 0
    while len(records) - at > 5 and records[at] == 22:
        size = int.from_bytes(records[at + 3 : at + 5], "big")
        yield records[at + 5 : at + 5 + size]
        at += 5 + size


class Record:
    """One connection of the device, as far as it is known."""

    def __init__(self, client: str, proxy: str, secrets: Secrets) -> None:
        self._start = time.monotonic()
        self._secrets = secrets
        self._line: dict[str, Any] = {
            "schema": SCHEMA,
            "started_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "client": client,
            "proxy": proxy,
            "bytes_up": 0,
            "bytes_down": 0,
        }
        self._exchanges: list[dict[str, Any]] = []
        self._waiting: list[dict[str, Any]] = []
        self._may_have_page: list[dict[str, Any]] = []
        self._left_out = 0
        self._page = bytearray()
        self._paged: dict[str, Any] | None = None
        self._tunnel: Tunnel | None = None
        self._opening: dict[str, Any] | None = None
        self._up = Messages(self._request, lambda data: self._inside("up", data))
        self._down = Messages(self._reply, lambda data: self._inside("down", data))

    def now(self) -> float:
        """Seconds since the device connected."""
        return round(time.monotonic() - self._start, 3)

    def connected(self, error: str | None) -> None:
        """The connection to the customer's proxy stands, or does not."""
        self._line["connected_s"] = None if error else self.now()
        if error:
            self._line["error"] = self._secrets.clean(error)[:_FIELD_LIMIT]
            self.ended("proxy-unreachable")

    def passed(self, way: Literal["up", "down"], data: bytes) -> None:
        """Bytes went by."""
        self._line[f"bytes_{way}"] += len(data)
        (self._up if way == "up" else self._down).feed(data)

    def ended(self, how: str) -> None:
        """Somebody ended the connection; who comes later only follows."""
        if "end" not in self._line:
            self._line |= {"end": how, "ended_s": self.now()}

    def line(self) -> bytes:
        """The connection as it is written: one line of ASCII."""
        self._finish_page()
        if self._down.mode == "head" and self._down.buffer and self._waiting:
            self._take_head(self._waiting.pop(0), bytes(self._down.buffer))
        elif self._down.mode == "head" and self._down.buffer:
            self._line["unasked"] = self._secrets.clean(self._down.buffer[:_FIELD_LIMIT].decode("latin-1"))
        if self._opening is not None and self._tunnel is not None:
            self._opening["tunnel"] = self._tunnel.line(self._secrets)
        self._line.setdefault("end", "open")
        whole = {**self._line, "duration_s": self.now(), "exchanges": self._exchanges, "left_out": self._left_out}
        return json.dumps(whole).replace("\x7f", "\\u007f").encode("ascii") + b"\n"

    def _request(self, head: bytes) -> tuple[Mode, int]:
        first, fields = _parsed(head)
        method, _, rest = first.partition(" ")
        target = rest.rpartition(" ")[0] or rest
        harmless = self._secrets.learn(target, fields) and head.endswith(b"\n")
        exchange: dict[str, Any] = {
            "at_s": self.now(),
            "method": method if re.fullmatch("[A-Z]{1,16}", method) else None,
            "target": _target(method, target),
            "authorization": _scheme(_by_name(fields).get("proxy-authorization")),
        }
        if len(self._exchanges) < _EXCHANGES:
            self._exchanges.append(exchange)
        else:
            self._left_out += 1
        if method in ("CONNECT", "GET") and harmless and len(self._exchanges) <= _PAGES:
            self._may_have_page.append(exchange)
        self._waiting.append(exchange)
        del self._waiting[: -2 * _EXCHANGES]
        if exchange["method"] is None:
            return "rest", 0
        return ("held", 0) if method == "CONNECT" else _framing(_by_name(fields), otherwise="head")

    def _reply(self, head: bytes) -> tuple[Mode, int]:
        self._finish_page()
        found = re.match(rb"HTTP/[^ \t\r\n]{1,20}[ \t]+(\d{3})(?!\d)", head, re.IGNORECASE)
        status = int(found[1]) if found else 0
        if status == 101 or not self._waiting:
            return "rest", 0
        if 100 <= status < 200:
            return "head", 0
        exchange = self._waiting.pop(0)
        fields = self._take_head(exchange, head)
        if exchange["method"] == "CONNECT" and 200 <= status < 300:
            self._tunnel, self._opening = Tunnel(self.now()), exchange
            self._up.mode = "tunnel"
            self._up.feed(b"")
            return "tunnel", 0
        if exchange["method"] == "CONNECT":
            self._up.mode = "head"
            self._up.feed(b"")
        self._keep_page(exchange, status, fields)
        if not found:
            return "rest", 0
        if exchange["method"] == "HEAD" or status in (204, 304):
            return "head", 0
        return _framing(fields, otherwise="rest")

    def _take_head(self, exchange: dict[str, Any], head: bytes) -> dict[str, str]:
        first, fields = _parsed(head)
        if not first.upper().startswith("HTTP/"):
            first, fields = head[:_FIELD_LIMIT].decode("latin-1"), []
        version, _, reason = first[:_FIELD_LIMIT].partition(" ")
        status, _, reason = reason.partition(" ")
        if not status.isdigit():
            version, status, reason = "", "", first[:_FIELD_LIMIT]
        kept = [f"{version} {status} {self._secrets.clean(reason)}".strip()]
        for name, value in [(name, value) for name, value in fields if name.lower() in _FIELDS][:_FIELDS_KEPT]:
            kept.append(f"{name}: {self._secrets.clean(_harmless(name, value[:_FIELD_LIMIT]))}")
        exchange["reply"] = {"at_s": self.now(), "head": kept}
        return _by_name(fields)

    def _keep_page(self, exchange: dict[str, Any], status: int, fields: dict[str, str]) -> None:
        wanted = any(each is exchange for each in self._may_have_page)
        if wanted and "content-encoding" not in fields and not 200 <= status < 300:
            self._paged = exchange["reply"]
            self._down.on_body = self._body

    def _body(self, data: bytes) -> None:
        self._page += data[: max(0, _PAGE_READ - len(self._page))]

    def _finish_page(self) -> None:
        """Writes the page down. Where it was cut its end is left out, which may be half a secret."""
        if self._paged is not None:
            text = self._secrets.clean(self._page.decode("latin-1"))
            if len(self._page) == _PAGE_READ:
                text = text[: max(0, len(text) - 1024)]
            self._paged["page"] = _STYLE.sub("", text)[:_PAGE_KEPT]
        self._paged, self._down.on_body, self._page = None, None, bytearray()

    def _inside(self, way: Literal["up", "down"], data: bytes) -> None:
        if self._tunnel is not None:
            self._tunnel.feed(way, data, self.now())


def _parsed(head: bytes) -> tuple[str, Fields]:
    """The first line, and the fields; folded lines are joined."""
    first, *lines = head.decode("latin-1").strip().replace("\r\n", "\n").split("\n")
    fields: Fields = []
    for line in lines:
        name, colon, value = line.partition(":")
        if line[:1] in (" ", "\t") and fields:
            fields[-1] = (fields[-1][0], f"{fields[-1][1]} {line.strip()}")
        elif colon:
            fields.append((name.strip(), value.strip()))
    return first, fields


def _by_name(fields: Fields) -> dict[str, str]:
    return {name.lower(): value for name, value in fields}


def _framing(fields: dict[str, str], otherwise: Mode) -> tuple[Mode, int]:
    """How a message's content ends (RFC 9112 section 6.3)."""
    if "transfer-encoding" in fields:
        return "chunk", 0
    length = fields.get("content-length", "")
    if not length:
        return otherwise, 0
    if not re.fullmatch(r"[0-9]{1,18}", length):
        return "rest", 0
    return ("body", int(length)) if int(length) else ("head", 0)


def _target(method: str, target: str) -> str | None:
    """`host:port` of a request; None for what is no such thing."""
    try:
        parts = urlsplit(f"//{target}" if method == "CONNECT" else target)
        host, port = parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80)
    except ValueError:
        return None
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{port}" if _HOST.fullmatch(name) else None


def _scheme(value: str | None) -> str | None:
    if value is None:
        return None
    found = _SCHEME.match(value.strip())
    return found[0].lower() if found else "other"


def _harmless(name: str, value: str) -> str:
    """A field's value without what may be secret by its place."""
    if name.lower() != "location":
        return value
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        return _REDACTED
    return f"{parts.scheme}://{host}{parts.path}" if parts.scheme else parts.path


class Observe:
    """Puts itself in the place of mitmproxy's own proxy and writes the log."""

    def __init__(self) -> None:
        self._log: BinaryIO | None = None
        self._live: dict[str, Record] = {}
        self._secrets = Secrets()

    def load(self, loader: Loader) -> None:
        """Adds the option."""
        loader.add_option("observe_log", str, "", "The file to which a line is added for each connection.")

    def configure(self, updated: set[str]) -> None:
        """Opens the log. Raises OptionsError where it cannot be written, and for options that would change what is
        observed."""
        name: str = ctx.options.observe_log
        if not name or not updated & {"observe_log", "mode", "upstream_auth"}:
            return
        if not all(map(_leads_to_a_proxy, ctx.options.mode)):
            raise exceptions.OptionsError("observe_log: say --mode upstream:http://HOST:PORT, the customer's proxy")
        if "upstream_auth" in ctx.options and ctx.options.upstream_auth:
            raise exceptions.OptionsError("observe_log: leave upstream_auth out; the device's own credentials pass")
        self.done()
        try:
            self._log = Path(name).open("ab")  # noqa: SIM115  it stays open while connections come
        except OSError as error:
            raise exceptions.OptionsError(f"observe_log: {name} cannot be written: {error.strerror}") from error

    def running(self) -> None:
        """Says so when nothing would be written."""
        if self._log is None:
            logger.error("observe.py writes nothing yet: say --set observe_log=FILE")

    def client_connected(self, client: Client) -> None:
        """Takes a connection over before anything is said."""
        mode = client.proxy_mode
        if self._log is None or not isinstance(mode, mode_specs.UpstreamMode):
            return
        server: Any = ctx.master.addons.get("proxyserver")
        for handler in server.connections.values() if server else ():
            if handler.client is client:
                record = self.begin(client, mode.address)
                handler.timeout_watchdog.timeout = _QUIET_FOR_EVER
                handler.layer.context.layers.clear()
                handler.layer = Passing(handler.layer.context, mode.address, record)

    def begin(self, client: Client, proxy: tuple[str, int]) -> Record:
        """The record of a connection that has just come."""
        address = str(client.peername[0]) if client.peername else ""
        host = f"[{proxy[0]}]" if ":" in proxy[0] else proxy[0]
        record = self._live[client.id] = Record(address, f"{host}:{proxy[1]}", self._secrets)
        return record

    def client_disconnected(self, client: Client) -> None:
        """Writes the connection down."""
        record = self._live.pop(client.id, None)
        if record is not None:
            self._write(record)

    def done(self) -> None:
        """Writes down what is still open."""
        for record in self._live.values():
            self._write(record)
        self._live.clear()
        if self._log is not None:
            self._log.close()
            self._log = None

    def _write(self, record: Record) -> None:
        if self._log is None:
            return
        try:
            self._log.write(record.line())
            self._log.flush()
        except OSError as error:
            logger.error("observe_log cannot be written: %s", error.strerror)  # noqa: TRY400


def _leads_to_a_proxy(mode: str) -> bool:
    try:
        parsed = mode_specs.ProxyMode.parse(mode)
    except ValueError:
        return False
    return isinstance(parsed, mode_specs.UpstreamMode) and parsed.scheme == "http"


class Passing(layer.Layer):
    """Hands bytes, ends and resets on to the other side."""

    def __init__(self, context: Context, proxy: tuple[str, int], record: Record) -> None:
        super().__init__(context)
        self.proxy = Server(address=proxy)
        self.record = record

    def _handle_event(self, event: events.Event) -> layer.CommandGenerator[None]:
        client = self.context.client
        if isinstance(event, events.Start):
            error = yield commands.OpenConnection(self.proxy)
            self.record.connected(error)
            if error:
                forget_to_linger(client)
                yield commands.CloseConnection(client)
        elif isinstance(event, events.DataReceived):
            up = event.connection is client
            yield commands.SendData(self.proxy if up else client, event.data)
            self.record.passed("up" if up else "down", event.data)
        elif isinstance(event, events.ConnectionClosed):
            yield from self.hand_on_end(event.connection)

    def hand_on_end(self, ended: Connection) -> layer.CommandGenerator[None]:
        """One side has nothing more to say, or is gone."""
        client = self.context.client
        other: Connection = self.proxy if ended is client else client
        reset = was_reset(ended)
        self.record.ended(f"{'device' if ended is client else 'proxy'}-{'reset' if reset else 'closed'}")
        if reset:
            forget_to_linger(other)
        elif other.state & ConnectionState.CAN_READ:
            yield commands.CloseTcpConnection(other, half_close=True)
            return
        yield commands.CloseConnection(other)
        yield commands.CloseConnection(ended)


def was_reset(connection: Connection) -> bool:
    """Whether the other side cut the connection in place of closing it."""
    transport = _transport(connection)
    return transport is not None and isinstance(transport.reader.exception(), ConnectionError)


def forget_to_linger(connection: Connection) -> None:
    """Makes the close that follows a reset (SO_LINGER with zero seconds), where there is a socket."""
    transport = _transport(connection)
    if transport is not None and transport.writer is not None:
        found = transport.writer.get_extra_info("socket")
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)


def _transport(connection: Connection) -> Any:
    server: Any = ctx.master.addons.get("proxyserver")
    for handler in server.connections.values() if server else ():
        if connection in handler.transports:
            return handler.transports[connection]
    return None


addons = [Observe()]
