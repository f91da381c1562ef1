"""Proxies that pass one TLS greeting and drop another: what the device sends decides."""

from pathlib import Path

import pytest

from proxycheck.model.cause import Cause, Severity
from proxycheck.model.evidence import Evidence
from proxycheck.model.report import Report
from tests.checks.greeted import Taste, measured, offers_tls_13, whole

_EDWARDS_CURVES = bytes.fromhex("08070808")  # signatures that OpenSSL knows, in its order
TLS_ENDPOINTS = {"distservp1.pb.com:443", "api.pitneybowes.com:443"}


def _anything(_host: str, _hello: bytes) -> bool:
    return True


def _cause(report: Report) -> Cause | None:
    assert [cause.code for cause in report.causes] in ([], ["tls.hello-rejected"])
    return report.causes[0] if report.causes else None


def _said(report: Report, variant: str) -> list[Evidence]:
    return [e for e in report.evidence if (e.operation, e.variant) == ("tls", f"hello:{variant}")]


def test_every_greeting_passes_a_proxy_that_does_not_care(tmp_path: Path) -> None:
    report = measured(tmp_path, _anything)
    assert _cause(report) is None
    assert report.verdict == "compatible"
    for variant in ("android-7.0", "android-7.0/split", "modern", "large"):
        assert {e.endpoint for e in _said(report, variant)} == TLS_ENDPOINTS
        assert all(e.failure is None for e in _said(report, variant))
    assert {e.endpoint for e in _said(report, "okhttp3-android-7.0")} == {"distservp1.pb.com:443"}
    for evidence in _said(report, "android-7.0"):
        assert evidence.tls is not None
        assert (evidence.tls.flight, evidence.tls.possession) == ("complete", "signed")
        assert evidence.tls.authenticated
        assert len(evidence.tls.chain) == 2
    sizes = {e.variant: len(e.sent) for e in report.evidence if e.check == "hellos" and e.operation == "tls"}
    assert sizes["hello:android-7.0"] == sizes["hello:android-7.0/split"] < 600 < 1500 < sizes["hello:large"]


@pytest.mark.parametrize(
    ("taste", "one_read", "severity", "words"),
    [
        pytest.param(lambda _, hello: len(hello) <= 1400, False, "info", "more than one segment", id="large dropped"),
        pytest.param(lambda _, hello: whole(hello), True, "info", "cut into two segments", id="one segment read"),
        pytest.param(lambda _, hello: not offers_tls_13(hello), False, "info", "TLS 1.3", id="TLS 1.3 dropped"),
        pytest.param(lambda _, hello: offers_tls_13(hello), False, "blocker", "the device's", id="TLS 1.2 dropped"),
    ],
)
@pytest.mark.parametrize("alert", [False, True], ids=["hang up", "alert"])
@pytest.mark.slow
def test_what_the_device_sends_decides(
    tmp_path: Path, taste: Taste, one_read: bool, severity: Severity, words: str, alert: bool
) -> None:
    report = measured(tmp_path, taste, one_read=one_read, alert=alert)
    cause = _cause(report)
    assert cause is not None
    assert (cause.severity, cause.confidence) == (severity, "strong")
    assert any(words in sentence for sentence in cause.because), cause.because
    verdicts = {endpoint.id: endpoint.verdict for endpoint in report.endpoints if endpoint.id in TLS_ENDPOINTS}
    if severity == "blocker":
        assert report.verdict == "incompatible"
        assert set(cause.endpoints) == TLS_ENDPOINTS
        assert set(verdicts.values()) == {"fail"}
    else:
        assert report.verdict == "compatible"
        assert set(verdicts.values()) == {"pass"}
        assert {e.tls.verdict for e in report.endpoints if e.tls} == {"passthrough"}


def test_a_tls_13_that_is_dropped_costs_the_device_nothing(tmp_path: Path) -> None:
    """Every handshake offers what the device offers, and that decides."""
    report = measured(tmp_path, lambda _, hello: not offers_tls_13(hello))
    assert {e.tls.version for e in report.endpoints if e.tls} == {"TLSv1.2"}
    ordinary = [e for e in report.evidence if e.check == "endpoints" and e.operation == "tls"]
    assert [e.failure for e in ordinary] == [None] * len(TLS_ENDPOINTS)
    assert {e.tls.profile for e in ordinary if e.tls} == {"openssl-as-android-7.0"}


