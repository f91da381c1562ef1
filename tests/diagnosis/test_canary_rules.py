"""What a canary's evidence means, without a network: each rule speaks where it has to and is silent beside it."""

from typing import Any

import pytest
from msgspec import structs

from proxycheck.diagnosis.answers.asked import Asked
from proxycheck.diagnosis.answers.canary import canary as answer
from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.judgement import EndpointJudgement
from proxycheck.diagnosis.observation import Case, open_case
from proxycheck.diagnosis.rules.canary import canary
from proxycheck.diagnosis.rules.interception import Judgement
from proxycheck.model.canary import Arrival, CanaryEvidence, Difference, FieldChange, StreamComparison
from proxycheck.model.evidence import Evidence, TlsEvidence
from proxycheck.model.failure import Failure, FailureName
from proxycheck.model.report import RunRequest
from proxycheck.model.target import ProxyAddress
from tests.support import known

KNOWLEDGE = known.knowledge()
PROXY = ProxyAddress("http", "proxy.example", 3128)
OWN = "0" * 64


def record(
    probe: Any, case: str, *, failure: FailureName | None = None, handshake: bool = False, **facts: Any
) -> Evidence:
    """One probe: signed by the canary and through the proxy, unless `facts` say otherwise."""
    known = {"way": "proxy", "answer": "signed", "certificate_sha256": OWN} | facts
    return Evidence(
        id="e1",
        check="canary",
        operation="canary",
        endpoint="canary.example:443",
        started_s=0.0,
        duration_s=0.0,
        sent="",
        received="",
        ended="open",
        failure=None if failure is None else Failure(failure, "canary", "why"),
        tls=TlsEvidence("canary.example", authenticated=True) if handshake else None,
        canary=CanaryEvidence(probe=probe, case=case, **known),
    )


def equal(subject: Any) -> StreamComparison:
    """Something that arrived as it was sent."""
    return StreamComparison(subject, 3, "a", Arrival(3, "a"))


def differing(subject: Any, kind: Any = "changed") -> StreamComparison:
    """Something that did not."""
    return StreamComparison(subject, 3, "a", Arrival(3, "b", Difference(kind, 1, "x", "y")))


def case_of(*records: Evidence, device: str = "sendpro-c", proxy: ProxyAddress | None = PROXY) -> Case:
    """A run with this evidence."""
    entry = known.device(device)
    return open_case(entry, entry.endpoints, proxy, records, KNOWLEDGE)


def judged(*records: Evidence, device: str = "sendpro-c", found: tuple[Finding, ...] = ()) -> list[Finding]:
    """What the rules say of a canary that also answered over TLS in good order."""
    sound = record("tls", "tls12", handshake=True, comparisons=(equal("exporter"),))
    return list(canary(case_of(sound, *records, device=device), found))


@pytest.mark.parametrize(
    ("up", "down", "beside", "code", "severity", "confidence"),
    [
        (383.9, 5000.0, None, "network.bandwidth-low", "blocker", "strong"),
        (384.0, 5000.0, None, "network.bandwidth-low", "degraded", "strong"),
        (5000.0, 999.9, None, "network.bandwidth-low", "degraded", "strong"),
        (300.0, 300.0, (300.0, 310.0), "network.bandwidth-low", "blocker", "strong"),
        (300.0, 300.0, (400.0, 5000.0), "tunnel.slow", "blocker", "conclusive"),
        (500.0, 500.0, (1000.0, 5000.0), "tunnel.slow", "degraded", "conclusive"),
        (300.0, None, None, "network.bandwidth-low", "blocker", "strong"),
    ],
)
def test_rates_are_held_against_the_guide_and_the_way_without_the_proxy(
    up: float, down: float | None, beside: tuple[float, float] | None, code: str, severity: str, confidence: str
) -> None:
    records = [record("throughput", "tunnel", up_kbit_s=up, down_kbit_s=down, size=65536)]
    if beside is not None:
        rates: dict[str, Any] = {"up_kbit_s": beside[0], "down_kbit_s": beside[1], "size": 65536}
        records.append(record("throughput", "tunnel", way="direct", **rates))
    (finding,) = judged(*records)
    assert (finding.code, finding.severity, finding.confidence) == (code, severity, confidence)


def test_enough_is_enough() -> None:
    assert judged(record("throughput", "tunnel", up_kbit_s=1000.0, down_kbit_s=1000.0, size=65536)) == []


