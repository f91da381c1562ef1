"""The last word of a report: what to enter on the device, or why nothing will do."""

from proxycheck.model.report import DeviceField, DeviceSettings, Report
from proxycheck.report.page import Page
from proxycheck.report.texts import texts

_INDENT = 12


def add_entry(page: Page, report: Report) -> None:
    """Each field of the device's screens with its value; nothing where a report has nothing to say about it."""
    settings = _settings(report)
    if settings.fields:
        page.heading(texts().sections.enter)
        indent = max(_INDENT, *(len(field.name) + 4 for field in settings.fields))
        for field in settings.fields:
            page.block(field.value, label=field.name, start=2, indent=indent)
    elif settings.reason:
        page.heading(texts().sections.nothing_to_enter)
        # What stands in the way has been told at the top.
        page.block(texts().sections.first_the_changes if report.causes else settings.reason, indent=2)
    if settings.note and (settings.fields or settings.reason):
        page.block((settings.note, "dim"), indent=2)


def _settings(report: Report) -> DeviceSettings:
    """Those of the report; one saved without any is told in the words that every device understands."""
    known = report.enter
    works = report.verdict in ("compatible", "degraded")
    if known.fields or known.reason or report.proxy is None or not works:
        return known
    host, _, port = report.proxy.url.partition("://")[2].rpartition(":")
    words = texts().entry
    fields = [DeviceField(words.host, host.strip("[]")), DeviceField(words.port, port)]
    if report.proxy.auth.username is not None:
        fields.append(DeviceField(words.user, report.proxy.auth.username))
        fields.append(DeviceField(words.password, words.given))
    return DeviceSettings(tuple(fields))
