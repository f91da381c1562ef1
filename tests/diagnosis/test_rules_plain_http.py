"""Plain HTTP, in a tunnel and as an ordinary proxy request: the host's own answer, or somebody's on the way."""

import dataclasses
from collections.abc import Callable
from html import escape
from urllib.parse import quote

import pytest
from msgspec import structs

from proxycheck.diagnosis.judgement import Diagnosis, diagnose
from proxycheck.diagnosis.observation import open_case
from proxycheck.model.device import Endpoint, PlainHttp
from proxycheck.wire.domains import domain_of
from tests.diagnosis.synthetic import ALL, CHECKED, PLAIN, SECURE, Answer, World, alive, causes, endpoint, ids, trust
from tests.support.answers import OPEN, answer
from tests.support.known import knowledge

WAYS: tuple[PlainHttp, ...] = ("tunnel", "forward")
HTTP = (*PLAIN, CHECKED)
OWN_PAGE = answer(503, "<h1>no such host here</h1>", Server="gate", X_Gate_Error="dns")

Inside = Callable[[Endpoint], Answer | None]


def spoken(way: PlainHttp, said: dict[str, Answer], own_page: Answer | None = OWN_PAGE) -> World:
    """A world in which plain HTTP travels that way, and some endpoints answer so."""

    def inside(what: Endpoint) -> Answer | None:
        return said.get(what.id, alive(what))

    if way == "tunnel":
        return World(inside=inside, own_page=own_page)
    return World(forward=inside, inside=alive, plain_http="forward", own_page=own_page)


PORTALS: dict[str, bytes] = {
    "200": answer(200),
    "200-with-a-page": answer(200, "<h1>Sign in</h1>"),
    "302": answer(302, Location="http://portal.example/"),
    "307": answer(307, Location="/login"),
    "511": answer(511, "<h1>Sign in</h1>"),
    "204-with-a-page": answer(204) + b"<h1>Sign in</h1>",
    "204-that-announces-a-page": answer(204, Content_Length="17"),
}


@pytest.mark.parametrize("page", PORTALS.values(), ids=PORTALS)
@pytest.mark.parametrize("way", WAYS)
def test_generate_204_that_is_no_empty_204_is_a_portal(way: PlainHttp, page: bytes) -> None:
    diagnosis = spoken(way, {CHECKED.id: page}).judged()
    assert causes(diagnosis) == {"http.captive-portal": ("blocker", "conclusive", ids(CHECKED))}
    assert diagnosis.verdict == "incompatible"


@pytest.mark.parametrize("way", WAYS)
def test_generate_204_that_is_an_empty_204_passes(way: PlainHttp) -> None:
    for page in (answer(204, Server="anything", Date="today"), answer(204, Content_Length="0")):
        diagnosis = spoken(way, {CHECKED.id: page}).judged()
        assert causes(diagnosis) == {}
        assert diagnosis.verdict == "compatible"


@pytest.mark.parametrize("page", [*PORTALS.values()][:4], ids=[*PORTALS][:4])
@pytest.mark.parametrize("way", WAYS)
def test_the_other_way_does_not_decide(way: PlainHttp, page: bytes) -> None:
    other = World(
        inside=lambda what: page if what is CHECKED and way == "forward" else alive(what),
        forward=lambda what: page if what is CHECKED and way == "tunnel" else alive(what),
        plain_http=way,
        own_page=OWN_PAGE,
    )
    assert causes(other.judged()) == {}


OWN_MANNERS: dict[str, bytes] = {
    "200": answer(200, "<h1>hello</h1>"),
    "301-to-https": answer(301, Location="https://www.alpha.example/"),
    "302-to-a-sibling": answer(302, Location="https://login.alpha.example/x"),
    "302-to-nonsense": answer(302, Location="http://[::1/"),
    "307-without-a-place": answer(307),
    "400": answer(400, "<h1>Bad request</h1>", Server="origin"),
    "403": answer(403, "<h1>Forbidden</h1>", Server="origin"),
    "403-bare": answer(403),
    "404": answer(404, "<h1>Not found</h1>", Server="origin"),
    "405": answer(405, "", Allow="POST"),
    "500": answer(500, "<h1>Error</h1>"),
    "503": answer(503, "<h1>Busy</h1>", Server="origin"),
}


