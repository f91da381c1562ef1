"""A pass is a proof: what was not seen to come from the host is no pass, and nobody is blamed for it without proof."""

from collections.abc import Callable, Mapping

import pytest
from msgspec import structs

from proxycheck.model.device import Endpoint, PlainHttp
from proxycheck.model.report import EndpointVerdict
from tests.diagnosis.synthetic import (
    ALL,
    CHECKED,
    PLAIN,
    PUSH,
    SECURE,
    Answer,
    World,
    alive,
    causes,
    endpoint,
    ids,
    nobody,
)
from tests.support.answers import OPEN, answer

TLS = (*SECURE, PUSH)
HELLO = answer(200, "<h1>hello</h1>", Server="origin")
NO_NAME = answer(503, "<h1>no such name</h1>", Server="gate")
REQUIRED = {e.id for e in ALL if e.tier == "required"}


def everywhere(said: Answer) -> Mapping[str, Answer]:
    """The same answer to a request for bytes inside TLS at every host."""
    return {what.id: said for what in TLS}


def verdicts(world: World) -> dict[str, EndpointVerdict]:
    return {e.observation.id: e.verdict for e in world.judged().endpoints}


# ---- Bytes inside TLS -----------------------------------------------------------------


def test_bytes_from_inside_tls_complete_the_proof() -> None:
    diagnosis = World(heard=everywhere(HELLO)).judged()
    assert diagnosis.verdict == "compatible"
    assert {e.reason for e in diagnosis.endpoints if e.observation.endpoint not in PLAIN} == {"answered"}


def test_a_report_from_before_this_was_asked_is_judged_by_what_it_has_and_says_so() -> None:
    diagnosis = World().judged()
    assert diagnosis.verdict == "compatible"
    said = {e.observation.id: e.reason for e in diagnosis.endpoints}
    assert "was not asked" in said[SECURE[0].id]
    assert said[PLAIN[0].id].startswith("answered; no page of somebody else's was recognised")


@pytest.mark.parametrize("end", ["empty", "reset", "timeout"])
def test_a_cut_after_every_handshake_is_a_dead_tunnel(end: Answer) -> None:
    """The proxy lets TLS complete with the genuine key and cuts the first byte of application data."""
    diagnosis = World(heard=everywhere(end)).judged()
    assert diagnosis.verdict == "incompatible"
    assert causes(diagnosis) == {"tunnel.dead": ("blocker", "strong", ids(TLS))}


def test_one_host_of_an_owner_that_answers_speaks_for_the_others() -> None:
    second = endpoint("api.alpha.example")
    heard = {**everywhere(HELLO), second.id: "empty"}
    diagnosis = World(endpoints=(*ALL, second), heard=heard).judged()
    assert diagnosis.verdict == "compatible"
    assert diagnosis.causes == ()


def test_a_host_with_manners_of_its_own_is_not_blamed_and_does_not_pass() -> None:
    """A server that wants a client's certificate, or no HTTP at all, closes as well."""
    heard = {**everywhere(HELLO), SECURE[0].id: "empty"}
    world = World(heard=heard)
    diagnosis = world.judged()
    assert causes(diagnosis) == {"tunnel.dead": ("degraded", "weak", ids(SECURE[0]))}
    assert verdicts(world)[SECURE[0].id] == "inconclusive"
    assert diagnosis.verdict in ("degraded", "inconclusive")


def test_a_host_that_is_as_silent_without_the_proxy_passes() -> None:
    heard = {**everywhere(HELLO), SECURE[0].id: "empty"}
    world = World(heard=heard, outside_http={SECURE[0].id: ("answer-inside-tls", "empty")})
    assert world.judged().causes == ()
    assert verdicts(world)[SECURE[0].id] == "pass"


