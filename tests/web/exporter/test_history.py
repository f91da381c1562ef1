"""What became worse or better, and when."""

from msgspec import structs

from proxycheck.model.report import Report
from proxycheck.report.prometheus import seconds_of
from proxycheck.web.exporter.answer import scrape_text
from proxycheck.web.exporter.history import continued
from proxycheck.web.exporter.prober import Answer, Kept
from tests.report import factory
from tests.report.test_prometheus import read


def at(hour: int, report: Report) -> Report:
    """The report of a run that ended then."""
    return structs.replace(report, run=structs.replace(report.run, finished_at=f"2026-01-01T{hour:02}:00:00Z"))


def test_a_cause_that_comes_and_goes() -> None:
    first = continued(None, at(1, factory.compatible()))
    assert (first.verdict, first.changed) == ("compatible", {})
    worse = continued(first, at(2, factory.inspected()))
    same = continued(worse, at(3, factory.inspected()))
    assert worse.since == same.since == seconds_of("2026-01-01T02:00:00Z")
    assert same.changed == {("worse", "tls.inspected"): seconds_of("2026-01-01T02:00:00Z")}
    better = continued(same, at(4, factory.compatible()))
    assert better.changed == {
        ("worse", "tls.inspected"): seconds_of("2026-01-01T02:00:00Z"),
        ("better", "tls.inspected"): seconds_of("2026-01-01T04:00:00Z"),
    }


def test_what_could_not_tell_changes_nothing() -> None:
    first = continued(None, at(1, factory.inspected()))
    assert continued(first, at(2, factory.report("inconclusive", ()))) == first
    assert continued(first, at(2, factory.report("incompatible", (), interrupted=True))) == first


def test_information_is_no_change() -> None:
    note = factory.report("compatible", (), (factory.cause("auth.not-enforced", "info"),))
    assert continued(continued(None, at(1, factory.report("compatible", ()))), at(2, note)).changed == {}


def test_a_scrape_shows_it() -> None:
    history = continued(continued(None, at(1, factory.compatible())), at(2, factory.inspected()))
    found = read(scrape_text(Answer("recent", Kept("", b"", 0.0, history))))
    assert found["proxycheck_changed_timestamp_seconds", (("cause", "tls.inspected"), ("change", "worse"))] == (
        seconds_of("2026-01-01T02:00:00Z")
    )
    assert found["proxycheck_probe_cached", ()] == 1
    assert found["proxycheck_probe_state", (("state", "recent"),)] == 1


def test_a_scrape_without_a_result_has_no_verdict() -> None:
    found = read(scrape_text(Answer("running", None)))
    assert found["probe_success", ()] == 0
    assert not any(name == "proxycheck_verdict" for name, _ in found)