@pytest.mark.parametrize("page", OWN_MANNERS.values(), ids=OWN_MANNERS)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("own_page", [OWN_PAGE, None])
def test_what_a_host_answers_is_its_own_business(way: PlainHttp, page: bytes, own_page: Answer | None) -> None:
    diagnosis = spoken(way, {PLAIN[0].id: page}, own_page).judged()
    assert causes(diagnosis) == {}
    assert diagnosis.verdict == "compatible"
    assert {e.observation.id: e.verdict for e in diagnosis.endpoints}[PLAIN[0].id] == "pass"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("server", ["origin", None])
def test_one_simple_server_behind_every_name_is_nobodys_block_page(way: PlainHttp, server: str | None) -> None:
    """Where nothing was asked of a name that cannot exist. What one proxy writes for all comes there, too."""
    page = answer(404, "<h1>Not found</h1>", **({"Server": server} if server else {}))
    diagnosis = spoken(way, {plain.id: page for plain in PLAIN}, OWN_PAGE if way == "tunnel" else None).judged()
    assert causes(diagnosis) == {}


@pytest.mark.parametrize("way", WAYS)
def test_unrelated_hosts_that_redirect_to_one_place_are_behind_a_portal(way: PlainHttp) -> None:
    page = answer(302, Location="http://welcome.hotel.example/?from=x")
    world = spoken(way, {plain.id: page for plain in PLAIN[:2]})
    world = dataclasses.replace(world, endpoints=tuple(what for what in ALL if what is not CHECKED))
    assert causes(world.judged()) == {"http.captive-portal": ("blocker", "conclusive", ids(PLAIN[:2]))}


@pytest.mark.parametrize("way", WAYS)
def test_where_the_connectivity_check_passes_such_hosts_are_blocked_by_a_filter(way: PlainHttp) -> None:
    page = answer(302, Location="https://block.filter.example/?url=x")
    diagnosis = spoken(way, {plain.id: page for plain in PLAIN[:2]}).judged()
    assert causes(diagnosis) == {"http.block-page": ("blocker", "strong", ids(PLAIN[:2]))}


@pytest.mark.parametrize("way", WAYS)
def test_hosts_of_one_owner_may_redirect_to_one_place(way: PlainHttp) -> None:
    siblings = tuple(endpoint(f"{name}.alpha.example", 80) for name in ("one", "two"))
    page = answer(302, Location="https://www.zulu.example/")
    said = {sibling.id: page for sibling in siblings}

    def inside(what: Endpoint) -> Answer | None:
        return said.get(what.id, alive(what))

    world = World(endpoints=(*ALL, *siblings), inside=inside, forward=inside, plain_http=way, own_page=OWN_PAGE)
    assert causes(world.judged()) == {}


@pytest.mark.parametrize("way", WAYS)
def test_511_is_a_portal_anywhere(way: PlainHttp) -> None:
    found = causes(spoken(way, {PLAIN[1].id: answer(511, "<h1>Sign in</h1>")}).judged())
    assert found == {"http.captive-portal": ("blocker", "conclusive", ids(PLAIN[1]))}


BY_THE_PROXY = answer(403, "<h1>Denied</h1>", Server="gate", X_Gate_Error="policy")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("where", [PLAIN[:1], PLAIN, HTTP])
def test_a_page_by_the_author_of_the_proxys_own_is_a_block_page(way: PlainHttp, where: tuple[Endpoint, ...]) -> None:
    found = causes(spoken(way, {plain.id: BY_THE_PROXY for plain in where}).judged())
    assert found == {"http.block-page": ("blocker", "strong", ids(where))}


@pytest.mark.parametrize(
    "page",
    [
        answer(403, "<h1>Denied</h1>", Server="origin", X_Gate_Error="policy"),
        answer(403, "<h1>Denied</h1>", Server="gate"),
        answer(200, "<h1>Denied</h1>", Server="gate", X_Gate_Error="policy"),
        answer(403, "<h1>Denied</h1>"),
    ],
)
@pytest.mark.parametrize("way", WAYS)
def test_a_page_in_another_dress_is_the_hosts(way: PlainHttp, page: bytes) -> None:
    assert causes(spoken(way, {PLAIN[0].id: page}).judged()) == {}


