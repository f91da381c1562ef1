"""Answers to plain HTTP that are not the host's, and no pass: one for all, one where another is known, one that leads
away."""

from collections.abc import Callable, Mapping

import pytest
from msgspec import structs

from proxycheck.diagnosis.judgement import Diagnosis
from proxycheck.model.device import Endpoint
from proxycheck.wire.domains import domain_of
from tests.diagnosis.synthetic import ALL, CHECKED, PLAIN, SECURE, Answer, World, alive, causes, endpoint, ids, only
from tests.support.answers import answer

HTTP = (*PLAIN, CHECKED)
NO_NAME = answer(503, "<h1>no such host here</h1>", Server="gate", X_Gate_Error="dns")
BLOCKED = answer(200, "<html><h1>This site was blocked by your company</h1></html>")
SISTERS = tuple(endpoint(f"{name}.alpha.example", 80) for name in ("help", "mail"))
LOGIN = "<form action='http://{}/login'><input type=password name=p></form>"
Inside = Callable[[Endpoint], Answer | None]


def said(answers: Mapping[str, Answer]) -> Inside:
    return lambda what: answers.get(what.id, alive(what))


def forwarding(answers: Mapping[str, Answer], own_page: Answer | None = NO_NAME) -> World:
    """A device that sends plain HTTP as ordinary requests."""
    return World(forward=said(answers), inside=alive, plain_http="forward", own_page=own_page)


def verdicts(diagnosis: Diagnosis) -> dict[str, str]:
    return {e.observation.id: e.verdict for e in diagnosis.endpoints}


def reasons(diagnosis: Diagnosis) -> dict[str, str]:
    return {e.observation.id: e.reason for e in diagnosis.endpoints}


# ---- One answer for everything that is asked for as an ordinary request --------------------


@pytest.mark.parametrize(
    "page",
    [
        BLOCKED,
        answer(204),
        answer(401, "x", WWW_Authenticate="NTLM"),
        answer(403, "<h1>Category blocked</h1>"),
        answer(500, "<h1>x</h1>"),
        answer(503, "<h1>Virus scanner is out of order</h1>"),
    ],
)
def test_one_page_for_ordinary_requests_of_unrelated_hosts_is_nobodys(page: bytes) -> None:
    diagnosis = forwarding({plain.id: page for plain in PLAIN}).judged()
    assert causes(diagnosis) == {"http.block-page": ("blocker", "strong", ids(PLAIN))}
    assert diagnosis.verdict == "incompatible"


def test_where_the_hosts_say_the_same_without_the_proxy_it_is_theirs() -> None:
    page = answer(404, "<h1>Not found</h1>", Server="origin")
    world = World(
        forward=said({plain.id: page for plain in PLAIN}),
        plain_http="forward",
        own_page=NO_NAME,
        outside_http={plain.id: ("", page) for plain in PLAIN},
    )
    assert world.judged().verdict == "compatible"


def test_one_network_may_answer_for_unrelated_hosts() -> None:
    page = answer(403, "<h1>Access Denied</h1>", Server="AkamaiGHost")
    diagnosis = forwarding({plain.id: page for plain in PLAIN}).judged()
    assert causes(diagnosis) == {"http.block-page": ("degraded", "weak", ids(PLAIN))}
    assert diagnosis.verdict == "inconclusive"


def test_hosts_that_are_turned_away_for_a_while_are_not_blocked() -> None:
    page = answer(429, "x", Retry_After="1")
    for no_name in (NO_NAME, page):
        diagnosis = forwarding({plain.id: page for plain in PLAIN}, no_name).judged()
        assert causes(diagnosis) == {"proxy.capacity": ("blocker", "strong", ids(PLAIN))}


@pytest.mark.parametrize("status", [400, 404, 429])
def test_one_complaint_about_every_ordinary_request_says_nothing_of_names(status: int) -> None:
    page = answer(status, "<h1>x</h1>")
    diagnosis = forwarding({plain.id: page for plain in HTTP}, page).judged()
    code = "proxy.capacity" if status == 429 else "http.block-page"
    assert causes(diagnosis) == {code: ("blocker", "strong", ids(HTTP))}
    assert "also one for a name that cannot exist" in diagnosis.causes[0].explanation


def test_a_complaint_that_others_do_not_get_is_about_the_name() -> None:
    page = answer(404, "<h1>no such host</h1>")
    found = causes(forwarding({PLAIN[0].id: page}, page).judged())
    assert found == {"connect.dns-failure": ("degraded", "weak", ids(PLAIN[0]))}


