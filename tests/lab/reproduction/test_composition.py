"""From a report to a scenario: what is in it, what is told as lost, and of which reports there is nothing to play."""

import re
from collections.abc import Callable

import pytest
from msgspec import structs

from proxycheck.errors import ConfigurationError, UsageError
from proxycheck.lab.rehearsal import endpoints_of
from proxycheck.lab.reproduction.composition import Reproduction, reproduce
from proxycheck.model.evidence import Evidence
from proxycheck.model.failure import Failure
from proxycheck.model.files.scenario import Table
from proxycheck.model.report import Report
from tests.real.recordings import load
from tests.support import known


def reproduced(report: Report) -> Reproduction:
    return reproduce(report, known.device(report.device.name), known.knowledge())


def rules(found: Reproduction, addon: str) -> list[Table]:
    [behaviour] = [each for each in found.scenario.behaviour if each.addon == addon]
    [options] = [value for value in behaviour.options.values() if isinstance(value, list)]
    return [rule for rule in options if isinstance(rule, dict)]


def with_evidence(report: Report, change: Callable[[Evidence], Evidence]) -> Report:
    return structs.replace(report, evidence=tuple(map(change, report.evidence)))


def test_port_rules_are_one_rule_with_the_proxys_own_words() -> None:
    found = reproduced(load("squid-stock-rules"))
    denied, opened = rules(found, "raw_connect")[-2:]
    assert denied["ports"] == [80, 5228, 5938]
    assert "X-Squid-Error: ERR_ACCESS_DENIED 0\r\n" in str(denied["reply"])
    assert '<a href="{host}:{port}">' in str(denied["reply"])
    assert "Content-Length: {length}\r\n" in str(denied["reply"])
    assert {**opened, "from": ""} == {
        "from": "",
        "reply": "HTTP/1.1 200 Connection established\r\n\r\n",
        "then": "judged",
    }
    [due] = found.scenario.expect.causes
    assert (due.code, due.endpoints) == (
        "connect.port-denied",
        ("*:80", "*:5938", "mobile-gtalk.l.google.com:5228"),
    )
    assert "10.77.0.1:3128" in found.scenario.source
    assert "about SendPro C / SendPro+ (SV63189-gb Rev. C" in found.scenario.source
    assert load("squid-stock-rules").run.id in found.scenario.source


def test_the_interceptor_has_its_name_and_the_shape_of_its_chain() -> None:
    found = reproduced(load("squid-bumps-a-domain"))
    [authority] = rules(found, "tls_authorities")
    assert "from" in authority
    assert authority == {
        "from": authority["from"],
        "hosts": "(^|[.])pb[.]com$",
        "issuer": "CN=Example Customer TLS inspection,O=Example Customer Ltd,C=GB",
        "sends": "root",
    }
    assert any("one certificate twice" in line for line in found.lost)


@pytest.mark.parametrize(("name", "password"), [("squid-basic-right-1", "example"), ("squid-basic-wrong", "another")])
def test_credentials_are_made_up_and_play_the_same(name: str, password: str) -> None:
    found = reproduced(load(name))
    [connect] = [each for each in found.scenario.behaviour if each.addon == "raw_connect"]
    assert connect.options["raw_connect_credentials"] == f"clerk:{password}"
    assert (found.scenario.client.user, found.scenario.client.password) == ("clerk", "example")
    states = {rule["authorization"] for rule in rules(found, "raw_connect") if "authorization" in rule}
    assert states == {"missing", "right" if password == "example" else "wrong"}
    assert any(line.startswith("user name and password") for line in found.lost)


def test_only_what_was_measured_is_measured_again() -> None:
    report = load("squid-stock-rules")
    found = reproduced(report)
    device = known.device(report.device.name)
    assert {e.id for e in endpoints_of(found.scenario, device)} == {e.id for e in report.endpoints}
    assert len(found.scenario.client.only) < len(report.endpoints)
    added = structs.replace(report.endpoints[0], id="own.example:8443", host="own.example", port=8443)
    more = reproduced(structs.replace(report, endpoints=(*report.endpoints, added)))
    assert more.scenario.client.add == ("own.example:8443",)
    assert "own.example:8443" in {e.id for e in endpoints_of(more.scenario, device)}


def test_comparisons_beside_the_proxy_are_carried_over() -> None:
    found = reproduced(load("ageing-behind-squid"))
    assert {each.operation for each in found.scenario.beside} >= {"control_dns"}
    assert any("without the proxy" in line for line in found.played)


def test_what_rests_on_the_network_is_not_due_and_told() -> None:
    report = load("squid-open")
    gateway = Evidence("n1", "network", "network_route", None, 0.0, 0.0, "", "", "closed", None, None, None, "gateways")
    network = known.device(report.device.name).network.reserved_gateways[0]
    asked = structs.replace(report, evidence=(*report.evidence, structs.replace(gateway, note=network.first)))
    found = reproduced(asked)
    assert found.scenario.expect.verdict == "compatible"
    assert "the cause network.gateway-conflict (blocker), which rests on what is not played" in found.lost
    assert any(line.startswith("what the network itself gives") for line in found.lost)
    assert any("today's rules judge otherwise" in line for line in found.lost)
    assert "network.gateway-conflict" in (found.scenario.note or "")


