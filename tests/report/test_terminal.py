"""What an administrator reads: the verdict first, nothing lost, nothing hostile, the same in every encoding."""

import io
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from proxycheck.model.cause import ProductName, Remedy, Severity
from proxycheck.model.report import CheckReport, Report
from proxycheck.report.html.page import page
from proxycheck.report.markdown import markdown
from proxycheck.report.terminal.report import show
from tests.report import factory

GOLDEN = Path(__file__).parent / "golden"
ALL = pytest.mark.parametrize("make", factory.ALL)


def shown(report: Report, width: int = 80, *, quiet: bool = False, verbose: bool = False) -> str:
    """The report as a program or a file gets it: no colours, no terminal."""
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False)
    show(report, console, quiet=quiet, verbose=verbose)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def on_terminal(report: Report, width: int = 80, height: int = 100) -> str:
    """The report as a terminal with colours gets it."""
    console = Console(file=io.StringIO(), width=width, height=height, color_system="standard", force_terminal=True)
    show(report, console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [80, 120])
@ALL
def test_the_page_is_the_one_that_was_looked_at(make: Callable[[], Report], width: int) -> None:
    """With PROXYCHECK_WRITE_GOLDEN=1 the pages are written anew: look at them before keeping them."""
    page = GOLDEN / f"{make.__name__}-{width}.txt"
    if os.environ.get("PROXYCHECK_WRITE_GOLDEN") == "1":
        page.write_text(shown(make(), width), encoding="ascii")
    assert shown(make(), width) == page.read_text(encoding="ascii")


@pytest.mark.parametrize("width", [40, 80, 120, 300])
@ALL
def test_lines_fit_and_carry_no_trailing_blanks(make: Callable[[], Report], width: int) -> None:
    first, *rest = shown(make(), width).splitlines()
    assert not any(line.endswith(" ") for line in (first, *rest))
    copied = re.compile(r"^ +(curl|openssl|acl|http_access) ")
    assert all(len(line) <= min(width, 120) for line in rest if not copied.match(line))


@pytest.mark.parametrize(
    ("report", "line"),
    [
        (
            factory.compatible(),
            "COMPATIBLE  SendPro C / SendPro+ will work through http://10.0.0.1:3128: 13 needed, all pass",
        ),
        (
            factory.port_denied(),
            (
                "INCOMPATIBLE  SendPro C / SendPro+ will not work through http://10.0.0.1:3128: "
                "The proxy opens tunnels to port 443 only (and 1 more cause)"
            ),
        ),
        (
            factory.report("degraded", (), (factory.cause(severity="degraded", title="Slow."),)),
            "DEGRADED  SendPro C / SendPro+ will work through http://10.0.0.1:3128, but not everything on it: Slow",
        ),
        (
            factory.report("inconclusive", (), (), with_proxy=False, interrupted=True),
            (
                "COULD NOT TELL  whether SendPro C / SendPro+ works on this network without a proxy: "
                "stopped after 0 of 0; no failure so far"
            ),
        ),
    ],
)
def test_the_first_line_is_the_verdict_with_its_reason(report: Report, line: str) -> None:
    assert shown(report, 40).splitlines()[0] == line


def test_quiet_is_the_verdict_and_a_line_for_each_cause() -> None:
    assert shown(factory.port_denied(), 60, quiet=True).splitlines()[1:] == [
        "BLOCKER  connect.port-denied  The proxy opens tunnels to port 443 only (6 of 14 needed)",
        "DEGRADES  connect.upstream-error  The proxy could not reach one host (1 of 14 needed)",
    ]


def test_causes_come_in_order_of_weight() -> None:
    severities: tuple[Severity, ...] = ("info", "degraded", "blocker")
    causes = tuple(factory.cause(severity=each, title=f"it is {each}") for each in severities)
    page = shown(factory.report("incompatible", (), causes))
    assert page.index("BLOCKER   it is blocker") < page.index("DEGRADES  it is degraded")
    assert page.index("DEGRADES  it is degraded") < page.index("NOTE      it is info")


