"""The page in a real browser: nothing is loaded or refused, all is readable, also without scripts and in print."""

import importlib.resources
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from proxycheck.model.report import Report
from proxycheck.report import comparison
from proxycheck.report.html.page import page
from proxycheck.report.reading.comparison import compare
from tests.real.prerequisites import enforced
from tests.report import factory
from tests.report.hostile import hostile

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("browser")]
ALL = pytest.mark.parametrize("make", [*factory.ALL, hostile])

QUIET = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--no-first-run"),
)
"""Started by root, and asking nobody anything of its own accord."""
_TEXTS = "[...document.querySelectorAll('main *')].filter(e => e.scrollWidth > e.clientWidth + 1 &&"
_TOO_WIDE = (
    f"{_TEXTS} getComputedStyle(e).overflowX === 'visible' && e.clientWidth > 0).map(e => e.outerHTML.slice(0, 90))"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    program = shutil.which("chromium")
    if program is None:
        if enforced():
            pytest.fail("the browser is required here, but chromium is not installed", pytrace=False)
        pytest.skip("chromium is not installed")
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=program, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """Opens the page of a report from its file; whatever the browser asks for besides that file fails the test."""
    asked: list[str] = []
    told: list[str] = []
    contexts = []

    def opens(
        report: Report,
        *,
        scripts: bool = True,
        width: int = 1200,
        scheme: Literal["light", "dark"] = "light",
        write: Callable[[Report], bytes] = page,
    ) -> Page:
        file = tmp_path / "report.html"
        file.write_bytes(write(report))
        context = browser.new_context(
            java_script_enabled=scripts, viewport={"width": width, "height": 900}, color_scheme=scheme
        )
        contexts.append(context)
        shown = context.new_page()
        shown.on("request", lambda request: asked.append(request.url))
        shown.on("console", lambda message: told.append(message.text))
        shown.on("pageerror", lambda error: told.append(str(error)))
        shown.on("dialog", lambda dialog: told.append(dialog.message))
        shown.goto(file.as_uri())
        return shown

    yield opens
    for context in contexts:
        context.close()
    assert [url for url in asked if not url.startswith(tmp_path.as_uri())] == []
    assert told == []


@ALL
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    opened: Callable[..., Page], make: Callable[[], Report], scheme: Literal["light", "dark"]
) -> None:
    shown = opened(make(), scheme=scheme)
    shown.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    shown.evaluate(importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))
    found = shown.evaluate("axe.run()")
    assert found["passes"]
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []


def _comparison(report: Report) -> bytes:
    return comparison.html(compare(factory.compatible(), report))


@ALL
def test_the_page_of_a_comparison_has_its_style(opened: Callable[..., Page], make: Callable[[], Report]) -> None:
    shown = opened(make(), width=390, write=_comparison)
    assert shown.evaluate("getComputedStyle(document.querySelector('.verdict')).borderTopStyle") == "solid"
    assert shown.evaluate("document.documentElement.scrollWidth") <= 390
    assert shown.evaluate(_TOO_WIDE) == []


@ALL
def test_everything_is_readable_without_scripts(opened: Callable[..., Page], make: Callable[[], Report]) -> None:
    shown = opened(make(), scripts=False)
    for heading in shown.get_by_role("heading").all():
        assert heading.is_visible()
    assert shown.get_by_role("button").count() == 0
    folded = shown.locator("main details:not(details details)").all()
    for each in folded[:5]:
        summary = each.locator("summary").first
        assert summary.is_visible()
        before = each.get_attribute("open")
        summary.click()
        assert each.get_attribute("open") != before


@ALL
@pytest.mark.parametrize("width", [390, 1200])
def test_nothing_is_wider_than_the_window(opened: Callable[..., Page], make: Callable[[], Report], width: int) -> None:
    shown = opened(make(), width=width)
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert shown.evaluate(_TOO_WIDE) == []


def test_a_button_copies_its_own_text_and_the_filter_finds_hosts(opened: Callable[..., Page]) -> None:
    shown = opened(factory.port_denied())
    shown.context.grant_permissions(["clipboard-read", "clipboard-write"])
    shown.locator("[data-copy=change-1-2]").click()
    copied = shown.evaluate("navigator.clipboard.readText()")
    assert copied == "acl SSL_ports port 443 80 5228\nhttp_access deny CONNECT !SSL_ports"
    rows = shown.locator("#hosts tbody tr:visible")
    everything = rows.count()
    shown.get_by_label("Only what does not work").check()
    assert 0 < rows.count() < everything
    shown.get_by_label("Show hosts with").fill("microsoft")
    assert rows.count() == 1


@pytest.mark.parametrize("scripts", [True, False])
def test_print_is_light_and_whole(opened: Callable[..., Page], scripts: bool) -> None:
    shown = opened(factory.port_denied(), scripts=scripts, scheme="dark")
    assert len(shown.pdf(format="A4")) > 10_000
    shown.emulate_media(media="print", color_scheme="dark")
    folded = shown.locator("#details details pre").first
    assert folded.is_visible()
    if scripts:
        assert shown.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert shown.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
