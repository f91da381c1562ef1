"""The worst proxies and the whole catalogue: half a minute at most, by the clock that jumps, and the right causes."""

import asyncio
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from proxycheck.model.report import Report
from proxycheck.model.target import Target
from proxycheck.net.stream import Dialler, Stream
from proxycheck.report.reading.facts import facts
from tests.support.answers import OPEN, answer
from tests.support.observer import Nobody
from tests.support.scripted import HEAD, STALL, Expect, Pause, Script, ScriptedNetwork
from tests.support.worlds import Answered, Stopwatch, World, device, host_behind, opens, report_on

WANTED_S = 30.0
QUICK = ("nobody", "half-is-never-answered")
"""Worlds of the quick tests: nothing answers, and something does."""
LATE = answer(504, "<h1>gateway timeout</h1>", "Server: gate")
Chosen = Callable[[Target], bool]


def half(target: Target) -> bool:
    """About half of the hosts."""
    return zlib.crc32(target.host.encode()) % 2 == 0


def other_half(target: Target) -> bool:
    """The others, among them the one that is asked for first."""
    return not half(target)


def all_of_them(_: Target) -> bool:
    return True


def all_but_the_first() -> Chosen:
    """Everything but what is asked for first."""
    seen: list[Target] = []

    def chosen(target: Target) -> bool:
        seen.append(target)
        return target != seen[0]

    return chosen


def closed_to(chosen: Chosen) -> World:
    """No CONNECT to these is ever answered."""
    return World(answers=lambda target: (STALL,) if chosen(target) else opens(target))


def dead_to(chosen: Chosen) -> World:
    """CONNECT to these is answered with 200, and nothing comes after it."""
    return World(inside=lambda target: _silent() if chosen(target) else host_behind(target))


def _silent() -> Script:
    yield Expect()
    yield STALL


def late_to(chosen: Chosen) -> World:
    """CONNECT to these is answered with 504, after nine seconds."""
    return World(
        answers=lambda target: LATE if chosen(target) else opens(target),
        delay_s=lambda target: 9.0 if chosen(target) else 0.0,
    )


@dataclass
class Narrow(World):
    """Serves eight connections at a time; the others wait for their turn."""

    busy: set[object] = field(default_factory=set)

    def _connection(self) -> Script:
        while len(self.busy) >= 8:
            yield Pause(0.01)
        turn = object()
        self.busy.add(turn)
        try:
            yield Pause(0.05)
            yield from super()._connection()
        finally:
            self.busy.discard(turn)


async def nobody(host: str, port: int) -> Stream:  # noqa: ARG001  a dialler's
    """An address at which nobody is."""
    never: asyncio.Future[Stream] = asyncio.get_running_loop().create_future()
    return await never


def deaf() -> Script:
    """What accepts connections and never answers."""
    yield HEAD
    yield STALL


def _never_first() -> World:
    """The first is answered at once; of the others none."""
    return closed_to(all_but_the_first())


def _late_but_first() -> World:
    chosen, known = all_but_the_first(), dict[Target, bool]()
    return late_to(lambda target: known.setdefault(target, chosen(target)))


Found = dict[str, str]
"""The severity of each cause, by code."""
WORLDS: dict[str, tuple[Callable[[], World | Dialler], Found]] = {
    "nobody": (lambda: nobody, {"proxy.unreachable": "blocker"}),
    "deaf": (lambda: ScriptedNetwork(lambda *_: deaf), {"proxy.silent": "blocker"}),
    "only-the-first-is-answered": (_never_first, {"connect.timeout": "blocker"}),
    "half-is-never-answered": (lambda: closed_to(half), {"connect.timeout": "blocker"}),
    "half-with-the-first-is-never-answered": (lambda: closed_to(other_half), {"connect.timeout": "blocker"}),
    "all-but-the-first-is-late": (_late_but_first, {"connect.upstream-timeout": "blocker"}),
    "all-is-late": (lambda: late_to(all_of_them), {"connect.method-denied": "blocker"}),
    "all-is-dead": (lambda: dead_to(all_of_them), {"tunnel.dead": "blocker"}),
    "half-is-dead": (lambda: dead_to(half), {"tunnel.dead": "blocker"}),
    "two-seconds-each": (lambda: World(delay_s=lambda _: 2.0), {}),
    "eight-at-a-time": (Narrow, {}),
}


def timed(
    world: World | Dialler, *, timeout_s: float = 10.0, patient: bool = False, grows: bool = True
) -> tuple[Report, float]:
    """The report on the whole catalogue, and how long it took."""
    watch = Stopwatch()
    report = report_on(world, device().endpoints, timeout_s=timeout_s, patient=patient, grows=grows, watch=watch)
    return report, watch.seconds


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in WORLDS]
)
def test_the_worst_proxies_are_judged_in_half_a_minute(name: str) -> None:
    world, found = WORLDS[name]
    report, seconds = timed(world())
    assert seconds <= WANTED_S
    assert {cause.code: cause.severity for cause in report.causes if cause.severity != "info"} == found
    assert report.verdict == ("incompatible" if found else "compatible")


def test_a_proxy_that_answers_at_once_is_asked_for_more() -> None:
    report, _ = timed(World())
    assert (report.verdict, report.run.most_at_once, report.run.slowed_down_by) == ("compatible", 64, None)
    assert "64 tunnels at a time" in {fact.label: fact.text for fact in facts(report)}["Pace"]