def _pages_of_products() -> dict[str, bytes]:
    """The page of each proxy product that is known by its page or title."""
    found: dict[str, bytes] = {}
    for product in knowledge().products:
        signals = [s for s in product.signals if s.where in ("body", "title") and s.confidence == "high"]
        if product.kind == "proxy" and signals and product.name not in found:
            found[product.name] = answer(403, signals[0].example)
    return found


@pytest.mark.parametrize("page", [*_pages_of_products().values()][:6], ids=[*_pages_of_products()][:6])
@pytest.mark.parametrize("way", WAYS)
def test_a_page_that_only_a_filter_writes_is_a_block_page(way: PlainHttp, page: bytes) -> None:
    found = causes(spoken(way, {PLAIN[0].id: page}, None).judged())
    assert found == {"http.block-page": ("blocker", "strong", ids(PLAIN[0]))}


def test_the_very_page_for_a_name_that_cannot_exist_is_a_failure_to_resolve() -> None:
    found = causes(spoken("forward", {PLAIN[0].id: OWN_PAGE}).judged())
    assert found == {"connect.dns-failure": ("degraded", "weak", ids(PLAIN[0]))}


def test_the_page_of_a_rule_that_allows_only_what_it_lists_is_a_block_page() -> None:
    page = answer(403, "<h1>Filtered</h1>", Server="gate")
    found = causes(spoken("forward", {PLAIN[0].id: page}, page).judged())
    assert found == {"http.block-page": ("blocker", "strong", ids(PLAIN[0]))}


def test_another_failure_page_of_the_proxy_is_a_failure_to_reach() -> None:
    page = answer(504, "<h1>the far end is slow</h1>", Server="gate", X_Gate_Error="late")
    found = causes(spoken("forward", {PLAIN[0].id: page}).judged())
    assert found == {"connect.upstream-error": ("degraded", "weak", ids(PLAIN[0]))}


def test_failures_for_every_plain_host_are_no_ageing_guide() -> None:
    found = causes(spoken("forward", {plain.id: OWN_PAGE for plain in HTTP}).judged())
    assert found == {"connect.dns-failure": ("blocker", "strong", ids(HTTP))}


def test_a_failure_page_in_a_tunnel_is_the_proxys_as_well() -> None:
    page = answer(504, "<h1>the far end is slow</h1>", Server="gate", X_Gate_Error="late")
    found = causes(spoken("tunnel", {PLAIN[0].id: page}).judged())
    assert found == {"connect.upstream-error": ("degraded", "weak", ids(PLAIN[0]))}


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("timeout", "connect.timeout"),
        ("reset", "connect.reset"),
        ("empty", "connect.empty-reply"),
        (b"\x05\xff", "connect.malformed-reply"),
    ],
)
@pytest.mark.parametrize(("count", "due"), [(1, ("degraded", "weak")), (4, ("blocker", "strong"))])
def test_an_ordinary_request_without_an_answer(end: Answer, code: str, count: int, due: tuple[str, str]) -> None:
    lost = HTTP[:count]
    found = causes(spoken("forward", {plain.id: end for plain in lost}).judged())
    assert found == {code: (*due, ids(lost))}


def test_secure_hosts_are_not_asked_in_plain() -> None:
    diagnosis = spoken("forward", {}).judged()
    verdicts = {e.observation.id: e.verdict for e in diagnosis.endpoints}
    assert {verdicts[e.id] for e in (*SECURE, *HTTP)} == {"pass"}


def _cut(what: Endpoint) -> bytes:
    whole = answer(200, f"<h1>{what.host}</h1>", Server=f"origin of {domain_of(what.host).partition('.')[0]}")
    return whole.replace(b"Content-Length: ", b"Content-Length: 9")


