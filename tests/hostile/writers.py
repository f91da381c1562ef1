"""Every form that a report is written in, and what hostile text may not become in it: anything but text."""

import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

from markdown_it import MarkdownIt
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from proxycheck.catalogue.allowlists import load_allowlists
from proxycheck.model.files.allowlist import Allowlists
from proxycheck.model.report import Report
from proxycheck.report import comparison as compared
from proxycheck.report.allowlist import listing
from proxycheck.report.allowlist.entries import blocked_hosts
from proxycheck.report.bundle import CONTENTS, bundle
from proxycheck.report.html.page import page
from proxycheck.report.json import encode
from proxycheck.report.junit import junit
from proxycheck.report.markdown import markdown
from proxycheck.report.monitoring.plugin import checkmk, nagios
from proxycheck.report.monitoring.prometheus import textfile
from proxycheck.report.reading.comparison import compare
from proxycheck.report.saved import read_saved
from proxycheck.report.terminal.report import as_text
from tests.report import factory

STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_ELEMENTS = frozenset(
    ("img", "link", "iframe", "object", "embed", "form", "base", "audio", "video", "textarea", "frame", "applet")
)
_LOADING = frozenset(("src", "srcset", "style", "action", "background", "formaction", "xlink:href"))
_SCRIPTS = 2
"""The page's own: its script, and the report inside it."""
_CASES = frozenset(("failure", "error", "skipped"))
_ENTRY = re.compile(r"\*?[a-z0-9_.*:-]+")


class _Elements(HTMLParser):
    """What of a page could act: elements that load or run, attributes that do, links that lead elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts = 0
        self.acting: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes what could act."""
        self.scripts += tag == "script"
        self.acting += [tag] if tag in _ELEMENTS else []
        self.acting += [name for name, _ in attrs if name in _LOADING or name.startswith("on")]
        self.acting += [value or "" for name, value in attrs if name == "href" and not (value or "").startswith("#")]


def _steers(text: str) -> Iterator[str]:
    if found := STEERING.search(text):
        yield f"{found[0]!r} at {found.start()}"


def _terminal(report: Report) -> Iterator[str]:
    for width in (80, 200):
        yield from _steers(as_text(report, width))


def _html(report: Report, written: bytes | None = None, scripts: int = _SCRIPTS) -> Iterator[str]:
    text = (page(report) if written is None else written).decode("utf-8")
    elements = _Elements(text)
    yield from elements.acting
    if elements.scripts != scripts:
        yield f"{elements.scripts} scripts"
    yield from _steers(text)


def _markdown(report: Report, written: bytes | None = None) -> Iterator[str]:
    text = (markdown(report) if written is None else written).decode("utf-8")
    yield from _steers(text)
    shown = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(text)
    yield from re.findall(r"<(?:script|img|a|b|del|s|iframe|h1)\b[^>]*>", shown)


def _junit(report: Report) -> Iterator[str]:
    written = junit(report)
    root = ET.fromstring(written)  # noqa: S314  written a moment ago, by us
    yield from ({child.tag for case in root.iter("testcase") for child in case} - _CASES)
    yield from _steers("".join(root.itertext()))


def _bundle(report: Report) -> Iterator[str]:
    written = bundle(report)
    if encode(read_saved(written)) != encode(report):
        yield "it is not read back"
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        yield from (
            name for name in archive.namelist() if not re.fullmatch(r"[a-z]+\.[a-z]+", name) and name != CONTENTS
        )
        for name in (CONTENTS, "report.txt"):
            yield from _steers(archive.read(name).decode("utf-8"))


def _prometheus(report: Report) -> Iterator[str]:
    written = textfile(report)
    yield from _steers(written)
    names = {family.name for family in text_string_to_metric_families(written)}
    yield from (name for name in names if not name.startswith(("probe_", "proxycheck_")))


def _nagios(report: Report) -> Iterator[str]:
    written = nagios(report)
    yield from _steers(written)
    if written.count("|") != 1 or not re.match(r"PROXYCHECK [A-Z]+ - [^|\n]* \| 'duration'=", written):
        yield written.splitlines()[0]


def _checkmk(report: Report) -> Iterator[str]:
    written = checkmk(report)
    yield from _steers(written)
    if not re.fullmatch(r'[0-3] "[^"\n]*" duration=[^ \n]* [^|\n]*\n', written):
        yield written.splitlines()[0]


@cache
def _lists() -> Allowlists:
    return load_allowlists()


def _allowlist(report: Report) -> Iterator[str]:
    lists = _lists()
    for product in lists.formats.values():
        for place in product.places:
            made = listing(blocked_hosts(report, lists, place.purpose), product, place.purpose)
            yield from _steers(made.text.replace("\r\n", "\n").replace("\t", " "))
            yield from (note for note in made.notes if not note.isprintable())
            if product.name == "plain":
                yield from (line for line in made.text.splitlines() if not _ENTRY.fullmatch(line))
            if product.name == "json":
                json.loads(made.text)


def _compare(report: Report) -> Iterator[str]:
    for found in (compare(factory.compatible(), report), compare(report, factory.compatible())):
        yield from _html(report, compared.html(found), scripts=0)
        yield from _markdown(report, compared.markdown(found))
        console = Console(file=io.StringIO(), width=80, color_system=None)
        compared.show(found, console)
        assert isinstance(console.file, io.StringIO)
        yield from _steers(console.file.getvalue())
        json.loads(compared.encode(found))


WRITERS: Mapping[str, Callable[[Report], Iterator[str]]] = {
    "terminal": _terminal,
    "html": _html,
    "markdown": _markdown,
    "junit": _junit,
    "bundle": _bundle,
    "prometheus": _prometheus,
    "nagios": _nagios,
    "checkmk": _checkmk,
    "allowlist": _allowlist,
    "compare": _compare,
}


def acting(report: Report) -> str | None:
    """What in any form of the report is more than text, with the form; None where all is text."""
    for name, write in WRITERS.items():
        if found := next(write(report), None):
            return f"{name}: {found[:200]!r}"
    return None