# ---- Answers that lead away, and answers of gateways ----------------------------------------

AWAY = {
    "redirect": answer(302, Location="http://deny.zulu.example/?u=x"),
    "refresh": answer(200, "<meta http-equiv=refresh content='0;url=http://deny.zulu.example/'>"),
    "login": answer(200, LOGIN.format("gate.zulu.example")),
    "login-here": answer(200, "<form><input type=password name=p></form>"),
    "bad-gateway": answer(502, "<h1>x</h1>", Server="origin"),
    "gateway-timeout": answer(504, "<h1>timeout</h1>", Server="origin"),
}


@pytest.mark.parametrize("page", AWAY.values(), ids=AWAY)
@pytest.mark.parametrize("way", ["tunnel", "forward"])
def test_an_answer_that_leads_away_from_its_host_is_no_pass(way: str, page: bytes) -> None:
    world = World(inside=said({PLAIN[0].id: page})) if way == "tunnel" else forwarding({PLAIN[0].id: page})
    diagnosis = world.judged()
    assert diagnosis.causes == ()
    assert verdicts(diagnosis)[PLAIN[0].id] == "inconclusive"
    assert "may " in reasons(diagnosis)[PLAIN[0].id]
    assert diagnosis.verdict != "incompatible"


@pytest.mark.parametrize("page", AWAY.values(), ids=AWAY)
def test_what_leads_away_without_the_proxy_too_is_the_hosts_own_way(page: bytes) -> None:
    world = World(inside=said({PLAIN[0].id: page}), outside_http={PLAIN[0].id: ("", page)})
    assert verdicts(world.judged())[PLAIN[0].id] == "pass"


@pytest.mark.parametrize(
    ("host", "where"),
    [
        ("www.pitneybowes.us", "https://www.pitneybowes.com/us"),
        ("microsoft.com", "https://www.microsoft.com/"),
        ("api.crashlytics.com", "https://firebase.google.com/"),
    ],
)
def test_a_redirect_within_one_owner_is_a_pass(host: str, where: str) -> None:
    moved = endpoint(host, 80)
    world = World(endpoints=(*ALL, moved), inside=said({moved.id: answer(301, Location=where)}))
    assert verdicts(world.judged())[moved.id] == "pass"


@pytest.mark.parametrize("page", ["<meta http-equiv=refresh content='0;url=http://{}/'>", LOGIN])
def test_a_page_that_leads_into_the_network_is_a_portals(page: str) -> None:
    world = World(inside=said({PLAIN[0].id: answer(200, page.format("webfilter.corp.local"))}))
    assert causes(world.judged()) == {"http.captive-portal": ("blocker", "conclusive", ids(PLAIN[0]))}


@pytest.mark.parametrize("status", [429, 503])
def test_hosts_that_are_overloaded_in_the_same_words_are_no_pass(status: int) -> None:
    page = answer(status, "<h1>Busy</h1>")
    diagnosis = World(endpoints=(*ALL, *SISTERS), inside=said({sister.id: page for sister in SISTERS})).judged()
    assert {verdicts(diagnosis)[sister.id] for sister in SISTERS} == {"inconclusive"}
    alone = World(endpoints=(*ALL, *SISTERS), inside=said({SISTERS[0].id: page})).judged()
    assert verdicts(alone)[SISTERS[0].id] == "pass"


# ---- The connectivity check, whose answer is known ------------------------------------------


@pytest.mark.parametrize("way", ["tunnel", "forward"])
@pytest.mark.parametrize(
    ("page", "due"),
    [
        (answer(403, "<h1>No</h1>"), {"http.block-page": ("blocker", "strong", ids(CHECKED))}),
        (answer(404, "<h1>No</h1>"), {"http.block-page": ("blocker", "strong", ids(CHECKED))}),
        (answer(504, "<h1>late</h1>"), {"connect.upstream-error": ("degraded", "weak", ids(CHECKED))}),
        (answer(401, "<h1>who?</h1>"), {"http.captive-portal": ("blocker", "conclusive", ids(CHECKED))}),
    ],
)
def test_a_denial_or_a_failure_in_place_of_the_empty_204_is_no_portal(
    way: str, page: bytes, due: dict[str, tuple[str, str, frozenset[str]]]
) -> None:
    world = World(inside=said({CHECKED.id: page})) if way == "tunnel" else forwarding({CHECKED.id: page})
    diagnosis = world.judged()
    assert causes(diagnosis) == due
    assert verdicts(diagnosis)[CHECKED.id] in ("fail", "inconclusive")


