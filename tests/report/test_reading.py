"""What all writers say of a report is read from it once: functions, needs, counts, times, letters."""

import io
import re
from typing import Any

import pytest
from msgspec import structs
from rich.console import Console

from proxycheck.model.report import (
    EndpointReport,
    EndpointVerdict,
    FunctionReference,
    ListReport,
    Report,
    Stage,
    TrustReport,
)
from proxycheck.report.html.page import page
from proxycheck.report.junit import junit
from proxycheck.report.markdown import markdown
from proxycheck.report.monitoring.plugin import nagios
from proxycheck.report.reading.causes import reasons, the_one_reason
from proxycheck.report.reading.facts import beside_the_guide, facts, tally_words
from proxycheck.report.reading.findings import good, untried
from proxycheck.report.reading.functions import functions, nothing_works
from proxycheck.report.reading.headline import headline
from proxycheck.report.reading.letters import letters
from proxycheck.report.reading.matrix import COLUMNS, matrix
from proxycheck.report.reading.needs import needs, tally
from proxycheck.report.reading.proxy import proxy_url, typed_url
from proxycheck.report.reading.timeline import timeline
from proxycheck.report.terminal.demo import Row, demo_table
from proxycheck.report.terminal.report import as_text
from tests.report import factory
from tests.report.test_terminal import shown


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


def _told(name: str, verdict: EndpointVerdict, *, proved: bool | None, **more: Any) -> EndpointReport:
    return structs.replace(factory.endpoint(name, 443, verdict, function="Remote Access", **more), proved=proved)


@pytest.mark.parametrize(("proved", "due"), [(True, "works"), (False, "unknown"), (None, "works")])
def test_a_warning_works_where_it_is_proved(due: str, *, proved: bool | None) -> None:
    """Reports from before that was told are read as they always were."""
    report = factory.report("compatible", (_told("a", "warn", proved=proved),))
    assert [(each.name, each.answer) for each in functions(report)] == [("Remote Access", due)]


def test_an_alternative_that_may_work_keeps_a_need_from_being_lost() -> None:
    denied = _told("a", "fail", proved=False, any_of="remote", causes=("connect.host-denied",))
    causes = (factory.cause("connect.host-denied", "degraded", endpoints=("a:443",)),)
    for verdict, due in (("warn", "unknown"), ("inconclusive", "unknown"), ("skipped", "lost"), ("fail", "lost")):
        silent = _told("b", verdict, proved=False, any_of="remote")  # type: ignore[arg-type]
        report = factory.report("degraded", (silent, denied), causes)
        assert [each.answer for each in functions(report)] == [due]


def test_a_note_on_some_takes_nothing_from_what_the_same_cause_costs_others() -> None:
    endpoints = (
        _told("a", "warn", proved=True, causes=("tls.blocked",)),
        _told("b", "skipped", proved=False, causes=("tls.blocked",)),
    )
    causes = (
        factory.cause("tls.blocked", "degraded", endpoints=("b:443",)),
        factory.cause("tls.blocked", "info", endpoints=("a:443",)),
    )
    report = factory.report("degraded", endpoints, causes)
    assert [need.state for need in needs(report)] == ["works", "fails"]


def test_one_cause_for_everything_is_one() -> None:
    assert the_one_reason(factory.refused_login()) is not None
    assert the_one_reason(factory.port_denied()) is None
    counts = tally(needs(factory.refused_login()))
    assert tally_words(counts) == "7 needed: 7 fail (3 tried; a cause stops what was not)"
    assert {each.answer for each in functions(factory.refused_login())} == {"lost"}


def test_what_was_never_tried_is_not_said_to_have_been() -> None:
    endpoints = tuple(factory.endpoint(f"{name}.example", 443, "skipped", causes=("proxy.refused",)) for name in "ab")
    cause = factory.cause("proxy.refused", endpoints=tuple(each.id for each in endpoints))
    report = factory.report("incompatible", endpoints, (cause,))
    assert tally_words(tally(needs(report))) == "2 needed: 2 fail (none tried; a cause stops what was not)"
    sentence = "Nothing works: the reason below stops every host (no host tried)."
    assert nothing_works(report) == sentence
    assert sentence in as_text(report, 100)
    assert sentence in page(report).decode()
    assert sentence in markdown(report).decode().replace("\\", "")