def test_what_is_shortened_says_so_and_verbose_shortens_nothing() -> None:
    hosts = [f"host{number}.example" for number in range(90)]
    endpoints = tuple(
        factory.endpoint(
            host, 80, "fail", causes=("connect.port-denied",), reason=f"{host} was refused", reproduce=(f"curl {host}",)
        )
        for host in hosts
    )
    found = factory.cause(endpoints=tuple(each.id for each in endpoints), because=tuple(map(str, range(100, 120))))
    report = factory.report("incompatible", (*endpoints, factory.endpoint("works.example", 443)), (found,))
    brief, whole = shown(report), shown(report, verbose=True)
    assert "and 86 more" in brief
    assert "--verbose" in brief
    assert len(brief.splitlines()) < 40
    for host in hosts:
        assert f"{host}:80: {host} was refused" in whole
        assert f"{host} was refused" not in brief
        assert f"curl {host}" in whole
        assert len(re.findall(rf"\b{host}(?=,|$)", whole, re.MULTILINE)) == 2
    assert all(f" {number}\n" in whole for number in range(100, 120))
    assert "more" not in whole


def test_a_cause_of_everything_lists_nothing() -> None:
    endpoints = tuple(factory.endpoint(f"h{number}", 443, "skipped", reason="not measured: no") for number in range(9))
    found = factory.cause("proxy.refused", endpoints=tuple(each.id for each in endpoints))
    page = shown(factory.report("incompatible", endpoints, (found,)))
    assert " Affects  everything the device needs\n" in page
    assert "h0" not in page


def test_endpoints_that_were_not_measured_are_named_with_the_reason() -> None:
    endpoints = (factory.endpoint("a", 443), factory.endpoint("b", 443, "skipped", reason="not measured: no time"))
    assert "Not measured\n  no time: b:443" in shown(factory.report("inconclusive", endpoints))
    assert "router3" not in shown(factory.compatible()), "an alternative that is not needed is nothing that lacks"


def test_configuration_is_copied_as_it_is() -> None:
    line = "acl allowed dstdomain " + " ".join(f".domain{number}.example" for number in range(30))
    remedy = Remedy("Allow them.", "Squid", f"{line}\n\thttp_access allow allowed")
    page = shown(factory.report("incompatible", (), (factory.cause(remedies=(remedy,)),)))
    assert [each.strip() for each in page.splitlines() if "allowed" in each] == [line, "http_access allow allowed"]


def test_a_long_configuration_keeps_the_line_that_matters_and_is_whole_with_verbose() -> None:
    config = "\n".join([*(f"acl hosts dstdomain host{number}" for number in range(40)), "http_access allow hosts"])
    report = factory.report("incompatible", (), (factory.cause(remedies=(Remedy("Enter.", None, config),)),))
    brief = shown(report)
    assert "acl hosts dstdomain host0\n" in brief
    assert "(39 more lines like the one above; all of them: --verbose, --markdown FILE or --html FILE)" in brief
    assert "http_access allow hosts" in brief
    assert "host39" not in brief
    for whole in (shown(report, verbose=True), markdown(report).decode(), page(report).decode()):
        assert all(f"host{number}\n" in whole for number in range(40))
        assert "more lines" not in whole


def test_questions_that_no_cause_answers_are_shown_without_a_pass() -> None:
    checks = (
        CheckReport("c", "Is it open?", "fail", "It is shut.", ("connect.all-denied",)),
        CheckReport("a", "Is it there?", "fail", "It is not.", ()),
        CheckReport("b", "Is it well?", "pass", "It is.", ()),
    )
    page = shown(factory.report("incompatible", (), checks=checks))
    assert "FAIL    Is it there? It is not." in page
    assert "Is it well?" not in page
    assert "Is it open?" not in page
    assert "pass    Is it well? It is." in shown(factory.report("incompatible", (), checks=checks), verbose=True)


def test_the_answer_of_a_canary_that_was_asked_is_always_shown() -> None:
    asked = CheckReport("canary", "Unchanged?", "pass", "Every byte.", ())
    not_asked = CheckReport("canary", "Unchanged?", "skipped", "Not named.", ())
    assert "Your own server behind the proxy: Every byte." in shown(factory.report("compatible", (), checks=(asked,)))
    assert "Not named." not in shown(factory.report("compatible", (), checks=(not_asked,)))


