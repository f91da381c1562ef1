"""Whole runs: the checks, the diagnosis and the report together, against proxies that are scripts."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from proxycheck.model.report import Report
from proxycheck.model.target import Target
from proxycheck.report.json import decode, encode
from proxycheck.report.reading.findings import untried
from proxycheck.report.reading.functions import functions
from proxycheck.report.reading.headline import headline
from proxycheck.report.reading.needs import needs
from proxycheck.runner import judge_again
from tests.support.answers import OPEN, answer
from tests.support.known import knowledge
from tests.support.scripted import RESET, STALL, Expect, Script, Step
from tests.support.worlds import (
    FEW,
    NO_SUCH_NAME,
    NOTHING_THERE,
    Answered,
    World,
    causes,
    device,
    endpoints,
    host_behind,
    opens,
    report_on,
    told,
)

SECURE = frozenset(name for name in FEW if name.endswith(":443"))
PLAIN = frozenset(name for name in FEW if name.endswith(":80"))
PUSH = frozenset(name for name in FEW if name.endswith(":5228"))
OTHER_PORTS = PLAIN | PUSH
DENIED = answer(403, "<h1>Access denied</h1>", Server="gate")


def but(refused: frozenset[str], said: Answered) -> Callable[[Target], Answered]:
    """Everything opens but these."""
    return lambda target: said if target.id in refused else opens(target)


def only_443(said: Answered) -> Callable[[Target], Answered]:
    """A rule about ports, whatever the name."""
    return lambda target: opens(target) if target.port == 443 else said


def everything(said: Answered) -> Callable[[Target], Answered]:
    return lambda _: said


def inside(*steps: Step, where: Callable[[Target], bool]) -> Callable[[Target], Script]:
    """The same happens in every tunnel to such a target."""
    return lambda target: told(steps) if where(target) else host_behind(target)


@dataclass(frozen=True)
class Case:
    """A proxy, and what is due."""

    world: World
    verdict: str
    causes: dict[str, frozenset[str]]


NOT_DIVERTED = answer(409, "", "X-Squid-Error: ERR_CONFLICT_HOST 0")
REFUSALS: dict[str, Answered] = {
    "403": DENIED,
    "405": answer(405, Allow="GET"),
    "407": answer(407, "no"),
    "500": answer(500, "<h1>error</h1>"),
    "502": answer(502, "<h1>error</h1>"),
    "503": answer(503, "<h1>not that port</h1>"),
    "302": answer(302, Location="http://gate.example/denied"),
    "close": (),
    "reset": (RESET,),
}
ALL = frozenset(FEW)
ONE = frozenset({"microsoft.com:443"})
CASES: dict[str, Case] = {
    "open": Case(World(), "compatible", {}),
    **{
        f"only-443-{name}": Case(World(only_443(said)), "incompatible", {"connect.port-denied": OTHER_PORTS})
        for name, said in REFUSALS.items()
    },
    "one-host-denied": Case(World(but(ONE, DENIED)), "incompatible", {"connect.host-denied": ONE}),
    "one-host-redirected": Case(
        World(but(ONE, answer(302, Location="http://gate.example/denied"))),
        "incompatible",
        {"connect.redirected": ONE},
    ),
    "one-host-unknown": Case(World(but(ONE, NO_SUCH_NAME)), "inconclusive", {"connect.dns-failure": ONE}),
    "one-host-unreached": Case(World(but(ONE, answer(502, "?"))), "inconclusive", {"connect.upstream-error": ONE}),
    "one-host-silent": Case(World(but(ONE, (STALL,))), "inconclusive", {"connect.timeout": ONE}),
    "one-host-cut": Case(
        World(lambda t: (RESET,) if t.id in ONE or t.host.endswith(".invalid") else opens(t)),
        "inconclusive",
        {"connect.reset": ONE},
    ),
    "all-denied": Case(
        World(everything(DENIED), forwards=lambda _: DENIED), "incompatible", {"connect.all-denied": ALL}
    ),
    "no-connect": Case(World(everything(answer(405, Allow="GET"))), "incompatible", {"connect.method-denied": ALL}),
    "no-connect-403": Case(World(everything(DENIED)), "incompatible", {"connect.method-denied": ALL}),
    "all-redirected": Case(
        World(everything(answer(302, Location="http://gate.example/"))),
        "incompatible",
        {"connect.redirected": ALL},
    ),
    "no-names": Case(
        World(lambda t: OPEN if t.host == "192.0.2.1" else NO_SUCH_NAME, forwards=lambda _: NO_SUCH_NAME),
        "incompatible",
        {"connect.dns-failure": ALL},
    ),
    "no-way-out": Case(
        World(everything(NOTHING_THERE), forwards=lambda _: NOTHING_THERE),
        "incompatible",
        {"connect.upstream-error": ALL},
    ),
    "not-http": Case(
        World(everything((b"\x00\x5b\x00\x00",)), forwards=lambda _: (b"\x00\x5b\x00\x00",)),
        "incompatible",
        {"proxy.not-a-proxy": ALL},
    ),
    "silent": Case(World(everything((STALL,)), forwards=lambda _: (STALL,)), "incompatible", {"proxy.silent": ALL}),
    "intercepting-port-that-answers-once": Case(
        World(
            lambda target: NOT_DIVERTED if target.host == "pb-ota.redbend.com" else (STALL,),
            forwards=lambda _: (STALL,),
        ),
        "incompatible",
        {"setup.intercept-port": ALL},
    ),
    "tls-only": Case(
        World(inside=inside(Expect(), where=lambda t: t.port == 80)), "incompatible", {"tunnel.tls-only": PLAIN}
    ),
    "dead": Case(World(inside=inside(Expect(), STALL, where=lambda _: True)), "incompatible", {"tunnel.dead": ALL}),
    "block-page": Case(
        World(inside=inside(Expect(), DENIED, where=lambda t: t.id in ONE)),
        "incompatible",
        {"tunnel.block-page": ONE},
    ),
    "one-host-cut-in-tls": Case(
        World(inside=inside(Expect(), RESET, where=lambda t: t.id in ONE)), "inconclusive", {"tunnel.dead": ONE}
    ),  # its name is not cut in another host's tunnel: no filter of names, and one host is no verdict on a proxy
    "portal": Case(
        World(inside=inside(Expect(), answer(302, Location="http://portal.example/"), where=lambda t: t.port == 80)),
        "incompatible",
        {"http.captive-portal": PLAIN},
    ),
    "created": Case(
        World(lambda t: answer(201) if opens(t) == OPEN else opens(t)),
        "incompatible",
        # TeamViewer brings a client of its own, which may read it.
        {"connect.nonstandard-success": frozenset(each for each in ALL if not each.endswith(":5938"))},
    ),
}
REPORTS: dict[str, Report] = {}


def report(name: str) -> Report:
    """The report of one case; each is run once."""
    if name not in REPORTS:
        REPORTS[name] = report_on(CASES[name].world)
    return REPORTS[name]


@pytest.mark.parametrize("name", CASES)
def test_a_proxy_gets_its_verdict_and_its_causes(name: str) -> None:
    found = report(name)
    assert causes(found) == CASES[name].causes
    assert found.verdict == CASES[name].verdict


@pytest.mark.parametrize("name", CASES)
@pytest.mark.slow
def test_every_report_is_consistent(name: str) -> None:
    found = report(name)
    named = {cause.code: set(cause.endpoints) for cause in found.causes}
    for entry in found.endpoints:
        assert entry.reason
        if entry.verdict in ("fail", "inconclusive"):
            assert entry.causes
            assert entry.reproduce
        for code in entry.causes:
            assert entry.id in named[code]
    counts = found.summary.endpoints
    assert counts.passed + counts.warn + counts.fail + counts.inconclusive + counts.skipped == len(found.endpoints)
    assert len({e.id for e in found.evidence}) == len(found.evidence)
    assert all(check.reason for check in found.checks)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.slow
def test_a_saved_report_is_judged_the_same_again(name: str) -> None:
    saved = decode(encode(report(name)))
    again = judge_again(saved, device(), knowledge())
    for part in ("verdict", "causes", "endpoints", "summary", "checks", "proxy", "run", "evidence", "trust", "device"):
        assert getattr(again, part) == getattr(saved, part), part
    assert saved == report(name)


def test_the_whole_catalogue_passes_an_open_proxy() -> None:
    found = report_on(World(), endpoints())
    assert causes(found) == {}
    assert found.verdict == "compatible"
    assert found.summary.endpoints.fail == found.summary.endpoints.inconclusive == 0


def test_an_alternative_is_not_asked_for_when_the_first_passes() -> None:
    world = World()
    found = report_on(world, endpoints())
    skipped = [entry.id for entry in found.endpoints if entry.verdict == "skipped"]
    assert skipped
    for name in skipped:
        assert not any(request.startswith(b"CONNECT " + name.encode() + b" ") for request in world.requests)
    passed = {entry.any_of for entry in found.endpoints if entry.verdict == "pass"}
    assert {entry.any_of for entry in found.endpoints if entry.verdict == "skipped"} <= passed


def test_a_part_that_passes_says_nothing_of_the_whole() -> None:
    part = report_on(World(), endpoints("api.pitneybowes.com:443"))
    left = part.run.request.left_out
    assert part.verdict == "compatible"
    assert 100 < len(left) == len(needs(report_on(World(), endpoints()))) - 1
    told = headline(part)
    assert told.label == "PART TESTED"
    assert "will work" not in told.sentence
    assert f"not asked for: {len(left)} more" in told.sentence
    assert tuple(missing.id for missing in left) in [missing.endpoints for missing in untried(part)]
    assert {function.answer for function in functions(part)} == {"unknown"}


def test_what_is_only_optional_or_has_an_alternative_is_not_left_out() -> None:
    chosen = [e for e in endpoints() if e.tier != "optional" and (e.any_of is None or e.speaks == "tls")]
    assert report_on(World(), tuple(chosen)).run.request.left_out == ()


def test_the_same_world_gives_the_same_report() -> None:
    first, second = (report_on(World(only_443(DENIED))) for _ in range(2))
    assert first.causes == second.causes
    assert [(e.id, e.verdict, e.reason) for e in first.endpoints] == [
        (e.id, e.verdict, e.reason) for e in second.endpoints
    ]


@pytest.mark.parametrize("concurrency", [1, 2, 3])
def test_fewer_connections_at_a_time_change_nothing(concurrency: int) -> None:
    found = report_on(World(only_443(DENIED)), concurrency=concurrency)
    assert causes(found) == {"connect.port-denied": OTHER_PORTS}