def test_what_our_own_deadline_cut_off_was_not_altered() -> None:
    late = record("raw", "full-duplex", failure="timeout", comparisons=(differing("download", "truncated"),))
    assert judged(late) == []
    ended = record("raw", "full-duplex", failure="eof", comparisons=(differing("download", "truncated"),))
    assert [finding.code for finding in judged(ended)] == ["tunnel.altered"]


def test_what_fails_without_the_proxy_as_well_is_excused() -> None:
    for probe, case, facts in (
        ("raw", "plain", {"comparisons": (differing("upload"),)}),
        ("idle", "30-s", {"asked_s": 30.0, "held_s": 10.0}),
        ("concurrency", "24", {"wanted": 24, "answered": 10}),
    ):
        through, beside = (record(probe, case, way=way, **facts) for way in ("proxy", "direct"))
        assert judged(through), probe
        assert judged(through, beside) == [], probe


@pytest.mark.parametrize(("took_s", "codes"), [(2.0, []), (0.9, ["tunnel.concurrency"])])
def test_tunnels_that_had_to_wait_for_longer_than_a_quiet_one_lives_were_not_too_many(
    took_s: float, codes: list[str]
) -> None:
    quiet = record("idle", "30-s", asked_s=30.0, held_s=2.0)
    many = structs.replace(record("concurrency", "24", wanted=24, answered=10), duration_s=took_s)
    assert [finding.code for finding in judged(quiet, many)] == ["tunnel.idle-timeout", *codes]
    lived = record("idle", "30-s", asked_s=30.0, held_s=30.0)
    late = structs.replace(many, duration_s=31.0)
    assert [finding.code for finding in judged(lived, late)] == ["tunnel.concurrency"]


def test_altered_tunnels_stop_only_a_device_that_sends_plain_http_in_them() -> None:
    changed = record("raw", "plain", comparisons=(differing("upload"),))
    assert [finding.severity for finding in judged(changed)] == ["blocker"]
    assert [finding.severity for finding in judged(changed, device="connectplus")] == ["degraded"]


def test_a_tunnel_that_was_never_opened_says_nothing() -> None:
    assert judged(record("raw", "plain", answer="none", failure="refused-by-peer")) == []


def _refused(endpoint: str, variant: str) -> Evidence:
    """A tunnel to the canary that the proxy refused."""
    return structs.replace(
        record("tls", "tls12"),
        operation="connect",
        endpoint=endpoint,
        variant=variant,
        received="HTTP/1.1 403 Forbidden\r\n\r\n",
        failure=Failure("refused-by-peer", "connect", "403"),
        canary=None,
    )


def test_a_canary_whose_ports_are_refused_proves_nothing_of_tunnels_and_says_so() -> None:
    said = [
        _refused("canary.example:8443", "tls/tls12"),
        _refused("canary.example:8080", "http/tunnel"),
        record("tls", "tls12", answer="none", failure="refused-by-peer"),
        record("http", "forward"),
    ]
    request = RunRequest(canary=True)
    told = answer(Asked(case_of(*said), (), (), request, given=False))
    assert told.verdict == "inconclusive"
    ports = "canary.example:8443 and canary.example:8080"
    assert f"CONNECT to the canary at {ports} is answered 403 Forbidden: allow it" in told.reason
    assert "quiet ones (--idle)" in told.reason
    assert "quiet tunnels were not tested" not in told.reason


def test_a_canary_one_of_whose_ports_is_refused_says_which() -> None:
    said = [
        _refused("canary.example:8443", "raw/plain"),
        record("http", "tunnel"),
        record("raw", "plain", answer="none", failure="refused-by-peer"),
    ]
    told = answer(Asked(case_of(*said), (), (), RunRequest(canary=True), given=False))
    assert told.verdict == "pass"
    assert "at canary.example:8443 is answered 403" in told.reason
    assert "quiet tunnels were not tested (--idle)" in told.reason


def test_a_canary_without_room_says_nothing() -> None:
    assert judged(record("raw", "plain", answer="busy", failure="eof")) == []


def test_what_is_missing_at_a_crowded_canary_accuses_nobody_without_a_comparison() -> None:
    crowded = record("raw", "plain", answer="busy", failure="eof")
    lost = record("concurrency", "24", wanted=24, answered=20)
    assert judged(crowded, lost) == []
    assert judged(crowded, lost, record("concurrency", "24", way="direct", wanted=24, answered=24))


