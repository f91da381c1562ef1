"""The lab's page: only where it is wanted, for nobody else, bounded, and hostile words in it are text."""

import asyncio
import json
import sys
from collections.abc import Iterator

import httpx
import pytest

from proxycheck.model.lab_session import LabConnection
from proxycheck.web.page import lab as module
from proxycheck.web.page import lab_addresses
from proxycheck.web.page.application import LocalPage, application
from proxycheck.web.page.guard import Guard
from proxycheck.web.page.lab import LINES_KEPT, Lab, Played
from proxycheck.web.page.runs import Runs
from tests.report.hostile import MARK
from tests.report.hostile import TEXT as WORST

PORT = 4711
TEXT = WORST.replace("\ud800", "")
"""JSON cannot carry half a character."""
ORIGIN = f"http://127.0.0.1:{PORT}"
STARTED = {
    "type": "started",
    "title": TEXT,
    "source": TEXT,
    "device": "sendpro-c",
    "proxy": {"scheme": "http", "host": "127.0.0.1", "port": 3128},
    "roots": TEXT,
    "client": {"user": TEXT, "password": TEXT},
    "heading": "began",
    "lines": {"sh": TEXT},
    "written": TEXT,
    "played": [TEXT],
    "lost": [TEXT],
}
EVENTS = [STARTED, {"type": "connection", "line": TEXT}]


class World:
    """The page with a lab whose process says what it is told to."""

    def __init__(self, lab: Lab | None) -> None:
        self.loop = asyncio.Runner()
        self.lab = lab
        runs = Runs()
        self.guard = Guard(application(LocalPage(runs, lab=lab), runs), PORT)
        self._http = httpx.AsyncClient(transport=httpx.ASGITransport(self.guard), base_url=ORIGIN)
        self.ask("GET", f"/?token={self.guard.token}")

    def ask(self, method: str, path: str, **given: object) -> httpx.Response:
        """One request of the browser that the page belongs to, from the page itself."""
        asked = self._http.build_request(method, path, **given)  # type: ignore[arg-type]  # httpx's own options
        if method == "POST":
            asked.headers.setdefault("Origin", ORIGIN)
        return self.loop.run(self._http.send(asked))

    def plays(self, phase: str) -> Played:
        """Waits until it is that far."""
        assert self.lab is not None
        played = self.lab.played
        assert played is not None

        async def until() -> None:
            for _ in range(6000):
                if played.phase in (phase, "failed"):
                    return
                await asyncio.sleep(0.01)

        self.loop.run(until())
        assert played.phase == phase
        return played

    def close(self) -> None:
        """Ends everything."""
        if self.lab is not None:
            self.loop.run(self.lab.stop())
        self.loop.run(self._http.aclose())
        self.loop.close()


def _process(events: list[object]) -> tuple[str, ...]:
    told = "".join(f"{json.dumps(each)}\n" for each in events)
    script = f"import sys; sys.stdin.readline(); sys.stdout.write({told!r}); sys.stdout.flush(); sys.stdin.read()"
    return (sys.executable, "-I", "-c", script)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A page with a lab."""
    monkeypatch.setattr(module, "child_command", lambda _: _process(list(EVENTS)))
    made = World(Lab())
    yield made
    made.close()


@pytest.fixture
def without() -> Iterator[World]:
    """A page without a lab."""
    made = World(None)
    yield made
    made.close()


def test_without_the_option_there_is_no_such_page(without: World) -> None:
    assert without.ask("GET", "/lab").status_code == 404
    assert without.ask("POST", "/lab/stop").status_code == 404
    assert '"/lab"' not in without.ask("GET", "/").text


def test_nobody_else_gets_in(world: World) -> None:
    for path in ("/lab", "/lab/events", "/lab/roots.pem", "/lab/scenario.toml"):
        stranger = httpx.AsyncClient(transport=httpx.ASGITransport(world.guard), base_url=ORIGIN)
        assert world.loop.run(stranger.get(path)).status_code == 403
        world.loop.run(stranger.aclose())
    for path in ("/lab/start", "/lab/reproduce", "/lab/check", "/lab/stop"):
        assert world.ask("POST", path, headers={"Origin": "http://evil.example"}).status_code == 403
    assert world.lab is not None
    assert world.lab.played is None


def test_what_is_hostile_is_text(world: World) -> None:
    answer = world.ask("POST", "/lab/start", data={"scenario": "ports-squid"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/lab")
    world.plays("running")
    text = world.ask("GET", "/lab").text
    assert text.count(MARK) > 8
    assert f"{MARK}<" not in text
    assert "<img" not in text
    assert "script-src 'self'" in world.ask("GET", "/lab").headers["content-security-policy"]
    kept = world.ask("GET", "/lab/scenario.toml")
    assert kept.headers["content-disposition"].startswith("attachment")
    assert world.ask("GET", "/lab/roots.pem").status_code == 404
    world.ask("POST", "/lab/stop")
    assert world.plays("ended").ended


@pytest.mark.parametrize("name", ["no-such", "../scenarios/ports-squid", "/etc/passwd", "own.toml", ""])
def test_only_scenarios_of_the_library_are_started_by_name(world: World, name: str) -> None:
    assert world.ask("POST", "/lab/start", data={"scenario": name}).status_code == 400


def test_what_is_sent_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab_addresses, "LARGEST_REPORT", 1000)
    assert world.ask("POST", "/lab/reproduce", files={"report": ("r.json", b"x" * 20_000)}).status_code == 413
    assert world.ask("POST", "/lab/reproduce", files={"other": ("r.json", b"x")}).status_code == 400
    assert world.ask("POST", "/lab/reproduce", content=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    assert world.ask("POST", "/lab/reproduce", files={"report": (f"{MARK}<b>", b"x")}).status_code == 303


def test_a_process_that_dies_or_says_what_is_none_of_ours_is_a_sentence(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent, strange = "raise SystemExit(1)", "print('{}')"
    for command in ((sys.executable, "-c", silent), (sys.executable, "-c", strange), ("/no/such",)):
        monkeypatch.setattr(module, "child_command", lambda _, command=command: command)
        world.ask("POST", "/lab/start", data={"scenario": "ports-squid"})
        world.plays("failed")
        assert "The lab ended without a word" in world.ask("GET", "/lab").text


def test_the_log_is_bounded_and_told_from_where_the_reader_is() -> None:
    played = Played("x")
    for number in range(LINES_KEPT + 10):
        played.hears(LabConnection(str(number)))
    assert (played.told, len(played.lines()), played.lines()[0]) == (LINES_KEPT + 10, LINES_KEPT, "10")
    assert played.lines(LINES_KEPT + 8) == [str(LINES_KEPT + 8), str(LINES_KEPT + 9)]
    assert played.lines(3) == played.lines()


def test_scenarios_are_searched(world: World) -> None:
    found = world.ask("GET", "/lab", params={"q": "SQUID port-denied"}).text
    assert "ports-squid" in found
    assert "inspected-zscaler" not in found
    assert world.ask("GET", "/lab", params={"q": "<b>nothing"}).text.count("<b>nothing") == 0
