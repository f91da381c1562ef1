"""What changed between two runs: worse is worse in whatever way, and hostile text is text in each form."""

import io
import json
from collections.abc import Callable

import pytest
from msgspec import structs
from rich.console import Console

from proxycheck.model.cause import CauseCode
from proxycheck.model.report import LeftOut, Report
from proxycheck.report import comparison
from proxycheck.report.reading.comparison import Comparison, compare
from tests.report import factory
from tests.report.hostile import MARK, hostile


def _shown(found: Comparison, *, quiet: bool = False) -> str:
    console = Console(file=io.StringIO(), width=100, color_system=None, force_terminal=False)
    comparison.show(found, console, quiet=quiet)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_what_was_mended_is_told_by_function_cause_and_host() -> None:
    found = compare(factory.port_denied(), factory.compatible())
    assert (found.change, found.worse) == ("mended", False)
    assert {(f.name, f.change) for f in found.functions if f.change != "same"} == {
        ("Distributor", "mended"),
        ("Online Help", "mended"),
        ("Network Connectivity Test Site used by Android to confirm connectivity", "mended"),
        ("PB Web Services Support", "mended"),
    }
    assert {(cause.code, cause.change) for cause in found.causes} == {
        ("connect.port-denied", "mended"),
        ("connect.upstream-error", "mended"),
    }
    assert "microsoft.com:80" in found.mended
    page = _shown(found)
    assert page.startswith("MENDED  INCOMPATIBLE on 2026-01-01 00:00:00 UTC, COMPATIBLE on")
    assert "Online Help: lost, now works" in page
    assert "3 hosts were asked for in one of the runs alone" in page


def _of_a_part(report: Report, *kept: str) -> Report:
    """The same run, asked only for these endpoints, which passed."""
    left = tuple(LeftOut(e.id, e.function, e.tier) for e in report.endpoints if e.id not in kept)
    request = structs.replace(report.run.request, left_out=left)
    return structs.replace(
        report,
        verdict="compatible",
        causes=(),
        endpoints=tuple(e for e in report.endpoints if e.id in kept),
        run=structs.replace(report.run, request=request),
    )


def test_what_was_not_asked_for_again_is_not_mended() -> None:
    whole = factory.port_denied()
    passing = next(endpoint.id for endpoint in whole.endpoints if endpoint.verdict == "pass")
    part = _of_a_part(whole, passing)
    for old, new in ((whole, part), (part, whole)):
        found = compare(old, new)
        assert (found.change, found.worse, found.causes, found.mended, found.broke) == ("same", False, (), (), ())
        assert {function.change for function in found.functions} == {"same"}
        assert "are not compared" in found.remarks[0]


def test_whatever_got_worse_is_worse() -> None:
    assert compare(factory.compatible(), factory.port_denied()).worse
    assert compare(factory.compatible(), factory.undecided()).worse
    assert not compare(factory.port_denied(), factory.port_denied()).worse
    more = structs.replace(
        factory.port_denied(),
        causes=(
            *factory.port_denied().causes[:1],
            structs.replace(
                factory.port_denied().causes[1],
                endpoints=(*factory.port_denied().causes[1].endpoints, "another.example:80"),
            ),
        ),
    )
    found = compare(factory.port_denied(), more)
    assert found.worse
    assert next(cause for cause in found.causes if cause.change == "worse").caught == ("another.example:80",)
    assert not compare(more, factory.port_denied()).worse


def _lost_to(code: CauseCode, *lost: str) -> Report:
    """Hosts a, b and c on port 443, each a function of its own; one cause takes some of them, and the verdict."""
    endpoints = tuple(
        factory.endpoint(host, 443, "fail" if host in lost else "pass", function=host, causes=(code,) * (host in lost))
        for host in "abc"
    )
    found = (factory.cause(code, endpoints=tuple(f"{host}:443" for host in lost)),) if lost else ()
    return factory.report("incompatible", endpoints, found)