def test_streams_like_tls_that_pass_do_not_make_a_tunnel_open_to_everything() -> None:
    passing = record("raw", "tls-hello", comparisons=(equal("upload"),))
    cut = [record("raw", case, answer="none", failure="eof") for case in ("plain", "crlf", "banner")]
    assert [(f.code, f.severity) for f in judged(passing, *cut)] == [("tunnel.tls-only", "info")]


def test_without_tls_either_nothing_is_known_of_tls_only() -> None:
    control = record("tls", "tls12", way="direct", comparisons=(equal("exporter"),))
    cut = record("raw", "plain", answer="none", failure="eof")
    assert list(canary(case_of(control, cut), ())) == []


def test_an_inspected_canary_accuses_no_host_and_adds_its_proof_where_hosts_are_inspected() -> None:
    inspected = record("tls", "modern", handshake=True, comparisons=(differing("exporter"),))
    (alone,) = judged(inspected)
    assert (alone.severity, alone.observations, alone.detail is not None) == ("info", (), True)
    known = Finding("tls.inspected", (), "strong", ("a host",), None)
    (beside,) = judged(inspected, found=(known,))
    assert (beside.severity, beside.confidence) == (known.severity, known.confidence)
    assert "another exporter" in beside.because[0]


def test_the_same_inspection_without_the_proxy_is_not_the_proxys() -> None:
    facts: dict[str, Any] = {"handshake": True, "comparisons": (differing("exporter"),)}
    (finding,) = judged(record("tls", "modern", **facts), record("tls", "modern", way="direct", **facts))
    assert finding.without_proxy


def test_an_unsigned_answer_is_no_proof_while_the_own_certificate_is_unknown() -> None:
    unsigned = record("tls", "modern", handshake=True, answer="unsigned", certificate_sha256=None)
    forwarded = record("http", "forward", certificate_sha256=None)
    assert list(canary(case_of(unsigned, forwarded), ())) == []


def test_added_fields_are_the_proxys_right() -> None:
    added = record("http", "forward", fields=(FieldChange("request", "Via", "added"),))
    removed = record("http", "forward", fields=(FieldChange("response", "Content-Type", "removed"),))
    assert judged(added) == []
    (finding,) = judged(removed, device="connectplus")
    assert (finding.code, finding.severity) == ("http.altered", "degraded")


@pytest.mark.parametrize(("serials", "codes"), [(("1", "2"), []), (("1", "1"), ["http.cached"]), (("1",), [])])
def test_an_answer_counts_as_stored_when_it_comes_twice(serials: tuple[str, ...], codes: list[str]) -> None:
    assert [finding.code for finding in judged(record("cache", "reflect", serials=serials))] == codes


def test_what_may_be_stored_may_come_twice() -> None:
    assert judged(record("cache", "stored", serials=("1", "1"))) == []


def asked(case: Case, *, passthrough: int = 0, named: bool = True) -> Asked:
    """What the answer looks at, in a run with so many endpoints whose TLS was proved to be unopened."""
    proved = Judgement("proved", "passthrough", "the key signed")
    endpoints = [
        EndpointJudgement(o, "pass", (), "answered", proved, proved=True) for o in case.observations[:passthrough]
    ]
    assert len(endpoints) == passthrough
    return Asked(case, (), tuple(endpoints), RunRequest(canary=named), given=False)


def test_without_a_canary_the_report_says_what_was_not_tested_and_what_tls_proves() -> None:
    told = answer(asked(case_of(), passthrough=7, named=False))
    assert (told.verdict, told.causes) == ("skipped", ())
    assert "were not tested" in told.reason
    assert "true of 7 endpoints" in told.reason


def test_a_canary_that_was_named_and_never_asked_is_skipped_for_that_reason() -> None:
    told = answer(asked(case_of()))
    assert (told.verdict, told.reason) == ("skipped", "the run ended before the canary was asked")


def test_a_canary_that_nobody_reached_is_inconclusive() -> None:
    told = answer(asked(case_of(record("tls", "tls12", answer="none", failure="timeout"))))
    assert told.verdict == "inconclusive"
    assert "is it running" in told.reason


def test_without_a_proxy_the_direct_probes_are_judged() -> None:
    slow = record("throughput", "tunnel", way="direct", up_kbit_s=100.0, down_kbit_s=100.0, size=65536)
    (finding,) = canary(case_of(slow, proxy=None), ())
    assert (finding.code, finding.severity) == ("network.bandwidth-low", "blocker")
    assert not any("without the proxy" in line for line in finding.because)
