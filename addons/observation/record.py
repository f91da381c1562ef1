"""One connection of a device: its exchanges and its tunnel, as one line of the log."""

import json
import re
import time
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from .messages import Messages, Mode, by_name, framing, parsed, scheme_of, target_of
from .redaction import REDACTED, Secrets
from .tunnel import Tunnel

SCHEMA = "proxycheck.observed/1"
_EXCHANGES = 32
_PAGES = 8
_PAGE_READ, _PAGE_KEPT = 5120, 2000
_FIELD_LIMIT, _FIELDS_KEPT = 300, 24
_FIELDS = frozenset(
    (
        *("connection", "content-length", "content-type", "date", "location", "proxy-agent", "proxy-authenticate"),
        *("proxy-connection", "retry-after", "server", "transfer-encoding", "via", "www-authenticate", "x-cache"),
        *("x-cache-lookup", "x-squid-error", "aw-error-code", "fiddlergateway", "accept-ranges"),
    )
)
"""The reply's fields that are written: framing, sign-in, and those by which products are known."""
_STYLE = re.compile(r"<style\b[^>]*>.*?(?:</style>|$)", re.IGNORECASE | re.DOTALL)


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
        first, fields = parsed(head)
        method, _, rest = first.partition(" ")
        target = rest.rpartition(" ")[0] or rest
        harmless = self._secrets.learn(target, fields) and head.endswith(b"\n")
        exchange: dict[str, Any] = {
            "at_s": self.now(),
            "method": method if re.fullmatch("[A-Z]{1,16}", method) else None,
            "target": target_of(method, target),
            "authorization": scheme_of(by_name(fields).get("proxy-authorization")),
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
        return ("held", 0) if method == "CONNECT" else framing(by_name(fields), otherwise="head")

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
        return framing(fields, otherwise="rest")

    def _take_head(self, exchange: dict[str, Any], head: bytes) -> dict[str, str]:
        first, fields = parsed(head)
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
        return by_name(fields)

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


def _harmless(name: str, value: str) -> str:
    """A field's value without what may be secret by its place."""
    if name.lower() != "location":
        return value
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
    except ValueError:
        return REDACTED
    return f"{parts.scheme}://{host}{parts.path}" if parts.scheme else parts.path