@pytest.mark.parametrize(
    ("old", "new", "change", "worse", "told"),
    [
        ("a", "abc", "worse", True, "functions: 2 broke; hosts: 2 broke; causes: 1 new, 1 gone"),
        ("abc", "a", "better", False, "functions: 2 mended; hosts: 2 mended; causes: 1 new, 1 gone"),
        ("ab", "bc", "mixed", True, "functions: 1 broke, 1 mended; hosts: 1 broke, 1 mended; causes: 1 new, 1 gone"),
        ("ab", "ab", "changed", False, "causes: 1 new, 1 gone"),
        ("ab", "", "better", False, "functions: 2 mended; hosts: 2 mended; causes: 1 gone"),
        ("", "ab", "worse", True, "functions: 2 broke; hosts: 2 broke; causes: 1 new"),
    ],
)
def test_the_headline_tells_what_changed_where_the_verdict_did_not(
    old: str, new: str, change: str, worse: bool, told: str
) -> None:
    found = compare(_lost_to("connect.port-denied", *old), _lost_to("connect.host-denied", *new))
    assert (found.change, found.worse) == (change, worse)
    first = _shown(found, quiet=True)
    assert first.count("\n") == 1
    assert first.endswith(f" UTC: {told}\n")
    assert (first.split()[0], "AS IT WAS" in first) == (change.upper().replace("MIXED", "BETTER"), False)
    assert comparison.markdown(found).decode().startswith(f"## {first.partition('  ')[0]}: ")


def test_a_cause_is_counted_by_needs_as_everywhere() -> None:
    def lost(*ports: int) -> Report:
        code: CauseCode = "connect.port-denied"
        endpoints = tuple(
            factory.endpoint("a", port, "fail", any_of="a", causes=(code,) * (port in ports)) for port in (443, 80)
        )
        found = (factory.cause(code, endpoints=tuple(f"a:{port}" for port in ports)),) if ports else ()
        return factory.report("incompatible", endpoints, found)

    (new,) = compare(lost(), lost(443, 80)).causes
    assert (new.change, new.caught) == ("broke", ("a:443",))
    (other,) = compare(lost(443), lost(80)).causes
    assert (other.change, other.caught, other.freed) == ("same", (), ())


def test_only_where_nothing_changed_it_is_as_it_was() -> None:
    report = _lost_to("connect.port-denied", "a")
    found = compare(report, report)
    assert (found.change, found.worse) == ("same", False)
    assert _shown(found, quiet=True).startswith("AS IT WAS  INCOMPATIBLE on ")
    assert _shown(found, quiet=True).endswith(" UTC\n")


def test_runs_that_are_hard_to_compare_say_so() -> None:
    made = factory.compatible()
    other = structs.replace(
        made,
        device=structs.replace(made.device, name="x", title="Another"),
        run=structs.replace(made.run, started_at="2025-12-01T00:00:00Z"),
        proxy=None,
    )
    remarks = compare(made, other).remarks
    assert any("different devices" in remark for remark in remarks)
    assert any("different proxies: http://10.0.0.1:3128, and no proxy" in remark for remark in remarks)
    assert any("younger" in remark for remark in remarks)


def test_the_same_proxy_typed_otherwise_is_the_same_proxy() -> None:
    made = factory.compatible()
    assert made.proxy is not None
    for causes, named in (((), "http"), ((factory.cause("setup.socks-only"),), "socks5")):
        proxy = structs.replace(made.proxy, url="socks5://10.0.0.1:3128")
        found = compare(structs.replace(made, proxy=proxy, causes=causes), made)
        assert (found.old.proxy, found.new.proxy) == (f"{named}://10.0.0.1:3128", "http://10.0.0.1:3128")
        assert found.remarks == ()


@pytest.mark.parametrize("make", [factory.port_denied, hostile])
def test_every_form_tells_it(make: Callable[[], Report]) -> None:
    found = compare(factory.compatible(), make())
    assert json.loads(comparison.encode(found))["schema"] == "proxycheck.comparison/1"
    text, page, shown = comparison.markdown(found).decode(), comparison.html(found).decode(), _shown(found)
    for form in (text, page, shown):
        assert "BROKE" in form
        assert all(line.isprintable() for line in form.splitlines())
    assert f"{MARK}<" not in page
    assert "<script" not in page
