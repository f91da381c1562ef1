"""Regular expressions that are compiled when they are asked: none is wrong, and none is compiled before."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from unittest import mock

import proxycheck.diagnosis
import proxycheck.wire
from proxycheck.wire.pattern import Pattern


def _patterns(value: object) -> Iterator[Pattern[str] | Pattern[bytes]]:
    if isinstance(value, Pattern):
        yield value
    elif isinstance(value, tuple):
        for each in value:
            yield from _patterns(each)


def test_each_pattern_can_be_compiled() -> None:
    found = []
    for room in (proxycheck.wire, proxycheck.diagnosis):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            found += [p for each in vars(importlib.import_module(module.name)).values() for p in _patterns(each)]
    assert len(found) > 30
    for pattern in found:
        assert re.compile(pattern.source, pattern.flags)


def test_a_pattern_is_compiled_once_and_when_it_is_asked() -> None:
    with mock.patch("proxycheck.wire.pattern.re.compile", wraps=re.compile) as compiled:
        pattern = Pattern(r"a(b*)", re.IGNORECASE)
        assert not compiled.called
        found = pattern.search("xAbb")
        assert found is not None
        assert found.group(1) == "bb"
        assert pattern.match("xA") is None
        assert pattern.match("xA", 1) is not None
        assert pattern.fullmatch("xAbx", 1, 3) is not None
        assert [each.group() for each in pattern.finditer("ab a")] == ["ab", "a"]
        assert pattern.sub("-", "xabx") == "x-x"
    assert compiled.call_count == 1
