"""A report read back from whatever holds one: the JSON, the page or the bundle."""

from proxycheck.errors import ConfigurationError
from proxycheck.model.report import Report
from proxycheck.report.bundle import is_bundle, report_in
from proxycheck.report.embedded import MAXIMUM_PAGE_BYTES, extract, is_page
from proxycheck.report.json import decode

MAXIMUM_BYTES = MAXIMUM_PAGE_BYTES
"""A larger file is not read."""


def read_saved(data: bytes) -> Report:
    """The report in `data`.

    Raises ConfigurationError with one sentence for what holds none, or a damaged one."""
    if len(data) > MAXIMUM_BYTES:
        raise ConfigurationError(f"the file is larger than {MAXIMUM_BYTES >> 20} MB; no report is that large")
    if is_bundle(data):
        return decode(report_in(data))
    return decode(extract(data) if is_page(data) else data)
