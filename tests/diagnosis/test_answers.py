"""The seam holds together: every question has an id, an order, an answer, and knowledge that names it; what is left out
is told by its name."""

from typing import get_args

import pytest

from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.checks import CHECKS
from proxycheck.diagnosis.answers.asked import worst
from proxycheck.diagnosis.answers.registry import ANSWERS
from proxycheck.model.cause import CauseCode, Severity
from proxycheck.model.questions import (
    QUESTIONS,
    CheckId,
    DnsVariant,
    HelloVariant,
    LoginVariant,
    again,
    control_of,
    dns_question,
    dns_question_of,
    hello,
    hello_of,
    login,
    login_of,
    no_such_name,
    server_name,
)
from proxycheck.model.report import EndpointVerdict

IDS: tuple[CheckId, ...] = get_args(CheckId)


def test_every_id_has_a_question_and_an_answer() -> None:
    assert [name for name in IDS if name not in QUESTIONS] == [], "ids without a question"
    assert [name for name in QUESTIONS if name not in ANSWERS] == [], "questions without an answer"
    assert set(ANSWERS) <= set(IDS)


def test_every_check_is_one_of_the_ids_and_runs_in_their_order() -> None:
    order = [check.id for check in CHECKS]
    assert sorted(order, key=IDS.index) == order
    assert len(set(order)) == len(order)


def test_every_cause_answers_a_question() -> None:
    causes = load_knowledge().causes
    assert [code for code, known in causes.items() if not known.answers] == [], "causes that answer nothing"
    codes: tuple[CauseCode, ...] = get_args(CauseCode)
    assert [code for code in codes if code not in causes] == []


@pytest.mark.parametrize(
    ("severities", "due"),
    [((), "pass"), (("info",), "warn"), (("info", "degraded"), "fail"), (("degraded", "blocker"), "fail")],
)
def test_the_worst_cause_decides(severities: tuple[Severity, ...], due: EndpointVerdict) -> None:
    assert worst(severities, "pass") == due
    assert worst((), "inconclusive") == "inconclusive"
    assert worst(("degraded",), "pass", degraded="warn") == "warn"


def test_a_variant_is_read_as_it_was_written() -> None:
    assert control_of(again("a.example")) == ("again", "a.example")
    assert control_of(server_name("a.example")) == ("server-name", "a.example")
    assert control_of(no_such_name("a.example")) == ("no-such-name", "a.example")
    assert hello_of(hello("android-7.0")) == HelloVariant("android-7.0")
    assert hello_of(hello("android-7.0", split=True)) == HelloVariant("android-7.0", split=True)
    assert login_of(login("digest", "next")) == LoginVariant("digest", "next")
    assert dns_question_of(dns_question("udp", "A", "a.example")) == DnsVariant("udp", "A", "a.example")


def test_another_variant_is_none_of_them() -> None:
    for other in (None, "", "own-page", "nonexistent-name"):
        assert control_of(other) is None
        assert hello_of(other) is None
        assert login_of(other) is None
