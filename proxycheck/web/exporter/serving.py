"""Listens, reads the file again on SIGHUP, and ends with every run it began."""

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from proxycheck.errors import ConfigurationError
from proxycheck.model.target import Target
from proxycheck.net.listening import Listener
from proxycheck.web.exporter.application import Exporter, application
from proxycheck.web.exporter.configuration import read_configuration
from proxycheck.web.exporter.own_metrics import OwnMetrics
from proxycheck.web.exporter.prober import Measure, Prober
from proxycheck.web.exporter.refusals import Refusals
from proxycheck.web.exporter.web_config import PageLogin, WebConfig, read_web_config
from proxycheck.web.process import measure
from proxycheck.web.serving import listener, settings


@dataclass(frozen=True, kw_only=True)
class Service:
    """One exporter: its file, where it listens, Prometheus's web configuration where there is one. `announce` gets the
    URL when it listens, `log` one line at a time; `measure` and `clock` are the world that runs are made in."""

    path: Path
    host: str
    port: int
    web_config: Path | None = None
    announce: Callable[[str], None] = lambda _: None
    log: Callable[[str], None] = lambda _: None
    measure: Measure = measure
    clock: Callable[[], float] = time.monotonic


def serve(service: Service) -> None:
    """Serves until SIGTERM or Ctrl-C.

    Raises ConfigurationError for a file that does not fit and for an address that cannot be listened on."""
    asyncio.run(_serve(service))


async def _serve(service: Service) -> None:
    configuration = read_configuration(service.path)
    web = _Web(service.web_config)
    metrics = OwnMetrics()
    refusals = Refusals(service.clock, configuration.state)
    prober = Prober(configuration, refusals, service.measure, service.clock, metrics)
    metrics.watch(prober)
    metrics.reloaded(good=True)
    exporter = Exporter(service.path, prober, metrics, service.log, web.read_again)

    async def life() -> AsyncIterator[None]:
        with _reloads(exporter):
            service.announce(_url(listening, tls=web.config.tls_server_config is not None))
            try:
                yield
            finally:
                await prober.close()

    server = web.server(application(exporter, life))
    with listener(service.host, service.port, "the exporter") as listening:
        await server.serve(sockets=[listening])


class _Web:
    """The server, with TLS and logins as Prometheus's web configuration says.

    Raises ConfigurationError for a file that does not fit."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self.config = WebConfig() if path is None else read_web_config(path)
        self._login: PageLogin | None = None
        self._settings: uvicorn.Config | None = None

    def server(self, app: ASGIApp) -> uvicorn.Server:
        """The server of `app`. Raises ConfigurationError for certificates that are none."""
        self._login = PageLogin(app, self.config.basic_auth_users)
        tls = self.config.tls_server_config
        self._settings = settings(
            self._login,
            certificate=tls.cert_file if tls else None,
            key=tls.key_file if tls else None,
            client_authorities=tls.client_ca_file if tls else None,
        )
        try:
            self._settings.load()
        except OSError as error:  # ssl.SSLError is one
            raise self._unusable(error) from error
        return uvicorn.Server(self._settings)

    def read_again(self) -> None:
        """Takes users, certificate and key as they are now. Raises ConfigurationError for what does not fit."""
        if self._path is None or self._login is None or self._settings is None:
            return
        config = read_web_config(self._path)
        if (config.tls_server_config is None) is not (self.config.tls_server_config is None):
            raise ConfigurationError(f"{self._path}: TLS is switched on and off by starting the exporter again")
        if config.tls_server_config is not None and self._settings.ssl is not None:
            try:
                self._settings.ssl.load_cert_chain(
                    config.tls_server_config.cert_file, config.tls_server_config.key_file
                )
            except OSError as error:
                raise self._unusable(error) from error
        self.config = config
        self._login.use(config.basic_auth_users)

    def _unusable(self, error: OSError) -> ConfigurationError:
        return ConfigurationError(f"{self._path}: certificate or key is not readable: {error.strerror or error}")


def _url(listening: Listener, *, tls: bool) -> str:
    host, port = listening.getsockname()[:2]
    return f"{'https' if tls else 'http'}://{Target(host, port).id}"


@contextlib.contextmanager
def _reloads(exporter: Exporter) -> Iterator[None]:
    """Within this block SIGHUP reads the files again; where there is no such signal, a POST to /-/reload does."""
    hangup: int | None = getattr(signal, "SIGHUP", None)
    if hangup is None:
        yield
        return
    loop = asyncio.get_running_loop()
    reading: set[asyncio.Task[str | None]] = set()

    def read() -> None:
        task = loop.create_task(exporter.read_again())
        reading.add(task)
        task.add_done_callback(reading.discard)

    loop.add_signal_handler(hangup, read)
    try:
        yield
    finally:
        loop.remove_signal_handler(hangup)
