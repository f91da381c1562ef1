"""The addresses that the exporter serves.

/probe?target=HOST:PORT&module=NAME    one scrape; 400 for what may not be tested, else 200
/report?target=HOST:PORT&module=NAME   the report of the last run, as JSON
/metrics                               the exporter's own
/-/healthy                             200
/-/reload                              reads the file again, by POST
"""

import asyncio
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from proxycheck.errors import ConfigurationError, ProxycheckError
from proxycheck.model.target import ProxyAddress
from proxycheck.model.text import printable
from proxycheck.report.json import decode
from proxycheck.report.monitoring.exposition import CONTENT_TYPE
from proxycheck.web.exporter.answer import scrape_text
from proxycheck.web.exporter.configuration import Module, read_configuration, target_address
from proxycheck.web.exporter.own_metrics import OwnMetrics
from proxycheck.web.exporter.prober import Prober
from proxycheck.web.exporter.result import KeptResult

SCRAPE_TIMEOUT: Final = "X-Prometheus-Scrape-Timeout-Seconds"
OFFSET_S: Final = 0.5
"""So much before its deadline a scraper has its answer."""
LONGEST_S: Final = 120.0
"""How long an answer may take where the scraper does not say."""
_LONGEST_PARAMETER: Final = 512
_AS_IT_IS: Final = {"X-Content-Type-Options": "nosniff"}


class Exporter:
    """What the addresses answer, for the configuration in `path`; `log` takes one line at a time; `also_read` reads
    what else is to be read again, and raises ConfigurationError where that cannot be."""

    def __init__(
        self,
        path: Path,
        prober: Prober,
        metrics: OwnMetrics,
        log: Callable[[str], None] = lambda _: None,
        also_read: Callable[[], None] = lambda: None,
    ) -> None:
        self._path = path
        self._prober = prober
        self._metrics = metrics
        self._log = log
        self._also_read = also_read

    async def probe(self, request: Request) -> Response:
        """One scrape."""
        try:
            _refuse_pages(request)
            module, proxy = self._asked(request)
            wait_s = _deadline(request)
        except ProxycheckError as error:
            return _refusal(str(error))
        scrape = asyncio.create_task(self._prober.probe(module, proxy, wait_s))
        left = asyncio.create_task(_left(request))
        await asyncio.wait({scrape, left}, return_when=asyncio.FIRST_COMPLETED)
        if not scrape.done():
            self._metrics.abandoned()
            await _ended(scrape)
            return Response(status_code=499)
        await _ended(left)
        return self._answered(scrape.result(), module, proxy)

    async def report(self, request: Request) -> Response:
        """The report of the last run of one target."""
        try:
            module, proxy = self._asked(request)
        except ProxycheckError as error:
            return _refusal(str(error))
        kept = self._prober.last(module.name, proxy)
        if kept is None:
            return PlainTextResponse("there is no result yet; the next scrape brings one\n", status_code=404)
        encoded = zlib.decompress(kept.report)
        if request.query_params.get("format") == "json":
            return Response(encoded, media_type="application/json", headers=_AS_IT_IS)
        shown = await asyncio.to_thread(_page, encoded)
        return Response(shown, media_type="text/html", headers=_AS_IT_IS)

    async def metrics(self, _: Request) -> Response:
        """The exporter's own metrics."""
        return Response(self._metrics.text(), media_type=CONTENT_TYPE)

    async def healthy(self, _: Request) -> Response:
        """That it runs."""
        return PlainTextResponse("the exporter runs\n")

    async def reload(self, request: Request) -> Response:
        """Reads the file again; 500 with a sentence when that cannot be, and the old one holds."""
        try:
            _refuse_pages(request)
        except ProxycheckError as error:
            return _refusal(str(error))
        reason = await self.read_again()
        return PlainTextResponse(f"{reason or 'the configuration holds'}\n", status_code=500 if reason else 200)

    async def read_again(self) -> str | None:
        """Reads the file again; why that could not be, None when it holds now."""
        try:
            configuration = await asyncio.to_thread(read_configuration, self._path)
            if configuration.state != self._prober.configuration.state:
                raise ConfigurationError(f"{self._path}: exporter.state cannot change while the exporter runs")
            self._also_read()
        except ProxycheckError as error:
            self._metrics.reloaded(good=False)
            self._log(f"the old configuration still holds: {error}")
            return str(error)
        await self._prober.reconfigure(configuration)
        self._metrics.reloaded(good=True)
        self._log("the configuration was read again")
        return None

    def _asked(self, request: Request) -> tuple[Module, ProxyAddress]:
        """Module and target. Raises ProxycheckError for what is missing, unknown or forbidden."""
        name, target = (_parameter(request, key) for key in ("module", "target"))
        module = self._prober.configuration.modules.get(name)
        if module is None:
            known = ", ".join(sorted(self._prober.configuration.modules))
            raise ConfigurationError(f"there is no module {name!r}; known are {known}")
        proxy = target_address(target)
        if module.targets is not None and proxy.url not in module.targets:
            raise ConfigurationError(f"the target {proxy.url} is not among the targets of the module {name}")
        return module, proxy

    def _answered(self, answer: KeptResult, module: Module, proxy: ProxyAddress) -> Response:
        self._metrics.scraped(answer.state)
        if answer.reason and answer.state != "held":
            self._log(f"{proxy.url} ({module.name}): {answer.reason}")
        return Response(scrape_text(answer), media_type=CONTENT_TYPE)


def application(exporter: Exporter, lifespan: Callable[[], AsyncIterator[None]]) -> Starlette:
    """The addresses as an ASGI application; `lifespan` surrounds its life."""

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        async for each in lifespan():
            yield each

    routes = [
        Route("/probe", exporter.probe),
        Route("/report", exporter.report),
        Route("/metrics", exporter.metrics),
        Route("/-/healthy", exporter.healthy),
        Route("/-/reload", exporter.reload, methods=["POST", "PUT"]),
    ]
    return Starlette(routes=routes, lifespan=life)


def _refuse_pages(request: Request) -> None:
    """Raises ConfigurationError for what a page of another site has a browser ask: it may make nobody test anything."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        raise ConfigurationError("pages of other sites may not ask this; open the address itself")


def _parameter(request: Request, key: str) -> str:
    values = request.query_params.getlist(key)
    if len(values) != 1 or not values[0] or len(values[0]) > _LONGEST_PARAMETER:
        raise ConfigurationError("write /probe?target=HOST:PORT&module=NAME")
    return values[0]


def _deadline(request: Request) -> float:
    """How long the answer may take, as the scraper says. Raises ConfigurationError for what is no number."""
    text = request.headers.get(SCRAPE_TIMEOUT)
    if text is None:
        return LONGEST_S
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0 < seconds < sys.maxsize:
        raise ConfigurationError(f"{SCRAPE_TIMEOUT} is no number of seconds")
    return min(max(seconds - OFFSET_S, 0.0), LONGEST_S)


async def _left(request: Request) -> None:
    """Returns when the scraper has closed its connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _page(encoded: bytes) -> bytes:
    from proxycheck.report.html.page import page  # noqa: PLC0415  few scrapers ever ask for a page

    return page(decode(encoded))


async def _ended(task: asyncio.Task[object]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _refusal(sentence: str) -> Response:
    return PlainTextResponse(f"{printable(sentence, 500)}\n", status_code=400)
