"""The page: whole, offline, read back as it was, and whatever a proxy sent is text in it."""

import base64
import hashlib
import html
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from proxycheck.errors import ConfigurationError
from proxycheck.model.report import Report
from proxycheck.report import comparison
from proxycheck.report.embedded import extract, sha256
from proxycheck.report.html.drawing import WIDTH, drawing
from proxycheck.report.html.page import page
from proxycheck.report.json import encode
from proxycheck.report.reading.comparison import compare
from proxycheck.report.reading.timeline import Timeline
from proxycheck.report.saved import read_saved
from tests.report import factory
from tests.report.hostile import MARK, hostile

ALL = pytest.mark.parametrize("make", [*factory.ALL, hostile])


class Elements(HTMLParser):
    """The elements of a page with their attributes, and the text between them."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._inside: str | None = None
        self.feed(content.decode("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        self._inside = tag

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts.append(data)

    def handle_endtag(self, _tag: str) -> None:
        self._inside = None


@ALL
def test_the_page_is_read_back_as_the_same_report(make: Callable[[], Report]) -> None:
    written = page(make())
    assert encode(read_saved(written)) == encode(make())
    assert sha256(encode(make())).encode() in written


@ALL
def test_nothing_is_loaded_and_nothing_hostile_becomes_an_element(make: Callable[[], Report]) -> None:
    elements = Elements(page(make()))
    tags = {tag for tag, _ in elements.found}
    assert not tags & {"img", "link", "iframe", "object", "embed", "form", "base", "audio", "video", "textarea"}
    names = {name for _, attributes in elements.found for name in attributes}
    assert not names & {"src", "srcset", "style", "action", "background", "onerror"}
    assert not {name for name in names if name.startswith("on")}
    assert all((attributes["href"] or "").startswith("#") for _, attributes in elements.found if "href" in attributes)
    assert sum(tag == "script" for tag, _ in elements.found) == 2


def _comparison(report: Report) -> bytes:
    return comparison.html(compare(factory.compatible(), report))


@ALL
@pytest.mark.parametrize("write", [page, _comparison])
def test_the_policy_allows_what_stands_in_the_page_by_its_hash_and_nothing_else(
    write: Callable[[Report], bytes], make: Callable[[], Report]
) -> None:
    text = write(make()).decode("utf-8")
    (policy,) = re.findall('<meta http-equiv="Content-Security-Policy" content="([^"]*)">', text)
    allowed = dict(each.split(" ", 1) for each in html.unescape(policy).split("; "))
    for kind, element in (("style-src", "style"), ("script-src", "script")):
        found = re.findall(f"<{element}>(.*?)</{element}>", text, re.DOTALL)
        digests = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in found]
        assert allowed.pop(kind, "") == " ".join(f"'sha256-{digest}'" for digest in digests)
    assert allowed == dict.fromkeys(("default-src", "base-uri", "form-action"), "'none'")


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.3, 0.34, 1.0, 3.6, 4.99, 17.0, 60.0, 103.0, 5000.0, 1e8])
def test_the_labels_of_the_time_axis_differ(seconds: float) -> None:
    drawn = drawing(Timeline(seconds, (), (), ()))
    labels = [tick.seconds for tick in drawn.ticks]
    assert len(labels) == len(set(labels)) >= 3
    assert labels[0].strip("0.") == ""
    assert all(0 <= tick.x <= WIDTH for tick in drawn.ticks)
    places = [tick.x / WIDTH * max(seconds, 0.001) for tick in drawn.ticks]
    assert places == pytest.approx([float(label) for label in labels], rel=1e-3, abs=max(seconds, 0.001) / 5000)
    assert float(drawn.seconds) == pytest.approx(max(seconds, 0.001), rel=0.1)


def test_hostile_text_is_visible_text() -> None:
    text = page(hostile()).decode("utf-8")
    assert text.count(MARK) > 40
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028\u202e\ud800]", text)
    assert "\\u202e" in text
    assert f"{MARK}<" not in text
    assert "49" not in re.findall(rf"{MARK}.{{0,200}}", text)[0]
    assert len(text) < 600_000


def test_the_page_knows_every_part_of_a_report() -> None:
    text = page(factory.port_denied()).decode("utf-8")
    for part in ("functions", "causes", "letters", "matrix", "timeline", "details", "facts", "by-hand"):
        assert f'id="{part}"' in text
    assert 'role="status"' in text
    assert "acl SSL_ports port 443 80 5228\nhttp_access deny CONNECT !SSL_ports" in text
    assert "distservp1.pb.com:80" in text


def test_a_damaged_page_is_refused_in_a_sentence() -> None:
    written = page(factory.compatible())
    begin = written.index(b'data-sha256="') + 80
    changed = written[:begin] + (b"A" if written[begin : begin + 1] != b"A" else b"B") + written[begin + 1 :]
    with pytest.raises(ConfigurationError, match=r"damaged|changed"):
        read_saved(changed)
    with pytest.raises(ConfigurationError, match="holds no report"):
        read_saved(written[: begin + 40])
    wrong = written.replace(sha256(encode(factory.compatible())).encode(), b"0" * 64)
    with pytest.raises(ConfigurationError, match="changed or cut"):
        extract(wrong)