@pytest.mark.parametrize("way", WAYS)
def test_content_that_ends_before_its_length_is_no_pass(way: PlainHttp) -> None:
    """Nobody is accused: without a control it may be the host that does so."""
    assert spoken(way, {}).judged().verdict == "compatible"
    cut = spoken(way, {what.id: _cut(what) for what in PLAIN}).judged()
    assert cut.verdict == "inconclusive"
    told = {e.observation.id: (e.verdict, e.reason) for e in cut.endpoints if e.observation.endpoint in PLAIN}
    assert set(told.values()) == {("inconclusive", "its answer ends before the content that it announces")}


def _slow(world: World) -> Diagnosis:
    """The same, where the reader stopped before the content of the plain hosts was there."""
    case = world.case()
    asked = [e for e in case.evidence if e.operation in ("http", "http_forward") and e.endpoint in ids(PLAIN)]
    late = {e.id: structs.replace(e, ended="timeout", note=None) for e in asked}
    records = [late.get(e.id, e) for e in case.evidence]
    return diagnose(open_case(case.device, world.endpoints, case.proxy, records, case.knowledge), trust())


@pytest.mark.parametrize("way", WAYS)
def test_content_that_does_not_come_is_no_pass(way: PlainHttp) -> None:
    late = _slow(spoken(way, {what.id: _cut(what) for what in PLAIN}))
    assert late.verdict == "inconclusive"
    told = {e.observation.id: (e.verdict, e.reason) for e in late.endpoints if e.observation.endpoint in PLAIN}
    assert set(told.values()) == {("inconclusive", "the content that its answer announces did not come in time")}


@pytest.mark.parametrize("way", WAYS)
def test_content_without_an_announced_end_may_go_on(way: PlainHttp) -> None:
    owners = {what.id: domain_of(what.host).partition(".")[0] for what in PLAIN}
    endless = {key: f"HTTP/1.1 200 OK\r\nServer: {owner}\r\n\r\n<h1>1".encode() for key, owner in owners.items()}
    assert _slow(spoken(way, dict(endless))).verdict == "compatible"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [206, 304])
def test_an_answer_to_what_was_not_asked_is_no_pass(way: PlainHttp, status: int) -> None:
    """Nobody asked for a part of the content, or whether it changed."""
    said = answer(status, "<h1>half" if status == 206 else "", Server="origin", Content_Range="bytes 0-7/500")
    diagnosis = spoken(way, {PLAIN[0].id: said}).judged()
    assert {e.observation.id: e.verdict for e in diagnosis.endpoints}[PLAIN[0].id] == "inconclusive"
    assert diagnosis.causes == ()


DEEP = tuple(
    structs.replace(what, path=path)
    for what, path in zip(PLAIN, ("/csd/dstproduct", "/help/index.html?a=1&b=two", "/"), strict=True)
)


@pytest.mark.parametrize(
    "page",
    [
        lambda url: answer(200, f"<title>Notice</title>Access to {url} is not allowed here"),
        lambda url: answer(200, f"<title>Notice</title>Access to {escape(url)} is not allowed here"),
        lambda url: answer(200, f"<a href='/why?{quote(url, safe='')}'>Access is not allowed here</a>"),
        lambda url: answer(301, "", Location=f"https://{url}"),
        lambda url: answer(302, "", Location=f"/why?{quote(url, safe='')}"),
    ],
    ids=["plain", "html", "percent", "to-tls", "to-a-page"],
)
def test_one_page_for_all_is_one_though_it_names_what_was_asked_for(page: Callable[[str], bytes]) -> None:
    world = World(
        endpoints=(*SECURE, *DEEP, CHECKED),
        inside=lambda what: page(what.host + what.path) if what in DEEP else alive(what),
        tunnel_for_no_name=answer(503, "<h1>no such name</h1>", Server="gate"),
    )
    diagnosis = world.judged()
    assert causes(diagnosis)["http.block-page"][2] == ids(DEEP)
    assert "pass" not in {e.verdict for e in diagnosis.endpoints if e.observation.endpoint in DEEP}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("where", "private"),
    [
        ("http://10.1.1.1/blocked?url=x", True),
        ("https://[fd00::1]/", True),
        ("https://portal.company.local/login", True),
        ("http://gateway/", True),
        ("http://login.home.arpa/", True),
        ("http://www.delta.example/", False),
        ("https://8.8.8.8/", False),
    ],
)
def test_a_redirect_to_where_the_internet_is_not_is_a_portals(way: PlainHttp, where: str, *, private: bool) -> None:
    world = spoken(way, {PLAIN[0].id: answer(302, Location=where)})
    found = causes(world.judged())
    assert (found.get("http.captive-portal") == ("blocker", "conclusive", ids(PLAIN[0]))) is private
    assert private or found == {}


