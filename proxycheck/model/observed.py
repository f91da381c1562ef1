"""What the observer (`addons/observe.py`) wrote of a real device: its log, line by line.

A line is a connection of the device, with its requests inside. Times ending in `_s` are seconds since the device
connected; text is one character a byte (ISO-8859-1), cleaned of secrets where it was written. Fields that a later
observer adds are passed over.
"""

from typing import Literal

from msgspec import Struct

LOG_SCHEMA = "proxycheck.observed/1"

End = Literal["device-closed", "device-reset", "proxy-closed", "proxy-reset", "proxy-unreachable", "open"]
"""Who ended the connection first, and how; `open` where the observer was stopped before."""
Spoken = Literal["tls", "http", "other"]
"""What the first bytes in a tunnel look like."""


class ObservedReply(Struct, frozen=True):
    """A reply: its first line and the fields that were written, and the beginning of a refusal's page."""

    at_s: float
    head: tuple[str, ...]
    page: str = ""


class ObservedTunnel(Struct, frozen=True):
    """A tunnel from outside. `up` is from the device, `down` from the far end.

    `records_*` are the first TLS records, `(type, length)`, an alert in clear with level and description (RFC 8446
    section 5.1). `flight` are the far end's records up to where TLS encrypts, in base64. `answer` is the first line of
    what came back where that was HTTP in plain text."""

    opened_s: float
    bytes_up: int
    bytes_down: int
    kind_up: Spoken | None = None
    kind_down: Spoken | None = None
    first_up_s: float | None = None
    first_down_s: float | None = None
    last_up_s: float | None = None
    last_down_s: float | None = None
    records_up: tuple[tuple[int, ...], ...] = ()
    records_down: tuple[tuple[int, ...], ...] = ()
    server_name: str | None = None
    answer: str | None = None
    flight: str = ""


class ObservedExchange(Struct, frozen=True):
    """A request and what became of it. `target` is its `host:port`, None where that could not be read; `authorization`
    the scheme of the credentials it carried."""

    at_s: float
    method: str | None = None
    target: str | None = None
    authorization: str | None = None
    reply: ObservedReply | None = None
    tunnel: ObservedTunnel | None = None


class ObservedConnection(Struct, frozen=True):
    """One connection. `connected_s` is when the customer's proxy had accepted it, `error` why it did not; `left_out`
    counts requests that were too many to write; `unasked` is what the proxy said before anything was asked."""

    schema: str
    started_at: str
    client: str
    proxy: str
    bytes_up: int
    bytes_down: int
    end: End
    duration_s: float
    exchanges: tuple[ObservedExchange, ...] = ()
    connected_s: float | None = None
    error: str | None = None
    ended_s: float | None = None
    left_out: int = 0
    unasked: str | None = None
