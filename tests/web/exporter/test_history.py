"""What became worse or better, and when."""

import pytest
from msgspec import structs

from proxycheck.model.report import Report
from proxycheck.report.monitoring.prometheus import seconds_of
from proxycheck.web.exporter.answer import scrape_text
from proxycheck.web.exporter.history import begun, continued, tells
from proxycheck.web.exporter.result import Kept, KeptResult
from tests.report import factory
from tests.report.test_prometheus import read


def at(hour: int, report: Report) -> Report:
    """The report of a run that ended then."""
    return structs.replace(report, run=structs.replace(report.run, finished_at=f"2026-01-01T{hour:02}:00:00Z"))


def test_a_cause_that_comes_and_goes() -> None:
    good, bad = at(1, factory.compatible()), at(2, factory.inspected())
    first = begun(good)
    assert (first.verdict, first.since, first.changed) == ("compatible", seconds_of("2026-01-01T01:00:00Z"), {})
    worse = continued(first, good, bad)
    same = continued(worse, bad, at(3, factory.inspected()))
    assert worse.since == same.since == seconds_of("2026-01-01T02:00:00Z")
    assert same.changed == {("worse", "tls.inspected"): seconds_of("2026-01-01T02:00:00Z")}
    better = continued(same, bad, at(4, factory.compatible()))
    assert better.changed == {
        ("worse", "tls.inspected"): seconds_of("2026-01-01T02:00:00Z"),
        ("better", "tls.inspected"): seconds_of("2026-01-01T04:00:00Z"),
    }


def test_a_cause_that_catches_more_hosts_is_worse() -> None:
    def caught(hour: int, *hosts: str) -> Report:
        named = factory.cause("connect.host-denied", "degraded", endpoints=hosts)
        return at(hour, factory.report("degraded", factory.compatible().endpoints, (named,)))

    first = caught(1, "a:443")
    history = continued(begun(first), first, caught(2, "a:443", "b:443"))
    assert history.changed == {("worse", "connect.host-denied"): seconds_of("2026-01-01T02:00:00Z")}
    assert history.since == seconds_of("2026-01-01T01:00:00Z")


@pytest.mark.parametrize(
    "report", [factory.report("inconclusive", ()), factory.report("incompatible", (), interrupted=True)]
)
def test_what_could_not_tell_changes_nothing(report: Report) -> None:
    bad = at(1, factory.inspected())
    assert not tells(report)
    assert continued(begun(bad), bad, at(2, report)) == begun(bad)


def test_information_is_no_change() -> None:
    plain = at(1, factory.report("compatible", ()))
    note = at(2, factory.report("compatible", (), (factory.cause("auth.not-enforced", "info"),)))
    assert continued(begun(plain), plain, note).changed == {}


def test_a_scrape_shows_it() -> None:
    good = at(1, factory.compatible())
    history = continued(begun(good), good, at(2, factory.inspected()))
    found = read(scrape_text(KeptResult("recent", Kept("", b"", None, 0.0, history))))
    assert found["proxycheck_changed_timestamp_seconds", (("cause", "tls.inspected"), ("change", "worse"))] == (
        seconds_of("2026-01-01T02:00:00Z")
    )
    assert found["proxycheck_probe_cached", ()] == 1
    assert found["proxycheck_probe_state", (("state", "recent"),)] == 1


def test_a_scrape_without_a_result_has_no_verdict() -> None:
    found = read(scrape_text(KeptResult("running", None)))
    assert found["probe_success", ()] == 0
    assert not any(name == "proxycheck_verdict" for name, _ in found)
