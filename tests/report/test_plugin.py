"""What plugins and local checks say, held against the patterns that their readers use."""

import re

import pytest
from msgspec import structs

from proxycheck.model.report import Fault, Verdict
from proxycheck.report.monitoring.plugin import checkmk, nagios, nagios_line, plugin_state
from tests.report import factory

_NUMBER = r"-?\d+(\.\d+)?"
PERFORMANCE = re.compile(rf"'([^'=]+)'=({_NUMBER})(s|%|[KMGT]?B|c)?(;[^;]*){{0,4}}")
"""`'label'=value[UOM];[warn];[crit];[min];[max]`, as the guidelines of the Monitoring Plugins have it."""
LOCAL = re.compile(rf'^([0123P]) "([^"]+)" ((?:\w+={_NUMBER}(?:;[^;| ]*){{0,4}}\|?)+) (.*)$')


@pytest.mark.parametrize(
    ("verdict", "state", "word"),
    [
        ("compatible", 0, "OK"),
        ("degraded", 1, "WARNING"),
        ("incompatible", 2, "CRITICAL"),
        ("inconclusive", 3, "UNKNOWN"),
    ],
)
def test_the_state_is_the_verdict(verdict: Verdict, state: int, word: str) -> None:
    report = factory.report(verdict, factory.port_denied().endpoints)
    assert plugin_state(report) == state
    assert nagios(report).startswith(f"PROXYCHECK {word} - ")
    assert checkmk(report).startswith(f'{state} "Proxycheck sendpro-c 10.0.0.1:3128" ')


def test_what_was_cut_short_or_broke_is_unknown() -> None:
    cut = factory.report("incompatible", (), interrupted=True)
    broken = structs.replace(
        cut, run=factory.compatible().run, tool=structs.replace(cut.tool, fault=(Fault("a", "b"),))
    )
    for report in (cut, broken):
        assert plugin_state(report) == 3
        assert nagios(report).startswith("PROXYCHECK UNKNOWN - ")
        assert checkmk(report).startswith('3 "')


def test_the_first_line_holds_text_and_numbers() -> None:
    first, *rest = nagios(factory.port_denied()).splitlines()
    text, bar, numbers = first.partition(" | ")
    assert (bar, text.count("|")) == (" | ", 0)
    assert "The proxy opens tunnels to port 443 only" in text
    measures = numbers.split(" ")
    assert all(PERFORMANCE.fullmatch(each) for each in measures)
    assert "'required_failed'=5;;0;0;12" in measures
    assert rest[0].startswith("BLOCKER connect.port-denied: ")
    assert "and 3 more" in rest[0]


def test_a_local_check_is_one_line() -> None:
    line, *rest = checkmk(factory.port_denied()).splitlines()
    assert rest == []
    found = LOCAL.match(line)
    assert found is not None
    assert r"\nBLOCKER connect.port-denied: " in found[5]


def test_nothing_that_is_told_divides_the_line() -> None:
    hostile = factory.cause(title='a | b\n0 "c" - d \x1b[2J \\n "e"', endpoints=("h|h:443",))
    report = structs.replace(factory.port_denied(), causes=(hostile,))
    first, *rest = nagios(report).splitlines()
    assert first.count("|") == 1
    assert not any("|" in line or "\x1b" in line for line in rest)
    assert len(rest) == 1
    line = checkmk(report)
    assert line.count("\n") == 1
    found = LOCAL.match(line.rstrip("\n"))
    assert found is not None
    assert found[5].count("\\") == 1, "the one that divides text and details"


def test_a_run_that_never_began() -> None:
    assert nagios_line(3, "there is no proxy|to check\n") == "PROXYCHECK UNKNOWN - there is no proxy/to check\\n"
