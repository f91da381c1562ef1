"""The addresses of the page.

/                       the form; POST begins a run
/runs/ID                the run as it goes, then its report
/runs/ID/events         how far it is, as server-sent events
/runs/ID/stop, /again   POST
/runs/ID/FILE           the report to take away
/live.css, /live.js     the style and the script
/lab                    the simulated proxies, where they are wanted (`lab_addresses`)
/quit                   POST ends the program
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import structs
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from proxycheck.report.texts import texts
from proxycheck.routes.system.settings import SystemSettings
from proxycheck.web.page import views
from proxycheck.web.page.form import BadFormError, Filled, filled, order
from proxycheck.web.page.lab import Lab
from proxycheck.web.page.lab_addresses import LabPage
from proxycheck.web.page.runs import BusyError, PageRun, Runs
from proxycheck.web.page.sent import sent

_EVENT_EVERY_S: Final = 0.25


class LocalPage:
    """What the addresses answer. `roots` are trusted instead of the public ones, `found` are this computer's proxy
    settings, `quit_now` ends the server, `ending` says whether it is about to. With a `lab` there is a page of the
    simulated proxies."""

    def __init__(
        self,
        runs: Runs,
        *,
        roots: Path | None = None,
        found: Callable[[], Sequence[SystemSettings]] = tuple,
        quit_now: Callable[[], None] = lambda: None,
        ending: Callable[[], bool] = lambda: False,
        lab: Lab | None = None,
    ) -> None:
        self._runs, self._roots, self._found = runs, roots, found
        self._quit_now, self._ending, self._lab = quit_now, ending, lab

    @property
    def lab(self) -> tuple[Route, ...]:
        """The addresses of the simulated proxies."""
        return () if self._lab is None else LabPage(self._lab, self._runs, self._ending).routes

    async def form(self, request: Request) -> Response:
        """The empty form, or one with the proxy of this computer, or the PAC file, that the address names."""
        host, port, number = (request.query_params.get(name, "")[:300] for name in ("host", "port", "pac"))
        found = await asyncio.to_thread(self._found)
        listed = {str(at): address for at, address in enumerate(views.pac_addresses(found), start=1)}
        return await self._start(Filled(host=host, port=port, pac=listed.get(number, "")))

    async def begin(self, request: Request) -> Response:
        """Begins the run that was asked for."""
        form = await sent(request)
        return await self._begun(filled(form.fields, form.files), form.fields.get("password", ""))

    async def again(self, request: Request) -> Response:
        """Begins the same run once more, with the login as it is typed now."""
        before, fields = self._run(request), (await sent(request)).fields
        form = structs.replace(before.form, user=fields.get("user", "").strip())
        return await self._begun(form, fields.get("password", ""), before.id, before.roots)

    async def run(self, request: Request) -> Response:
        """The run as it is now."""
        run = self._run(request)
        runs = self._runs.newest_first()
        if run.failure is not None:
            return _html(views.failed_page(run, runs))
        if run.report is None:
            return _html(views.running_page(run))
        before = self._runs.get(run.before)
        old = before.report if before is not None else None
        return _html(await asyncio.to_thread(views.result_page, run, run.report, old, runs))

    async def events(self, request: Request) -> Response:
        """How far the run is, each time that changes, until its end."""
        return StreamingResponse(self._states(self._run(request)), media_type="text/event-stream")

    async def _states(self, run: PageRun) -> AsyncIterator[bytes]:
        told = b""
        while not self._ending():
            state = msgspec.json.encode(run.state())
            if state != told:
                told = state
                yield b"data: " + state + b"\n\n"
            if run.ended:
                return
            await asyncio.sleep(_EVENT_EVERY_S)

    async def stop(self, request: Request) -> Response:
        """Ends the measuring of the run."""
        run = self._run(request)
        run.stop()
        return RedirectResponse(f"/runs/{run.id}", status_code=303)

    async def file(self, request: Request) -> Response:
        """The report of a run, to take away."""
        run, name = self._run(request), request.path_params["file"]
        if run.report is None or name not in views.FILES:
            raise HTTPException(404)
        mask = request.query_params.get("mask") == "1"
        data = await asyncio.to_thread(views.file_of, run, run.report, name, mask=mask)
        disposition = f'attachment; filename="proxycheck-{run.id}-{name}"'
        return Response(data, media_type=views.FILES[name], headers={"Content-Disposition": disposition})

    async def quit(self, _: Request) -> Response:
        """Says good-bye and ends the program."""
        self._quit_now()
        return _html(views.ended_page())

    async def close(self) -> None:
        """Ends the simulated proxy."""
        if self._lab is not None:
            await self._lab.stop()

    def _run(self, request: Request) -> PageRun:
        run = self._runs.get(request.path_params["run"])
        if run is None:
            raise HTTPException(404)
        return run

    async def _begun(
        self, form: Filled, password: str, before: str | None = None, roots: Path | None = None
    ) -> Response:
        try:
            wanted = order(form, password, roots or self._roots)
            run = self._runs.start(form, wanted, before)
        except BadFormError as error:
            return await self._start(form, str(error), 400)
        except BusyError:
            return await self._start(form, texts().live.busy, 409)
        return RedirectResponse(f"/runs/{run.id}", status_code=303)

    async def _start(self, form: Filled, error: str = "", code: int = 200) -> Response:
        found = await asyncio.to_thread(self._found)
        return _html(views.start_page(form, error, self._runs.newest_first(), found, lab=self._lab is not None), code)


def application(page: LocalPage, runs: Runs, announce: Callable[[], None] = lambda: None) -> Starlette:
    """The addresses as an ASGI application; `announce` is called when it is ready, and with it all ends that goes on:
    the run, and the simulated proxy."""

    @contextlib.asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        announce()
        try:
            yield
        finally:
            await runs.close()
            await page.close()

    routes = [
        Route("/", page.form),
        Route("/", page.begin, methods=["POST"]),
        Route("/live.css", _constant(views.style, "text/css")),
        Route("/live.js", _constant(views.script, "text/javascript")),
        Route("/quit", page.quit, methods=["POST"]),
        Route("/runs/{run}", page.run),
        Route("/runs/{run}/events", page.events),
        Route("/runs/{run}/stop", page.stop, methods=["POST"]),
        Route("/runs/{run}/again", page.again, methods=["POST"]),
        Route("/runs/{run}/{file}", page.file),
        *page.lab,
    ]
    return Starlette(routes=routes, lifespan=life)


def _constant(made: Callable[[], bytes], media_type: str) -> Callable[[Request], Awaitable[Response]]:
    async def answer(_: Request) -> Response:
        return Response(made(), media_type=media_type)

    return answer


def _html(data: bytes, code: int = 200) -> Response:
    return Response(data, status_code=code, media_type="text/html")
