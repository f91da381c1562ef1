"""How the exporter and the page are served alike: one listener, uvicorn without its logs, and nobody who dawdles.

uvicorn ends a connection that is idle between two requests; that the head of a request is late it does not notice, and
it reads a body to its end though the request was answered before.
"""

import asyncio
from typing import Final

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from proxycheck.errors import ConfigurationError
from proxycheck.net.listening import Listener, listen_on

SLOWEST_HEAD_S: Final = 10.0
"""How long a client may take for the head of a request, from the connection or from the answer before."""
_HEARD_S: Final = 1.0
"""How long a client whose body is not read any more may take to hear why."""
_END_S: Final = 2
"""How long answers under way may take when the program ends."""
_CERTIFICATE_OPTIONAL: Final = 0
_CERTIFICATE_REQUIRED: Final = 2
"""`CERT_NONE` and `CERT_REQUIRED` of the module ssl."""


class Connection(H11Protocol):
    """One connection: it is closed when the head of a request does not come in time, and when a request was answered
    before its body was here."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own is
        """The client has connected."""
        super().connection_made(transport)
        self._wait_for_a_head(SLOWEST_HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        if self._late is not None:
            self._late.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """An answer was given whole; uvicorn may then begin with a request that is here already."""
        before = self.cycle
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self.transport.pause_reading()
            self._wait_for_a_head(_HEARD_S)
        elif self.cycle is before:
            self._wait_for_a_head(SLOWEST_HEAD_S)

    def _wait_for_a_head(self, seconds: float) -> None:
        if self._late is not None:
            self._late.cancel()
        self._late = self.loop.call_later(seconds, self._end_if_late, self.cycle)

    def _end_if_late(self, before: object) -> None:
        if self.cycle is before and not self.transport.is_closing():
            self.transport.close()


def settings(
    app: ASGIApp,
    *,
    certificate: str | None = None,
    key: str | None = None,
    client_authorities: str | None = None,
) -> uvicorn.Config:
    """What uvicorn is to do with `app`. With a `certificate` it speaks TLS; `client_authorities` is the file of those
    that must have signed the client's own certificate."""
    return uvicorn.Config(
        app,
        lifespan="on",
        http=Connection,
        ws="none",
        log_config=None,
        log_level="error",  # or whoever sends what is no HTTP would write into this terminal
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_END_S,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        ssl_ca_certs=client_authorities,
        ssl_cert_reqs=_CERTIFICATE_OPTIONAL if client_authorities is None else _CERTIFICATE_REQUIRED,
    )


def listener(host: str, port: int, who: str) -> Listener:
    """Where `who` listens; port 0 is any free one. Raises ConfigurationError with a sentence about `who`."""
    try:
        return listen_on(host, port)
    except OSError as error:
        raise ConfigurationError(f"{who} cannot listen on {host}, port {port}: {error.strerror}") from error
