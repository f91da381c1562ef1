"""What the checks ask, how often and in which order; the proxy is a script."""

from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from proxycheck.checks.comparison.repeats import TURNS
from proxycheck.model.evidence import Evidence
from proxycheck.model.failure import Failure, FailureName
from proxycheck.model.questions import CheckId, at_open_port, control_of
from proxycheck.model.report import Report
from proxycheck.model.target import ProxyAddress, Target
from proxycheck.net.trace import Trace
from tests.support.answers import OPEN, answer
from tests.support.chains import authority, leaf
from tests.support.scripted import HEAD, RESET, STALL, Expect, Play, Script, ScriptedNetwork, ScriptedStream
from tests.support.tls_scripts import serving
from tests.support.tls_servers import server
from tests.support.worlds import FEW, PROXY, Answered, World, causes, endpoints, host_behind, opens, page, report_on

DENIED = answer(403, "<h1>denied</h1>", Server="gate")
NAMED = ProxyAddress("http", "proxy.example", 3128)


def asked(report: Report, check: CheckId, operation: str | None = None) -> list[Evidence]:
    return [e for e in report.evidence if e.check == check and operation in (None, e.operation)]


class Crowd(ScriptedNetwork):
    """Counts the connections that are open at the same time."""

    most = 0

    async def __call__(self, host: str, port: int) -> ScriptedStream:
        stream = await super().__call__(host, port)
        self.most = max(self.most, sum(not each.closed for each in self.streams))
        return stream


