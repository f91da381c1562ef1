"""The page of the demo: proxies side by side, and what to do next."""

import io

import pytest
from rich.console import Console

from proxycheck.report.terminal.demo import Row, demo_page
from tests.report import factory

ROWS = (
    Row("good", "passes everything on", factory.compatible()),
    Row("only-443", "allows CONNECT to port 443 only", factory.port_denied()),
)


def page(width: int, rows: tuple[Row, ...] = ROWS) -> str:
    written = io.StringIO()
    Console(file=written, width=width).print(demo_page(rows))
    return written.getvalue()


def test_every_proxy_has_its_verdict_causes_counts_and_time() -> None:
    good, bad = page(200).split("only-443")
    assert "COMPATIBLE" in good
    assert "INCOMPATIBLE" not in good
    assert "nothing stands in the way" in good
    assert "13 pass" in good
    assert "INCOMPATIBLE" in bad
    assert "connect.port-denied" in bad
    assert "The proxy opens tunnels to port 443 only" in bad
    assert ("7 pass" in bad, "6 fail" in bad, "in 3.4 s" in bad) == (True, True, True)


def test_it_says_what_to_do_next() -> None:
    assert "proxycheck check --proxy HOST:PORT --device sendpro-c\n" in page(80)


@pytest.mark.parametrize("width", [80, 120])
def test_nothing_is_cut_at_common_widths(width: int) -> None:
    lines = page(width).splitlines()
    assert max(len(line) for line in lines) <= width
    assert "connect.port-denied" in " ".join(lines)
    assert not any("…" in line for line in lines)


def test_a_demo_that_was_interrupted_at_once_shows_no_proxy() -> None:
    assert "proxycheck check" in page(80, ())
