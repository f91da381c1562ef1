"""Behind real Squids: from the printed address to what to change and a file to send, then again after the change.

Program and browser live in the client's network namespace, where nothing but the private internet can be reached: so
the page's own defaults are tested, the looks beside the proxy included.
"""

import shutil
import stat
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from proxycheck.model.report import Report
from proxycheck.report.json import decode
from tests.real.engines import Engine, Software, running
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.prerequisites import enforced
from tests.real.programs import PORT
from tests.real.scenarios import inspection, squid
from tests.real.squid import squid_with_users
from tests.real.test_page import QUIET
from tests.real.web_page.opening import (
    Opens,
    downloaded,
    fill,
    opening,
    press_test_again,
    served,
    verdict,
)
from tests.real.world import World

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]
OWN = f"http://{PROXY_ADDRESS}:{PORT}"
LOGIN = ("clerk", "k9:b@c7/%")
ENOUGH_S = 60.0
"""What the whole way may take, a person's own pauses left out."""


def _software(name: str) -> Software:
    """What stands in the scenario of that name."""
    found = next(each.software for each in (*squid.SCENARIOS, *inspection.SCENARIOS) if each.name == name)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def inside(real_world: World) -> Iterator[Browser]:
    """Debian's Chromium in the client's namespace."""
    program = shutil.which("chromium")
    if program is None:
        if enforced():
            pytest.fail("the browser is required here, but chromium is not installed", pytrace=False)
        pytest.skip("chromium is not installed")
    starter = Path(real_world.folder, "chromium-inside")
    command = " ".join(real_world.network.client.command(program))
    starter.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="ascii")
    starter.chmod(starter.stat().st_mode | stat.S_IXUSR)
    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=starter, args=list(QUIET))
        yield started
        started.close()


@pytest.fixture
def opened(inside: Browser, real_world: World) -> Iterator[Opens]:
    """Opens the page; this computer's settings name the proxy."""
    prefix = real_world.network.client.command()
    with served(real_world.roots, prefix, OWN) as (url, process), opening(inside, url, process) as opens:
        yield opens


def _by_mouse_to_the_end(shown: Page, words: str) -> tuple[float, Report]:
    """From the page as it opens to the answer and the file to send, without a key; the seconds, and what is in it."""
    began = time.monotonic()
    shown.get_by_text(f"This PC uses {OWN}").click()
    shown.get_by_role("button", name="Test this proxy").click()
    verdict(shown, words)
    if words == "INCOMPATIBLE":
        expect(shown.get_by_text("acl device_ports port 80 5228 5938").first).to_be_visible()
        shown.get_by_role("button", name="Copy").first.click()
        expect(shown.get_by_role("button", name="Copied").first).to_be_visible()
    bundle = zipfile.ZipFile(BytesIO(downloaded(shown, "Bundle")))
    seconds = time.monotonic() - began
    print(f"{words} by mouse alone: {seconds:.1f} s")  # noqa: T201  the figure is the point
    return seconds, decode(bundle.read("report.json"))


def test_a_good_proxy_by_the_mouse_alone(real_world: World, opened: Opens) -> None:
    with running(real_world, squid.OPEN):
        seconds, report = _by_mouse_to_the_end(shown := opened(), "COMPATIBLE")
    assert (seconds < ENOUGH_S, report.verdict) == (True, "compatible")
    screen = shown.get_by_role("region", name="Enter on the device")
    for words in ("Proxy Setting", "Manual", "Proxy Hostname", PROXY_ADDRESS, "Proxy Port", str(PORT)):
        expect(screen.get_by_text(words, exact=True)).to_be_visible()


def test_stock_ports_by_the_mouse_alone_then_changed(real_world: World, opened: Opens) -> None:
    shown = opened()
    shown.context.grant_permissions(["clipboard-read", "clipboard-write"])
    with running(real_world, _software("squid-stock-rules")):
        seconds, report = _by_mouse_to_the_end(shown, "INCOMPATIBLE")
    assert (seconds < ENOUGH_S, [cause.code for cause in report.causes]) == (True, ["connect.port-denied"])
    assert "acl device_ports port 80 5228 5938" in shown.evaluate("navigator.clipboard.readText()")
    with running(real_world, squid.OPEN):
        press_test_again(shown)
    expect(shown.get_by_role("heading", name="Before and after")).to_contain_text("MENDED")
    verdict(shown, "COMPATIBLE")
    earlier = shown.get_by_role("region", name="Tests since the start").get_by_role("link")
    expect(earlier).to_have_count(2)
    earlier.last.click()
    verdict(shown, "INCOMPATIBLE")


def test_the_wrong_password_then_the_right_one(real_world: World, opened: Opens) -> None:
    shown = opened()
    with running(real_world, squid_with_users(dict([LOGIN]))) as engine:
        fill(shown, (PROXY_ADDRESS, PORT), (LOGIN[0], "hunter2-hunter2"))
        verdict(shown, "INCOMPATIBLE")
        expect(shown.get_by_role("article").first).to_contain_text("auth.rejected")
        assert _refused(engine) == 1
        press_test_again(shown, LOGIN[1])
        verdict(shown, "COMPATIBLE")
        assert _refused(engine) == 1
    screen = shown.get_by_role("region", name="Enter on the device")
    for words in ("Authentication", "Proxy Username", LOGIN[0], "Proxy Password"):
        expect(screen.get_by_text(words, exact=True)).to_be_visible()
    assert not [word for word in ("hunter2", LOGIN[1]) if word in shown.content()]


def _refused(engine: Engine) -> int:
    """How many requests with a login Squid refused."""
    lines = (engine.folder / "access.log").read_text().splitlines()
    return sum("/407" in line and "authorization=Basic" in line for line in lines)


def test_tls_that_is_read_for_some_hosts(real_world: World, opened: Opens) -> None:
    shown = opened()
    with running(real_world, _software("squid-bumps-one-host")):
        fill(shown, (PROXY_ADDRESS, PORT))
        verdict(shown, "INCOMPATIBLE")
    expect(shown.get_by_role("article").filter(has_text="tls.inspected")).to_be_visible()
    shown.get_by_role("tab", name="For the security team").click()
    expect(shown.get_by_role("tabpanel")).to_contain_text("api.pitneybowes.com")
    assert downloaded(shown, "HTML report").startswith(b"<!doctype html>")


@pytest.mark.parametrize("how", ["chosen", "dropped"])
def test_a_pac_file_names_the_proxy(real_world: World, opened: Opens, tmp_path: Path, how: str) -> None:
    script = f'function FindProxyForURL(url, host) {{ return "PROXY {PROXY_ADDRESS}:{PORT}"; }}'
    file = tmp_path / "office.pac"
    file.write_text(script, encoding="ascii")
    shown = opened()
    if how == "chosen":
        shown.get_by_text("Have you got a PAC file instead?").click()
        shown.get_by_label("PAC file", exact=True).set_input_files(file)
    else:
        make = "text => {const d = new DataTransfer(); d.items.add(new File([text], 'office.pac')); return d}"
        moved = shown.evaluate_handle(make, script)
        for event in ("dragover", "drop"):
            shown.get_by_role("main").dispatch_event(event, {"dataTransfer": moved})
    expect(shown.get_by_text("office.pac is chosen.")).to_be_visible()
    with running(real_world, squid.OPEN):
        shown.get_by_role("button", name="Test this proxy").click()
        verdict(shown, "COMPATIBLE")
    expect(shown.get_by_role("region", name="PAC file")).to_contain_text(f"office.pac names the proxy {OWN}")
