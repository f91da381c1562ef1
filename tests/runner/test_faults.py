"""A fault of ours costs the answer in whose course it happens: the report is there, says so, and passes no endpoint."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import pytest

from proxycheck.checks import CHECKS, Check, endpoint
from proxycheck.checks.session import Session
from proxycheck.diagnosis import judgement
from proxycheck.diagnosis.answers.asked import Asked
from proxycheck.diagnosis.finding import Finding, Rule
from proxycheck.diagnosis.observation import Case, Observation
from proxycheck.diagnosis.observation import attempts as observing
from proxycheck.diagnosis.rules import RULES
from proxycheck.errors import ConfigurationError
from proxycheck.model.device import Endpoint
from proxycheck.model.report import Report
from proxycheck.net.tunnel import Tunnel
from proxycheck.report.json import decode, encode
from proxycheck.runner import assembly, judge_again
from tests.support.answers import answer
from tests.support.known import knowledge
from tests.support.worlds import World, device, opens, report_on

BROKEN = "could not tell: a fault of this program"


def _with(check_id: str, error: type[Exception] = KeyError) -> tuple[Check, ...]:
    async def run(_: Session) -> None:
        raise error("made for this test")

    return tuple(Check(c.id, run, c.beside, c.after) if c.id == check_id else c for c in CHECKS)


def _run(world: World | None = None) -> Report:
    return report_on(world or World(), faultless=False)


@pytest.mark.parametrize("broken", [check.id for check in CHECKS])
def test_a_check_that_breaks_costs_its_own_answer(broken: str) -> None:
    with mock.patch("proxycheck.checks.CHECKS", _with(broken)):
        found = _run()
    assert [(fault.check, fault.endpoint) for fault in found.tool.fault] == [(broken, None)]
    assert "KeyError: 'made for this test'" in found.tool.fault[0].error
    assert "tests.runner.test_faults, line" in found.tool.fault[0].error
    assert found.verdict == "inconclusive"
    answers = {check.id: check for check in found.checks}
    assert answers[broken].verdict == "inconclusive"
    assert answers[broken].reason.startswith(BROKEN)
    passed = {entry.id for entry in found.endpoints if entry.verdict == "pass"}
    if broken == "endpoints":
        assert len(passed) <= 1
        assert {e.verdict for e in found.endpoints if e.id not in passed} == {"inconclusive"}
    else:
        assert passed


def test_a_fault_at_one_host_costs_that_host_alone() -> None:
    genuine = endpoint.prove

    async def prove(session: Session, needed: Endpoint, tunnel: Tunnel, within_s: float) -> bool:
        if needed.host == "api.precisely.com":
            raise RecursionError("made for this test")
        return await genuine(session, needed, tunnel, within_s)

    with mock.patch("proxycheck.checks.endpoint.prove", prove):
        found = _run()
    verdicts = {entry.id: entry.verdict for entry in found.endpoints}
    assert verdicts.pop("api.precisely.com:443") == "inconclusive"
    assert set(verdicts.values()) <= {"pass", "warn"}
    assert [(fault.check, fault.endpoint) for fault in found.tool.fault] == [("endpoints", "api.precisely.com:443")]
    assert found.verdict == "inconclusive"


def test_evidence_that_cannot_be_sorted_costs_its_endpoint_alone() -> None:
    genuine = observing._observe

    def observe(needed: Endpoint, *rest: Any) -> Observation:
        if needed.host == "api.precisely.com" and rest[-1]:
            raise KeyError("made for this test")
        return genuine(needed, *rest)

    with mock.patch("proxycheck.diagnosis.observation.attempts._observe", observe):
        found = _run()
    verdicts = {entry.id: entry.verdict for entry in found.endpoints}
    assert verdicts.pop("api.precisely.com:443") == "inconclusive"
    assert set(verdicts.values()) <= {"pass", "warn"}
    assert found.tool.fault
    assert found.verdict == "inconclusive"


def test_evidence_that_cannot_be_sorted_at_all_leaves_a_report() -> None:
    genuine = observing.open_case

    def broken(*given: Any) -> Case:
        if given[3]:
            raise KeyError("made for this test")
        return genuine(*given)

    with mock.patch("proxycheck.runner.assembly.open_case", broken):
        found = _run()
    assert {entry.verdict for entry in found.endpoints} == {"inconclusive"}
    assert found.evidence
    assert decode(encode(found)).verdict == "inconclusive"


@pytest.mark.parametrize("number", [0, len(RULES) // 2, len(RULES) - 1])
def test_a_rule_that_breaks_passes_nothing_it_was_asked_about(number: int) -> None:
    def rule(_case: Case, observations: tuple[Observation, ...]) -> Iterator[Finding]:
        for observation in observations:
            raise IndexError(f"made for this test: {observation.id}")
        yield from ()

    rules: tuple[Rule, ...] = (*RULES[:number], rule, *RULES[number + 1 :])
    with mock.patch.object(judgement, "RULES", rules):
        found = _run()
    assert [fault.check for fault in found.tool.fault] == ["diagnosis"]
    assert found.verdict == "inconclusive"
    assert not any(entry.verdict == "pass" for entry in found.endpoints)
    mended = judge_again(decode(encode(found)), device(), knowledge())
    assert mended.tool.fault == ()
    assert mended.verdict == report_on(World()).verdict


@pytest.mark.parametrize("name", ["stages", "_tls", "_other_way", "_proxy", "_enter"])
def test_an_answer_that_breaks_costs_no_other(name: str) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise ValueError("made for this test")

    with mock.patch.object(assembly, name, breaks):
        found = _run()
    assert {fault.check for fault in found.tool.fault} == {"diagnosis"}
    assert found.verdict == "inconclusive"
    assert found.endpoints


def test_an_answer_of_the_table_that_breaks_costs_no_other() -> None:
    def breaks(_: Asked) -> None:
        raise ValueError("made for this test")

    with mock.patch.dict("proxycheck.diagnosis.answers.registry.ANSWERS", {"hellos": breaks}):
        found = _run()
    answers = {check.id: check for check in found.checks}
    assert answers["hellos"].reason.startswith(BROKEN)
    assert answers["endpoints"].verdict == "pass"
    assert found.verdict == "inconclusive"


def test_a_blocker_stands_beside_a_fault() -> None:
    world = World(answers=lambda t: answer(403, "no") if t.port == 80 else opens(t))
    with mock.patch("proxycheck.checks.CHECKS", _with("outside")):
        found = _run(world)
    assert found.verdict == "incompatible"
    assert found.tool.fault


def test_what_a_person_has_to_mend_still_ends_the_run() -> None:
    with (
        mock.patch("proxycheck.checks.CHECKS", _with("endpoints", ConfigurationError)),
        pytest.raises(ConfigurationError),
    ):
        _run()