@pytest.mark.parametrize("concurrency", [1, 2, 5, 32])
@pytest.mark.slow
def test_no_more_connections_at_a_time_than_allowed(concurrency: int) -> None:
    network = Crowd(World().play)
    assert report_on(network, endpoints(), concurrency=concurrency).verdict == "compatible"
    ahead = max(1, concurrency // 2)
    assert network.most <= concurrency + ahead
    assert concurrency == 1 or network.most > 1


def test_every_connection_is_closed_at_the_end() -> None:
    network = Crowd(World(answers=lambda t: DENIED if t.port == 80 else opens(t)).play)
    report_on(network, endpoints())
    assert all(stream.closed for stream in network.streams)


def test_the_first_connection_carries_the_first_request() -> None:
    network = ScriptedNetwork(World().play)
    report = report_on(network)
    assert len(asked(report, "reachability", "proxy_tcp")) == 1
    assert network.streams[0].sent.startswith(b"CONNECT ")


def _found(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    async def addresses_of(host: str, port: int) -> tuple[str, ...]:
        assert (host, port) == ("proxy.example", 3128)
        if not addresses:
            raise OSError(-2, "Name or service not known")
        return addresses

    monkeypatch.setattr("proxycheck.checks.reachability.addresses_of", addresses_of)


def test_the_addresses_of_a_named_proxy_are_tried_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    _found(monkeypatch, "2001:db8::1", PROXY.host, "192.0.2.9")
    world = World()

    def play(host: str, port: int, number: int) -> Play:
        return ConnectionRefusedError(111, "no") if host == "2001:db8::1" else world.play(host, port, number)

    network = ScriptedNetwork(play)
    report = report_on(network, proxy=NAMED)
    assert report.verdict == "compatible"
    assert report.proxy is not None
    assert report.proxy.address == PROXY.host
    assert {host for host, _ in network.dialled[1:]} == {PROXY.host}
    assert asked(report, "reachability", "proxy_dns")[0].note == f"2001:db8::1, {PROXY.host}, 192.0.2.9"


def test_a_proxy_none_of_whose_addresses_accepts_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    _found(monkeypatch, "192.0.2.8", "192.0.2.9")
    network = ScriptedNetwork(lambda _host, _port, _number: ConnectionRefusedError(111, "no"))
    report = report_on(network, proxy=NAMED)
    assert set(causes(report)) == {"proxy.refused"}
    assert network.dialled == [("192.0.2.8", 3128), ("192.0.2.9", 3128)]


def test_a_proxy_without_an_address_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    _found(monkeypatch)
    network = ScriptedNetwork(World().play)
    report = report_on(network, proxy=NAMED)
    assert set(causes(report)) == {"proxy.unresolvable"}
    assert network.dialled == []
    assert {entry.verdict for entry in report.endpoints} == {"skipped"}


def test_a_listener_that_is_silent_is_not_asked_for_the_whole_catalogue() -> None:
    world = World(answers=lambda _: (STALL,), forwards=lambda _: (STALL,))
    report = report_on(world, endpoints())
    assert set(causes(report)) == {"proxy.silent"}
    assert len({e.endpoint for e in asked(report, "endpoints")}) == 3, "the first, and two second opinions"


def test_one_host_that_is_silent_does_not_end_the_run() -> None:
    first = report_on(World()).evidence
    host = next(e.endpoint for e in first if e.operation == "connect") or ""
    report = report_on(World(answers=lambda t: (STALL,) if t.id == host else opens(t)))
    assert {e.verdict for e in report.endpoints if e.id != host} == {"pass"}


def test_an_open_proxy_is_not_asked_for_comparisons() -> None:
    report = report_on(World())
    compared = {e.variant for e in asked(report, "controls", "connect")}
    own = {"nonexistent-name", "page-for-no-name"}  # asked in every run, as is a name in a host's tunnel with --roots
    assert {variant for variant in compared if variant and not variant.startswith("no-such-name:")} == own
    assert asked(report, "greeting") == []
    assert len(asked(report, "plain-http")) > 0


@pytest.mark.parametrize("said", [DENIED, (RESET,), answer(503)])
def test_a_failure_calls_for_comparisons_once(said: Answered) -> None:
    report = report_on(World(answers=lambda t: said if t.port == 80 else opens(t)))
    variants = Counter(e.variant for e in asked(report, "controls", "connect"))
    repeated = {v: count for v, count in variants.items() if (about := control_of(v)) and about[0] == "again"}
    assert set(repeated.values()) <= set(range(1, TURNS + 1)), "what failed is asked for again in turns"
    assert {count for variant, count in variants.items() if variant not in repeated} == {1}
    assert {"nonexistent-name", "own-address", "own-port"} <= set(variants)
    assert ("nonexistent-name:80" in variants) is (said == DENIED), "at a port where an answer says no to all"
    # Beside these, a tunnel that did not open is asked for again when nothing else is under way.
    own = {"nonexistent-name", "nonexistent-name:80", "own-address", "own-port", "page-for-no-name"}
    assert {variant.partition(":")[0] for variant in set(variants) - own if variant} == {"again", "no-such-name"}
    name = next(e.endpoint for e in asked(report, "controls") if e.variant == "nonexistent-name")
    assert name is not None
    assert name.endswith(".invalid:443")


PUSH = "mobile-gtalk.l.google.com"


@pytest.mark.parametrize(("at_443", "code"), [(OPEN, "connect.port-denied"), (DENIED, "connect.host-denied")])
@pytest.mark.parametrize("names_first", [True, False])
def test_a_host_that_needs_one_closed_port_alone_is_asked_for_at_an_open_one(
    at_443: bytes, code: str, names_first: bool
) -> None:
    """Whether its port or the host itself is refused; a proxy that looks for names first (Apache does) tells nothing
    of a port by a name that cannot exist."""

    def answers(target: Target) -> Answered:
        if target.host == PUSH:
            return DENIED if target.port == 5228 else at_443
        closed = target.port == 5228 and at_443 == OPEN and not names_first
        return DENIED if closed else opens(target)

    report = report_on(World(answers=answers), endpoints(*FEW))
    assert [e.endpoint for e in asked(report, "controls", "connect") if e.variant == at_open_port(PUSH)] == [
        f"{PUSH}:443"
    ]
    assert causes(report) == {code: frozenset({f"{PUSH}:5228"})}


def test_a_host_whose_other_port_opened_is_not_asked_for_there_again() -> None:
    report = report_on(World(answers=lambda t: DENIED if t.port == 80 else opens(t)))
    assert not [e for e in asked(report, "controls") if (e.variant or "").startswith("open-port:")]


def test_a_handshake_that_dies_is_tried_by_name_in_a_working_hosts_tunnel() -> None:
    def inside(target: Target) -> Script:
        return _cut() if target.host == "microsoft.com" else host_behind(target)

    def _cut() -> Script:
        yield Expect()
        yield RESET

    report = report_on(World(inside=inside))
    compared = [e for e in asked(report, "controls", "tls") if e.variant == "server-name:microsoft.com"]
    assert [e.failure for e in compared] == [None]
    assert compared[0].endpoint != "microsoft.com:443"


LISTED = ("distservp1.pb.com", "api.pitneybowes.com")
FILTERS: dict[str, tuple[Callable[[str, str], bool], str, str]] = {
    "a-list-of-names": (lambda name, _: name in LISTED, "incompatible", "conclusive"),
    "own-name-and-a-list-of-hosts": (lambda name, host: name == host in LISTED, "inconclusive", "weak"),
}


@pytest.mark.parametrize(("passes", "verdict", "confidence"), FILTERS.values(), ids=FILTERS)
def test_where_only_some_names_pass_a_dead_host_is_tried_under_a_working_hosts_name(
    passes: Callable[[str, str], bool], verdict: str, confidence: str
) -> None:
    """The proxy opens every tunnel, so that a host which is gone ends in the same way. Where the host comes to life
    under another's name, it was cut for its own."""

    def inside(target: Target) -> Script:
        if target.port != 443:
            yield from host_behind(target)
            return
        host = host_behind(target)
        next(host)
        hello = yield Expect()
        name = next((e.host for e in endpoints() if e.host.encode() in hello), "")
        if not passes(name, target.host):
            yield RESET
            return
        step = host.send(hello)
        while True:
            step = host.send((yield step))

    known = ("distservp1.pb.com:80", *(f"{host}:443" for host in LISTED))
    lost = ("api.precisely.com:443", "microsoft.com:443", "pb-ota.redbend.com:443")
    report = report_on(World(answers=lambda _: OPEN, inside=inside), endpoints(*known, *lost))
    tried = {e.variant for e in asked(report, "controls", "tls") if (e.variant or "").startswith("working-name:")}
    assert tried == {f"working-name:{name.removesuffix(':443')}" for name in lost}
    assert causes(report) == {"tls.blocked": frozenset(lost)}
    assert (report.verdict, report.causes[0].confidence) == (verdict, confidence)


def test_every_plain_host_is_asked_in_both_forms_and_the_page_of_the_proxy_once() -> None:
    world = World()
    report = report_on(world)
    plain = [name for name in FEW if name.endswith(":80")]
    assert sorted(e.endpoint or "" for e in asked(report, "endpoints", "http") if e.variant is None) == sorted(plain)
    forwarded = asked(report, "plain-http", "http_forward")
    assert sorted(e.endpoint or "" for e in forwarded if e.variant is None) == sorted(plain)
    assert [e.variant for e in forwarded if e.variant] == ["own-page"]


class Outside:
    """The network beside the proxy: names that resolve to an address, and hosts that take connections there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, names: Sequence[str], reachable: Sequence[str]) -> None:
        self.asked: list[str] = []
        self._names, self._reachable = names, reachable
        monkeypatch.setattr("proxycheck.net.control.resolve", self._resolve)
        monkeypatch.setattr("proxycheck.net.control.dial", ScriptedNetwork(self._play))

    async def _resolve(self, trace: Trace, check: CheckId, target: Target) -> str | None:
        self.asked.append(target.host)
        known = target.host in self._names
        failure: FailureName = "unresolvable"
        trace.begin(check, "control_dns", target.id).finish(
            "closed", None if known else Failure(failure, "control_dns", "no such name")
        )
        return target.host if known else None

    def _play(self, host: str, port: int, number: int) -> Play:
        assert number >= 0
        if host not in self._reachable:
            return ConnectionRefusedError(111, "nothing listens")
        return lambda: host_behind(Target(host, port))


LOST = "microsoft.com"
DISTRIBUTOR = "distservp1.pb.com"
GONE = answer(502, "<h1>?</h1>", Server="gate")
HOSTS = tuple({name.rpartition(":")[0] for name in FEW})


def lost(target: Target) -> Answered:
    return GONE if target.host == LOST else opens(target)


@pytest.mark.parametrize(
    ("names", "reachable", "due"),
    [
        (HOSTS, HOSTS, ("connect.upstream-error", "blocker")),
        (HOSTS, tuple(h for h in HOSTS if h != LOST), ("endpoint.down", "info")),
        (tuple(h for h in HOSTS if h != LOST), HOSTS, ("endpoint.down", "info")),
        ((), (), ("connect.upstream-error", "degraded")),
        (HOSTS, (), ("connect.upstream-error", "degraded")),
    ],
    ids=["answers", "refuses", "no-such-name", "no-dns-here", "no-way-out-here"],
)
def test_the_network_beside_the_proxy_settles_what_it_can(
    monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], reachable: tuple[str, ...], due: tuple[str, str]
) -> None:
    outside = Outside(monkeypatch, names, reachable)
    report = report_on(World(answers=lost), controls=True)
    assert [(cause.code, cause.severity) for cause in report.causes] == [due]
    assert outside.asked[0] != LOST, "a neighbour that works is asked first"
    assert len(outside.asked) <= 2


def test_a_neighbour_that_tells_of_this_network_is_in_no_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of hosts with one foreign authority one stands for all; the others work no better for that."""
    company = authority("Company Root")
    watched = ("distservp1.pb.com", "decometlb20.pb.com", "cometservp1.pb.com")
    shown = server(leaf(company, *watched), company)
    outside = Outside(monkeypatch, (), ())
    inside = World(
        answers=lost,
        inside=lambda t: serving(shown, page) if (t.host, t.port) in {(w, 443) for w in watched} else host_behind(t),
    )
    report_on(inside, endpoints(*(f"{w}:443" for w in watched), *FEW[4:]), controls=True)
    assert outside.asked
    assert outside.asked[0] not in watched


def test_nothing_is_asked_beside_the_proxy_without_need_or_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Outside(monkeypatch, HOSTS, HOSTS)
    report_on(World(), controls=True)
    report_on(World(answers=lost), controls=False)
    assert outside.asked == []


@pytest.mark.parametrize(
    "said",
    [
        answer(302, Location="http://deny.zulu.example/"),
        answer(503, "<h1>out of order</h1>"),
        answer(200, "<h1>Blocked by your company</h1>"),
    ],
    ids=["leads-away", "fails", "denies"],
)
def test_a_host_whose_answer_is_in_doubt_is_asked_what_it_says_itself(
    monkeypatch: pytest.MonkeyPatch, said: bytes
) -> None:
    """Only the host can tell whether it sends there, fails, or denies by somebody's rule."""

    def inside(target: Target) -> Script:
        if target.port != 80 or target.host != DISTRIBUTOR:
            return host_behind(target)
        return in_doubt()

    def in_doubt() -> Script:
        yield HEAD
        yield said

    outside = Outside(monkeypatch, HOSTS, HOSTS)
    report = report_on(World(inside=inside), controls=True)
    assert DISTRIBUTOR in outside.asked
    assert [e.endpoint for e in asked(report, "outside", "http")] == [f"{DISTRIBUTOR}:80"]
    assert next(e for e in report.endpoints if e.id == f"{DISTRIBUTOR}:80").verdict == "inconclusive"


def test_a_host_denied_is_asked_for_only_where_others_work(monkeypatch: pytest.MonkeyPatch) -> None:
    outside = Outside(monkeypatch, HOSTS, HOSTS)
    report_on(World(answers=lambda _: DENIED, forwards=lambda _: DENIED), controls=True)
    assert outside.asked == []


def test_a_proxy_that_answers_only_after_the_head_in_pieces_is_read_whole() -> None:
    def connection() -> Script:
        yield HEAD
        for byte in OPEN:
            yield bytes([byte])
        yield from host_behind(Target("microsoft.com", 443))

    def play(_host: str, _port: int, _number: int) -> Play:
        return connection

    report = report_on(ScriptedNetwork(play), endpoints("microsoft.com:443"))
    assert report.endpoints[0].verdict == "pass"
