"""The page of the simulated proxies: a report is dropped and played; scenarios are found, started and tested."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from proxycheck.report.bundle import bundle
from proxycheck.report.html.page import page
from tests.real.recordings import load
from tests.real.test_page import browser
from tests.real.web_page.opening import PATIENCE_MS, Opens, accessible, downloaded, opening, served, verdict
from tests.report.hostile import MARK, hostile

__all__ = ["browser"]
pytestmark = [pytest.mark.real, pytest.mark.xdist_group("browser")]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Opens]:
    """Opens the page of a program that has the lab."""
    pytest.importorskip("mitmproxy", reason="needs the [lab] extra")
    with served(None, lab=True) as (url, process), opening(browser, url, process) as opens:
        yield opens


def _listens(shown: Page) -> tuple[str, int]:
    """Waits for the simulated proxy, and gives its address."""
    expect(shown.get_by_text("The proxy listens.")).to_be_visible(timeout=PATIENCE_MS)
    host, _, port = shown.locator("#lab-address").inner_text().rpartition(":")
    return host, int(port)


def test_a_scenario_is_found_started_tested_and_ended(opened: Opens) -> None:
    shown = opened()
    shown.get_by_role("link", name="Simulated proxies").click()
    accessible(shown)
    shown.get_by_label("Search names, titles, sources and tags").fill("basic port-denied")
    shown.get_by_role("button", name="Search").click()
    expect(shown.get_by_text(" scenarios", exact=False).first).to_contain_text("1 of ")
    shown.get_by_role("button", name="Start auth-basic-and-ports").click()
    address = _listens(shown)
    accessible(shown)
    expect(shown.get_by_text("PROXYCHECK_PASSWORD=")).to_be_visible()
    assert downloaded(shown, "roots.pem").startswith(b"-----BEGIN CERTIFICATE-----")
    shown.get_by_role("button", name="Test this proxy here").click()
    verdict(shown, "INCOMPATIBLE")
    shown.go_back()
    shown.goto(shown.url.partition("/runs")[0].rstrip("/").removesuffix("/lab") + "/lab")
    expect(shown.get_by_role("log")).to_contain_text("407, 200", timeout=PATIENCE_MS)
    accessible(shown)
    shown.get_by_role("button", name="Stop the proxy").click()
    expect(shown.get_by_text("The proxy has ended.")).to_be_visible(timeout=PATIENCE_MS)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, 5)


@pytest.mark.parametrize(("form", "dropped"), [("report.html", True), ("report.zip", False)])
def test_a_customers_report_is_played(opened: Opens, tmp_path: Path, form: str, dropped: bool) -> None:
    file = tmp_path / form
    file.write_bytes({"report.html": page, "report.zip": bundle}[form](load("squid-stock-rules")))
    shown = opened(width=360)
    shown.goto(f"{shown.url}lab")
    if dropped:
        data = shown.evaluate_handle(
            "text => { const it = new DataTransfer(); it.items.add(new File([text], 'report.html')); return it; }",
            file.read_text("utf-8"),
        )
        shown.dispatch_event("body", "drop", {"dataTransfer": data})
    else:
        shown.get_by_label("Report or bundle").set_input_files(file)
        shown.get_by_role("button", name="Play this customer's proxy").click()
    host, port = _listens(shown)
    with socket.create_connection((host, port), 10) as client:
        client.sendall(b"CONNECT microsoft.com:80 HTTP/1.1\r\nHost: microsoft.com:80\r\n\r\n")
        assert b"403 Forbidden" in client.recv(4096)
    expect(shown.get_by_role("log")).to_contain_text("microsoft.com:80", timeout=PATIENCE_MS)
    assert b'from = "' in downloaded(shown, "Keep the scenario (reproduced.toml)")
    accessible(shown, 360)


def test_a_hostile_report_is_text_and_a_broken_one_a_sentence(opened: Opens, tmp_path: Path) -> None:
    file = tmp_path / f"{MARK}<b>.html"
    file.write_bytes(page(hostile()))
    shown = opened()
    shown.goto(f"{shown.url}lab")
    for content in (file.read_bytes(), json.dumps({"schema": f"{MARK}</script><img src=x onerror=alert(1)>"}).encode()):
        file.write_bytes(content)
        shown.get_by_label("Report or bundle").set_input_files(file)
        shown.get_by_role("button", name="Play this customer's proxy").click()
        expect(shown.get_by_text("Nothing is played.").or_(shown.get_by_text("The proxy listens."))).to_be_visible(
            timeout=PATIENCE_MS
        )
        assert shown.locator("main img, main script, main b").count() == 0
        accessible(shown)
