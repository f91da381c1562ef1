"""Every form of a report: the one that was looked at, read back, and hostile text in none of them anything but text."""

import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from proxycheck.errors import ConfigurationError
from proxycheck.model.report import Report
from proxycheck.report import comparison
from proxycheck.report.bundle import CONTENTS, MARK, bundle
from proxycheck.report.embedded import sha256
from proxycheck.report.html.page import page
from proxycheck.report.json import encode
from proxycheck.report.junit import junit
from proxycheck.report.markdown import markdown
from proxycheck.report.monitoring.plugin import checkmk, nagios
from proxycheck.report.monitoring.prometheus import textfile
from proxycheck.report.reading.comparison import compare
from proxycheck.report.saved import read_saved
from tests.report import factory
from tests.report.hostile import MARK as HOSTILE
from tests.report.hostile import hostile

GOLDEN = Path(__file__).parent / "golden"
ALL = pytest.mark.parametrize("make", factory.ALL)
_EMBEDDED = re.compile(rb'(<script id="proxycheck-report"[^>]*>)[^<]*')


def _shown(form: str, report: Report) -> str:
    """The form without the packed report and its SHA-256, which a new field of the report changes."""
    made = _EMBEDDED.sub(rb"\1", FORMS[form](report)).decode()
    return made.replace(sha256(encode(report)), "(SHA-256)")


def _since(report: Report) -> bytes:
    """What changed since a run in which all was well."""
    return comparison.markdown(compare(factory.compatible(), report))


FORMS: dict[str, Callable[[Report], bytes]] = {
    "md": markdown,
    "xml": junit,
    "html": page,
    "nagios": lambda report: nagios(report).encode(),
    "checkmk": lambda report: checkmk(report).encode(),
    "prom": lambda report: textfile(report).encode(),
    "since.md": _since,
}


@pytest.mark.parametrize("form", FORMS)
@ALL
def test_each_form_is_the_one_that_was_looked_at(make: Callable[[], Report], form: str) -> None:
    """With PROXYCHECK_WRITE_GOLDEN=1 they are written anew: look at them before keeping them."""
    golden, made = GOLDEN / f"{make.__name__}.{form}", _shown(form, make())
    if os.environ.get("PROXYCHECK_WRITE_GOLDEN") == "1":
        golden.write_text(made, encoding="utf-8")
    assert made == golden.read_text(encoding="utf-8")


@ALL
def test_a_bundle_is_read_back_and_lists_what_it_holds(make: Callable[[], Report]) -> None:
    made = bundle(make())
    assert made == bundle(make())
    assert encode(read_saved(made)) == encode(make())
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        assert archive.testzip() is None
        contents = archive.read(CONTENTS).decode()
        assert set(archive.namelist()) == {CONTENTS, "report.json", "report.html", "report.txt", "report.md"}
        assert all(name in contents for name in archive.namelist() if name != CONTENTS)
        assert archive.read("report.html") == page(make())
    assert MARK in made[:4096]
    assert "--mask" in contents


def test_a_zip_that_is_no_bundle_is_refused() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(ConfigurationError, match="no bundle of proxycheck"):
        read_saved(written.getvalue())
    with pytest.raises(ConfigurationError, match="damaged"):
        read_saved(bundle(factory.compatible())[:-100])


def test_markdown_shows_hostile_text_as_text() -> None:
    text = markdown(hostile()).decode()
    assert text.count(HOSTILE) > 15
    assert all(line.isprintable() for line in text.splitlines())
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
    assert not re.search(r"<(script|img|a|b|table|del|s|/?textarea)\b", html)
    assert "<strong>b</strong>" not in html
    assert html.count("<h1>") == 0
    headings = re.findall(r"<h[1-4]>(.*?)</h[1-4]>", html, re.DOTALL)
    assert all(heading.count("\n") == 0 for heading in headings)


def _xml(report: Report) -> ET.Element:
    return ET.fromstring(junit(report))  # noqa: S314  written a moment ago, by us


def test_junit_is_xml_whatever_was_sent_and_holds_it_as_text() -> None:
    for make in (*factory.ALL, hostile):
        root = _xml(make())
        assert root.tag == "testsuites"
        cases = root.findall("testsuite/testcase")
        assert {child.tag for case in cases for child in case} <= {"failure", "error", "skipped"}
        suite = root.find("testsuite")
        assert suite is not None
        assert int(suite.get("tests", "")) == len(cases)
        assert int(suite.get("failures", "")) == len(root.findall(".//failure"))
    kinds = {each.get("type") for each in _xml(factory.port_denied()).iter("failure")}
    assert kinds == {"connect.port-denied"}
    assert [each.get("type") for each in _xml(factory.undecided()).iter("error")] == ["tls.expired"]
    assert len(list(_xml(factory.refused_login()).iter("failure"))) == 7
    assert len(list(_xml(factory.compatible()).iter("skipped"))) == 1


def test_hostile_text_survives_every_form_and_comes_back() -> None:
    for made in (page(hostile()), bundle(hostile())):
        assert encode(read_saved(made)) == encode(hostile())