DENIED = answer(403, "<h1>Access denied</h1> policy_denied", Server="gate-2")
BROKEN = answer(502, "<h1>Proxy error</h1>", Server="gate-2")


def _only_inside(said: dict[str, Answer], forward: Inside = alive) -> World:
    """A world in which hosts answer otherwise in the tunnel than outside of it."""
    return World(inside=lambda what: said.get(what.id, alive(what)), forward=forward, own_page=OWN_PAGE)


@pytest.mark.parametrize(("page", "code"), [(DENIED, "http.block-page"), (BROKEN, "connect.upstream-error")])
def test_one_answer_in_the_tunnels_of_hosts_that_answer_outside_is_not_theirs(page: bytes, code: str) -> None:
    diagnosis = _only_inside({PLAIN[0].id: page, PLAIN[1].id: page}).judged()
    assert causes(diagnosis) == {code: ("blocker", "strong", ids(PLAIN[:2]))}


def test_of_a_single_host_nobody_knows() -> None:
    diagnosis = _only_inside({PLAIN[0].id: DENIED}).judged()
    assert causes(diagnosis) == {"http.block-page": ("degraded", "weak", ids(PLAIN[0]))}
    assert {e.observation.id: e.verdict for e in diagnosis.endpoints}[PLAIN[0].id] == "inconclusive"


def test_what_a_host_answers_both_ways_is_its_own() -> None:
    said: dict[str, Answer] = {PLAIN[0].id: DENIED, PLAIN[1].id: DENIED}
    assert causes(_only_inside(said, lambda what: said.get(what.id, alive(what))).judged()) == {}


LOGIN_INSIDE = answer(407, "<h1>login</h1>", Proxy_Authenticate='Basic realm="inner"')


def test_a_login_asked_for_inside_all_plain_tunnels_is_one_cause_and_no_portal() -> None:
    diagnosis = _only_inside({plain.id: LOGIN_INSIDE for plain in HTTP}).judged()
    assert causes(diagnosis) == {"http.block-page": ("blocker", "conclusive", ids(HTTP))}
    (cause,) = diagnosis.causes
    assert cause.title == "A proxy asks for a login inside tunnels that are open"
    assert any('"inner"' in line for line in cause.because)


def test_a_login_asked_for_inside_tunnels_of_every_kind_is_one_cause() -> None:
    asked = (SECURE[0], *HTTP)
    diagnosis = _only_inside({each.id: LOGIN_INSIDE for each in asked}).judged()
    assert causes(diagnosis) == {"tunnel.block-page": ("blocker", "conclusive", ids(asked))}
    assert diagnosis.causes[0].title == "A proxy asks for a login inside tunnels that are open"


def test_what_fails_alike_in_all_plain_tunnels_and_passes_outside_is_no_portal() -> None:
    page = answer(400, "<h1>the requested URL is not absolute</h1>", Via="1.1 gate")
    diagnosis = _only_inside({plain.id: page for plain in HTTP}).judged()
    assert causes(diagnosis) == {"http.block-page": ("blocker", "strong", ids(HTTP))}
    assert "Let tunnels to port 80 pass unexamined" in diagnosis.causes[0].remedies[0].text


def test_a_check_that_fails_alone_is_still_a_portal() -> None:
    diagnosis = _only_inside({CHECKED.id: answer(200, "<h1>accept</h1>")}).judged()
    assert causes(diagnosis)["http.captive-portal"] == ("blocker", "conclusive", ids(CHECKED))


