"""Which greeting passes and which is rejected: what the device sends decides, and a host's own taste is its own."""

import pytest
from msgspec import structs

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.rules.hellos import rejected
from proxycheck.model.evidence import Evidence, TlsEvidence
from proxycheck.model.failure import FailureName
from tests.diagnosis.recorded import case, record, tunnel

PB, PITNEY, GOOGLE = "distservp1.pb.com:443", "api.pitneybowes.com:443", "mtalk.google.com:443"
OWN = "android-7.0"
PASS = None
Answers = dict[str, FailureName | None]


def _said(
    endpoint: str, answers: Answers, ordinary: FailureName | None = None, *, silent_s: float = 5.0
) -> list[Evidence]:
    """Greetings to one host: by profile, how each ended, and after how many seconds where nothing was answered."""
    said = [
        record("hellos", "tls", endpoint, failure, variant=f"hello:{profile}", sent="x" * 300)
        for profile, failure in answers.items()
    ]
    waited = [structs.replace(e, duration_s=silent_s) if e.failure and e.failure.name == "timeout" else e for e in said]
    return [*tunnel(endpoint, ordinary), *waited]


def _directly(endpoint: str, failure: FailureName | None) -> Evidence:
    return record("outside", "control_tls", endpoint, failure, variant=f"hello:{OWN}")


def _findings(*evidence: list[Evidence]) -> list[Finding]:
    found = case([e for part in evidence for e in part])
    return list(rejected(found, found.observations))


def _endpoints(finding: Finding) -> tuple[str, ...]:
    return tuple(o.id for o in finding.observations)


ALL: Answers = {OWN: PASS, "modern": PASS, "large": PASS, f"{OWN}/split": PASS}


def test_nothing_is_said_where_all_pass_and_where_nobody_was_greeted() -> None:
    assert _findings(_said(PB, ALL), _said(PITNEY, ALL)) == []
    assert _findings(tunnel(PB), tunnel(PITNEY, "eof")) == []


def test_nothing_is_said_of_a_host_that_answers_no_greeting() -> None:
    dead: Answers = dict.fromkeys(ALL, "eof")
    assert _findings(_said(PB, ALL), _said(PITNEY, dead, "eof")) == []


@pytest.mark.parametrize("failure", ["eof", "reset", "timeout", "tls-alert"])
def test_the_devices_greeting_rejected_for_unrelated_hosts_is_rejected_everywhere(failure: FailureName) -> None:
    answers = ALL | {OWN: failure}
    [finding] = _findings(_said(PB, answers), _said(PITNEY, answers), tunnel(GOOGLE))
    assert (finding.code, finding.severity, finding.confidence) == ("tls.hello-rejected", None, "strong")
    assert set(_endpoints(finding)) == {PB, PITNEY, GOOGLE}
    assert "modern" in finding.because[1]


def test_a_host_that_takes_no_other_greeting_either_is_left_to_other_rules() -> None:
    answers = ALL | {OWN: "reset"}
    [finding] = _findings(_said(PB, answers), _said(PITNEY, answers), tunnel(GOOGLE), tunnel(AMAZON, "reset"))
    assert set(_endpoints(finding)) == {PB, PITNEY, GOOGLE}


def test_silence_says_nothing_where_ordinary_handshakes_take_as_long() -> None:
    answers = ALL | {OWN: "timeout"}
    slow = [structs.replace(e, duration_s=4.5) if e.operation == "tls" else e for e in tunnel(GOOGLE)]
    assert _findings(_said(PB, answers), _said(PITNEY, answers), slow) == []
    [finding] = _findings(_said(PB, answers, silent_s=9.0), _said(PITNEY, answers, silent_s=9.0), slow)
    assert finding.code == "tls.hello-rejected"


LOST: dict[str, tuple[Answers, bool]] = {
    "large": ({"large": "timeout"}, True),
    "large-and-modern": ({"large": "timeout", "modern": "timeout"}, False),
    "large-and-in-pieces": ({"large": "timeout", f"{OWN}/split": "timeout"}, False),
    "large-cut": ({"large": "reset"}, False),
    "modern": ({"modern": "timeout"}, False),
}


@pytest.mark.parametrize(("lost", "packets"), LOST.values(), ids=LOST)
def test_large_packets_are_named_where_they_alone_stay_without_an_answer(lost: Answers, packets: bool) -> None:
    [finding] = _findings(_said(PB, ALL | lost), _said(PITNEY, ALL | lost))
    assert (finding.severity, finding.told_as) == ("info", "in_part")
    assert ("MTU" in (finding.detail or "")) is packets


def test_a_control_without_the_proxy_makes_it_certain() -> None:
    answers = ALL | {OWN: "eof"}
    [finding] = _findings(_said(PB, answers), [*_said(PITNEY, answers), _directly(PITNEY, PASS)])
    assert (finding.confidence, finding.without_proxy) == ("conclusive", False)


def test_what_is_rejected_both_ways_is_not_the_proxys_doing() -> None:
    answers = ALL | {OWN: "eof"}
    [finding] = _findings(_said(PB, answers), [*_said(PITNEY, answers), _directly(PITNEY, "eof")])
    assert (finding.confidence, finding.without_proxy) == ("strong", True)
    assert "not the proxy" in finding.because[-1]


@pytest.mark.parametrize("failure", ["eof", "tls-alert"])
@pytest.mark.parametrize("others", [True, False])
def test_one_host_alone_is_no_verdict_on_the_proxy(failure: FailureName, others: bool) -> None:
    lonely = _said(PITNEY, ALL | {OWN: failure})
    [finding] = _findings(lonely, _said(PB, ALL)) if others else _findings(lonely)
    assert (finding.severity, finding.confidence) == ("degraded", "weak")
    assert _endpoints(finding) == (PITNEY,)


