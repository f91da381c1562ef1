"""The addresses of the lab's page.

/lab                    what is played, its log, the scenarios; ?q=TEXT searches them
/lab/start, /reproduce  POST plays a scenario, or a report that was sent
/lab/events             the log, as server-sent events
/lab/check              POST tests the proxy that is played, as its scenario wants it tested
/lab/stop               POST
/lab/scenario.toml      the scenario of a reproduced report
/lab/roots.pem          the certificates to trust
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from proxycheck.model.lab_session import LabOrder, LabStarted
from proxycheck.model.target import Credentials
from proxycheck.model.text import printable
from proxycheck.report.texts import texts
from proxycheck.web.order import Order
from proxycheck.web.page import views
from proxycheck.web.page.form import LIMIT_S, Filled
from proxycheck.web.page.lab import Lab
from proxycheck.web.page.runs import BusyError, Runs
from proxycheck.web.page.sent import sent

LARGEST_REPORT: Final = 33_554_432
"""Bytes of a report that is dropped: many times what the largest of an honest run has."""
_LONGEST: Final = 200
_EVENT_EVERY_S: Final = 0.25


class LabPage:
    """What the addresses answer. `ending` says whether the server is about to end."""

    def __init__(self, lab: Lab, runs: Runs, ending: Callable[[], bool] = lambda: False) -> None:
        self._lab, self._runs, self._ending = lab, runs, ending

    @property
    def routes(self) -> tuple[Route, ...]:
        """The addresses."""
        return (
            Route("/lab", self.show),
            Route("/lab/start", self.start, methods=["POST"]),
            Route("/lab/reproduce", self.reproduce, methods=["POST"]),
            Route("/lab/events", self.events),
            Route("/lab/check", self.check, methods=["POST"]),
            Route("/lab/stop", self.stop, methods=["POST"]),
            Route("/lab/scenario.toml", self.scenario),
            Route("/lab/roots.pem", self.roots),
        )

    async def show(self, request: Request) -> Response:
        """The page as it is now."""
        return await self._page(request.query_params.get("q", "")[:_LONGEST])

    async def start(self, request: Request) -> Response:
        """Plays a scenario of the library."""
        name = (await sent(request)).fields.get("scenario", "")
        if name not in dict(views.scenarios()):
            raise HTTPException(400)
        await self._lab.start(LabOrder(scenario=name), name)
        return _to_the_lab()

    async def reproduce(self, request: Request) -> Response:
        """Plays a report that was sent."""
        file = (await sent(request, LARGEST_REPORT)).files.get("report")
        if file is None or not file.content:
            return await self._page("", texts().lab.no_report, 400)
        await self._lab.start(LabOrder(report=file.content), printable(file.name, _LONGEST))
        return _to_the_lab()

    async def stop(self, _: Request) -> Response:
        """Ends what is played."""
        await self._lab.stop()
        return _to_the_lab()

    async def events(self, request: Request) -> Response:
        """How far it is, and the lines of the log behind the first `after`."""
        after = request.query_params.get("after", "0")
        number = int(after) if after.isascii() and after.isdecimal() and len(after) < 10 else 0
        return StreamingResponse(self._told(number), media_type="text/event-stream")

    async def _told(self, after: int) -> AsyncIterator[bytes]:
        before = b""
        while not self._ending():
            played = self._lab.played
            lines = () if played is None else played.lines(after)
            after = 0 if played is None else max(after, played.told)
            state = {"phase": "none" if played is None else played.phase, "lines": lines}
            told = msgspec.json.encode(state)
            if told != before or lines:
                before = told
                yield b"data: " + told + b"\n\n"
            await asyncio.sleep(_EVENT_EVERY_S)

    async def check(self, _: Request) -> Response:
        """Tests the proxy that is played."""
        found = self._started()
        client = found.client
        login = None if client.user is None else Credentials(client.user, client.password or "")
        wanted = Order(
            device=found.device,
            proxy=found.proxy,
            tier=client.tier,
            only=client.only,
            add=client.add,
            credentials=login,
            roots=found.roots,
            timeout_s=client.timeout,
            concurrency=client.concurrency,
            user_agent=client.user_agent,
            network=False,
            compare_direct=False,
            limit_s=LIMIT_S,
            progress=True,
        )
        form = Filled(
            device=found.device,
            host=found.proxy.host,
            port=str(found.proxy.port),
            user=client.user or "",
            tier=client.tier,
            direct=False,
            network=False,
        )
        try:
            run = self._runs.start(form, wanted)
        except BusyError:
            return await self._page("", texts().live.busy, 409)
        return RedirectResponse(f"/runs/{run.id}", status_code=303)

    async def scenario(self, _: Request) -> Response:
        """The scenario's file."""
        written = self._started().written
        if written is None:
            raise HTTPException(404)
        disposition = 'attachment; filename="reproduced.toml"'
        return Response(written, media_type="application/toml", headers={"Content-Disposition": disposition})

    async def roots(self, _: Request) -> Response:
        """The certificates, to be given to another client."""
        try:
            data = await asyncio.to_thread(Path(self._started().roots).read_bytes)
        except (OSError, ValueError):  # it is gone, or no path at all
            raise HTTPException(404) from None
        disposition = 'attachment; filename="roots.pem"'
        return Response(data, media_type="application/x-pem-file", headers={"Content-Disposition": disposition})

    def _started(self) -> LabStarted:
        played = self._lab.played
        if played is None or played.started is None or played.phase != "running":
            raise HTTPException(404)
        return played.started

    async def _page(self, searched: str, error: str = "", code: int = 200) -> Response:
        page = await asyncio.to_thread(views.lab_page, self._lab.played, searched, error)
        return Response(page, status_code=code, media_type="text/html")


def _to_the_lab() -> Response:
    return RedirectResponse("/lab", status_code=303)
