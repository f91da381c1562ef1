"""What all writers say of a report is read from it once: functions, needs, counts, times, letters."""

from msgspec import structs

from proxycheck.model.report import EndpointVerdict, FunctionReference, ListReport, Stage, TrustReport
from proxycheck.report.reading.causes import reasons, the_one_reason
from proxycheck.report.reading.facts import beside_the_guide, facts, tally_words
from proxycheck.report.reading.findings import good, untried
from proxycheck.report.reading.functions import functions
from proxycheck.report.reading.headline import headline
from proxycheck.report.reading.letters import letters
from proxycheck.report.reading.matrix import COLUMNS, matrix
from proxycheck.report.reading.needs import needs, tally
from proxycheck.report.reading.timeline import timeline
from tests.report import factory


def _answer(*verdicts: EndpointVerdict) -> str:
    endpoints = tuple(
        factory.endpoint(f"h{n}", 443, verdict, causes=("connect.host-denied",) if verdict == "fail" else ())
        for n, verdict in enumerate(verdicts)
    )
    found = (factory.cause("connect.host-denied", endpoints=("h0:443",)),)
    return functions(factory.report("incompatible", endpoints, found))[0].answer


def test_a_function_works_only_where_everything_it_needs_works() -> None:
    assert _answer("pass", "pass") == "works"
    assert _answer("pass", "fail") == "partly"
    assert _answer("pass", "fail", "inconclusive") == "partly"
    assert _answer("fail", "fail") == "lost"
    assert _answer("fail", "inconclusive") == "lost"
    assert _answer("pass", "inconclusive") == "unknown"
    assert _answer("pass", "skipped") == "unknown"


def test_functions_have_plain_words_where_the_device_file_has_them_and_come_by_tier() -> None:
    report = factory.report(
        "compatible",
        (
            factory.endpoint("a", 443, function="Second", tier="recommended"),
            factory.endpoint("b", 443, function="Rates: files"),
            factory.endpoint("c", 443, function="Rates: updates"),
        ),
    )
    plain = (FunctionReference("Rates: files", "Rates"), FunctionReference("Rates: updates", "Rates"))
    found = functions(structs.replace(report, device=structs.replace(report.device, functions=plain)))
    assert [(each.name, each.tally.total) for each in found] == [("Rates", 2), ("Second", 1)]


def test_alternatives_are_one_need() -> None:
    endpoints = (
        factory.endpoint("a", 5938, "warn", any_of="remote", causes=("connect.port-denied",)),
        factory.endpoint("a", 443, "pass", any_of="remote"),
        factory.endpoint("a", 80, "skipped", any_of="remote"),
        factory.endpoint("b", 443, "skipped", reason="not measured: the run ended before its turn came"),
    )
    report = factory.report("inconclusive", endpoints, (factory.cause(endpoints=("a:5938",)),))
    assert [(need.state, need.shown.id) for need in needs(report)] == [("works", "a:443"), ("unknown", "b:443")]
    assert tally_words(tally(needs(report))) == "2 needed: 1 pass, 1 not measured"
    assert [each.endpoints for each in untried(report)] == [("b:443",)]
    assert tally_words(tally(needs(factory.compatible()))).startswith("13 needed, all pass")


def test_one_cause_for_everything_is_one() -> None:
    assert the_one_reason(factory.refused_login()) is not None
    assert the_one_reason(factory.port_denied()) is None
    counts = tally(needs(factory.refused_login()))
    assert tally_words(counts) == "7 needed: 7 fail (3 tried)"
    assert {each.answer for each in functions(factory.refused_login())} == {"lost"}


def test_the_system_s_own_error_numbers_are_not_shown() -> None:
    because = ("[Errno 111] Connect call failed ('10.0.0.1', 3128)", "[Errno -3] Temporary failure in name resolution")
    found = reasons(factory.report("incompatible", (), (factory.cause(because=because),)))
    assert found[0].seen == ("no connection to 10.0.0.1:3128", "Temporary failure in name resolution")


