"""What became of each request of a real device, judged from outside: nothing was decrypted.

A tunnel counts as reached only when the far end answered in kind and the device went on: what it sends after a
completed TLS handshake is its own word that it trusts the certificate. Who leaves early is told apart from who is cut
off.
"""

import base64
import binascii
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

from msgspec import Struct

from proxycheck.model.observed import ObservedConnection, ObservedExchange, ObservedTunnel
from proxycheck.model.text import printable
from proxycheck.wire.http.reply import Reply, read_reply
from proxycheck.wire.tls.alerts import Alert
from proxycheck.wire.tls.flight import ServerFlight
from proxycheck.wire.tls.records import ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC

AttemptOutcome = Literal["reached", "failed", "login", "undecided"]
Kind = Literal["answer", "refused", "unanswered", "broken-off", "cut", "silent", "page", "alert", "nothing"]
"""`broken-off`: by the device, in the handshake. `cut`: from the proxy's side. `silent`: the device waited in vain."""

_PATIENCE_S = 5.0
"""A device that leaves an unanswered request sooner may have had its own reasons."""
_FINISHED = 50
"""Bytes that a TLS 1.3 record with Finished has at least; an encrypted alert has 19 (RFC 8446 sections 4.4.4, 6)."""
_REQUEST = 25
"""Bytes of a TLS 1.3 record from which on it is more than the alert that closes a connection."""
_SILENT_AFTERWARDS = (
    "the device completed the TLS handshake and then said nothing, as one may that looks at the certificate afterwards"
)
_FRAMING = ("content-length:", "transfer-encoding:")
"""What frames the content of a reply; of the content itself a log keeps the beginning only."""
_ENDS = {"closed": "closed", "reset": "reset"}


class Attempt(Struct, frozen=True):
    """One request, or one tunnel. `words` say what was seen; `host` and `port` what was asked for."""

    host: str
    port: int
    outcome: AttemptOutcome
    kind: Kind
    words: str
    at: datetime
    connection: ObservedConnection
    exchange: ObservedExchange

    @property
    def tunnel(self) -> ObservedTunnel | None:
        """The tunnel, where one opened."""
        return self.exchange.tunnel

    @property
    def alerted(self) -> bool:
        """Whether the device ended TLS with an alert in clear."""
        return self.tunnel is not None and _alert(self.tunnel.records_up) is not None


class Found(NamedTuple):
    """An outcome before it is put together with its request."""

    outcome: AttemptOutcome
    kind: Kind
    words: str


def attempts(connection: ObservedConnection) -> Iterator[Attempt]:
    """The requests of one connection whose target could be read, in order."""
    start = datetime.fromisoformat(connection.started_at)
    for number, exchange in enumerate(connection.exchanges):
        host, _, port = (exchange.target or "").rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            continue
        last = number == len(connection.exchanges) - 1
        found = _found(connection, exchange, last=last)
        at = start + timedelta(seconds=exchange.at_s)
        yield Attempt(host.strip("[]").lower().rstrip("."), int(port), *found, at, connection, exchange)


def reply_of(exchange: ObservedExchange) -> Reply | None:
    """The reply as far as it was written; None where there was none."""
    if exchange.reply is None:
        return None
    return read_reply("CONNECT" if exchange.method == "CONNECT" else "GET", reply_bytes(exchange), closed=True)


def reply_bytes(exchange: ObservedExchange) -> bytes:
    """The reply as bytes: the head and what was kept of the content, framed anew in the way that it was framed."""
    if exchange.reply is None:
        return b""
    first, *fields = exchange.reply.head or ("",)
    if not first.upper().startswith("HTTP/"):
        return first.encode("latin-1", "replace")
    if exchange.tunnel is not None:
        return ("\r\n".join((first, *fields)) + "\r\n\r\n").encode("latin-1", "replace")
    page = exchange.reply.page.encode("latin-1", "replace")
    kept = [field for field in fields if not field.lower().startswith(_FRAMING)]
    framed = {field.partition(":")[0].strip().lower() for field in fields if field.lower().startswith(_FRAMING)}
    if "transfer-encoding" in framed:
        kept.append("Transfer-Encoding: chunked")
        page = b"%x\r\n%s\r\n0\r\n\r\n" % (len(page), page) if page else b"0\r\n\r\n"
    elif "content-length" in framed:
        kept.append(f"Content-Length: {len(page)}")
    return ("\r\n".join((first, *kept)) + "\r\n\r\n").encode("latin-1", "replace") + page