def test_a_host_that_answers_without_the_proxy_and_not_through_it_is_cut_off() -> None:
    heard = {**everywhere(HELLO), SECURE[0].id: "empty"}
    diagnosis = World(heard=heard, outside_http={SECURE[0].id: ("answer-inside-tls", HELLO)}).judged()
    assert causes(diagnosis) == {"tunnel.dead": ("blocker", "strong", ids(SECURE[0]))}


def test_what_speaks_no_http_at_a_port_of_its_own_is_a_warning() -> None:
    world = World(heard={**everywhere(HELLO), PUSH.id: "empty"})
    assert world.judged().verdict == "compatible"
    assert verdicts(world)[PUSH.id] == "warn"


# ---- Plain HTTP ------------------------------------------------------------------------


def own(what: Endpoint) -> Answer | None:
    """A proxy that answers plain HTTP in tunnels itself, but for Android's test of the connection."""
    return OWN if what.speaks == "http" and what.expect is None else alive(what)


OWN = answer(403, "<html><h1>Forbidden</h1>Blocked by policy</html>", Server="gate")


@pytest.mark.parametrize(
    "page",
    [
        answer(407, "<h1>login</h1>", Proxy_Authenticate='Basic realm="x"'),
        OWN,
        answer(502, "<h1>Bad gateway</h1>"),
        answer(503, "<h1>Unavailable</h1>"),
        answer(200, "<h1>Welcome to the company</h1>"),
    ],
)
@pytest.mark.parametrize("control", [NO_NAME, OPEN])
def test_a_page_of_the_proxys_own_in_plain_tunnels_is_no_pass(page: bytes, control: bytes) -> None:
    def inside(what: Endpoint) -> Answer | None:
        return page if what.speaks == "http" and what.expect is None else alive(what)

    world = World(inside=inside, heard=everywhere(HELLO), tunnel_for_no_name=control, page_for_no_name=page)
    diagnosis = world.judged()
    assert diagnosis.verdict == "incompatible"
    assert {key for key, verdict in verdicts(world).items() if verdict == "fail"} == ids(PLAIN)
    assert set(causes(diagnosis)) == {"http.block-page"}


def test_407_inside_a_tunnel_comes_from_no_host() -> None:
    asks = answer(407, "<h1>login</h1>", Proxy_Authenticate='Basic realm="x"')
    world = World(inside=lambda what: asks if what is PLAIN[0] else alive(what))
    assert causes(world.judged()) == {"http.block-page": ("blocker", "conclusive", ids(PLAIN[0]))}


def test_plain_http_whose_content_nothing_can_judge_says_so() -> None:
    page = answer(503, f"<h1>{PLAIN[0].host} is not here</h1>", Server="filter")
    for said in ({}, {PLAIN[0].id: ("", answer(503, "<h1>is not here</h1>", Server="filter"))}):
        world = World(inside=only_inside(PLAIN[0], page), heard=everywhere(HELLO), outside_http=said)
        reasons = {e.observation.id: e.reason for e in world.judged().endpoints}
        known = "as it does without the proxy" if said else "whether the content is right was not judged"
        assert reasons[PLAIN[0].id].startswith("answered 503") and known in reasons[PLAIN[0].id]
        assert reasons[CHECKED.id] == "answered"


def only_inside(one: Endpoint, page: Answer) -> Callable[[Endpoint], Answer | None]:
    """One endpoint gets that page, and the others answer in kind."""
    return lambda what: page if what is one else alive(what)


POLICY = "<h1>Access to http://{}/ is blocked by company policy</h1>"


@pytest.mark.parametrize("status", [200, 403, 503])
@pytest.mark.parametrize("way", ["tunnel", "forward"])
def test_a_denial_of_one_host_that_names_whose_rule_it_is_is_no_pass(way: PlainHttp, status: int) -> None:
    page = answer(status, POLICY.format(PLAIN[0].host), Server="filter")
    inside = only_inside(PLAIN[0], page)
    forward = inside if way == "forward" else nobody
    found = World(plain_http=way, inside=inside, forward=forward, heard=everywhere(HELLO)).judged()
    assert causes(found) == {"http.block-page": ("blocker", "strong", ids(PLAIN[0]))}
    own = World(inside=inside, heard=everywhere(HELLO), outside_http={PLAIN[0].id: ("", page)}).judged()
    assert own.verdict == "compatible"