@dataclass
class Limited(World):
    """Opens forty tunnels at a time and refuses the others."""

    open: set[object] = field(default_factory=set)

    def _connection(self) -> Script:
        turn = object()
        tunnel = World(answers=lambda target: self._answer(target, turn), inside=self._kept)
        try:
            yield from tunnel._connection()
        finally:
            self.open.discard(turn)

    def _answer(self, target: Target, turn: object) -> Answered:
        said = opens(target)
        if said != OPEN:
            return said
        if len(self.open) >= 40:
            return answer(503, "<h1>too many</h1>", "Server: gate")
        self.open.add(turn)
        return said

    def _kept(self, target: Target) -> Script:
        yield Pause(0.2)
        yield from host_behind(target)


def test_a_proxy_that_takes_fewer_than_that_is_accused_of_nothing() -> None:
    """It serves more at a time than any device asks for: what was turned away is asked for again at the old pace."""
    report, _ = timed(Limited())
    assert (report.verdict, [cause.code for cause in report.causes]) == ("compatible", [])
    assert 32 < report.run.most_at_once <= 64
    assert report.run.slowed_down_by == "503 Service Unavailable"


@pytest.mark.parametrize("name", ["only-the-first-is-answered", "half-is-dead"])
@pytest.mark.slow
def test_a_patient_run_finds_the_same(name: str) -> None:
    """Nothing but its waiting tells it from the other: the same endpoints have the same verdicts and causes."""
    world, _ = WORLDS[name]
    (quick, quick_s), (patient, patient_s) = timed(world()), timed(world(), patient=True)
    assert quick_s <= patient_s
    assert [(e.id, e.verdict, e.causes) for e in quick.endpoints] == [
        (e.id, e.verdict, e.causes) for e in patient.endpoints
    ]
    assert patient.run.waits_cut_short == 0


def test_what_was_cut_short_is_told() -> None:
    report, _ = timed(_never_first())
    assert report.run.waits_cut_short
    assert "not waited for to the end" in {fact.label: fact.text for fact in facts(report)}["Waiting"]


@pytest.mark.slow
def test_what_takes_nine_seconds_each_time_is_waited_for() -> None:
    report, _ = timed(World(delay_s=lambda _: 9.0))
    assert (report.verdict, report.run.waits_cut_short) == ("compatible", 0)


def _after(delay_s: float, script: Script) -> Script:
    yield Pause(delay_s)
    yield from script


def _slowly(delay_s: float, target: Target, quick: int = 0) -> Script:
    """A host that takes its time for whatever it says, after so many quick words."""
    script = host_behind(target)
    step, said = next(script), 0
    while True:
        if isinstance(step, bytes):
            said += 1
            yield Pause(delay_s if said > quick else 0)
        try:
            step = script.send((yield step))
        except StopIteration:
            return


@pytest.mark.parametrize("delay_s", [5.5, 9.0])
@pytest.mark.parametrize(
    "inside",
    [
        lambda delay_s, target: _after(delay_s, host_behind(target)),
        lambda delay_s, target: _after(delay_s, host_behind(target)) if half(target) else host_behind(target),
        _slowly,
        lambda delay_s, target: _slowly(delay_s, target, quick=1),
    ],
    ids=["all", "half", "each-word", "each-but-the-first"],
)
@pytest.mark.slow
def test_hosts_that_take_nearly_the_whole_deadline_are_accused_of_nothing(
    inside: Callable[[float, Target], Script], delay_s: float
) -> None:
    """What is asked beside the ordinary handshake is given as long as that takes, or says nothing."""
    report, _ = timed(World(inside=lambda target: inside(delay_s, target)))
    assert (report.verdict, [cause.code for cause in report.causes]) == ("compatible", [])


def test_a_first_answer_that_takes_long_is_no_sign_of_strain() -> None:
    """Where each takes as long as the first one did, the proxy is asked for more at a time."""
    report, seconds = timed(World(delay_s=lambda _: 3.0))
    assert (report.verdict, report.run.most_at_once) == ("compatible", 64)
    assert seconds <= 15.0


class Listener(Nobody):
    """Keeps the time at which a blocker was named."""

    def __init__(self, watch: Stopwatch) -> None:
        self._watch = watch
        self.blockers: list[tuple[float, str]] = []

    def certain(self, blocker: str) -> None:
        self.blockers.append((self._watch.now(), blocker))


@pytest.mark.parametrize("name", ["only-the-first-is-answered", "half-is-never-answered", "all-is-dead"])
@pytest.mark.slow
def test_a_blocker_is_named_before_the_end(name: str) -> None:
    watch = Stopwatch()
    listener = Listener(watch)
    report = report_on(WORLDS[name][0](), device().endpoints, watch=watch, observer=listener)
    ((at_s, blocker),) = listener.blockers
    assert at_s < watch.seconds
    assert blocker in {cause.title for cause in report.causes if cause.severity == "blocker"}


@pytest.mark.slow
def test_a_slow_proxy_that_works_is_accused_of_nothing() -> None:
    watch = Stopwatch()
    listener = Listener(watch)
    report_on(World(delay_s=lambda _: 2.0), device().endpoints, watch=watch, observer=listener)
    assert listener.blockers == []


@pytest.mark.slow
def test_a_name_that_cannot_exist_is_asked_for_in_every_way_as_soon_as_it_is_asked_for_at_all() -> None:
    """Where each answer takes long, that is at the beginning: what is left to ask at the end would come on top."""
    denied = answer(403, "<h1>denied</h1>", "Server: gate")
    world = World(answers=lambda target: denied if half(target) else opens(target), delay_s=lambda _: 5.0)
    report, seconds = timed(world)
    assert [cause.code for cause in report.causes if cause.severity != "info"] == ["connect.host-denied"]
    assert seconds <= 31.0
