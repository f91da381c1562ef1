"""Listens on loopback alone, opens the browser, and ends with the run under way."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from proxycheck.net.computer.system_settings import read_system_settings
from proxycheck.net.listening import Listener
from proxycheck.web.page.application import LocalPage, application
from proxycheck.web.page.guard import Guard
from proxycheck.web.page.lab import Lab
from proxycheck.web.page.runs import Runs
from proxycheck.web.page.views import style_source
from proxycheck.web.serving import listener, settings

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class Service:
    """One page: `port` 0 is any free one, `roots` are trusted instead of the public ones; `announce` gets the address
    with its token when the page can be opened. With `lab` there is the page of the simulated proxies."""

    port: int = 0
    roots: Path | None = None
    announce: Callable[[str], None]
    lab: bool = False


def serve(service: Service) -> None:
    """Serves until Ctrl-C, SIGTERM or the button of the page.

    Raises ConfigurationError for a port that cannot be had."""
    with listener(_LOOPBACK, service.port, "the page") as listening, contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve(service, listening))


async def _serve(service: Service, listening: Listener) -> None:
    runs = Runs()

    def quit_now() -> None:
        server.should_exit = True

    page = LocalPage(
        runs,
        roots=service.roots,
        found=read_system_settings,
        quit_now=quit_now,
        ending=lambda: server.should_exit,
        lab=Lab() if service.lab else None,
    )
    app = application(page, runs, lambda: service.announce(guard.url))
    guard = Guard(app, listening.getsockname()[1], style_source())
    server = uvicorn.Server(settings(guard))
    await server.serve(sockets=[listening])