@pytest.mark.parametrize(
    ("status", "code"), [(403, "http.block-page"), (429, "proxy.capacity"), (503, "connect.upstream-error")]
)
def test_what_fails_on_the_way_and_not_without_the_proxy_is_no_pass(status: int, code: str) -> None:
    page = answer(status, "<h1>No</h1>", Server="x")
    direct = {PLAIN[0].id: ("", answer(200, "<h1>Welcome</h1>"))}
    found = World(inside=only_inside(PLAIN[0], page), heard=everywhere(HELLO), outside_http=direct).judged()
    assert causes(found) == {code: ("degraded", "weak", ids(PLAIN[0]))}
    assert found.verdict == "degraded"


def test_a_required_host_of_which_nothing_is_proved_is_not_compatible() -> None:
    away = answer(302, Location="http://gate.zulu.example/")
    more = tuple(endpoint(f"api.{name}.example") for name in ("kilo", "lima", "mike"))
    world = World(endpoints=(*ALL, *more), inside=only_inside(PLAIN[0], away))
    assert world.judged().causes == ()
    assert world.judged().verdict == "degraded"


def test_one_page_of_one_owner_is_its_own_business() -> None:
    sister = endpoint("shop.alpha.example", 80)

    def inside(what: Endpoint) -> Answer | None:
        return OWN if what in (PLAIN[0], sister) else alive(what)

    world = World(endpoints=(*ALL, sister), inside=inside, tunnel_for_no_name=NO_NAME)
    assert world.judged().causes == ()


def test_unrelated_hosts_that_answer_alike_without_the_proxy_too_are_left_alone() -> None:
    world = World(
        inside=own,
        tunnel_for_no_name=NO_NAME,
        outside_http={what.id: ("", OWN) for what in PLAIN},
    )
    assert world.judged().causes == ()


def test_redirects_of_unrelated_hosts_to_themselves_are_left_open() -> None:
    """One operator may answer for them all; a proxy may as well."""

    def inside(what: Endpoint) -> Answer | None:
        moved = answer(301, "", Location=f"https://{what.host}/", Server="edge")
        return moved if what.speaks == "http" and what.expect is None else alive(what)

    world = World(inside=inside, tunnel_for_no_name=NO_NAME)
    assert {verdicts(world)[what.id] for what in PLAIN} == {"inconclusive"}
    assert world.judged().verdict == "inconclusive"


# ---- The verdict of the run ---------------------------------------------------------------


def lost(number: int, of: int, *, functions: int = 1) -> World:
    """`number` hosts of `of` required ones are silent in open tunnels, and nothing settles why."""
    hosts = [
        structs.replace(endpoint(f"www.n{count:02}.example"), function=f"function {count % functions}")
        for count in range(of)
    ]
    gone = {host.id for host in hosts[:number]}
    return World(
        endpoints=hosts,
        inside=lambda what: "timeout" if what.id in gone else alive(what),
        tunnel_for_no_name=OPEN,
        nonexistent=OPEN,
        in_nonexistent="timeout",
    )


def test_half_the_hosts_silent_after_200_is_not_good() -> None:
    """It was called DEGRADED, "will work", with exit code 0."""
    assert lost(13, 31).judged().verdict in ("incompatible", "inconclusive")


def test_one_in_ten_is_no_isolated_failure_and_fewer_is_one() -> None:
    assert lost(1, 10).judged().verdict == "inconclusive"
    assert lost(1, 11).judged().verdict == "degraded"


def test_all_that_serve_a_function_are_no_isolated_failure() -> None:
    assert lost(1, 30, functions=30).judged().verdict == "inconclusive"
    assert lost(1, 30, functions=10).judged().verdict == "degraded"
