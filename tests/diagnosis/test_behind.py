"""Tunnels that a proxy opens before it has a connection, and that what stands behind it cuts by port or by domain."""

from collections.abc import Callable

import pytest

from proxycheck.model.device import Endpoint
from tests.diagnosis.synthetic import (
    ALL,
    CHECKED,
    PLAIN,
    PUSH,
    SECURE,
    VIEWER_MESSAGE,
    Answer,
    End,
    World,
    alive,
    causes,
    endpoint,
    ids,
)
from tests.support.answers import OPEN, answer

DEAD: tuple[End, ...] = ("empty", "reset", "timeout")
HTTP = (*PLAIN, CHECKED)
VIEWER = endpoint("router.kilo.example", 5938, speaks="teamviewer")
UNREACHED = answer(503, "<h1>connect failed: no route</h1>", Server="gate")
SISTERS = tuple(endpoint(f"{name}.alpha.example") for name in ("shop", "mail", "files"))


def but(wanted: tuple[Endpoint, ...], said: Answer) -> Callable[[Endpoint], Answer | None]:
    """Every host answers in kind but these."""
    return lambda what: said if what in wanted else alive(what)


@pytest.mark.parametrize("end", DEAD)
def test_where_tls_dies_at_a_port_as_all_else_does_the_port_decides(end: End) -> None:
    lost = (*HTTP, PUSH)
    diagnosis = World(inside=but(lost, end), nonexistent=OPEN, own_address=OPEN).judged()
    assert causes(diagnosis) == {"tunnel.dead": ("blocker", "strong", ids(lost))}
    [cause] = diagnosis.causes
    assert "port 80, 5228" in cause.because[0]
    assert "port 443: 8 tunnels brought an answer" in cause.because[1]
    assert "on 80, 5228" in cause.remedies[0].text
    assert "all hosts of the device" in cause.remedies[0].text
    assert "the port that decides" in cause.explanation


@pytest.mark.parametrize("end", DEAD)
def test_where_something_else_than_tls_is_answered_it_is_not_tls_alone_that_passes(end: End) -> None:
    world = World(endpoints=(*ALL, VIEWER), inside=but(HTTP, end), nonexistent=OPEN)
    assert alive(VIEWER) == VIEWER_MESSAGE
    assert causes(world.judged()) == {"tunnel.dead": ("blocker", "strong", ids(HTTP))}


@pytest.mark.parametrize("lost", [HTTP, (VIEWER,), (*HTTP, VIEWER)], ids=["http", "teamviewer", "both"])
def test_where_tunnels_open_only_to_what_is_reached_it_is_what_is_said_that_is_cut(lost: tuple[Endpoint, ...]) -> None:
    world = World(endpoints=(*ALL, VIEWER), inside=but(lost, "reset"), nonexistent=answer(503), own_address=answer(503))
    assert set(causes(world.judged())) == ({"tunnel.tls-only"} if lost != (VIEWER,) else set())


def test_a_single_push_host_that_dies_among_others_is_no_port() -> None:
    found = causes(World(inside=but((PUSH,), "empty"), nonexistent=OPEN).judged())
    assert {confidence for _, confidence, _ in found.values()} == {"weak"}


def test_a_failure_to_connect_in_the_tunnel_is_no_portal_and_no_block_page() -> None:
    lost = (*HTTP, PUSH, VIEWER)
    world = World(
        endpoints=(*ALL, VIEWER),
        inside=but(lost, UNREACHED),
        nonexistent=OPEN,
        in_nonexistent=UNREACHED,
        tunnel_for_no_name=OPEN,
        page_for_no_name=UNREACHED,
    )
    diagnosis = world.judged()
    assert causes(diagnosis) == {"connect.upstream-error": ("blocker", "strong", ids(lost))}
    assert "port 80, 5228, 5938" in diagnosis.causes[0].because[0]
    assert "port 80, 5228, 5938" in diagnosis.causes[0].explanation


def test_a_page_that_denies_in_plain_tunnels_stays_a_portal_or_a_block_page() -> None:
    page = answer(503, "<h1>Blocked by company policy</h1>", Server="gate")
    found = causes(World(inside=but(HTTP, page), nonexistent=OPEN, in_nonexistent=page).judged())
    assert "http.captive-portal" in found


@pytest.mark.parametrize("end", [*DEAD, UNREACHED])
def test_of_a_domain_of_several_hosts_not_all_are_gone(end: Answer) -> None:
    lost = (SECURE[0], *SISTERS, PLAIN[0])
    world = World(
        endpoints=(*ALL, *SISTERS),
        inside=but(lost, end),
        server_names={SECURE[0].host: b""},
        nonexistent=OPEN,
        own_address=answer(503, "<h1>refused</h1>"),
        in_nonexistent=end if isinstance(end, bytes) else None,
    )
    code = "connect.upstream-error" if isinstance(end, bytes) else "tunnel.dead"
    diagnosis = world.judged()
    assert causes(diagnosis) == {code: ("blocker", "strong", ids(lost))}
    assert "alpha.example" in diagnosis.causes[0].because[0]


def test_of_a_domain_of_one_host_nobody_knows_on_such_a_proxy() -> None:
    world = World(inside=but((SECURE[0], PLAIN[0]), "empty"), server_names={SECURE[0].host: b""}, nonexistent=OPEN)
    assert causes(world.judged()) == {"tunnel.dead": ("degraded", "weak", ids(SECURE[0], PLAIN[0]))}


@pytest.mark.parametrize("end", DEAD)
def test_a_lone_host_that_is_cut_as_a_whole_domain_is_belongs_to_it(end: End) -> None:
    """Who cuts TLS to two domains does one thing, though one of them has several hosts and the other has one."""
    lost = (SECURE[0], *SISTERS, SECURE[1])
    names: dict[str, Answer] = {SECURE[0].host: b"", SECURE[1].host: b""}
    world = World(endpoints=(*ALL, *SISTERS), inside=but(lost, end), server_names=names)
    assert causes(world.judged()) == {"tls.blocked": ("blocker", "strong", ids(lost))}


def test_a_lone_host_that_ends_otherwise_does_not() -> None:
    domain = (SECURE[0], *SISTERS)

    def inside(what: Endpoint) -> Answer | None:
        return "reset" if what in domain else "timeout" if what == SECURE[1] else alive(what)

    names: dict[str, Answer] = {SECURE[0].host: b"", SECURE[1].host: b""}
    found = causes(World(endpoints=(*ALL, *SISTERS), inside=inside, server_names=names).judged())
    assert found["tls.blocked"] == ("blocker", "strong", ids(domain))
    assert found["tunnel.dead"] == ("degraded", "weak", ids(SECURE[1]))
