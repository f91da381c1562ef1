"""A run in a process of its own: its report, its failures, and nothing left of it."""

import asyncio
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import structs

from proxycheck.model.target import Credentials, ProxyAddress
from proxycheck.web import process as started
from proxycheck.web.order import Order, ProgressEvent
from proxycheck.web.process import RunFailedError, Watch, measure

pytestmark = pytest.mark.slow


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a proxy that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        yield listener.getsockname()[1]


def order(port: int, **changes: object) -> Order:
    """A run against this machine alone."""
    given = {"device": "sendpro-c", "network": False, "compare_direct": False, "only": ("*.pb.com:443",), **changes}
    return Order(proxy=ProxyAddress("http", "127.0.0.1", port), **given)  # type: ignore[arg-type]  # keys of an Order


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def test_the_report_comes_back() -> None:
    report, encoded = asyncio.run(measure(order(_free_port(), credentials=Credentials("meter", "hunter2-hunter2"))))
    assert [cause.code for cause in report.causes] == ["proxy.refused"]
    assert report.proxy is not None
    assert (report.proxy.auth.username, report.proxy.auth.credentials) == ("meter", "unsent")
    assert encoded.startswith(b"{")
    assert b"hunter2" not in encoded


def test_a_run_that_takes_too_long_tells_what_it_found(silent: int) -> None:
    report, _ = asyncio.run(measure(order(silent, timeout_s=300.0, limit_s=2.0)))
    assert report.run.interrupted
    assert report.run.duration_s < 10


def test_a_pac_file_that_is_handed_over_names_the_proxy() -> None:
    steps: list[ProgressEvent] = []
    port = _free_port()
    script = f'function FindProxyForURL(url, host) {{ return "PROXY 127.0.0.1:{port}"; }}'.encode()
    asked = structs.replace(order(port, progress=True), proxy=None, pac="office.pac", pac_content=script)
    report, _ = asyncio.run(measure(asked, watch=Watch(steps.append)))
    assert ProgressEvent(proxy=f"http://127.0.0.1:{port}") in steps
    assert report.proxy is not None
    assert report.proxy.url == f"http://127.0.0.1:{port}"
    assert report.pac is not None
    assert report.pac.source == "office.pac"
    assert "proxy.refused" in [cause.code for cause in report.causes]


def test_a_watched_run_tells_its_steps_and_ends_when_it_is_stopped(silent: int) -> None:
    steps: list[ProgressEvent] = []

    def step(found: ProgressEvent) -> None:
        steps.append(found)
        watch.stop()

    async def play() -> bool:
        report, _ = await measure(order(silent, timeout_s=300.0, progress=True), watch=watch)
        return report.run.interrupted

    watch = Watch(step)
    assert asyncio.run(play())
    assert steps[0].phase == "reach"


@pytest.mark.parametrize("pac", [None, "office.pac"])
def test_a_run_that_is_stopped_before_it_begins_has_a_report(silent: int, pac: str | None) -> None:
    """Nothing was measured, and it says so: a page that was stopped at once shows that, and no failure."""
    script = f'function FindProxyForURL(url, host) {{ return "PROXY 127.0.0.1:{silent}"; }}'.encode()
    watch = Watch(lambda _: None)
    watch.stop()
    asked = structs.replace(order(silent, progress=True), pac=pac, pac_content=script if pac else None)
    report, _ = asyncio.run(measure(asked, watch=watch))
    assert report.run.interrupted
    assert report.verdict == "inconclusive"
    assert report.run.duration_s < 10


@pytest.mark.parametrize(("device", "sentence"), [("nix", "there is no device 'nix'"), ("nix.toml", "nix.toml")])
def test_a_run_that_cannot_begin_says_why(device: str, sentence: str) -> None:
    with pytest.raises(RunFailedError, match=sentence) as caught:
        asyncio.run(measure(order(9, device=device)))
    assert not caught.value.began


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc")
def test_a_cancelled_run_leaves_no_process(silent: int) -> None:
    async def play() -> None:
        run = asyncio.create_task(measure(order(silent, timeout_s=300.0)))
        while not _children():  # noqa: ASYNC110  the kernel knows of the process, no event tells of it
            await asyncio.sleep(0.01)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run

    before = _children()
    asyncio.run(play())
    assert _children() == before


def test_a_process_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the limit inside does not help, as when a library hangs."""
    monkeypatch.setattr(started, "GRACE_S", 0.0)
    monkeypatch.setattr(started, "child_command", lambda _: (sys.executable, "-c", "import time; time.sleep(600)"))
    with pytest.raises(RunFailedError, match=r"did not end within 0\.5 s") as caught:
        asyncio.run(measure(order(9, limit_s=0.5)))
    assert caught.value.began


def test_the_process_does_not_see_what_holds_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROXYCHECK_PASSWORD", "hunter2")
    monkeypatch.setenv("BRANCH", "hunter2")
    seen = started.child_environment({"BRANCH"})
    assert "hunter2" not in seen.values()
    assert seen["PATH"] == os.environ["PATH"]


def _children() -> set[str]:
    return {
        child
        for task in Path("/proc/self/task").iterdir()
        for child in (task / "children").read_text().split()
        if sys.executable.encode() in Path("/proc", child, "cmdline").read_bytes()
    }
