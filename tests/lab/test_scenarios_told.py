"""Every scenario's report in every form: read back as it was, masked to the same verdict, no host name broken."""

from io import BytesIO
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest

from proxycheck.lab.rehearsal import Rehearsed
from proxycheck.model.report import Report
from proxycheck.report.bundle import bundle
from proxycheck.report.html.page import page
from proxycheck.report.json import encode
from proxycheck.report.junit import junit
from proxycheck.report.markdown import markdown
from proxycheck.report.mask.report import masked
from proxycheck.report.saved import read_saved
from tests.lab.library import QUICK, SCENARIOS, Library, played
from tests.lab.reproducing import judged_today, told
from tests.report.real_chains import with_real_chains
from tests.report.test_terminal import shown
from tests.report.test_texts import placeholders, read_by_a_person
from tests.support import known

LARGEST_PAGE_BYTES = 600_000
REAL_LEAF_BYTES = 1900
LARGE = (
    "clean-tunnel",
    "inspected-company",
    "inspected-and-ports",
    "inspected-fortigate",
    "auth-407-closes",
    "tls-page",
)
"""Scenarios whose pages are the largest of the library where each host shows a leaf of that size of its own."""


@pytest.fixture
def report(request: pytest.FixtureRequest, library: Library) -> Report:
    """The report of one scenario, as it is played."""
    way, name = request.param
    found: Rehearsed = library.outcome(way, name)
    return found.report


def _masked(report: Report) -> Report:
    return masked(report, known.device(report.device.name), known.knowledge())


@pytest.mark.parametrize("report", played("as_it_is", SCENARIOS, ("ports-squid",)), indirect=True)
def test_it_is_read_back_from_every_form_that_holds_it(report: Report) -> None:
    """Judged again it says the same: what is equal in JSON need be judged but once."""
    encoded, bundled = encode(report), bundle(report)
    written = ZipFile(BytesIO(bundled)).read("report.html")
    assert len(written) < LARGEST_PAGE_BYTES
    for form in (read_by_a_person(written), markdown(report).decode(), junit(report).decode(), shown(report, 80)):
        assert [each for each in placeholders() if each in form] == []
    for made in (encoded, written, bundled):
        back = read_saved(made)
        assert encode(back) == encoded
    assert told(judged_today(back)) == told(report)
    assert markdown(report).startswith(b"## ")
    suite = ET.fromstring(junit(report)).find("testsuite")  # noqa: S314  written a moment ago, by us
    assert suite is not None
    assert int(suite.get("tests", "")) >= len(report.endpoints)


@pytest.mark.parametrize("report", played("as_it_is", LARGE, ("clean-tunnel",)), indirect=True)
def test_with_certificates_as_large_as_real_ones_the_page_stays_as_small(report: Report) -> None:
    real = with_real_chains(report, REAL_LEAF_BYTES)
    written = page(real)
    assert len(written) < LARGEST_PAGE_BYTES
    assert encode(read_saved(written)) == encode(real)


@pytest.mark.parametrize("report", played("as_it_is", SCENARIOS, ("ports-squid",)), indirect=True)
def test_masked_it_is_judged_the_same(report: Report) -> None:
    assert told(judged_today(_masked(report))) == told(report)


@pytest.mark.parametrize("report", played("as_it_is", SCENARIOS, ("ports-squid",)), indirect=True)
def test_eighty_columns_break_no_host_name(report: Report) -> None:
    lines = [line.strip() for line in shown(report, 80).splitlines()]
    hosts = {endpoint.host for endpoint in report.endpoints}
    broken = [line for line in lines if any(line.endswith(host[:-4]) for host in hosts if len(host) > 12)]
    assert broken == []


@pytest.mark.parametrize("name", sorted(QUICK))
@pytest.mark.slow
def test_the_masked_bundle_alone_rebuilds_the_proxy(name: str, library: Library) -> None:
    before, after = library.outcome("as_it_is", name), library.outcome("masked", name)
    assert told(after.report, beside=before.report) == told(before.report, beside=after.report)