@lru_cache(maxsize=4096)
def flight_of(tunnel: ObservedTunnel) -> ServerFlight:
    """The far end's answer to the ClientHello, as far as it passed in clear."""
    flight = ServerFlight()
    try:
        flight.feed(base64.b64decode(tunnel.flight, validate=True))
    except (binascii.Error, ValueError):
        flight.problem = "the log does not hold it in base64"
    return flight


def _found(connection: ObservedConnection, exchange: ObservedExchange, *, last: bool) -> Found:
    reply = reply_of(exchange)
    if reply is None:
        return _unanswered(connection, exchange, last=last)
    if reply.status == 407:
        return _login(exchange)
    if exchange.tunnel is not None:
        return _in_tunnel(connection, exchange.tunnel)
    if exchange.method == "CONNECT":
        return Found("failed", "refused", f"CONNECT was answered {_said(reply)}")
    if reply.problem is not None:
        return Found("failed", "unanswered", f"plain HTTP was answered {_said(reply)}")
    # An error may be the host's own or the proxy's: the comparison with other answers may tell.
    return Found("reached" if reply.status < 400 else "undecided", "answer", f"plain HTTP was answered {_said(reply)}")


def _login(exchange: ObservedExchange) -> Found:
    """407 is a step of a login (RFC 9110 section 11.7.1), but for Basic, which has only one."""
    scheme = exchange.authorization
    if scheme is None:
        return Found("login", "refused", "407: the device gave no credentials")
    return Found("failed" if scheme == "basic" else "login", "refused", f"407: the device's credentials ({scheme})")


def _said(reply: Reply) -> str:
    if not reply.status:
        return "by something that is no HTTP reply"
    return printable(f"{reply.status} {reply.reason}".strip(), 80)


def _unanswered(connection: ObservedConnection, exchange: ObservedExchange, *, last: bool) -> Found:
    who, _, how = connection.end.partition("-")
    waited = (connection.ended_s or connection.duration_s) - exchange.at_s
    if not last or who == "open":
        return Found("undecided", "unanswered", "no answer was seen before the log ends")
    if who == "proxy":
        return Found("failed", "cut", f"the proxy {_ENDS.get(how, how)} the connection without an answer")
    if waited < _PATIENCE_S:
        return Found("undecided", "unanswered", f"the device left after {waited:.1f} s without waiting for an answer")
    return Found("failed", "silent", f"the proxy did not answer; the device gave up after {waited:.0f} s")


def _in_tunnel(connection: ObservedConnection, tunnel: ObservedTunnel) -> Found:
    if tunnel.kind_down is None:
        return _nothing_came(connection, tunnel)
    if tunnel.kind_up == "tls":
        return _tls(connection, tunnel)
    if tunnel.kind_up == "http":
        return _http(tunnel)
    if tunnel.kind_up is None:
        return Found("undecided", "nothing", "the far end spoke, and the device said nothing")
    if tunnel.kind_down == "http":
        return Found("undecided", "page", f"what was said, and is not TLS, was answered {_answer(tunnel)}")
    return Found("reached", "answer", "the far end answered (not TLS)")


def _http(tunnel: ObservedTunnel) -> Found:
    """Plain HTTP in a tunnel; an error may be the host's own, or a page of somebody on the way."""
    reply = read_reply("GET", f"{tunnel.answer or ''}\r\n\r\n".encode("latin-1", "replace"), closed=True)
    if tunnel.kind_down != "http" or not reply.status:
        return Found("failed", "page", "plain HTTP in the tunnel was answered by something that is no HTTP reply")
    words = f"plain HTTP in the tunnel was answered {_said(reply)}"
    return Found("reached" if reply.status < 400 else "undecided", "answer", words)