def test_an_interrupted_run_says_how_far_it_came() -> None:
    endpoints = (factory.endpoint("a", 443), factory.endpoint("b", 443, "skipped"))
    report = factory.report("inconclusive", endpoints, interrupted=True)
    assert headline(report).reason == "stopped after 1 of 2; no failure so far"


def test_what_was_contacted_beside_the_guide_is_told() -> None:
    run = structs.replace(
        factory.compatible().run,
        host="desk-7",
        contacted=(
            factory.contact("10.0.0.1", 3128, "the proxy"),
            factory.contact("a.pb.com", 443),
            factory.contact("b.pb.com", 443),
        ),
    )
    report = structs.replace(factory.compatible(), run=run)
    told = {fact.label: fact.text for fact in facts(report)}
    assert told["Contacted"] == "2 addresses of the guide; besides them 10.0.0.1:3128 (the proxy)"
    assert "desk-7" in told["Run"]
    assert "2026-01-01 00:00:00 UTC" in told["Checked"]
    assert [each.host for each in beside_the_guide(report)] == ["10.0.0.1"]


def test_the_matrix_begins_with_what_fails() -> None:
    rows = matrix(factory.port_denied())
    states = [row.need.state for row in rows]
    assert states == sorted(states, key=["fails", "unknown", "works"].index)
    assert all(len(row.cells) == len(COLUMNS) for row in rows)
    read = matrix(factory.inspected())[0]
    assert dict(zip(COLUMNS, read.cells, strict=True))["tls"] == "fails"


def test_the_timeline_knows_what_hung() -> None:
    stages = (Stage("proxy_tcp", "ok", None, 0.01, 0.0), Stage("connect", "failed", "timeout", 10.0, 0.01))
    slow = structs.replace(factory.endpoint("a", 443, "fail"), stages=stages)
    run = structs.replace(factory.compatible().run, options={"timeout": 10.0})
    report = structs.replace(factory.report("incompatible", (slow, factory.endpoint("b", 443))), run=run)
    times = timeline(report)
    assert times.hung == ("a:443",)
    assert times.spent_s[0][0] == "connect"
    assert times.duration_s > 10


def test_everybody_gets_what_is_theirs() -> None:
    proxy, everything = letters(factory.port_denied())
    assert (proxy.audience, everything.audience) == ("proxy", "pitney-bowes")
    assert "acl SSL_ports port 443 80 5228" in proxy.text
    assert "proxycheck check --proxy http://10.0.0.1:3128 --device sendpro-c" in proxy.text
    assert "INCOMPATIBLE" in everything.text
    assert [each.audience for each in letters(factory.inspected())] == ["security", "pitney-bowes"]
    assert [each.audience for each in letters(factory.compatible())] == ["pitney-bowes"]


def test_nothing_good_is_said_of_tls_where_somebody_reads_it() -> None:
    assert good(factory.inspected()) == ()
    assert good(factory.undecided()) == ()


def test_lists_that_were_a_year_old_when_the_run_was_made_are_told_and_change_nothing() -> None:
    report = factory.port_denied()
    assert report.run.started_at.startswith("2026-01-01")
    lists = (
        ListReport("ct_logs", "2024-12-31"),
        ListReport("mozilla_roots", "2025-01-01"),
        ListReport("microsoft_roots", "2027-01-01"),
    )
    aged = structs.replace(report, trust=TrustReport(lists=lists))
    (old,) = (fact for fact in facts(aged) if fact.label == "Old lists")
    assert "the certificate logs of 2024-12-31" in old.text
    assert "roots" not in old.text
    assert tuple(fact for fact in facts(aged) if fact != old) == facts(report)
    assert headline(aged) == headline(report)


def test_a_date_that_is_none_is_not_old() -> None:
    lists = (ListReport("ct_logs", "long ago"),)
    report = factory.port_denied()
    undated = structs.replace(report, trust=TrustReport(lists=lists), run=structs.replace(report.run, started_at="?"))
    assert not [fact for fact in facts(undated) if fact.label == "Old lists"]
