"""The page behind simulated proxies: what is seen on the way, PAC files, two tabs, Stop, and the program's death."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, expect

from proxycheck.lab.stage import Stage
from tests.real.web_page.opening import (
    PATIENCE_MS,
    Opens,
    Start,
    accessible,
    downloaded,
    fill,
    press_test_again,
    served,
    verdict,
)

pytestmark = [pytest.mark.real, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]


_SHIFTED = """new Promise(done => {
  setTimeout(() => done(0), 500);
  new PerformanceObserver(list => done(list.getEntries().reduce((sum, each) => sum + each.value, 0)))
    .observe({type: "layout-shift", buffered: true});
})"""


def test_a_proxy_that_opens_one_port_then_a_good_one(opened: Opens, proxy: Start) -> None:
    shown = opened()
    expect(shown.get_by_text("This PC uses http://own.example:3128")).to_be_visible()
    accessible(shown)
    shown.reload()
    fill(shown, proxy("ports-squid"))
    verdict(shown, "INCOMPATIBLE")
    accessible(shown)
    shown.reload()
    expect(shown.get_by_text("acl device_ports port 80 5228 5938").first).to_be_visible()
    assert shown.evaluate(_SHIFTED) < 0.1
    tabs = shown.get_by_role("tab")
    expect(shown.get_by_role("tabpanel")).to_have_count(1)
    expect(tabs.first).to_have_attribute("aria-selected", "true")
    tabs.first.press("ArrowLeft")
    expect(tabs.last).to_be_focused()
    expect(shown.get_by_role("tabpanel", name="Pitney Bowes")).to_be_visible()
    for name, beginning in (("HTML report", b"<!doctype html>"), ("Bundle", b"PK\x03\x04")):
        assert downloaded(shown, name).startswith(beginning)
    shown.get_by_label("Replace names and addresses of the company").check()
    expect(shown.get_by_role("link", name="Bundle", exact=True)).to_have_attribute("href", re.compile(r"\?mask=1$"))
    shown.get_by_role("link", name="Test something else").click()
    fill(shown, proxy("clean-squid"))
    verdict(shown, "COMPATIBLE")
    expect(shown.get_by_role("status")).not_to_contain_text("INCOMPATIBLE")
    expect(shown.get_by_role("heading", name="Tests since the start")).to_be_visible()


def test_the_wrong_password_then_the_right_one(opened: Opens, proxy: Start) -> None:
    shown = opened(width=360, scheme="dark")
    accessible(shown, 360)
    shown.reload()
    fill(shown, proxy("clean-basic"), ("clerk", "hunter2-hunter2"))
    verdict(shown, "INCOMPATIBLE")
    assert "hunter2" not in shown.content() + shown.url
    expect(shown.get_by_label("User name", exact=True)).to_have_value("clerk")
    press_test_again(shown, "k9:b@c7/%")
    expect(shown.get_by_role("status")).not_to_contain_text("INCOMPATIBLE")
    accessible(shown, 360)


def test_a_pac_file_names_the_proxy(opened: Opens, proxy: Start) -> None:
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
        shown.get_by_text("Have you got a PAC file instead?").click()
        shown.get_by_label("Address of a PAC file").fill(f"http://127.0.0.1:{server.server_port}/proxy.pac")
        fill(shown, ("", ""))
        verdict(shown, "COMPATIBLE")
        server.shutdown()
    expect(shown.get_by_role("status")).to_contain_text(f"http://{host}:{port}")


def test_a_test_is_watched_in_two_tabs_and_stopped(opened: Opens, proxy: Start) -> None:
    shown = opened()
    fill(shown, proxy("tls-name-silent"))
    stop = shown.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_be_visible()
    shown.reload()
    other = shown.context.new_page()
    other.goto(shown.url)
    expect(other.locator(".tile.works").first).to_be_visible(timeout=PATIENCE_MS)
    stop.click()
    for each in (shown, other):
        expect(each.get_by_role("link", name="HTML report")).to_be_visible(timeout=PATIENCE_MS)
    verdict(shown, "stopped")


def test_a_blocker_is_told_while_the_test_goes_on(opened: Opens, proxy: Start) -> None:
    shown = opened()
    fill(shown, proxy("ports-squid", also="tls-name-silent"))
    expect(shown.get_by_text("Certain already: it will not work.")).to_be_visible(timeout=PATIENCE_MS)
    shown.get_by_role("button", name="Stop", exact=True).click()
    verdict(shown, "INCOMPATIBLE")
    expect(shown.get_by_role("article").filter(has_text="connect.port-denied")).to_be_visible()


def test_a_program_that_was_killed_is_told(browser: Browser, stage: Stage, proxy: Start) -> None:
    with served(stage.roots) as (url, process):
        context = browser.new_context()
        shown = context.new_page()
        shown.goto(url)
        fill(shown, proxy("tls-name-silent"))
        expect(shown.get_by_text(re.compile(r"^[1-9]\d* s$"))).to_be_visible(
            timeout=PATIENCE_MS
        )  # the script is at work
        process.kill()
        expect(shown.get_by_role("alert")).to_contain_text("does not answer any more", timeout=PATIENCE_MS)
        context.close()
