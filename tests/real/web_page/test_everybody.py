"""The page for those without a mouse, without scripts, with a small or enlarged window, in the dark, without motion."""

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from proxycheck.lab.stage import Stage
from tests.real.web_page.opening import (
    PATIENCE_MS,
    Opens,
    Start,
    accessible_everywhere,
    fill,
    only_the_proxy,
    opening,
    served,
    verdict,
)

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]
_MOST_TABS = 60
_BACKGROUND = "getComputedStyle(document.body).backgroundColor"


def _tab_to(shown: Page, wanted: Locator) -> None:
    """Presses the tabulator until the element has the focus, which is then to be seen."""
    for _ in range(_MOST_TABS):
        shown.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            assert wanted.evaluate("element => getComputedStyle(element).outlineStyle") != "none"
            return
    pytest.fail(f"{_MOST_TABS} tabs do not lead there")


def test_by_keys_alone(opened: Opens, proxy: Start) -> None:
    host, port = proxy("clean-squid")
    shown = opened()
    _tab_to(shown, shown.get_by_label("Device", exact=True))
    shown.keyboard.press("Home")
    shown.keyboard.press("ArrowDown")
    expect(shown.get_by_label("Device", exact=True)).to_have_value("sendpro-c")
    for label, text in (("Proxy host", host), ("Proxy port", str(port))):
        _tab_to(shown, shown.get_by_label(label, exact=True))
        shown.keyboard.type(text)
    _tab_to(shown, shown.locator("summary", has_text="More options"))
    shown.keyboard.press("Enter")
    for label in ("Compare what fails with the way without the proxy", "Look at the network beside the proxy"):
        _tab_to(shown, shown.get_by_label(label))
        shown.keyboard.press("Space")
    expect(shown.get_by_text("what the network must offer beside the proxy")).to_be_hidden()
    _tab_to(shown, shown.get_by_role("button", name="Test this proxy"))
    shown.keyboard.press("Enter")
    verdict(shown, "COMPATIBLE")
    _tab_to(shown, shown.get_by_role("link", name="Bundle", exact=True))
    with shown.expect_download() as download:
        shown.keyboard.press("Enter")
    assert Path(download.value.path()).stat().st_size > 0


def test_every_page_is_for_everybody(browser: Browser, stage: Stage, proxy: Start) -> None:
    """Axe and the width: of the form, a test under way, one without a result, and the last page."""
    with served(stage.roots) as (url, process), opening(browser, url, process) as opens:
        shown = opens()
        accessible_everywhere(shown)
        shown.reload()
        fill(shown, proxy("tls-name-silent"))
        expect(shown.locator(".tile.works").first).to_be_visible(timeout=PATIENCE_MS)
        (child,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        subprocess.run(["kill", "-STOP", child], check=True)  # the test stays under way for as long as it is looked at
        accessible_everywhere(shown)
        subprocess.run(["kill", "-KILL", child], check=True)
        expect(shown.get_by_role("heading", name="This test ended without a result")).to_be_visible(timeout=PATIENCE_MS)
        accessible_everywhere(shown)
        shown.get_by_role("button", name="End proxycheck").click()
        expect(shown.get_by_role("heading", name="This page has ended")).to_be_visible()
        process.wait(timeout=30)
        accessible_everywhere(shown)
        assert shown.evaluate(_BACKGROUND) != "rgba(0, 0, 0, 0)"


def test_nothing_moves_for_those_who_want_that_and_the_dark_is_dark_at_once(opened: Opens, proxy: Start) -> None:
    shown = opened(motion="no-preference")
    fill(shown, proxy("tls-name-silent"))
    tile = shown.locator(".tile").first
    expect(tile).to_have_css("transition-duration", "0.3s")
    shown.emulate_media(reduced_motion="reduce")
    expect(tile).to_have_css("transition-duration", "0s")
    assert shown.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
    dark = opened(scheme="dark", scripts=False)
    assert dark.evaluate(_BACKGROUND) == "rgb(18, 22, 28)"


def test_without_scripts_the_same_is_reached(opened: Opens, proxy: Start) -> None:
    shown = opened(scripts=False)
    host, port = proxy("clean-squid")
    shown.get_by_label("Proxy host", exact=True).fill(host)
    shown.get_by_label("Proxy port", exact=True).fill(str(port))
    only_the_proxy(shown)
    shown.get_by_role("button", name="Test this proxy").click()
    verdict(shown, "COMPATIBLE")
    expect(shown.get_by_role("link", name="Bundle", exact=True)).to_be_visible()
