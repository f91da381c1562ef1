"""The page: whole, offline, read back as it was, and whatever a proxy sent is text in it."""

import base64
import hashlib
import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from proxycheck.errors import ConfigurationError
from proxycheck.model.report import Report
from proxycheck.report.embedded import extract, sha256
from proxycheck.report.html.page import page
from proxycheck.report.json import encode
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


@ALL
def test_the_policy_allows_the_two_of_the_page_by_their_hashes_and_nothing_else(make: Callable[[], Report]) -> None:
    text = page(make()).decode("utf-8")
    elements = Elements(text.encode())
    policy = next(a["content"] or "" for t, a in elements.found if t == "meta" and "http-equiv" in a)
    script = text[text.rindex("<script>") + len("<script>") : text.rindex("</script>")]
    style = text[text.index("<style>") + len("<style>") : text.index("</style>")]
    for source in (script, style):
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "http" not in policy


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
