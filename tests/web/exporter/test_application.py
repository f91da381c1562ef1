"""What scrapers get over HTTP: 400 with one sentence for what may not be tested, else metrics."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from proxycheck.report.json import decode
from proxycheck.web.exporter.application import Exporter, application
from tests.report.test_prometheus import read
from tests.web.exporter.scraping import PLAIN, Scene, scene, settled, written

Play = Callable[[httpx.AsyncClient], Awaitable[None]]
Message = MutableMapping[str, Any]


def served(scene_: Scene, log: list[str] | None = None) -> Starlette:
    """The addresses of an exporter without a network."""

    async def life() -> Any:
        yield

    lines = log if log is not None else []
    return application(Exporter(scene_.path, scene_.prober, scene_.metrics, lines.append), life)


def play(scene_: Scene, acts: Play, log: list[str] | None = None) -> None:
    """Plays `acts` with a client of the exporter."""

    async def run() -> None:
        transport = httpx.ASGITransport(served(scene_, log))
        async with httpx.AsyncClient(transport=transport, base_url="http://exporter") as client:
            await acts(client)

    asyncio.run(run())


PROBE = "/probe?target=one.example:3128&module=plain"


def test_a_scrape_and_the_report_behind_it(tmp_path: Path) -> None:
    async def acts(client: httpx.AsyncClient) -> None:
        before = await client.get("/report?target=one.example:3128&module=plain")
        assert before.status_code == 404
        answer = await client.get(PROBE)
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        found = read(answer.text)
        assert found["probe_success", ()] == 1
        assert found["proxycheck_probe_cached", ()] == 0
        after = await client.get("/report?target=one.example:3128&module=plain&format=json")
        assert decode(after.content).verdict == "compatible"
        page = await client.get("/report?target=one.example:3128&module=plain")
        assert page.headers["content-type"].startswith("text/html")
        assert "Content-Security-Policy" in page.text
        own = read((await client.get("/metrics")).text)
        assert own["proxycheck_exporter_scrapes_total", (("state", "new"),)] == 1
        assert own["proxycheck_exporter_runs_total", (("outcome", "finished"),)] == 1
        assert own["proxycheck_exporter_results_kept", ()] == 1
        assert (await client.get("/-/healthy")).status_code == 200
        assert (await client.get("/")).status_code == 404

    play(scene(tmp_path), acts)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "write /probe?target=HOST:PORT&module=NAME"),
        ("module=plain", "write /probe?target=HOST:PORT&module=NAME"),
        ("target=a:1", "write /probe?target=HOST:PORT&module=NAME"),
        ("target=a:1&target=b:1&module=plain", "write /probe?target=HOST:PORT&module=NAME"),
        ("target=a:1&module=nix", "there is no module 'nix'; known are plain, secret"),
        ("target=evil.example:3128&module=secret", "is not among the targets of the module secret"),
        ("target=https://one.example:3128&module=secret", "is not among the targets of the module secret"),
        ("target=meter@one.example:3128&module=secret", "a target has no user name"),
        ("target=%1b[2J&module=plain", "a proxy address has no spaces or control characters"),
        (
            "target=nonsense&module=plain",
            "the proxy has no port; write the target as HOST:PORT, such as proxy.example.",
        ),
        ("target=u:hunter2@h:1&module=plain", "a target has no user name and no password; write HOST:PORT alone"),
        ("target=htp://h:1&module=plain", "'htp' is not a kind of proxy that exists; write the target as HOST:PORT"),
        (f"target={'a' * 600}:1&module=plain", "write /probe?target=HOST:PORT&module=NAME"),
    ],
)
def test_what_may_not_be_tested(tmp_path: Path, query: str, sentence: str) -> None:
    scene_ = scene(tmp_path)

    async def acts(client: httpx.AsyncClient) -> None:
        answer = await client.get(f"/probe?{query}")
        assert (answer.status_code, sentence in answer.text, len(answer.text.splitlines())) == (400, True, 1)
        assert not any(word in answer.text for word in ("\x1b", "hunter2", "--", "command line", "shell", "prompt"))

    play(scene_, acts)
    assert scene_.runs.orders == []


def test_a_page_of_another_site_has_nothing_tested(tmp_path: Path) -> None:
    scene_ = scene(tmp_path)

    async def acts(client: httpx.AsyncClient) -> None:
        for site in ("cross-site", "same-site"):
            headers = {"Sec-Fetch-Site": site}
            assert (await client.get(PROBE, headers=headers)).status_code == 400
            assert (await client.post("/-/reload", headers=headers)).status_code == 400
        assert scene_.runs.orders == []
        assert (await client.get(PROBE, headers={"Sec-Fetch-Site": "none"})).status_code == 200
        linked = await client.get(PROBE.replace("probe", "report", 1), headers={"Sec-Fetch-Site": "cross-site"})
        assert linked.status_code == 200, "a dashboard links there"

    play(scene_, acts)


@pytest.mark.parametrize("value", ["", "x", "nan", "-1", "inf", "0"])
def test_a_deadline_that_is_none(tmp_path: Path, value: str) -> None:
    async def acts(client: httpx.AsyncClient) -> None:
        answer = await client.get(PROBE, headers={"X-Prometheus-Scrape-Timeout-Seconds": value})
        assert (answer.status_code, "is no number of seconds" in answer.text) == (400, True)

    play(scene(tmp_path), acts)


def test_the_scrapers_deadline_is_kept(tmp_path: Path) -> None:
    scene_ = scene(tmp_path)

    async def acts(client: httpx.AsyncClient) -> None:
        scene_.runs.gate.clear()
        answer = await client.get(PROBE, headers={"X-Prometheus-Scrape-Timeout-Seconds": "0.5"})
        assert read(answer.text)["proxycheck_probe_state", (("state", "running"),)] == 1
        await scene_.prober.close()

    play(scene_, acts)


def test_a_scraper_that_leaves_ends_nothing(tmp_path: Path) -> None:
    """The run goes on, its result is there for the next scrape, and the exporter says that somebody left."""
    scene_ = scene(tmp_path)
    sent: list[Message] = []

    async def act() -> None:
        scene_.runs.gate.clear()
        left = asyncio.Event()
        given = [{"type": "http.request", "body": b"", "more_body": False}]

        async def receive() -> Message:
            if given:
                return given.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "GET",
            "path": "/probe",
            "headers": [],
            "http_version": "1.1",
            "query_string": b"target=one.example:3128&module=plain",
            "scheme": "http",
            "server": ("exporter", 80),
        }
        request = asyncio.create_task(served(scene_)(scope, receive, send))
        await settled()
        left.set()
        await request
        assert scene_.prober.running == 1
        scene_.runs.gate.set()
        await settled()
        assert (await scene_.scrape()).state == "recent"
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(act())
    assert b"proxycheck_exporter_scrapes_abandoned_total 1.0" in scene_.metrics.text()
    assert len(scene_.runs.orders) == 1


def test_the_file_is_read_again(tmp_path: Path) -> None:
    scene_ = scene(tmp_path)
    log: list[str] = []

    async def acts(client: httpx.AsyncClient) -> None:
        assert (await client.get("/-/reload")).status_code == 405
        written(tmp_path, PLAIN.replace("plain", "other"))
        assert (await client.post("/-/reload")).status_code == 200
        assert (await client.get(PROBE)).status_code == 400
        assert (await client.get(PROBE.replace("plain", "other"))).status_code == 200
        (tmp_path / "exporter.toml").write_text("[modules.x]\n")
        answer = await client.post("/-/reload")
        assert (answer.status_code, "missing required field `device`" in answer.text) == (500, True)
        assert (await client.get(PROBE.replace("plain", "other"))).status_code == 200
        own = read((await client.get("/metrics")).text)
        assert own["proxycheck_exporter_config_last_reload_successful", ()] == 0
        written(tmp_path, PLAIN + '[exporter]\nstate = "elsewhere"\n')
        answer = await client.post("/-/reload")
        assert "cannot change while the exporter runs" in answer.text

    play(scene_, acts, log)
    assert len(log) == 3
    assert "the old configuration still holds" in log[1]


def test_a_failed_run_is_logged_in_one_line(tmp_path: Path) -> None:
    scene_ = scene(tmp_path)
    log: list[str] = []

    async def acts(client: httpx.AsyncClient) -> None:
        (tmp_path / "password").unlink()
        answer = await client.get("/probe?target=one.example:3128&module=secret")
        assert read(answer.text)["proxycheck_probe_state", (("state", "failed"),)] == 1

    play(scene_, acts, log)
    (line,) = log
    assert line.startswith("http://one.example:3128 (secret): ")
    assert "cannot be read" in line
