"""Roots that a person gave: a company's own authority among them makes nothing public."""

import pytest

from proxycheck.diagnosis.trust import Trust
from proxycheck.model.evidence import Evidence
from tests.diagnosis.shown import findings, given, run, shown, verdicts
from tests.diagnosis.test_interception import (
    AMAZON,
    GOOGLE,
    LOG,
    OTHER_PB,
    PB,
    PRIVATE,
    PUBLIC,
    UNRELATED,
    honest,
    signed,
)

BOTH = given(PUBLIC, PRIVATE, logs=[LOG])
BUNDLE = given(PUBLIC, PRIVATE, listed=[PUBLIC])
"""A bundle of the public roots, with the company's own among them."""


def resigned(*hosts: str) -> list[Evidence]:
    """Hosts whose certificates the company's authority signs."""
    return [each for host in hosts for each in shown(host, signed(PRIVATE, host))]


def _rows(evidence: list[Evidence], believed: Trust) -> dict[str, str]:
    return {host: judgement.row for host, judgement in verdicts(run(evidence), believed).items()}


@pytest.mark.parametrize("believed", [BOTH, BUNDLE], ids=["with-their-logs", "a-bundle"])
def test_a_companys_authority_for_unrelated_hosts_is_inspection_whoever_gave_it(believed: Trust) -> None:
    told = verdicts(run([*honest(PB), *resigned(AMAZON, GOOGLE)]), believed)
    assert {host for host, judgement in told.items() if judgement.verdict == "inspected"} == {AMAZON, GOOGLE}
    assert told[PB].verdict == "passthrough"


def test_in_a_bundle_it_stands_out_where_nothing_else_was_shown() -> None:
    assert set(_rows(resigned(*UNRELATED), BUNDLE).values()) == {"given-root-for-unrelated-hosts"}


@pytest.mark.parametrize("hosts", [(PB,), (PB, OTHER_PB)])
def test_for_one_owner_nobody_knows(hosts: tuple[str, ...]) -> None:
    evidence = [*honest(AMAZON), *resigned(*hosts)]
    assert _rows(evidence, BOTH) == {AMAZON: "proved-by-timestamp", **dict.fromkeys(hosts, "given-root-alone")}
    [finding] = findings(run(evidence), BOTH)
    assert (finding.code, finding.severity, finding.confidence) == ("tls.untrusted", "degraded", "weak")


def test_where_logs_were_given_a_root_without_them_proves_nothing() -> None:
    assert set(_rows(resigned(*UNRELATED), BOTH).values()) == {"given-root-alone"}


def test_a_labs_own_root_is_believed() -> None:
    """Nothing in the run looks otherwise, and whoever gave it gave no logs."""
    assert set(_rows(resigned(*UNRELATED), given(PRIVATE)).values()) == {"proved"}


def test_a_public_root_needs_no_timestamp() -> None:
    evidence = [each for host in UNRELATED for each in shown(host, signed(PUBLIC.unlogged(), host))]
    assert set(_rows(evidence, BUNDLE).values()) == {"proved"}
