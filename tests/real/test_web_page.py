"""`proxycheck web` as a person uses it: from the printed address to the line to change, by accessible names alone."""

import contextlib
import importlib.resources
import os
import re
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.scenarios import load_scenario
from proxycheck.lab.rehearsal import played, stage_for
from proxycheck.lab.stage import Stage
from tests.real.test_page import browser

__all__ = ["browser"]
pytestmark = [pytest.mark.real, pytest.mark.xdist_group("browser")]
PATIENCE_MS = 60_000
Start = Callable[[str], tuple[str, int]]


@contextlib.contextmanager
def served(roots: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The page and its address with the token."""
    process = subprocess.Popen(
        [sys.executable, "-m", "proxycheck", "web", "--no-browser", "--roots", str(roots)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # This computer's own settings would be offered, which differ from one computer to the next.
        env={**os.environ, "https_proxy": "http://own.example:3128", "no_proxy": ""},
    )
    watch = threading.Timer(300.0, process.kill)
    watch.start()
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("The page is at http://127.0.0.1:"), process.stderr and process.stderr.read()
        yield line.split()[-1], process
    finally:
        process.kill()
        process.communicate()
        watch.cancel()


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """A lab with the hosts of the device."""
    with warnings.catch_warnings():
        # At import, libraries that mitmproxy brings along use deprecated names.
        warnings.simplefilter("ignore", DeprecationWarning)
        pytest.importorskip("mitmproxy.master", reason="needs the [lab] extra")
    with stage_for([load_device("sendpro-c")]) as made:
        yield made


@pytest.fixture
def proxy(stage: Stage) -> Iterator[Start]:
    """Starts the proxy of a scenario."""
    with contextlib.ExitStack() as proxies:

        def start(name: str) -> tuple[str, int]:
            address = proxies.enter_context(played(stage, name, load_scenario(name)))
            return address.host, address.port

        yield start


@pytest.fixture
def opened(browser: Browser, stage: Stage) -> Iterator[Callable[..., Page]]:
    """Opens the page; what the browser complains of, and whatever it asks of anybody else, fails the test."""
    told: list[str] = []
    with served(stage.roots) as (url, process), contextlib.ExitStack() as contexts:

        def opens(*, width: int = 1200, scheme: Literal["light", "dark"] = "light") -> Page:
            context = browser.new_context(
                viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
            )
            contexts.callback(context.close)
            shown = context.new_page()
            shown.set_default_timeout(20_000)
            origin = url.partition("/?")[0]
            shown.on("request", lambda asked: None if asked.url.startswith(origin) else told.append(asked.url))
            shown.on("console", lambda message: told.append(message.text))
            shown.on("pageerror", lambda error: told.append(str(error)))
            shown.goto(url)
            return shown

        yield opens
        contexts.close()
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (0, "")
    assert [each for each in told if not each.startswith("data:")] == []


def fill(shown: Page, address: tuple[str, int | str], login: tuple[str, str] | None = None) -> None:
    """Fills the form in, so that nothing but the lab is asked, and begins."""
    shown.get_by_label("Device", exact=True).select_option("sendpro-c")
    shown.get_by_label("Proxy host", exact=True).fill(address[0])
    shown.get_by_label("Proxy port", exact=True).fill(str(address[1]))
    if login is not None:
        shown.get_by_label("User name", exact=True).fill(login[0])
        shown.get_by_label("Password", exact=True).fill(login[1])
    shown.get_by_text("More options").click()
    shown.get_by_label("Compare what fails with the way without the proxy").uncheck()
    shown.get_by_label("Look at the network beside the proxy").uncheck()
    shown.get_by_role("button", name="Test this proxy").click()


def verdict(shown: Page, words: str) -> None:
    """Waits until the page says so."""
    expect(shown.get_by_role("status")).to_contain_text(words, timeout=PATIENCE_MS)


def accessible(shown: Page, width: int = 1200) -> None:
    """Axe finds nothing, and nothing is wider than the window."""
    shown.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    # The page allows no script that is not its own: this one comes by the browser's own door.
    shown.evaluate(importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found = shown.evaluate("axe.run()")
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert shown.evaluate("document.documentElement.scrollWidth") <= width


def test_a_proxy_that_opens_one_port_then_a_good_one(opened: Callable[..., Page], proxy: Start) -> None:
    shown = opened()
    expect(shown.get_by_text("Use http://own.example:3128")).to_be_visible()
    accessible(shown)
    shown.reload()
    fill(shown, proxy("ports-squid"))
    verdict(shown, "INCOMPATIBLE")
    accessible(shown)
    shown.reload()
    expect(shown.get_by_text("acl SSL_ports port 80 5228 5938").first).to_be_visible()
    tabs = shown.get_by_role("tab")
    expect(shown.get_by_role("tabpanel")).to_have_count(1)
    expect(tabs.first).to_have_attribute("aria-selected", "true")
    tabs.first.press("ArrowLeft")
    expect(tabs.last).to_be_focused()
    expect(shown.get_by_role("tabpanel", name="Pitney Bowes")).to_be_visible()
    for name, beginning in (("HTML report", b"<!doctype html>"), ("Bundle", b"PK\x03\x04")):
        with shown.expect_download() as download:
            shown.get_by_role("link", name=name, exact=True).click()
        assert Path(download.value.path()).read_bytes().startswith(beginning)
    shown.get_by_label("Replace names and addresses of the company").check()
    expect(shown.get_by_role("link", name="Bundle", exact=True)).to_have_attribute("href", re.compile(r"\?mask=1$"))
    shown.get_by_role("link", name="Test something else").click()
    fill(shown, proxy("clean-squid"))
    verdict(shown, "COMPATIBLE")
    expect(shown.get_by_role("status")).not_to_contain_text("INCOMPATIBLE")
    expect(shown.get_by_role("heading", name="Tests since the start")).to_be_visible()


def test_the_wrong_password_then_the_right_one(opened: Callable[..., Page], proxy: Start) -> None:
    shown = opened(width=360, scheme="dark")
    accessible(shown, 360)
    shown.reload()
    fill(shown, proxy("clean-basic"), ("clerk", "hunter2-hunter2"))
    verdict(shown, "INCOMPATIBLE")
    assert "hunter2" not in shown.content() + shown.url
    expect(shown.get_by_label("User name", exact=True)).to_have_value("clerk")
    shown.get_by_label("Password", exact=True).fill("k9:b@c7/%")
    shown.get_by_role("button", name="Test again").click()
    expect(shown.get_by_role("heading", name="Before and after")).to_be_visible(timeout=PATIENCE_MS)
    expect(shown.get_by_role("status")).not_to_contain_text("INCOMPATIBLE")
    accessible(shown, 360)


def test_a_pac_file_names_the_proxy(opened: Callable[..., Page], proxy: Start) -> None:
    host, port = proxy("clean-squid")
    script = f'function FindProxyForURL(url, host) {{ return "PROXY {host}:{port}"; }}'.encode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(script)))
            self.end_headers()
            self.wfile.write(script)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name of the base class
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        shown = opened()
        shown.get_by_text("More options").click()
        shown.get_by_label("Address of a PAC file").fill(f"http://127.0.0.1:{server.server_port}/proxy.pac")
        shown.get_by_text("More options").click()
        fill(shown, ("", ""))
        verdict(shown, "COMPATIBLE")
        server.shutdown()
    expect(shown.get_by_role("status")).to_contain_text(f"http://{host}:{port}")


def test_a_test_is_watched_in_two_tabs_and_stopped(opened: Callable[..., Page], proxy: Start) -> None:
    shown = opened()
    fill(shown, proxy("tls-name-silent"))
    stop = shown.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_be_visible()
    shown.reload()
    other = shown.context.new_page()
    other.goto(shown.url)
    expect(other.locator(".tile.works").first).to_be_visible(timeout=PATIENCE_MS)
    accessible(other)
    stop.click()
    for each in (shown, other):
        expect(each.get_by_role("link", name="HTML report")).to_be_visible(timeout=PATIENCE_MS)
    verdict(shown, "stopped")


def test_a_program_that_was_killed_is_told(browser: Browser, stage: Stage, proxy: Start) -> None:
    with served(stage.roots) as (url, process):
        context = browser.new_context()
        shown = context.new_page()
        shown.goto(url)
        fill(shown, proxy("tls-name-silent"))
        expect(shown.get_by_role("button", name="Stop", exact=True)).to_be_visible(timeout=PATIENCE_MS)
        process.kill()
        expect(shown.get_by_role("alert")).to_contain_text("does not answer any more", timeout=PATIENCE_MS)
        context.close()
