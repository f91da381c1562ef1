"""HTTP as it is spoken with a canary: requests and answers that both ends can write down byte for byte.

    GET  /v1/reflect/NONCE        what the canary saw of this request; never to be stored
    GET  /v1/stored/NONCE         the same, and a cache may keep it (RFC 9111 section 4.2.2)
    POST /v1/xml/NONCE/SIZE       a document up, another one down
    POST /v1/bytes/NONCE/SIZE     bytes up, as many down

An answer's body is content that the client knows, and a signed statement behind it. One field has odd spelling and
spacing, which a tunnel keeps and a program that parses HTTP loses.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import h11
from msgspec import Struct

from proxycheck.canary.content import Comparer, Content
from proxycheck.canary.statement import SealedReader
from proxycheck.model.canary import FieldChange
from proxycheck.model.target import Target

Resource = Literal["reflect", "stored", "xml", "bytes"]
SMALLEST = 256
"""Size of the document that answers a request without a body."""
LARGEST = 8 * 1024 * 1024
HEAD_LIMIT = 16384
ODD_FIELD = ("X-cAnArY-Field", "two  spaces")
HEAD_END = re.compile(rb"\n\r?\n")

_ODD_LINE = f"{ODD_FIELD[0]}:  {ODD_FIELD[1]} "
_RESOURCES: Mapping[str, Resource] = {"reflect": "reflect", "stored": "stored", "xml": "xml", "bytes": "bytes"}
_TYPES: Mapping[Resource, str] = {"bytes": "application/octet-stream"}
_XML = "text/xml; charset=utf-8"
_TARGET = re.compile(r"(?:http://[^/]*)?/v1/([a-z]+)/([0-9a-f]{32})(?:/(\d{1,8}))?\Z")
_COOKIES = (b"cookie", b"cookie2", b"set-cookie", b"set-cookie2")


class HttpRequest(Struct, frozen=True):
    """One request of the canary's vocabulary. `size` is that of the body; 0 is a GET."""

    resource: Resource
    nonce: str
    size: int = 0

    @property
    def path(self) -> str:
        """The request target in origin-form."""
        return f"/v1/{self.resource}/{self.nonce}" + (f"/{self.size}" if self.size else "")

    @property
    def up(self) -> Content:
        """The body of the request."""
        return Content("bytes" if self.resource == "bytes" else "xml", f"{self.nonce}/up", self.size)

    def down(self, received: int) -> Content:
        """The content of the answer to a body of which `received` bytes came: never more than came, but for the
        smallest document."""
        size = min(self.size, received)
        if self.resource != "bytes":
            size = max(size, SMALLEST)
        return Content(self.up.kind, f"{self.nonce}/down", size)

    def fields(self, target: Target, agent: str) -> tuple[tuple[str, str], ...]:
        """The end-to-end fields of the request: what no proxy has to touch."""
        kind = (("Content-Type", _TYPES.get(self.resource, _XML)),) if self.size else ()
        return (("Host", _host(target)), ("User-Agent", agent), ("Accept", "*/*"), *kind, ODD_FIELD)

    def head(self, target: Target, agent: str) -> bytes:
        """The head for inside a tunnel (origin-form, RFC 9112 section 3.2.1)."""
        return self._head(self.path, self.fields(target, agent), ())

    def forwarded(self, target: Target, agent: str, authorization: str | None) -> bytes:
        """The whole request for the proxy itself (absolute-form, RFC 9112 section 3.2.2)."""
        more = [("Proxy-Connection", "close")]
        if authorization is not None:
            more.append(("Proxy-Authorization", authorization))
        head = self._head(f"http://{_host(target)}{self.path}", self.fields(target, agent), more)
        return head + self.up.slice(0, self.size)

    def _head(self, target: str, fields: Iterable[tuple[str, str]], more: Iterable[tuple[str, str]]) -> bytes:
        lines = [f"{'POST' if self.size else 'GET'} {target} HTTP/1.1"]
        lines += [_ODD_LINE if field == ODD_FIELD else f"{field[0]}: {field[1]}" for field in (*fields, *more)]
        if self.size:
            lines.append(f"Content-Length: {self.size}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _host(target: Target) -> str:
    return target.id.rsplit(":", 1)[0] if target.port == 80 else target.id


def read_target(target: str, *, body: bool) -> HttpRequest | None:
    """The request that a target means; None when it is none of the canary's."""
    match = _TARGET.match(target)
    resource = _RESOURCES.get(match[1]) if match else None
    if match is None or resource is None:
        return None
    size = int(match[3] or 0)
    if body != (size > 0) or body != (resource in ("xml", "bytes")) or size > LARGEST:
        return None
    return HttpRequest(resource, match[2], size)


def answer_head(request: HttpRequest | None, length: int) -> bytes:
    """The head of the canary's answer with a body of `length` bytes; without a request it is 404."""
    resource = "reflect" if request is None else request.resource
    caching = "Last-Modified: Sat, 01 Jan 2000 00:00:00 GMT" if resource == "stored" else "Cache-Control: no-store"
    lines = (
        "HTTP/1.1 404 Not Found" if request is None else "HTTP/1.1 200 OK",
        f"Content-Type: {_TYPES.get(resource, _XML)}",
        f"Content-Length: {length}",
        caching,
        _ODD_LINE,
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def blanked(head: bytes) -> str:
    """A head as text, the values of credentials and cookies replaced by asterisks: they are not the canary's."""
    lines: list[bytes] = []
    secret = False
    for line in head.split(b"\n"):
        folded = secret and line.startswith((b" ", b"\t"))  # RFC 9112 section 5.2
        name, colon, value = (b"", b"", line) if folded else line.partition(b":")
        secret = folded or (bool(colon) and _is_secret(name))
        lines.append(name + colon + _asterisks(value) if secret else line)
    return b"\n".join(lines).decode("latin-1")


def _is_secret(name: bytes) -> bool:
    low = name.lower()
    return b"auth" in low or low.rstrip(b" \t") in _COOKIES


def _asterisks(value: bytes) -> bytes:
    """As many asterisks as the value is long, between the spaces around it and before a bare CR."""
    text = value.lstrip(b" \t")
    size = len(text) - len(text.rstrip(b"\r"))
    return value[: len(value) - len(text)] + b"*" * (len(text) - size) + text[len(text) - size :]


def head_digest(head: bytes) -> str:
    """SHA-256 of a head."""
    return hashlib.sha256(head).hexdigest()


class AnswerReader:
    """Reads the answer to `request`; its content is compared as it comes.

    `head` is the head as it came, empty until it is whole; `complete` says that the answer has ended, `malformed` that
    it is no HTTP."""

    def __init__(self, request: HttpRequest) -> None:
        self.content = Comparer(request.down(request.size))
        self.body = SealedReader(self.content)
        self.head = b""
        self.status = 0
        self.complete = False
        self.malformed = False
        self._held = b""
        self._h11 = h11.Connection(our_role=h11.CLIENT, max_incomplete_event_size=4 * HEAD_LIMIT)
        method = "POST" if request.size else "GET"
        self._h11.send(h11.Request(method=method, target="/", headers=[("Host", "h")]))
        self._h11.send(h11.EndOfMessage())

    def feed(self, data: bytes) -> None:
        """The next bytes, however they are cut."""
        if self.complete:
            return
        if not self.head:
            self._held += data
            found = HEAD_END.search(self._held)
            if found is None and len(self._held) <= 4 * HEAD_LIMIT:
                return
            self.head = self._held[: found.end()] if found else self._held
            data = self._held
        self._pump(data)

    def end(self) -> None:
        """The peer closed."""
        if not self.complete and self.head:
            self._pump(b"")
        self.complete = True
        self.body.end()

    def _pump(self, data: bytes) -> None:
        try:
            self._h11.receive_data(data)
            for event in self._events():
                if isinstance(event, h11.Response):
                    self.status = event.status_code
                elif isinstance(event, h11.Data):
                    self.body.feed(bytes(event.data))
                elif isinstance(event, (h11.EndOfMessage, h11.ConnectionClosed)):
                    self.complete = True
                    self.body.end()
                    return
        except h11.RemoteProtocolError:
            self.malformed = not self.status
            self.complete = True
            self.body.end()

    def _events(self) -> Iterator[object]:
        while True:
            event = self._h11.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return
            yield event


def head_fields(head: bytes) -> tuple[str, dict[str, str]]:
    """The first line of a head, and its fields by lower-case name; folded and nameless lines are left out."""
    first, *lines = head.decode("latin-1").replace("\r\n", "\n").split("\n")
    pairs = (line.partition(":") for line in lines if ":" in line and not line.startswith((" ", "\t")))
    return first, {name.strip().lower(): value.strip() for name, _, value in pairs}


def field_changes(
    where: Literal["request", "response"], sent: Iterable[tuple[str, str]], arrived: dict[str, str]
) -> Iterator[FieldChange]:
    """How end-to-end fields came through a proxy that forwards."""
    known = {"content-length", "transfer-encoding", "connection", "cache-control", "last-modified"}
    for name, value in sent:
        known.add(name.lower())
        found = arrived.get(name.lower())
        if found != value:
            yield FieldChange(where, name, "removed" if found is None else "changed")
    for name in arrived:
        if name not in known:
            yield FieldChange(where, name[:64], "added")


def answer_fields(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    """The end-to-end fields of the canary's answer that no proxy has to touch."""
    return (("Content-Type", _TYPES.get(request.resource, _XML)), ODD_FIELD)
