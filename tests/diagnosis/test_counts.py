"""A count in a sentence agrees with its noun and its verb, also where there was one."""

import re

import pytest

from proxycheck.model.device import Endpoint
from proxycheck.model.text import all_of, counted, was, were
from tests.diagnosis.synthetic import ALL, PLAIN, SECURE, Answer, World, only
from tests.support.answers import OPEN, answer

DENIED = answer(403, "<h1>Access denied</h1>", Server="gate")
MISMATCHED = re.compile(r"\b1 (?:(?:[a-z]+|TLS|CONNECT) )?(?!was\b)[a-z]+s\b|\ball [12]\b|\b1 [a-z ]+\bwere\b")


def test_counts_in_words() -> None:
    assert [counted(number, "host") for number in (0, 1, 2)] == ["0 hosts", "1 host", "2 hosts"]
    assert [all_of(number, "host") for number in (1, 2, 3)] == ["the only host", "both hosts", "all 3 hosts"]
    assert [were(number, "host") for number in (0, 1, 2)] == ["0 hosts were", "1 host was", "2 hosts were"]
    assert was(1) == "was"


@pytest.mark.parametrize(
    ("endpoints", "told"),
    [
        (SECURE[:1], "the only CONNECT request was refused: 403"),
        (SECURE[:2], "both CONNECT requests were refused: 403"),
        (SECURE[:3], "all 3 CONNECT requests were refused: 403"),
    ],
)
def test_refused_tunnels_are_counted(endpoints: tuple[Endpoint, ...], told: str) -> None:
    (cause,) = World(connect=lambda _: DENIED, endpoints=endpoints).judged().causes
    assert cause.because[0].startswith(told)


def test_one_closed_port_is_told_as_one() -> None:
    world = World(connect=only(PLAIN, DENIED, OPEN), endpoints=(*SECURE[:1], *PLAIN[:1]))
    because = " | ".join(line for cause in world.judged().causes for line in cause.because)
    assert "the only tunnel did not open: 403" in because
    assert "1 tunnel opened" in because


@pytest.mark.parametrize("refusal", [DENIED, answer(502, "error"), answer(503, "busy"), "empty", "reset", "timeout"])
@pytest.mark.parametrize("lost", [1, 2])
@pytest.mark.parametrize("works", [0, 1, 2])
def test_no_sentence_disagrees_with_its_count(refusal: Answer, lost: int, works: int) -> None:
    failing = ALL[:lost]
    world = World(connect=only(failing, refusal, OPEN), endpoints=ALL[: lost + works])
    for cause in world.judged().causes:
        for line in cause.because:
            assert not MISMATCHED.search(line), line
