"""Sets of targets in few words: exactly these of those that were measured, whatever they are called."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxycheck.lab.reproduction.targets import Selector, hosts_pattern, selectors
from proxycheck.model.target import Target

A, B, C, D = Target("a.pb.com", 80), Target("a.pb.com", 443), Target("b.pb.com", 443), Target("s3.amazonaws.com", 443)
E = Target("s3.amazonaws.com", 80)
HOSTS = st.one_of(
    st.sampled_from(["a.pb.com", "b.pb.com", "pb.com", "xpb.com", "s3.amazonaws.com", "amazonaws.com.evil.example"]),
    st.text(st.characters(exclude_characters="\n"), max_size=12),  # no request has a line break in a name
)
TARGETS = st.builds(Target, HOSTS, st.sampled_from([80, 443, 5228]))


@pytest.mark.parametrize(
    ("chosen", "measured", "due"),
    [
        ({A, B}, {A, B}, (Selector(),)),
        ({A, E}, {A, B, C, D, E}, (Selector(ports=(80,)),)),
        ({D, E}, {A, B, C, D, E}, (Selector("^s3[.]amazonaws[.]com$"),)),
        ({A, B, C}, {A, B, C, D, E}, (Selector("(^|[.])pb[.]com$"),)),
        ({B, C}, {A, B, C, D, E}, (Selector("(^|[.])pb[.]com$", (443,)),)),
        ({A, E, B}, {A, B, C, D, E}, (Selector(ports=(80,)), Selector("^a[.]pb[.]com$", (443,)))),
    ],
)
def test_ports_come_first_then_domains_then_names(
    chosen: set[Target], measured: set[Target], due: tuple[Selector, ...]
) -> None:
    assert selectors(chosen, measured) == due


@given(st.sets(TARGETS, min_size=1), st.sets(TARGETS))
def test_exactly_the_chosen_ones_are_matched(chosen: set[Target], others: set[Target]) -> None:
    found = selectors(chosen, chosen | others)
    matched = {target for target in chosen | others if any(selector.matches(target) for selector in found)}
    assert matched == chosen


def test_a_name_is_never_an_expression() -> None:
    pattern = hosts_pattern({"a(b|c)*.example", "x$|^.*"}, {"ab.example"})
    assert re.search(pattern, "a(b|c)*.example")
    assert not re.search(pattern, "ab.example")
    assert not re.search(pattern, "x")