def test_an_interrupted_run_is_played_as_far_as_it_came() -> None:
    report = load("squid-open")
    last = {e.endpoint for e in report.evidence[:60] if e.operation == "tls"}
    cut = structs.replace(report, evidence=report.evidence[:60], run=structs.replace(report.run, interrupted=True))
    found = reproduced(cut)
    measured = {e.id for e in endpoints_of(found.scenario, known.device(report.device.name))}
    assert measured
    assert measured < {e.id for e in report.endpoints}
    assert last >= {each for each in measured if each.endswith(":443")}
    assert any("the run was interrupted" in line for line in found.lost)


def test_a_cut_answer_is_told() -> None:
    report = load("squid-denies-all")
    cut = with_evidence(report, lambda e: structs.replace(e, size=70000) if e.operation == "connect" else e)
    assert any("long answers" in line for line in reproduced(cut).lost)


def test_dates_of_pages_are_told_as_the_hour() -> None:
    found = rules(reproduced(load("squid-denies-all")), "listener")
    assert all("\r\nDate: {date}\r\n" in str(rule["reply"]) for rule in found if "reply" in rule)


def _slower(report: Report, *hosts: str) -> Report:
    def slow(record: Evidence) -> Evidence:
        meant = record.operation == "connect" and (not hosts or (record.endpoint or "").partition(":")[0] in hosts)
        return structs.replace(record, duration_s=3.04) if meant else record

    return with_evidence(report, slow)


def test_answers_that_take_long_take_as_long_in_the_lab() -> None:
    everywhere = reproduced(_slower(load("squid-open")))
    assert rules(everywhere, "raw_connect")[-1]["delay"] == 3.0
    assert everywhere.scenario.client.timeout > 3.04
    somewhere = rules(reproduced(_slower(load("squid-open"), "s3.amazonaws.com")), "raw_connect")
    assert [(r.get("hosts"), r["delay"]) for r in somewhere if "delay" in r] == [("^s3[.]amazonaws[.]com$", 3.0)]
    assert "delay" not in somewhere[-1]


def test_what_never_answers_is_waited_for_no_longer_than_needed() -> None:
    def unanswered(record: Evidence) -> Evidence:
        if record.operation != "connect" or record.endpoint != "s3.amazonaws.com:443":
            return record
        failure = Failure("timeout", "connect", "")
        return structs.replace(record, received="", ended="timeout", failure=failure, duration_s=10.0)

    found = reproduced(with_evidence(load("squid-open"), unanswered))
    [silent] = [rule for rule in rules(found, "raw_connect") if rule["then"] == "stall"]
    assert silent == {"from": "s3.amazonaws.com:443", "hosts": "^s3[.]amazonaws[.]com$", "then": "stall"}
    assert (found.scenario.client.timeout, found.scenario.tags) == (2.0, ("reproduced", "waits"))


def test_a_text_with_braces_of_its_own_is_not_filled_in() -> None:
    report = load("squid-denies-all")
    odd = with_evidence(report, lambda e: structs.replace(e, received=e.received.replace("ERROR", "{host}")))
    assert not any("fill" in rule for rule in rules(reproduced(odd), "raw_connect"))


def _of_another_command(report: Report) -> Report:
    return structs.replace(report, run=structs.replace(report.run, command="pac"))


def _direct(report: Report) -> Report:
    return structs.replace(report, proxy=None)


def _empty(report: Report) -> Report:
    return structs.replace(report, evidence=())


def _interrupted_at_once(report: Report) -> Report:
    run = structs.replace(report.run, interrupted=True)
    return structs.replace(report, run=run, evidence=report.evidence[:1])


def _unresolvable(report: Report) -> Report:
    first = structs.replace(report.evidence[0], check="reachability", operation="proxy_dns")
    failure = Failure("unresolvable", "proxy_dns", "Name or service not known")
    return structs.replace(report, evidence=(structs.replace(first, failure=failure),))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_of_another_command, "proxycheck pac"),
        (_direct, "without a proxy"),
        (_empty, "no evidence"),
        (_interrupted_at_once, "interrupted before anything was measured"),
        (_unresolvable, "its name has no address"),
    ],
)
def test_of_some_reports_there_is_nothing_to_play(change: Callable[[Report], Report], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        reproduced(change(load("squid-open")))


def test_a_target_that_is_none_is_named() -> None:
    odd = with_evidence(
        load("squid-denies-all"), lambda e: structs.replace(e, endpoint="\x1b") if e.check == "controls" else e
    )
    with pytest.raises(ConfigurationError, match=r"the target '\\x1b', which is no HOST:PORT"):
        reproduced(odd)


def test_every_rule_names_the_endpoints_of_the_report_that_it_was_seen_at() -> None:
    report = load("squid-stock-rules")
    found = reproduced(report)
    every = [rule for each in found.scenario.behaviour for rule in rules(found, each.addon)]
    assert all(rule["from"] for rule in every)
    denied, opened = rules(found, "raw_connect")[-2:]
    refused = {e.id for e in report.endpoints if "connect.port-denied" in e.causes}
    assert refused <= set(str(denied["from"]).split(", "))
    assert re.fullmatch(r"the other \d+ endpoints", str(opened["from"]))
