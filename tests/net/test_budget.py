"""What a run keeps has a bound, every endpoint keeps the beginning of each answer, and what was cut is counted."""

import json

import pytest

from proxycheck.model.evidence import TlsEvidence
from proxycheck.net.budget import LEAST_CHAIN, LEAST_TEXT, RESERVE, SHARED_OUT, EvidenceBudget
from proxycheck.net.trace import Trace
from proxycheck.report.json import ascii_json
from proxycheck.wire.secrets.redaction import Redactor

ENDPOINTS = 174
PAGE = "<p>blocked by policy</p>" * 2600
NOISE = "\x01" * 65536


def _cost(text: str) -> int:
    return len(ascii_json(text)) - len(b'""\n')


def test_what_an_ordinary_run_sends_is_kept_whole() -> None:
    budget = EvidenceBudget(ENDPOINTS)
    for number in range(ENDPOINTS):
        for text in ("HTTP/1.1 200 OK\r\n\r\n", "\x16\x03\x03" * 80, "x" * 4000):
            assert budget.text(f"h{number}:443", text) == text
        assert len(budget.chain(f"h{number}:443", ["x" * 2400] * 4)) == 4
    assert budget.left_out == 0


@pytest.mark.slow
def test_floods_of_every_kind_stay_within_the_bound_together() -> None:
    for flood in (PAGE, NOISE, '"' * 65536, "\xff\n\x00a" * 16384):
        budget = EvidenceBudget(ENDPOINTS)
        kept = [budget.text(f"h{n % ENDPOINTS}:443", flood) for n in range(4 * ENDPOINTS)]
        assert all(flood.startswith(text) for text in kept)
        assert min(map(_cost, kept)) >= LEAST_TEXT - 6
        assert sum(map(_cost, kept)) <= SHARED_OUT + RESERVE + 4 * ENDPOINTS * LEAST_TEXT
        assert budget.left_out


def test_the_cost_is_what_the_text_costs_in_the_report() -> None:
    text = "".join(map(chr, range(256)))
    budget = EvidenceBudget(10_000)
    budget.text(None, "x" * (LEAST_TEXT + RESERVE))
    kept = budget.text("a:1", text * 100)
    assert LEAST_TEXT - 6 <= _cost(kept) <= LEAST_TEXT
    assert json.loads(ascii_json(kept)) == kept


@pytest.mark.slow
def test_one_that_floods_first_takes_nothing_from_those_that_come_later() -> None:
    budget = EvidenceBudget(ENDPOINTS)
    for number in range(500):
        budget.text(f"flood{number % 20}:443", NOISE)
    assert budget.text("late:443", PAGE[:11_000]) == PAGE[:11_000]
    assert len(budget.chain("late:443", ["x" * 2400] * 4)) == 4


def test_certificates_are_kept_whole_from_the_leaf_on() -> None:
    budget = EvidenceBudget(ENDPOINTS)
    budget.text(None, "x" * (SHARED_OUT + RESERVE))
    kept = budget.chain("h:443", [f"{number:02000}" for number in range(190)])
    assert 4 <= len(kept) <= LEAST_CHAIN // 2000
    assert kept == tuple(f"{number:02000}" for number in range(len(kept)))
    assert budget.left_out == 2
    assert budget.chain("h:443", ["x" * LEAST_CHAIN]) == (), "a certificate that cannot be afforded is none"


def test_what_is_cut_says_how_large_it_was() -> None:
    trace = Trace(lambda: 0.0, Redactor(None), EvidenceBudget(100_000))
    trace.budget.text(None, "x" * (LEAST_TEXT + RESERVE))
    recorder = trace.begin("endpoints", "tls", "h:443")
    recorder.received(NOISE.encode())
    record = recorder.finish("eof", tls=TlsEvidence("h", chain=("x" * LEAST_CHAIN,)))
    assert record.size == len(NOISE)
    assert len(record.received) == LEAST_TEXT // 6
    assert record.tls is not None
    assert record.tls.chain == ()
    assert trace.budget.left_out == 2