def test_what_to_enter_on_the_device_is_only_said_when_it_helps() -> None:
    assert "Enter on the device\n  Host      10.0.0.1\n  Port      3128\n  User      ACME\\alice" in shown(
        factory.compatible()
    )
    assert "Enter on the device" not in shown(factory.port_denied())


HOSTILE = (
    "\x1b[31mred\x1b]0;title\x07 [bold red]markup[/] [link=x] :smile: \u202egnp.exe\u200b\x9b2J\r\n\x00"
    "\u2028\ud800" + "A" * 100_000
)


def _hostile() -> Report:
    found = factory.cause(
        title=HOSTILE,
        explanation=HOSTILE,
        because=(HOSTILE,),
        endpoints=(f"{HOSTILE}:443",),
        product=ProductName(HOSTILE, HOSTILE),
        remedies=(Remedy(HOSTILE, HOSTILE, HOSTILE),),
    )
    broken = factory.endpoint(
        HOSTILE, 443, "fail", reason=HOSTILE, function=HOSTILE, reproduce=(HOSTILE,), causes=("tls.inspected",)
    )
    skipped = factory.endpoint(HOSTILE, 80, "skipped", reason=HOSTILE)
    passed = factory.endpoint("a", 80, function=HOSTILE)
    return factory.report(
        "degraded",
        (broken, skipped, passed),
        (found,),
        username=HOSTILE,
        products=(ProductName(HOSTILE, HOSTILE),),
        checks=(CheckReport(HOSTILE, HOSTILE, "fail", HOSTILE, ()),),
    )


@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("quiet", [False, True])
def test_nothing_hostile_reaches_the_terminal(quiet: bool, verbose: bool) -> None:
    page = shown(_hostile(), quiet=quiet, verbose=verbose)
    assert all(line.isprintable() for line in page.splitlines())
    assert not re.search("[\x1b\x9b\u202e\u200b\u2028\ud800]", page)
    assert "[bold red]" in page
    assert ":smile:" in page
    assert len(page) < 120_000


def test_hostile_text_has_no_colours_of_its_own() -> None:
    page = on_terminal(_hostile())
    assert set(re.findall(r"\x1b[^m]*m", page)) <= set(re.findall(r"\x1b\[[0-9;]*m", page))
    assert "\x1b]" not in page


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp437"])
def test_legacy_encodings_show_escapes_instead_of_failing(encoding: str) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding=encoding, errors="backslashreplace")
    report = factory.report("incompatible", (), (factory.cause(title="\u65e5\u672c \u2013 caf\u00e9"),))
    show(report, Console(file=stream, width=80, color_system=None))
    stream.flush()
    assert b"\\u65e5\\u672c" in written.getvalue()


@ALL
def test_the_words_of_the_page_itself_are_ascii(make: Callable[[], Report]) -> None:
    assert shown(make(), verbose=True).isascii()


def test_a_terminal_gets_colours_and_wrapped_words() -> None:
    page = on_terminal(factory.port_denied(), 60)
    assert page.startswith("\x1b[1;31mINCOMPATIBLE")
    assert all(len(line) <= 60 for line in re.sub(r"\x1b\[[0-9;]*m", "", page).splitlines()[:3])


def test_the_verdict_is_repeated_where_the_first_line_has_scrolled_away() -> None:
    assert on_terminal(factory.port_denied(), 120, height=20).count("INCOMPATIBLE") == 2
    assert on_terminal(factory.port_denied(), 120, height=90).count("INCOMPATIBLE") == 1


def test_a_remedy_says_whether_it_was_made_on_the_product() -> None:
    made = Remedy("Enter one.", "Squid", "one", proved="Squid 5.7")
    told = Remedy("Enter two.", "Zscaler", "two", documented="help.zscaler.com")
    report = factory.report("incompatible", (), (factory.cause(remedies=(made, told, Remedy("Do."))),))
    words = " ".join(shown(report).split())
    assert "Squid: Enter one. (proved with Squid 5.7)" in words
    assert "Zscaler: Enter two. (documented, not tried)" in words
    assert "Do. (" not in words
    assert "(documented, not tried: help.zscaler.com)" in " ".join(shown(report, verbose=True).split())
    assert "(proved with Squid 5.7)" in page(report).decode()
    assert b"proved with Squid 5" in markdown(report)