@pytest.mark.parametrize("alert", [False, True], ids=["hang up", "alert"])
def test_one_host_that_wants_no_old_clients_is_not_held_against_the_proxy(tmp_path: Path, alert: bool) -> None:
    def taste(host: str, hello: bytes) -> bool:
        return offers_tls_13(hello) or host != "api.pitneybowes.com"

    report = measured(tmp_path, taste, alert=alert)
    cause = _cause(report)
    assert cause is not None
    assert (cause.severity, cause.confidence) == ("degraded", "weak")
    assert cause.endpoints == ("api.pitneybowes.com:443",)
    assert report.verdict == "inconclusive", "one of so few is no isolated failure"


def test_where_one_host_refuses_the_devices_greeting_all_get_it(tmp_path: Path) -> None:
    """A filter that cuts the device's greeting for the names of one domain: a handshake with another greeting proves
    nothing for them. The second of them is no host that is greeted of itself."""

    def taste(host: str, hello: bytes) -> bool:
        return offers_tls_13(hello) or _EDWARDS_CURVES in hello or not host.endswith(".pb.com")

    report = measured(tmp_path, taste, also=("decometlb20.pb.com",))
    cause = _cause(report)
    assert cause is not None
    assert set(cause.endpoints) == {"distservp1.pb.com:443", "decometlb20.pb.com:443"}
    assert report.verdict == "inconclusive"


def test_what_dies_of_its_greeting_in_one_domain_is_one_cause(tmp_path: Path) -> None:
    """Our own handshakes die of it too; only a newer greeting tells this from a filter of names."""

    def taste(host: str, hello: bytes) -> bool:
        return offers_tls_13(hello) or not host.endswith(".pb.com")

    others = ("decometlb20.pb.com", "ms1app.pb.com", "ukcometlb12k.pb.com")
    cause = _cause(measured(tmp_path, taste, also=others))
    assert cause is not None
    assert set(cause.endpoints) == {f"{host}:443" for host in ("distservp1.pb.com", *others)}


def test_a_greeting_lost_by_chance_accuses_nobody(tmp_path: Path) -> None:
    """The first of each kind is dropped, the second passes."""
    seen: set[tuple[str, int]] = set()

    def taste(host: str, hello: bytes) -> bool:
        if _EDWARDS_CURVES in hello:  # OpenSSL's own, which no device sends: it is not said twice
            return True
        first = (host, len(hello)) not in seen
        seen.add((host, len(hello)))
        return not (first and not offers_tls_13(hello))

    report = measured(tmp_path, taste)
    assert _cause(report) is None
    assert [e.failure is None for e in _said(report, "android-7.0")].count(False) == len(TLS_ENDPOINTS)


def test_a_proxy_that_wants_no_tls_at_all_is_not_told_as_choosy(tmp_path: Path) -> None:
    report = measured(tmp_path, lambda _host, _hello: False)
    assert "tls.hello-rejected" not in [cause.code for cause in report.causes]


def test_one_connection_at_a_time_is_enough_for_all_but_the_cut_greeting(tmp_path: Path) -> None:
    report = measured(tmp_path, _anything, concurrency=1)
    assert _cause(report) is None
    assert {e.endpoint for e in _said(report, "large")} == TLS_ENDPOINTS
    assert not _said(report, "android-7.0/split")


def test_a_proxy_that_looks_into_old_tls_only_is_seen_at_every_host(tmp_path: Path) -> None:
    """Every host is measured with what the device offers; newer TLS, which passes, is the sample beside it."""
    report = measured(tmp_path, _anything, inspects=lambda _host, hello: not offers_tls_13(hello))
    assert [(cause.code, cause.confidence) for cause in report.causes] == [("tls.inspected", "conclusive")]
    assert {e.id: e.tls.verdict for e in report.endpoints if e.tls} == dict.fromkeys(TLS_ENDPOINTS, "inspected")


def test_a_proxy_that_looks_into_new_tls_only_costs_the_device_nothing(tmp_path: Path) -> None:
    report = measured(tmp_path, _anything, inspects=lambda _host, hello: offers_tls_13(hello))
    assert report.causes == ()
    assert {e.tls.verdict for e in report.endpoints if e.tls} == {"passthrough"}


def test_an_inspector_too_old_for_this_computers_tls_is_seen_at_every_host(tmp_path: Path) -> None:
    """It ends the handshakes of this test without a word, and to the device's greeting it shows its certificate."""

    def devices(_host: str, hello: bytes) -> bool:
        return _EDWARDS_CURVES not in hello

    another = "ms1app.pb.com"
    report = measured(tmp_path, devices, inspects=devices, also=(another,))
    hosts = TLS_ENDPOINTS | {f"{another}:443"}
    assert {e.endpoint for e in _said(report, "android-7.0")} == hosts
    [cause] = report.causes
    assert (cause.code, set(cause.endpoints)) == ("tls.incomplete-chain", hosts), "of one owner alone, without its root"
    assert "Company inspection" in cause.because[0]
