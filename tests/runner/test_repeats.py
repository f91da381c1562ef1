"""What failed at first is asked for again: too many at once is only claimed where it shows again, and nothing else."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from proxycheck.model.report import Report
from proxycheck.model.target import Target
from proxycheck.report.json import decode, encode
from proxycheck.runner import judge_again
from tests.runner.test_slow_worlds import WANTED_S, timed
from tests.support.answers import OPEN, answer
from tests.support.known import knowledge
from tests.support.scripted import CLOSE, HEAD, RESET, STALL, Expect, Pause, Play, Script, ScriptedNetwork, Step
from tests.support.worlds import ASKS, Answered, World, causes, device, endpoints, host_behind, opens, report_on, told

pytestmark = pytest.mark.slow
NO_NAME = answer(503, "<h1>cannot resolve</h1>", "Server: gate", "X-Error: dns")
BUSY = answer(503, "<h1>too many</h1>", "Server: gate")
DENIED = answer(403, "<h1>denied</h1>", "Server: gate")
FIFTEEN = 15


@dataclass
class Hiccup(World):
    """Fifteen hosts, by chance the first that are not the first of all, are not found when they are asked for first."""

    asked: Counter[Target] = field(default_factory=Counter)
    said: Answered = NO_NAME
    lost: list[Target] = field(default_factory=list)
    times: int = 1

    def __post_init__(self) -> None:
        self.answers = self._answer

    def _answer(self, target: Target) -> Answered:
        self.asked[target] += 1
        usual = opens(target)
        if usual == OPEN and sum(self.asked.values()) > 5 and len(self.lost) < FIFTEEN and self.asked[target] == 1:
            self.lost.append(target)
        return self.said if target in self.lost and self.asked[target] <= self.times else usual


@dataclass
class Limited(World):
    """Serves so many connections at a time; one more gets `more`."""

    limit: int = 20
    more: tuple[Step, ...] = (BUSY, CLOSE)
    open: set[object] = field(default_factory=set)

    def _connection(self) -> Script:
        turn = object()
        self.open.add(turn)
        try:
            if len(self.open) > self.limit:
                yield HEAD
                yield from self.more
                return
            yield from super()._connection()
        finally:
            self.open.discard(turn)


@pytest.mark.parametrize("said", [NO_NAME, (RESET,), (), (STALL,)], ids=["503", "reset", "closed", "silent"])
def test_a_hiccup_is_unsteady_and_no_matter_of_capacity(said: Answered) -> None:
    world = Hiccup(said=said)
    report, seconds = timed(world, grows=False)
    assert seconds <= WANTED_S
    assert causes(report).keys() == {"endpoint.unsteady"}
    assert {target.id for target in world.lost} >= causes(report)["endpoint.unsteady"]
    assert len(causes(report)["endpoint.unsteady"]) > FIFTEEN // 2
    assert report.verdict == "degraded"
    judged = {entry.id: entry for entry in report.endpoints}
    for name in causes(report)["endpoint.unsteady"]:
        assert judged[name].verdict == "warn"
        tls = judged[name].tls
        assert tls is None or tls.verdict == "passthrough"
    _judged_the_same(report)


MORE: dict[str, tuple[Step, ...]] = {
    "refuses": (BUSY, CLOSE),
    "closes": (CLOSE,),
    "resets": (RESET,),
    "stalls": (STALL,),
}


@pytest.mark.parametrize("more", MORE.values(), ids=MORE)
@pytest.mark.parametrize("limit", [4, 20])
def test_too_many_at_once_shows_again(more: tuple[Step, ...], limit: int) -> None:
    report, seconds = timed(Limited(limit=limit, more=more))
    assert seconds <= WANTED_S
    assert "proxy.capacity" in causes(report)
    assert "endpoint.unsteady" not in causes(report)
    assert report.verdict == "incompatible"
    _judged_the_same(report)


@pytest.mark.parametrize("more", [MORE["refuses"], MORE["resets"]], ids=["refuses", "resets"])
def test_hosts_that_are_denied_beside_many_do_not_hide_that_there_are_too_many(more: tuple[Step, ...]) -> None:
    """What is denied is denied alone as well: it says nothing against the crowd."""

    def answers(target: Target) -> Answered:
        return DENIED if target.host.endswith("amazonaws.com") else opens(target)

    report, seconds = timed(Limited(answers=answers, limit=12, more=more))
    assert seconds <= WANTED_S
    assert causes(report).keys() == {"proxy.capacity", "connect.host-denied"}
    assert all("amazonaws" in name for name in causes(report)["connect.host-denied"])
    _judged_the_same(report)


@dataclass
class Quota(World):
    """Opens so many tunnels, and from then on none: a quota is used up, or somebody took this for a scan."""

    most: int = 40
    after: Answered = DENIED
    never: frozenset[str] = frozenset()
    asked: int = 0

    def __post_init__(self) -> None:
        self.answers = self._answer

    def _answer(self, target: Target) -> Answered:
        self.asked += 1
        return self.after if self.asked > self.most or target.host in self.never else opens(target)


@pytest.mark.parametrize("after", [DENIED, (RESET,), (), (STALL,)], ids=["403", "reset", "closed", "silent"])
@pytest.mark.parametrize("most", [12, 40, 70])
def test_what_is_refused_from_some_moment_on_is_no_rule_about_hosts(after: Answered, most: int) -> None:
    report, seconds = timed(Quota(after=after, most=most))
    assert seconds <= WANTED_S
    assert causes(report).keys() == {"proxy.capacity"}
    (cause,) = report.causes
    assert any("opened at the beginning" in said for said in cause.because)
    assert report.verdict == "incompatible"
    _judged_the_same(report)


@dataclass
class Balanced(World):
    """Every third connection is answered by another proxy than the rest."""

    other: Answered = ASKS
    asked: int = 0

    def __post_init__(self) -> None:
        self.answers = self._answer

    def _answer(self, target: Target) -> Answered:
        self.asked += 1
        return opens(target) if self.asked % 3 or opens(target) != OPEN else self.other


def test_one_of_several_proxies_that_wants_a_login_is_unsteady() -> None:
    report, seconds = timed(Balanced())
    assert seconds <= WANTED_S
    assert causes(report).keys() == {"endpoint.unsteady"}
    assert any("407" in said for said in report.causes[0].because)
    _judged_the_same(report)


def test_hosts_for_which_a_login_is_wanted_are_no_fault() -> None:
    wanted = frozenset(e.host for e in endpoints() if e.host.endswith(".googleapis.com"))
    report, _ = timed(Quota(most=10_000, never=wanted, after=ASKS))
    assert causes(report).keys() == {"auth.required"}


def test_hosts_that_are_denied_from_the_beginning_are_a_rule() -> None:
    denied = frozenset(e.host for e in endpoints() if e.host.endswith(".googleapis.com"))
    report, _ = timed(Quota(most=10_000, never=denied))
    assert causes(report).keys() == {"connect.host-denied"}


def _judged_the_same(report: Report) -> None:
    saved = decode(encode(report))
    again = judge_again(saved, device(), knowledge())
    assert (again.verdict, again.causes, again.endpoints) == (saved.verdict, saved.causes, saved.endpoints)


REFUSED = ConnectionRefusedError(111, "no")


def _cut_sooner_or_later(number: int) -> Play:
    """Accepted and reset: before the request is sent, or when it comes."""
    return ConnectionResetError(104, "no") if number % 4 else [HEAD, RESET]


class Turning(ScriptedNetwork):
    """The connections for which `turned_away` says so are not accepted, or otherwise `played` by their number."""

    def __init__(
        self, world: World, turned_away: Callable[[int, int], bool], played: Callable[[int], Play] = lambda _: REFUSED
    ) -> None:
        self._world, self._turned_away, self._played = world, turned_away, played
        super().__init__(self._play_one)

    def _play_one(self, host: str, port: int, number: int) -> Play:
        opened = sum(not stream.closed for stream in self.streams)
        if self._turned_away(number, opened):
            return self._played(number)
        return self._world.play(host, port, number)


def test_connections_that_are_not_accepted_beside_many_are_a_matter_of_capacity() -> None:
    report, _ = timed(Turning(World(), lambda _, opened: opened >= 20))
    assert causes(report).keys() == {"proxy.capacity"}
    assert report.verdict == "incompatible"


def test_connections_that_are_not_accepted_for_a_moment_are_not() -> None:
    report, _ = timed(Turning(World(), lambda number, _: 20 <= number < 35))
    assert causes(report).keys() == {"endpoint.unsteady"}
    assert report.verdict == "degraded"


def test_a_proxy_that_stops_accepting_is_not_full() -> None:
    report, _ = timed(Turning(World(), lambda number, _: number >= 30))
    assert "proxy.refused" in causes(report)
    assert "proxy.capacity" not in causes(report)
    assert report.verdict == "incompatible"


def test_a_proxy_that_takes_connections_and_cuts_them_from_some_moment_on_serves_no_more() -> None:
    """One limit, whether it cuts before the request or after it: no list of clients, for this one was served."""
    report, _ = timed(Turning(World(), lambda number, _: number >= 40, _cut_sooner_or_later))
    found = causes(report)
    assert found.keys() == {"proxy.capacity"}
    assert set(found["proxy.capacity"]) == {e.id for e in report.endpoints if e.verdict != "pass"}
    assert "this computer is served no more" in report.causes[0].explanation
    assert report.verdict == "incompatible"
    _judged_the_same(report)


def test_what_fails_by_chance_is_not_full() -> None:
    """Every third tunnel fails, however few are open: also those that are asked for alone."""
    count = 0

    def answers(target: Target) -> Answered:
        nonlocal count
        count += 1
        return BUSY if count % 3 == 0 and opens(target) == OPEN else opens(target)

    report, _ = timed(World(answers=answers))
    assert "proxy.capacity" not in causes(report)
    assert report.verdict != "compatible"


FORBIDDEN = answer(403, "<h1>access denied</h1>", "Server: gate")


def _one_in_three(also: Callable[[Target], bool] = lambda _: False) -> World:
    """One of three proxies behind one address forbids what the others open, and all forbid what `also` names."""
    count = 0

    def answers(target: Target) -> Answered:
        nonlocal count
        count += 1
        return FORBIDDEN if opens(target) == OPEN and (count % 3 == 0 or also(target)) else opens(target)

    return World(answers=answers)


def test_an_answer_that_others_got_and_then_opened_is_no_rule_about_the_host() -> None:
    report = report_on(_one_in_three(), endpoints())
    assert causes(report).keys() == {"endpoint.unsteady"}
    assert report.verdict == "incompatible", "a third of all tunnels fail, and do so again"
    _judged_the_same(report)


def test_what_is_denied_each_time_is_denied_beside_a_fault_that_comes_and_goes() -> None:
    report = report_on(_one_in_three(lambda target: target.host.endswith("pb.com")), endpoints())
    denied = causes(report)["connect.host-denied"]
    assert denied
    assert all(name.partition(":")[0].endswith("pb.com") for name in denied)
    assert report.verdict == "incompatible"


def test_most_tunnels_that_fail_at_first_leave_it_open_what_is_the_rule() -> None:
    """All is refused for a while: the later time went well, and nobody knows which will be the rule."""
    asked = 0

    def answers(target: Target) -> Answered:
        nonlocal asked
        asked += 1
        return FORBIDDEN if 10 < asked <= 150 and opens(target) == OPEN else opens(target)

    report = report_on(World(answers=answers), endpoints())
    assert causes(report).keys() == {"endpoint.unsteady"}
    assert report.verdict == "inconclusive"


@dataclass
class OneEach(World):
    """Serves one tunnel to each host at a time and cuts the second."""

    busy: set[str] = field(default_factory=set)

    def _connection(self) -> Script:
        head = yield HEAD
        method, _, rest = head.decode("latin-1").partition(" ")
        host = rest.partition(":")[0]
        if method != "CONNECT":
            yield self.forwards(rest.removeprefix("http://").partition("/")[0])  # type: ignore[misc]
            return
        said = self.answers(Target(host, int(rest.split(" ")[0].rpartition(":")[2])))
        if host in self.busy and said == OPEN:
            yield RESET
            return
        self.busy.add(host)
        try:
            yield from self._answered(said, Target(host, int(rest.split(" ")[0].rpartition(":")[2])))
        finally:
            self.busy.discard(host)

    def _answered(self, said: Answered, target: Target) -> Script:
        assert isinstance(said, bytes)
        yield said
        if said == OPEN:
            yield Pause(0.05)
            yield from self.inside(target)


def test_what_fails_only_beside_a_tunnel_to_the_same_host_is_no_rule_about_the_host() -> None:
    report = report_on(OneEach(), endpoints())
    assert causes(report).keys() == {"tunnel.concurrency"}
    assert report.verdict == "degraded"
    _judged_the_same(report)


def test_what_fails_every_time_is_asked_for_once_more_and_no_more() -> None:
    """No crowd, and nothing is measured twice: there is nothing to tell apart."""
    report = report_on(World(answers=lambda t: BUSY if t.port != 443 else opens(t)), endpoints())
    variants = {(e.variant or "").partition(":")[0] for e in report.evidence if e.check == "controls"}
    assert "again" in variants
    assert not variants & {"crowd", "alone"}


def test_a_clean_run_is_not_asked_anything_twice() -> None:
    world = World()
    report_on(world, endpoints())
    hosts = Counter(line.split()[1] for line in world.requests if line.startswith(b"CONNECT"))
    beside = ("hellos", "controls")  # greetings, and a name that cannot exist
    greeted = {e.endpoint for e in report_on(World(), endpoints()).evidence if e.check in beside}
    assert {name.decode() for name, times in hosts.items() if times > 1} <= greeted


def test_a_second_time_is_a_whole_proof() -> None:
    """What opens at last is judged as everything is: nothing that comes in the tunnel passes for the host."""
    world = Hiccup()
    world.inside = lambda target: told((Expect(), STALL)) if target in world.lost else host_behind(target)
    report = report_on(world, endpoints())
    assert report.verdict != "degraded"
    assert not {e.id for e in report.endpoints if e.verdict in ("pass", "warn")} & {t.id for t in world.lost}


LATER = answer(503, "<h1>not available</h1>", "Server: gate", "Retry-After: 120")
OFTEN = answer(429, "<h1>no</h1>", "Server: gate")
PARTITIONS: dict[str, tuple[Callable[[Target], bool], str]] = {
    "ports": (lambda target: target.port != 443, "connect.port-denied"),
    "owner": (lambda target: target.host.endswith("amazonaws.com"), "connect.host-denied"),
}


@pytest.mark.parametrize(("chosen", "code"), PARTITIONS.values(), ids=PARTITIONS)
@pytest.mark.parametrize("said", [LATER, OFTEN], ids=["503", "429"])
def test_what_is_always_too_much_for_one_port_or_owner_is_a_rule(
    said: bytes, chosen: Callable[[Target], bool], code: str
) -> None:
    report = report_on(World(answers=lambda target: said if chosen(target) else opens(target)), endpoints())
    found = causes(report)
    assert found.keys() == {code}
    assert set(found[code]) <= {e.id for e in endpoints() if chosen(Target(e.host, e.port))}
    assert "whatever the answer calls it" in next(c.explanation for c in report.causes if c.code == code)
    assert report.verdict == "incompatible"
    _judged_the_same(report)


def test_what_is_too_much_beside_others_that_are_no_kind_is_a_limit() -> None:
    report, _ = timed(Limited(limit=20, more=(OFTEN, CLOSE)))
    assert "proxy.capacity" in causes(report)
    assert not {"connect.port-denied", "connect.host-denied"} & causes(report).keys()