@pytest.mark.parametrize("typed", ["socks5", "https"])
def test_a_proxy_is_named_as_what_it_is_with_a_note_of_what_was_typed(typed: str) -> None:
    report = _typed(factory.compatible(), typed)
    assert "through http://10.0.0.1:3128" in headline(report).sentence
    note = f"typed as {typed}://10.0.0.1:3128; plain HTTP is what answers there"
    (told,) = (fact.text for fact in facts(report) if fact.label == "Proxy")
    assert told.startswith("http://10.0.0.1:3128")
    assert told.endswith(note)
    for form in (" ".join(as_text(report, 100).split()), page(report).decode(), letters(report)[-1].text):
        assert note in form
    ticket = markdown(report).decode().replace("\\", "")
    assert note in ticket
    assert f"{typed}://" not in ticket.partition("typed as")[0]
    assert 'value="http://10.0.0.1:3128"' in junit(report).decode()


def test_what_was_typed_stays_where_plain_http_did_not_answer() -> None:
    silent = _typed(factory.report("incompatible", (), (factory.cause("proxy.refused"),)), "socks5")
    for code in ("setup.socks-only", "setup.https-proxy"):
        right = structs.replace(_typed(factory.compatible(), "socks5"), causes=(factory.cause(code),))
        assert typed_url(right) is None
    assert (proxy_url(silent), typed_url(silent)) == ("socks5://10.0.0.1:3128", None)
    refused = structs.replace(_typed(factory.refused_login(), "https"), evidence=factory.port_denied().evidence)
    assert any(record.received.startswith("HTTP/") for record in refused.evidence)
    assert proxy_url(refused) == "http://10.0.0.1:3128"
    assert (proxy_url(factory.compatible()), typed_url(factory.compatible())) == ("http://10.0.0.1:3128", None)


def _typed(report: Report, scheme: str) -> Report:
    assert report.proxy is not None
    return structs.replace(report, proxy=structs.replace(report.proxy, url=f"{scheme}://10.0.0.1:3128"))


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
    assert told["Contacted"] == "2 addresses of the guide; beside the guide: 10.0.0.1:3128 (the proxy)"
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


def _with_alternatives() -> Report:
    """One lost on its only port, one lost on both of its ports, one that works on its other port."""
    denied: tuple[str, ...] = ("a:80", "b:80", "b:443", "c:80")
    groups = {"b": "both", "c": "either"}
    endpoints = tuple(
        factory.endpoint(
            host,
            int(port),
            "fail" if f"{host}:{port}" in denied else "pass",
            any_of=groups.get(host),
            causes=("connect.host-denied",) if f"{host}:{port}" in denied else (),
        )
        for host, _, port in (name.partition(":") for name in (*denied, "c:443", "d:443"))
    )
    return factory.report("incompatible", endpoints, (factory.cause("connect.host-denied", endpoints=denied),))


def test_every_form_counts_what_fails_in_the_same_way() -> None:
    report = _with_alternatives()
    assert tally_words(tally(needs(report))) == "4 needed: 2 pass, 2 fail"
    (reason,) = reasons(report)
    assert reason.count == "2 of 4 needed"
    assert [(each.port, each.hosts) for each in reason.affected] == [("80", ("a", "b"))]
    assert reason.spare == ("b:443", "c:80")
    assert shown(report, quiet=True).splitlines()[1].endswith("(2 of 4 needed)")
    table = Console(file=io.StringIO(), width=80, color_system=None)
    table.print(demo_table([Row("x", "y", report)]))
    assert isinstance(table.file, io.StringIO)
    assert re.search(r"  2 pass .*\n.*  2 fail ", table.file.getvalue())
    for form in (shown(report), markdown(report).decode(), page(report).decode()):
        assert "2 hosts on port 80" in form
        assert "besides 2 alternatives" in form
    assert "(a:80, b:80)" in nagios(report)
