"""Evidence recorded behind real software, judged again: no network, no engines, at whatever date the tests run."""

from functools import cache

import pytest
from msgspec import structs

from proxycheck.model.report import EndpointReport, Report, TlsVerdict
from proxycheck.model.trust import certificates_in
from proxycheck.runner import judge_again
from proxycheck.wire.certificates.facts import certificate_facts
from tests.real.interception.cases import CASES, Case
from tests.real.interception.recordings import FOLDER, TABLE, load, path_of
from tests.real.interception.table import BEGIN, END, SHOWN, row, section, with_section
from tests.support import known

ALL = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
_CLEAN = [case for case in CASES if case.name in ("squid", "tinyproxy", "squid-splice")]
_BY_NAME = {case.name: case for case in CASES}


@cache
def _recorded(name: str) -> Report:
    return load(name)


def _again(report: Report) -> Report:
    return judge_again(report, known.device(report.device.name), known.knowledge())


def _judged(report: Report) -> list[EndpointReport]:
    return [endpoint for endpoint in report.endpoints if endpoint.tls is not None]


def _verdicts(report: Report) -> set[TlsVerdict | None]:
    return {endpoint.tls.verdict for endpoint in _judged(report) if endpoint.tls}


def _causes(report: Report) -> list[tuple[str, ...]]:
    return [(c.code, c.severity, c.confidence, *c.endpoints) for c in report.causes]


def _rule(endpoint: EndpointReport) -> tuple[TlsVerdict | None, str | None]:
    return (None, None) if endpoint.tls is None else (endpoint.tls.verdict, endpoint.tls.rule)


@ALL
@pytest.mark.slow
def test_no_host_is_judged_wrong_in_hindsight(case: Case) -> None:
    again = _again(_recorded(case.name))
    assert len(_judged(again)) >= len(case.sample)
    assert row(case, again).wrong == ()


@ALL
def test_the_judgement_is_the_recorded_one(case: Case) -> None:
    recorded, again = _recorded(case.name), _again(_recorded(case.name))
    assert again.verdict == recorded.verdict
    assert _causes(again) == _causes(recorded)
    assert [(e.id, e.verdict, e.causes, _rule(e)) for e in again.endpoints] == [
        (e.id, e.verdict, e.causes, _rule(e)) for e in recorded.endpoints
    ]


def test_every_recording_has_its_case_and_stays_small() -> None:
    files = set(FOLDER.glob("*.json.xz"))
    assert files == {path_of(case.name) for case in CASES}
    assert all(file.stat().st_size < 150_000 for file in files)
    assert sum(file.stat().st_size for file in files) < 2_000_000


@pytest.mark.parametrize("case", _CLEAN, ids=lambda case: case.name)
@pytest.mark.parametrize("moment", ["2019-01-01T00:00:00Z", "2035-01-01T00:00:00Z"])
def test_a_wrong_clock_is_told_as_one_and_accuses_nobody(case: Case, moment: str) -> None:
    report = _recorded(case.name)
    again = _again(structs.replace(report, run=structs.replace(report.run, started_at=moment)))
    wrong = next(cause for cause in again.causes if cause.code == "network.clock-wrong")
    assert set(wrong.endpoints) == {endpoint.id for endpoint in _judged(again)}
    assert any(f"this computer says {moment[:10]}" in said for said in wrong.because) == any(
        "\r\nDate: " in e.received for e in report.evidence
    )
    assert _verdicts(again) == {"passthrough"}


@ALL
@pytest.mark.slow
def test_without_the_log_list_nobody_clean_is_accused(case: Case) -> None:
    """The program's own table does not know the log: unknown is not wrong."""
    report = _recorded(case.name)
    again = _again(structs.replace(report, trust=structs.replace(report.trust, logs=())))
    accused = {e.id for e in _judged(again) if e.tls and e.tls.verdict == "inspected"}
    assert accused <= {e.id for e in _judged(again) if case.truth(e) == "inspected"}
    rules = {e.tls.rule for e in _judged(again) if e.tls and case.truth(e) == "passthrough"}
    assert not rules & {"proved-by-timestamp", "proved-though-incomplete"}


@pytest.mark.parametrize("name", ["squid-bump-1", "squid-bump-2", "mitmproxy", "mimic-one-key", "one-certificate"])
def test_without_the_controls_unrelated_hosts_still_show_it(name: str) -> None:
    report = _recorded(name)
    kept = tuple(evidence for evidence in report.evidence if evidence.check != "controls")
    unlogged = structs.replace(report.trust, logs=())
    again = _again(structs.replace(report, evidence=kept, trust=unlogged))
    assert row(_BY_NAME[name], again).wrong == ()


def test_roots_of_the_inspecting_authority_do_not_hide_it() -> None:
    """Somebody who takes the company's authority for public is told that it signs for names that do not exist."""
    report = _recorded("squid-bump-1")
    company = next(
        certificate
        for endpoint in _judged(report)
        if endpoint.tls
        for certificate in endpoint.tls.chain
        if certificate_facts(certificates_in(certificate.encode())[0]).is_ca
    )
    trust = structs.replace(report.trust, roots=(*report.trust.roots, company))
    again = _again(structs.replace(report, trust=trust))
    assert row(_BY_NAME["squid-bump-1"], again).wrong == ()


def test_one_inspected_host_without_controls_is_left_open() -> None:
    """Only controls tell one host's own authority from a proxy's; without them it is neither trusted nor accused."""
    report = _recorded("squid-bump-host")
    kept = tuple(evidence for evidence in report.evidence if evidence.check != "controls")
    again = _again(structs.replace(report, evidence=kept))
    [told] = [e for e in _judged(again) if _BY_NAME["squid-bump-host"].truth(e) == "inspected"]
    assert told.tls is not None
    assert (told.verdict, told.tls.verdict, told.causes) == ("inconclusive", "inconclusive", ("tls.untrusted",))


# ---- The table ------------------------------------------------------------------


def test_the_table_has_every_case_and_no_wrong_verdict() -> None:
    lines = TABLE.read_text(encoding="utf-8").splitlines()[2:]
    assert [line.split(" | ")[0].removeprefix("| ") for line in lines] == [*(c.title for c in CASES), "**all**"]
    assert all(line.endswith(" | 0 |") for line in lines)


def test_the_readme_shows_the_table() -> None:
    shown = section(SHOWN.read_text(encoding="utf-8"))
    assert shown == TABLE.read_text(encoding="utf-8"), "put the content of table.md between the marks"


def test_the_table_replaces_what_stands_between_the_marks() -> None:
    readme = f"# Title\n\n{BEGIN}\nold\n{END}\n\nrest\n"
    assert with_section(readme, "| new |\n") == f"# Title\n\n{BEGIN}\n| new |\n{END}\n\nrest\n"
    assert section(with_section(readme, "| new |\n")) == "| new |\n"
    assert with_section("no marks\n", "| new |\n") == "no marks\n"
