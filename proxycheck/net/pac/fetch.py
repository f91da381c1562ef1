"""Fetches a PAC file by its URL, as browsers do: one GET without any proxy, a few redirects, limits on size and time.

A TLS certificate that this computer does not trust is told and does not stop the reading: nothing secret is sent, and
what comes is run where it can do nothing.
"""

import asyncio
import ssl
from email.message import Message
from urllib.parse import urljoin, urlsplit

import h11
from msgspec import Struct

from proxycheck.model.failure import Failure, FailureName
from proxycheck.model.questions import CheckId
from proxycheck.model.target import Target
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.net.trace import Recorder, Trace
from proxycheck.routes.pac.file import MAXIMUM_BYTES
from proxycheck.routes.system.proxy_text import without_secrets

MOST_REDIRECTS = 5
_DEFAULT_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset((301, 302, 303, 307, 308))


class Fetched(Struct, frozen=True):
    """What a URL led to: the bytes and their charset, or the URL of a redirect."""

    body: bytes = b""
    charset: str | None = None
    location: str | None = None


class _RefusedError(OSError):
    """An answer that is no PAC file; `name` is how it counts."""

    def __init__(self, name: FailureName, words: str) -> None:
        super().__init__(words)
        self.name: FailureName = name


async def fetch_pac(
    trace: Trace, check: CheckId, url: str, timeout_s: float, *, variant: str = "url"
) -> Fetched | None:
    """The file behind `url`, each request recorded as `pac_fetch` with its URL as `note`; None when there is none."""
    for _ in range(MOST_REDIRECTS + 1):
        fetched = await _fetch_once(trace, check, url, timeout_s, variant)
        if fetched is None or fetched.location is None:
            return fetched
        url = urljoin(url, fetched.location)
    recorder = trace.begin(check, "pac_fetch", None, variant=variant)
    failure = Failure("refused-by-peer", "pac_fetch", f"it redirects more than {MOST_REDIRECTS} times")
    recorder.finish("closed", failure, note=without_secrets(url))
    return None


async def _fetch_once(trace: Trace, check: CheckId, url: str, timeout_s: float, variant: str) -> Fetched | None:
    recorder = trace.begin(check, "pac_fetch", _server(url), variant=variant)
    note = [without_secrets(url)]
    try:
        async with asyncio.timeout(timeout_s):
            fetched = await _get(url, recorder, note)
    except (OSError, ValueError, h11.ProtocolError) as error:
        failure = _failure(error)
        recorder.finish(ended_by(failure), failure, note="; ".join(note))
        return None
    recorder.finish("closed", note="; ".join(note))
    return fetched


def _server(url: str) -> str | None:
    """Host and port of a URL that can be fetched."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return Target(parts.hostname, port).id if parts.hostname and port else None


def _failure(error: Exception) -> Failure:
    if isinstance(error, _RefusedError):
        return Failure(error.name, "pac_fetch", str(error))
    if isinstance(error, h11.ProtocolError):
        return Failure("malformed", "pac_fetch", "the answer is not HTTP")
    return failure_of(error, "pac_fetch")


async def _get(url: str, recorder: Recorder, note: list[str]) -> Fetched:
    parts = urlsplit(url)
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise _RefusedError("refused-by-peer", f"{parts.scheme or 'no scheme'} is no way to fetch a PAC file")
    port = parts.port or _DEFAULT_PORTS[parts.scheme]
    reader, writer = await _connect(parts.hostname, port, note, tls=parts.scheme == "https")
    try:
        connection = h11.Connection(our_role=h11.CLIENT)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        request = _request(connection, parts.netloc.rpartition("@")[2], target)
        query = f"?{parts.query}".encode()
        recorder.sent(request.replace(query, b"?<redacted>", 1) if parts.query else request)
        writer.write(request)
        await writer.drain()
        return await _answer(connection, reader, recorder)
    finally:
        writer.close()


async def _connect(
    host: str, port: int, note: list[str], *, tls: bool
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if not tls:
        return await asyncio.open_connection(host, port)
    try:
        return await asyncio.open_connection(host, port, ssl=ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        note.append(f"its certificate is not trusted here: {error.verify_message}")
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return await asyncio.open_connection(host, port, ssl=context)


def _request(connection: h11.Connection, authority: str, target: str) -> bytes:
    headers = [
        ("Host", authority),
        ("User-Agent", "proxycheck"),
        ("Accept", "application/x-ns-proxy-autoconfig, */*"),
        ("Connection", "close"),
    ]
    request = connection.send(h11.Request(method="GET", target=target, headers=headers)) or b""
    return request + (connection.send(h11.EndOfMessage()) or b"")


async def _answer(connection: h11.Connection, reader: asyncio.StreamReader, recorder: Recorder) -> Fetched:
    body, head = b"", None
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            data = await reader.read(65536)
            recorder.received(data)
            connection.receive_data(data)
        elif isinstance(event, h11.Response):
            head = event
            location = _field(head, b"location")
            if head.status_code in _REDIRECTS and location:
                return Fetched(location=location)
            if head.status_code != 200:
                words = f"it answers {head.status_code} {head.reason.decode('latin-1')}"
                raise _RefusedError("refused-by-peer", words.rstrip())
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > MAXIMUM_BYTES:
                return Fetched(body)  # whoever reads it says that it is too large
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            return Fetched(body, _charset(_field(head, b"content-type")))
        elif isinstance(event, h11.ConnectionClosed):
            raise _RefusedError("eof", "it closes the connection without an answer")


def _field(head: h11.Response, name: bytes) -> str | None:
    return next((value.decode("latin-1") for field, value in head.headers if field == name), None)


def _charset(content_type: str | None) -> str | None:
    message = Message()
    message["Content-Type"] = content_type or "text/plain"
    return message.get_content_charset()
