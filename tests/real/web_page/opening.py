"""The program as a person starts it, the browser that opens it, and what is done on its page by accessible names."""

import contextlib
import importlib.resources
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.real.world import REPOSITORY

PATIENCE_MS = 60_000
Address = tuple[str, int | str]
Opens = Callable[..., Page]
Start = Callable[..., tuple[str, int]]


@contextlib.contextmanager
def served(
    roots: Path | None, prefix: Sequence[str] = (), own_proxy: str = "http://own.example:3128", lab: bool = False
) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The page's address with its token, and the process; `own_proxy` is what this computer's settings name, with
    `lab` there is the page of the simulated proxies."""
    options = [*(["--roots", str(roots)] if roots else []), *(["--lab"] if lab else [])]
    process = subprocess.Popen(
        [*prefix, sys.executable, "-P", "-m", "proxycheck", "web", "--no-browser", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        # This computer's own settings would be offered, which differ from one computer to the next.
        env={**os.environ, "https_proxy": own_proxy, "no_proxy": ""},
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


@contextlib.contextmanager
def opening(browser: Browser, url: str, process: "subprocess.Popen[str]") -> Iterator[Opens]:
    """Opens the page. What the browser complains of, whatever it asks of anybody else, and a program that does not end
    well on Ctrl-C fail the test."""
    told: list[str] = []
    first: list[BrowserContext] = []
    origin = url.partition("/?")[0]
    with contextlib.ExitStack() as contexts:

        def opens(
            *,
            width: int = 1200,
            scheme: Literal["light", "dark"] = "light",
            motion: Literal["reduce", "no-preference"] = "reduce",
            scripts: bool = True,
        ) -> Page:
            state = first[0].storage_state() if first else None
            context = browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,
                reduced_motion=motion,
                storage_state=state,
                java_script_enabled=scripts,
            )
            first.append(context)
            contexts.callback(context.close)
            shown = context.new_page()
            shown.set_default_timeout(PATIENCE_MS)
            shown.on("request", lambda asked: None if asked.url.startswith(origin) else told.append(asked.url))
            shown.on("console", lambda message: told.append(message.text))
            shown.on("pageerror", lambda error: told.append(str(error)))
            shown.goto(url if state is None else origin)
            return shown

        yield opens
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")
    assert [each for each in told if not each.startswith("data:")] == []


def fill(shown: Page, address: Address, login: tuple[str, str] | None = None) -> None:
    """Fills the form in, so that nothing but the proxy is asked, and begins."""
    shown.get_by_label("Device", exact=True).select_option("sendpro-c")
    shown.get_by_label("Proxy host", exact=True).fill(address[0])
    shown.get_by_label("Proxy port", exact=True).fill(str(address[1]))
    if login is not None:
        shown.get_by_label("User name", exact=True).fill(login[0])
        shown.get_by_label("Password", exact=True).fill(login[1])
    only_the_proxy(shown)
    shown.get_by_role("button", name="Test this proxy").click()


def only_the_proxy(shown: Page) -> None:
    """Turns off what looks beside the proxy."""
    shown.get_by_text("More options").click()
    shown.get_by_label("Compare what fails with the way without the proxy").uncheck()
    shown.get_by_label("Look at the network beside the proxy").uncheck()


def press_test_again(shown: Page, password: str = "") -> None:
    """Presses the button of those who changed something, and waits for what changed."""
    if password:
        shown.get_by_label("Password", exact=True).fill(password)
    shown.get_by_role("button", name="Test again").click()
    expect(shown.get_by_role("heading", name="Before and after")).to_be_visible(timeout=PATIENCE_MS)


def verdict(shown: Page, words: str) -> None:
    """Waits until the page says so."""
    expect(shown.get_by_role("status")).to_contain_text(words, timeout=PATIENCE_MS)


def downloaded(shown: Page, link: str) -> bytes:
    """The file behind a link of the page."""
    with shown.expect_download() as download:
        shown.get_by_role("link", name=link, exact=True).click()
    return Path(download.value.path()).read_bytes()


def accessible_everywhere(shown: Page) -> None:
    """The same in light and wide, in dark and as narrow as a telephone; enlarged to twice its size it still fits."""
    for scheme, width in (("light", 1200), ("dark", 360)):
        shown.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        shown.set_viewport_size({"width": width, "height": 900})
        accessible(shown, width)
    shown.set_viewport_size({"width": 600, "height": 450})
    assert shown.evaluate("document.documentElement.scrollWidth") <= 600


def accessible(shown: Page, width: int = 1200) -> None:
    """Axe finds nothing, and nothing is wider than the window."""
    shown.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    # The page allows no script that is not its own: this one comes by the browser's own door.
    shown.evaluate(importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found = shown.evaluate("axe.run()")
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