@pytest.mark.parametrize(
    ("page", "code", "confidence"),
    [(BLOCKED, "http.captive-portal", "conclusive"), (answer(403, "<h1>No</h1>"), "http.block-page", "strong")],
)
def test_what_comes_in_place_of_the_empty_204_is_no_alternative_elsewhere(
    page: bytes, code: str, confidence: str
) -> None:
    family = tuple(
        structs.replace(endpoint("maps.india.example", port, tier="recommended"), any_of="maps") for port in (443, 80)
    )
    world = World(
        endpoints=(*ALL, *family),
        connect=only(family[0], answer(503, "<h1>refused</h1>", Server="gate"), answer(200)),
        inside=said({CHECKED.id: page, family[1].id: page}),
    )
    diagnosis = world.judged()
    assert causes(diagnosis)[code] == ("blocker", confidence, ids(CHECKED, family[1]))
    assert verdicts(diagnosis)[family[1].id] == "fail"


def test_a_denial_of_unrelated_hosts_and_of_the_empty_204_is_one_fault() -> None:
    denied = answer(403, "<h1>Not for guests</h1>")
    found = causes(World(inside=said({what.id: denied for what in HTTP})).judged())
    assert found == {"http.captive-portal": ("blocker", "conclusive", ids(HTTP))}


# ---- In tunnels otherwise than outside of them ----------------------------------------------


def _own(what: Endpoint) -> Answer | None:
    """Each host has a page of its own, of its own owner or not."""
    if what.speaks != "http" or what.expect is not None:
        return alive(what)
    name = what.host.partition(".")[0]
    return answer(
        200, f"<h1>All about {name}</h1><p>Words of {name}, {name * 2}, {name * 3}", Server=domain_of(what.host)
    )


@pytest.mark.parametrize("page", [BLOCKED, answer(200, "<form><input type=password name=p></form>"), answer(204)])
def test_one_page_in_tunnels_of_one_owner_whose_hosts_have_others_outside_is_not_theirs(page: bytes) -> None:
    world = World(
        endpoints=(*ALL, *SISTERS),
        inside=lambda what: page if what in SISTERS else _own(what),
        forward=_own,
        own_page=NO_NAME,
    )
    diagnosis = world.judged()
    assert causes(diagnosis) == {"http.block-page": ("blocker", "strong", ids(SISTERS))}


def test_another_page_in_the_tunnel_of_one_host_is_left_open() -> None:
    world = World(inside=lambda what: BLOCKED if what is PLAIN[0] else _own(what), forward=_own, own_page=NO_NAME)
    diagnosis = world.judged()
    assert causes(diagnosis) == {"http.block-page": ("degraded", "weak", ids(PLAIN[0]))}
    assert verdicts(diagnosis)[PLAIN[0].id] == "inconclusive"


@pytest.mark.parametrize(
    "outside",
    [
        answer(302, Location="http://coach.corp.example/"),
        answer(200, "<form><input type=password name=p></form>"),
        answer(503, "<h1>no</h1>"),
        "reset",
    ],
)
def test_what_outside_of_tunnels_is_not_the_hosts_accuses_no_tunnel(outside: Answer) -> None:
    world = World(inside=_own, forward=lambda what: outside if what is PLAIN[0] else _own(what), own_page=NO_NAME)
    assert causes(world.judged()) == {}
    everywhere = World(inside=_own, forward=lambda what: BLOCKED if what in PLAIN else _own(what), own_page=NO_NAME)
    assert "http.block-page" not in causes(everywhere.judged())


def test_a_page_with_a_few_other_words_is_the_same() -> None:
    def greeted(what: Endpoint, hour: str) -> Answer | None:
        return answer(200, f"<h1>Good {hour}</h1><p>Here is all about our products and prices</p>", Server=what.host)

    world = World(
        inside=lambda what: greeted(what, "morning") if what is PLAIN[0] else alive(what),
        forward=lambda what: greeted(what, "evening") if what is PLAIN[0] else alive(what),
        own_page=NO_NAME,
    )
    assert causes(world.judged()) == {}
    assert {verdicts(world.judged())[secure.id] for secure in SECURE} == {"pass"}