@pytest.mark.parametrize(
    ("directly", "severity", "confidence"), [(PASS, None, "conclusive"), ("tls-alert", "info", "strong")]
)
def test_a_control_settles_one_host(directly: FailureName | None, severity: str | None, confidence: str) -> None:
    lonely = [*_said(PITNEY, ALL | {OWN: "tls-alert"}), _directly(PITNEY, directly)]
    [finding] = _findings(lonely, _said(PB, ALL))
    assert (finding.severity, finding.confidence) == (severity, confidence)


AMAZON, PB_TOO = "s3.amazonaws.com:443", "decometlb20.pb.com:443"


@pytest.mark.parametrize(
    ("failure", "hosts", "confidence"),
    [
        pytest.param("reset", (PITNEY, AMAZON), "strong", id="unrelated hosts are cut off"),
        pytest.param("tls-alert", (PITNEY, AMAZON), "weak", id="a host may say no in an alert"),
        pytest.param("reset", (PB, PB_TOO), "weak", id="hosts of one owner"),
    ],
)
def test_several_hosts_among_others_are_told_together(
    failure: FailureName, hosts: tuple[str, str], confidence: str
) -> None:
    answers = ALL | {OWN: failure}
    [finding] = _findings(*(_said(host, answers) for host in hosts), _said(GOOGLE, ALL))
    assert (finding.confidence, len(finding.because)) == (confidence, 2)
    assert set(_endpoints(finding)) == set(hosts)


@pytest.mark.parametrize("failure", ["reset", "timeout"])
def test_what_is_lost_as_a_settled_host_is_belongs_to_it(failure: FailureName) -> None:
    """Two domains, of which only one could be asked without the proxy, are no two causes."""
    answers = ALL | {OWN: failure}
    settled = [*_said(PITNEY, answers), _directly(PITNEY, PASS)]
    [finding] = _findings(settled, _said(AMAZON, answers), _said(PB, answers), _said(GOOGLE, ALL))
    assert (finding.severity, finding.confidence) == (None, "strong")
    assert set(_endpoints(finding)) == {PITNEY, AMAZON, PB}


@pytest.mark.parametrize("failure", ["reset", "tls-alert"])
def test_what_is_lost_otherwise_or_says_why_does_not(failure: FailureName) -> None:
    settled = [*_said(PITNEY, ALL | {OWN: failure}), _directly(PITNEY, PASS)]
    one, other = _findings(settled, _said(AMAZON, ALL | {OWN: "tls-alert"}), _said(GOOGLE, ALL))
    assert (one.confidence, _endpoints(one)) == ("conclusive", (PITNEY,))
    assert (other.confidence, _endpoints(other)) == ("weak", (AMAZON,))


def test_where_another_host_of_the_domain_takes_it_chance_is_not_ruled_out() -> None:
    cut = ALL | {OWN: "reset"}
    [finding] = _findings(_said(PB, cut), _said(AMAZON, cut), _said(GOOGLE, cut), _said(PB_TOO, ALL))
    assert (finding.severity, finding.confidence) == ("degraded", "weak")


@pytest.mark.parametrize(("failure", "told"), [("reset", True), ("timeout", False)])
def test_an_answer_that_is_cut_is_a_refusal_and_a_slow_one_is_none(failure: FailureName, told: bool) -> None:
    """The host said hello, and somebody who reads its flight ended the connection of this client alone."""
    said = _said(PITNEY, ALL | {OWN: failure})
    begun = TlsEvidence(PITNEY.partition(":")[0], version="TLSv1.2", flight="incomplete")
    heard = [structs.replace(e, tls=begun) if e.variant == f"hello:{OWN}" else e for e in said]
    assert bool(_findings(heard, _said(PB, ALL))) is told


@pytest.mark.parametrize("profile", ["modern", "large", f"{OWN}/split"])
def test_what_the_device_does_not_send_does_not_concern_it(profile: str) -> None:
    answers = ALL | {profile: "eof"}
    [finding] = _findings(_said(PB, answers), _said(PITNEY, answers))
    assert (finding.severity, finding.observations, finding.final) == ("info", (), False)
    assert "it is not affected" in finding.because[0]


def test_a_greeting_that_some_hosts_answer_is_no_rule_of_the_proxy() -> None:
    assert _findings(_said(PB, ALL | {"large": "timeout"}), _said(PITNEY, ALL)) == []


@pytest.mark.parametrize("failure", ["tls-alert", "eof"])
def test_what_only_some_software_says_is_for_the_record(failure: FailureName) -> None:
    assert _findings(_said(PB, ALL | {"okhttp3-android-7.0": failure})) == []


def test_an_alert_of_the_only_host_asked_is_its_own_business() -> None:
    assert _findings(_said(PB, ALL | {"modern": "tls-alert"})) == []


def test_of_a_repeated_greeting_the_best_counts() -> None:
    again = record("hellos", "tls", PB, variant=f"hello:{OWN}")
    assert _findings([*_said(PB, ALL | {OWN: "eof"}), again], _said(PITNEY, ALL)) == []


def test_an_ordinary_handshake_that_completes_is_a_contrast_too() -> None:
    nothing: Answers = dict.fromkeys(ALL, "eof")
    [finding] = _findings(_said(PB, nothing), _said(PITNEY, nothing))
    assert finding.because[1] == "the same hosts answer an ordinary handshake"
