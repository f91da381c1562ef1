"""Every text with a placeholder is filled in, whatever form it is told in."""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec
import pytest
from msgspec import structs

import proxycheck
from proxycheck.model.report import Report
from proxycheck.report import comparison
from proxycheck.report.bundle import CONTENTS, bundle
from proxycheck.report.html.page import page
from proxycheck.report.junit import junit
from proxycheck.report.markdown import markdown
from proxycheck.report.monitoring.plugin import checkmk, nagios
from proxycheck.report.reading.comparison import compare
from proxycheck.report.texts import texts
from tests.report import factory
from tests.report.test_terminal import shown

_EXPRESSIONS = re.compile(r"\{[{%](.*?)[}%]\}", re.DOTALL)
_TEXT = re.compile(r"\bt\.([a-z_]+(?:\.[a-z_]+)*?)(\.format\()?(?![a-z_.])")
_FILLED_BY_THE_SCRIPT = ("live.dropped",)
LONG = "HTTP/1.1 403 Forbidden\r\n\r\n" + "a" * 5000


def _with_placeholders() -> dict[str, str]:
    return {key: text for key, text in _leaves(msgspec.to_builtins(texts())) if "{" in text}


def _leaves(value: object, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _leaves(each, f"{place}.{key}".lstrip("."))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _leaves(each, place)


def placeholders() -> frozenset[str]:
    """Everything in braces that some text has to have filled in."""
    return frozenset(found for text in _with_placeholders().values() for found in re.findall(r"\{[a-z_]+\}", text))


def read_by_a_person(written: bytes) -> str:
    """What stands in a page but for the report inside it, in whose digits any few letters may stand by chance."""
    return re.sub(r'<script id="proxycheck-report".*?</script>', "", written.decode(), flags=re.DOTALL)


def _cut(report: Report) -> Report:
    """The same with more bytes than a page shows, and more than were kept."""
    records = [structs.replace(record, received=LONG, size=None) for record in report.evidence]
    records += [structs.replace(record, id=f"{record.id}-", received=f"{LONG}b", size=99_999) for record in records]
    return structs.replace(report, evidence=tuple(records))


def _forms(report: Report) -> Iterator[str]:
    yield from (read_by_a_person(page(report)), markdown(report).decode(), junit(report).decode())
    yield from (shown(report, 80), shown(report, 80, verbose=True), shown(report, 80, quiet=True))
    yield from (nagios(report), checkmk(report))
    with zipfile.ZipFile(io.BytesIO(bundle(report))) as archive:
        yield archive.read(CONTENTS).decode()
    found = compare(factory.compatible(), report)
    yield from (comparison.html(found).decode(), comparison.markdown(found).decode(), comparison.sentence(found))


@pytest.mark.parametrize("make", factory.ALL)
def test_no_placeholder_survives_in_any_form(make: Callable[[], Report]) -> None:
    for form in _forms(_cut(make())):
        assert [each for each in placeholders() if each in form] == []


def test_what_a_page_does_not_show_whole_is_told_with_its_size() -> None:
    written = page(_cut(factory.port_denied())).decode()
    assert re.search(r"\(\d{4} bytes in all; the report holds them\)", written)
    assert re.search(r"\(\d{5,6} bytes in all; the report holds \d{4}\)", written)


@pytest.mark.parametrize("template", sorted(Path(proxycheck.__file__).parent.rglob("*.jinja")), ids=lambda p: p.name)
def test_no_template_shows_a_text_with_a_placeholder_as_it_stands(template: Path) -> None:
    due = _with_placeholders()
    source = "".join(_EXPRESSIONS.findall(template.read_text("utf-8")))
    bare = {name for name, filled in _TEXT.findall(source) if not filled}
    assert bare & due.keys() <= {*_FILLED_BY_THE_SCRIPT}