def _nothing_came(connection: ObservedConnection, tunnel: ObservedTunnel) -> Found:
    who, _, how = connection.end.partition("-")
    if tunnel.kind_up is None:
        return Found("undecided", "nothing", "the tunnel opened, and nothing was said in it")
    words = "the device's TLS greeting" if tunnel.kind_up == "tls" else "the device's first words"
    waited = (connection.ended_s or connection.duration_s) - (tunnel.first_up_s or 0)
    if who == "proxy":
        return Found("failed", "cut", f"the tunnel opened and was {_ENDS.get(how, how)} right after {words}")
    if who == "device" and waited >= _PATIENCE_S:
        return Found("failed", "silent", f"the tunnel opened; {words} got no answer in {waited:.0f} s")
    return Found("undecided", "silent", f"the tunnel opened; {words} had no answer after {waited:.1f} s")


def _answer(tunnel: ObservedTunnel) -> str:
    return f"by a page in plain text ({printable(tunnel.answer or '', 80)})"


def _tls(connection: ObservedConnection, tunnel: ObservedTunnel) -> Found:
    if tunnel.kind_down != "tls":
        said = _answer(tunnel) if tunnel.kind_down == "http" else "by bytes that are not TLS"
        return Found("failed", "page", f"the device's TLS greeting was answered {said}")
    refusal = _alert(tunnel.records_down[:1])
    if refusal is not None:
        return Found("failed", "alert", f"the device's TLS greeting was answered by the alert {refusal}")
    if completed(tunnel) and _went_on(tunnel):
        return Found("reached", "answer", "the device completed the TLS handshake and went on")
    if completed(tunnel):
        return Found("undecided", "nothing", _SILENT_AFTERWARDS)
    own = _alert(tunnel.records_up)
    if own is not None:
        return Found("failed", "broken-off", f"the device itself ended TLS with the alert {own}")
    who, _, how = connection.end.partition("-")
    if who == "device":
        after = (connection.ended_s or connection.duration_s) - (tunnel.first_down_s or 0)
        said = f"the device itself {_ENDS.get(how, how)} the connection {after:.1f} s after the server's first answer"
        return Found("failed", "broken-off", f"{said}, before TLS was complete")
    if who == "proxy":
        return Found("failed", "cut", f"the connection was {_ENDS.get(how, how)} in the middle of the TLS handshake")
    return Found("undecided", "nothing", "the TLS handshake was under way when the log ends")


def _alert(records: tuple[tuple[int, ...], ...]) -> str | None:
    """The name of the first alert in clear that ends a connection."""
    for record in records:
        if record[:1] == (ALERT,) and len(record) == 4:
            alert = Alert(record[2], record[3])
            if not alert.warning:
                return alert.name
    return None


def completed(tunnel: ObservedTunnel) -> bool:
    """Whether the device finished the handshake, as far as that shows: both sides changed to encryption (RFC 5246
    section 7.4.9), or in TLS 1.3 the device sent more than an alert after the server's answer."""
    if flight_of(tunnel).kind in ("tls-1.3", "hello-retry"):
        sizes = [record[1] for record in tunnel.records_up if len(record) > 1 and record[0] == APPLICATION_DATA]
        return any(size >= _FINISHED for size in sizes)
    sides = (tunnel.records_up, tunnel.records_down)
    return all(any(record[:1] == (CHANGE_CIPHER_SPEC,) for record in side) for side in sides)


def _went_on(tunnel: ObservedTunnel) -> bool:
    """Whether the device sent data after the handshake. In TLS 1.3 its Finished is such a record itself."""
    sizes = [record[1] for record in tunnel.records_up if len(record) > 1 and record[0] == APPLICATION_DATA]
    if flight_of(tunnel).kind in ("tls-1.3", "hello-retry"):
        return sum(size >= _REQUEST for size in sizes) > 1
    return bool(sizes)
