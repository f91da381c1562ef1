"""What is due is written in few patterns, which mean exactly the endpoints that a report names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from proxycheck.lab.comparison import differences, matches
from proxycheck.lab.reproduction.expectation import Patterns, expectation, patterns
from proxycheck.model.files.scenario import DueCause
from tests.real.recordings import load

ENDPOINTS = load("squid-stock-rules").endpoints
IDS = [endpoint.id for endpoint in ENDPOINTS]


@given(st.sets(st.sampled_from(IDS), min_size=1))
def test_exactly_the_named_endpoints_are_meant(named: set[str]) -> None:
    found = patterns(named, ENDPOINTS)
    due = DueCause(code="tls.inspected", endpoints=found.endpoints, excluded=found.excluded)
    assert {endpoint.id for endpoint in ENDPOINTS if matches(endpoint, due)} == named


@pytest.mark.parametrize(
    ("named", "due"),
    [
        (set(), Patterns()),
        (set(IDS), Patterns()),
        ({e.id for e in ENDPOINTS if e.scheme == "http"}, Patterns(("http",))),
        ({e.id for e in ENDPOINTS if e.port in (80, 5938)}, Patterns(("*:80", "*:5938"))),
        ({e.id for e in ENDPOINTS if e.port == 443 and e.host.endswith(".pb.com")}, Patterns(("*.pb.com:443",))),
        (set(IDS) - {"s3.amazonaws.com:443"}, Patterns(excluded=("s3.amazonaws.com:443",))),
    ],
)
def test_the_shortest_words_are_taken(named: set[str], due: Patterns) -> None:
    assert patterns(named, ENDPOINTS) == due


def test_a_report_is_what_is_due_of_it() -> None:
    report = load("squid-bumps-a-domain-behind-stock-rules")
    assert differences(report, expectation(report)) == ()
    assert len(expectation(report, ["tls.inspected"]).causes) == len(report.causes) - 1


def test_an_alternative_that_was_not_asked_for_may_be_named_in_the_lab() -> None:
    """Where the one before it is late it is asked for: which one is, depends on what else the machine does."""
    asked = load("squid-stock-rules-and-a-denied-domain")
    late = next(e.id for e in asked.endpoints if e.any_of and e.verdict == "fail" and e.port == 5938)
    skipped = [structs.replace(e, verdict="skipped") if e.id == late else e for e in asked.endpoints]
    causes = [structs.replace(c, endpoints=tuple(e for e in c.endpoints if e != late)) for c in asked.causes]
    assert differences(asked, expectation(structs.replace(asked, endpoints=tuple(skipped), causes=tuple(causes)))) == ()


def test_an_alternative_that_was_not_asked_for_may_work_in_the_lab() -> None:
    """What is due may then be written as all but a few; what nobody asked for is not meant by it."""
    asked = load("squid-stock-rules")
    groups = {e.id for e in asked.endpoints if e.any_of}
    working = [structs.replace(e, verdict="pass", causes=()) for e in asked.endpoints]
    skipped = [structs.replace(e, verdict="skipped") if e.id in groups else e for e in working]
    named = tuple(e.id for e in asked.endpoints if e.id not in groups)[1:]
    causes = (structs.replace(asked.causes[0], endpoints=named),)
    before = structs.replace(asked, endpoints=tuple(skipped), causes=causes)
    assert differences(structs.replace(asked, endpoints=tuple(working), causes=causes), expectation(before)) == ()


def test_two_causes_of_one_code_name_each_others_endpoints() -> None:
    report = load("squid-stock-rules-and-a-denied-domain")
    first, second = report.causes[0], structs.replace(report.causes[0], endpoints=(IDS[0],), confidence="weak")
    both = structs.replace(report, causes=(first, second))
    assert differences(both, expectation(both)) == ()