def _coaching(where: str, plain: tuple[Endpoint, ...] = HTTP) -> Inside:
    """What comes outside of tunnels, where a page has to be looked at first."""
    return lambda what: answer(302, Location=f"http://{where}/?{what.host}") if what in plain else alive(what)


@pytest.mark.parametrize("where", ["coach.corp.example", "welcome.zulu.example", "coach.corp"])
def test_a_portal_that_is_met_outside_of_tunnels_is_told(where: str) -> None:
    diagnosis = World(forward=_coaching(where), own_page=answer(302, Location=f"http://{where}/?no")).judged()
    assert causes(diagnosis) == {"http.captive-portal": ("degraded", "weak", frozenset())}
    assert diagnosis.verdict == "degraded"
    assert where in diagnosis.causes[0].because[0]


def test_one_host_that_redirects_outside_of_tunnels_is_nobodys_portal() -> None:
    assert causes(World(forward=_coaching("cdn.zulu.example", PLAIN[:1]), own_page=OWN_PAGE).judged()) == {}


FAMILY = tuple(
    structs.replace(endpoint(f"{name}.golf.example", port, tier="recommended"), any_of=name)
    for name in ("maps", "play", "push")
    for port in (443, 80)
)
FAMILY_TLS, FAMILY_PLAIN = FAMILY[::2], FAMILY[1::2]


def test_one_page_of_one_owner_is_nobodys_where_a_firewall_lets_out_port_80_alone() -> None:
    page = answer(200, "<h1>Welcome</h1>", Server="golf")
    unreached = answer(503, "<h1>connection refused by the far end</h1>", X_Error="111")
    diagnosis = World(
        endpoints=(*ALL, *FAMILY),
        connect=lambda what: unreached if what.port != 80 else OPEN,
        inside=lambda what: page if what in FAMILY_PLAIN else alive(what),
        tunnel_for_no_name=answer(503, "<h1>no such name</h1>", Server="gate"),
        own_address=unreached,
    ).judged()
    assert "http.block-page" not in causes(diagnosis)


def test_one_page_for_hosts_that_are_refused_otherwise_is_no_alternative() -> None:
    page = answer(200, "<h1>Blocked by your DNS filter</h1>", Server="sink")

    denied = answer(403, "<h1>Access denied</h1>", Server="gate")
    world = World(
        endpoints=(*ALL, *FAMILY),
        connect=lambda what: denied if what in FAMILY_TLS else OPEN,
        inside=lambda what: page if what in FAMILY_PLAIN else alive(what),
        tunnel_for_no_name=answer(503, "<h1>no such name</h1>", Server="gate"),
    )
    diagnosis = world.judged()
    assert causes(diagnosis)["http.block-page"] == ("degraded", "weak", ids(FAMILY_PLAIN))
    verdicts = {e.observation.endpoint: e.verdict for e in diagnosis.endpoints}
    assert {verdicts[e] for e in FAMILY_PLAIN} == {"inconclusive"}
    assert {verdicts[e] for e in FAMILY_TLS} == {"fail"}


def test_one_page_of_hosts_that_are_reached_with_tls_is_their_own() -> None:
    page = answer(404, "<h1>Not found</h1>", Server="origin")
    world = World(
        endpoints=(*ALL, *FAMILY),
        inside=lambda what: page if what in FAMILY_PLAIN else alive(what),
        tunnel_for_no_name=answer(503, "<h1>no such name</h1>", Server="gate"),
    )
    assert causes(world.judged()) == {}


@pytest.mark.parametrize("cut", [SECURE, ()])
def test_where_tls_is_cut_in_open_tunnels_one_page_of_some_is_their_own(cut: tuple[Endpoint, ...]) -> None:
    page = answer(404, "<h1>Not found</h1>", Server="origin")
    world = World(
        endpoints=(*ALL, *FAMILY),
        inside=lambda what: page if what in FAMILY_PLAIN else "empty" if what in (*cut, *FAMILY_TLS) else alive(what),
        tunnel_for_no_name=answer(503, "<h1>no such name</h1>", Server="gate"),
    )
    assert "http.block-page" not in causes(world.judged())
