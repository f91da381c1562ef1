"""What came through a tunnel that the proxy called open."""

from collections.abc import Callable

import pytest
from msgspec import structs

from proxycheck.diagnosis.judgement import Diagnosis, diagnose
from proxycheck.diagnosis.observation import open_case
from proxycheck.model.device import Endpoint
from proxycheck.wire.teamviewer import GREETING
from tests.diagnosis.synthetic import (
    ALL,
    CHECKED,
    PLAIN,
    PROXY,
    PUSH,
    SECURE,
    VIEWER_MESSAGE,
    Answer,
    End,
    World,
    alive,
    causes,
    device,
    endpoint,
    ids,
    only,
    trust,
)
from tests.support import known
from tests.support.answers import OPEN, answer

TLS = (*SECURE, PUSH)
HTTP = (*PLAIN, CHECKED)
PAGE = answer(403, "<h1>Blocked</h1>", Server="gate")
DEAD: tuple[End, ...] = ("empty", "reset", "timeout")

Inside = Callable[[Endpoint], Answer | None]


def spoilt(wanted: tuple[Endpoint, ...] | Endpoint, said: Answer) -> Inside:
    """Every host answers in kind but these."""
    chosen = ids(wanted)
    return lambda what: said if what.id in chosen else alive(what)


@pytest.mark.parametrize("end", DEAD)
def test_200_and_then_nothing_is_one_dead_tunnel(end: End) -> None:
    diagnosis = World(inside=lambda _: end).judged()
    assert causes(diagnosis) == {"tunnel.dead": ("blocker", "conclusive", ids(ALL))}
    assert diagnosis.verdict == "incompatible"


@pytest.mark.parametrize("end", DEAD)
def test_tls_passes_and_nothing_else(end: End) -> None:
    found = causes(World(inside=spoilt(HTTP, end)).judged())
    assert found == {"tunnel.tls-only": ("blocker", "conclusive", ids(HTTP))}


def test_tls_only_names_teamviewer_when_it_is_cut_and_not_when_it_is_silent() -> None:
    viewer = endpoint("router.kilo.example", 5938, speaks="teamviewer")
    needs = (*ALL, viewer)
    cut = World(endpoints=needs, inside=spoilt((*HTTP, viewer), "reset"))
    silent = World(
        endpoints=needs,
        inside=lambda what: "timeout" if what is viewer else spoilt(HTTP, "reset")(what),
    )
    assert causes(cut.judged())["tunnel.tls-only"][2] == ids(HTTP, viewer)
    assert causes(silent.judged())["tunnel.tls-only"][2] == ids(HTTP)


@pytest.mark.parametrize("end", DEAD)
def test_one_plain_tunnel_that_dies_alone_is_not_tls_only(end: End) -> None:
    diagnosis = World(inside=spoilt(PLAIN[0], end)).judged()
    assert causes(diagnosis) == {"tunnel.dead": ("degraded", "weak", ids(PLAIN[0]))}
    assert diagnosis.verdict == "degraded"


def test_a_plain_host_that_is_gone_is_down() -> None:
    world = World(inside=spoilt(PLAIN[0], "empty"), outside={PLAIN[0].id: ("unresolvable",)})
    assert causes(world.judged()) == {"endpoint.down": ("info", "strong", ids(PLAIN[0]))}


@pytest.mark.parametrize("end", DEAD)
def test_a_handshake_that_is_cut_among_others_is_blocked(end: End) -> None:
    diagnosis = World(inside=spoilt(SECURE[1], end)).judged()
    assert causes(diagnosis) == {"tls.blocked": ("blocker", "strong", ids(SECURE[1]))}


@pytest.mark.parametrize("end", DEAD)
def test_a_handshake_that_is_cut_for_its_name_is_surely_blocked(end: End) -> None:
    world = World(inside=spoilt(SECURE[1], end), server_names={SECURE[1].host: "reset"}, nonexistent=OPEN)
    found = causes(world.judged())
    assert found == {"tls.blocked": ("blocker", "conclusive", ids(SECURE[1]))}


def test_a_name_that_passes_elsewhere_is_not_what_was_cut() -> None:
    for control in (OPEN, answer(503)):
        world = World(inside=spoilt(SECURE[1], "reset"), server_names={SECURE[1].host: b""}, nonexistent=control)
        diagnosis = world.judged()
        assert causes(diagnosis) == {"tunnel.dead": ("degraded", "weak", ids(SECURE[1]))}
        assert diagnosis.verdict == "degraded"


@pytest.mark.parametrize("control", ["nonexistent", "own_address"])
def test_where_tunnels_open_before_anything_is_known_a_dead_host_looks_the_same(control: str) -> None:
    world = World(inside=spoilt(SECURE[1], "empty"), **{control: OPEN})  # type: ignore[arg-type]
    assert causes(world.judged()) == {"tls.blocked": ("degraded", "weak", ids(SECURE[1]))}


def test_a_handshake_that_completes_without_the_proxy_is_surely_blocked() -> None:
    world = World(inside=spoilt(SECURE[1], "empty"), nonexistent=OPEN, outside={SECURE[1].id: (b"", b"", b"")})
    assert causes(world.judged()) == {"tls.blocked": ("blocker", "conclusive", ids(SECURE[1]))}


@pytest.mark.parametrize("outside", [("unresolvable",), (b"", "refused"), (b"", b"", "reset")])
def test_a_handshake_that_fails_without_the_proxy_too_is_a_host_that_is_down(outside: tuple[Answer, ...]) -> None:
    world = World(inside=spoilt(SECURE[1], "empty"), nonexistent=OPEN, outside={SECURE[1].id: outside})
    diagnosis = world.judged()
    assert causes(diagnosis) == {"endpoint.down": ("info", "strong", ids(SECURE[1]))}
    assert diagnosis.verdict == "compatible"


@pytest.mark.parametrize("end", [*DEAD, "tls-alert"])
def test_when_no_handshake_completes_and_plain_http_does_tls_is_blocked(end: End) -> None:
    diagnosis = World(inside=spoilt(TLS, end)).judged()
    assert "no rule about some of them" in diagnosis.causes[0].explanation
    assert causes(diagnosis) == {"tls.blocked": ("blocker", "strong", ids(TLS))}
    assert diagnosis.verdict == "incompatible"


def test_alerts_for_every_host_are_no_trifle() -> None:
    world = World(endpoints=SECURE, inside=lambda _: "tls-alert")
    diagnosis = world.judged()
    assert causes(diagnosis) == {"tls.blocked": ("blocker", "strong", ids(SECURE))}
    assert diagnosis.verdict == "incompatible"


def test_a_silence_no_longer_than_what_other_hosts_take_is_no_filter() -> None:
    diagnosis = World(inside=spoilt(SECURE[1], "timeout"), handshake_s=9.0).judged()
    assert causes(diagnosis) == {"tunnel.slow": ("degraded", "weak", ids(SECURE[1]))}
    assert diagnosis.verdict != "compatible"


def test_one_alert_among_others_proves_little() -> None:
    diagnosis = World(inside=spoilt(SECURE[0], "tls-alert")).judged()
    assert causes(diagnosis) == {"tls.blocked": ("degraded", "weak", ids(SECURE[0]))}


@pytest.mark.parametrize("page", [PAGE, b"<html>blocked</html>"])
@pytest.mark.parametrize("where", [SECURE[:1], SECURE[:4], TLS])
def test_a_page_in_place_of_tls_is_a_block_page(page: bytes, where: tuple[Endpoint, ...]) -> None:
    diagnosis = World(inside=spoilt(where, page)).judged()
    assert causes(diagnosis) == {"tunnel.block-page": ("blocker", "conclusive", ids(where))}
    assert "ClientHello" in diagnosis.causes[0].because[0]


UNREAD = answer(400, "<h1>400 Bad Request</h1>", Server="nginx")


@pytest.mark.parametrize("said", [UNREAD, b"<html><head><title>400 Bad Request</title></head></html>"])
def test_a_server_that_speaks_plain_http_at_a_port_for_tls_is_no_filter(said: bytes) -> None:
    sister = endpoint("shop.alpha.example")
    world = World(endpoints=(*ALL, sister), inside=spoilt((SECURE[0], sister), said))
    diagnosis = world.judged()
    assert causes(diagnosis) == {"tunnel.block-page": ("degraded", "weak", ids(SECURE[0], sister))}
    assert "their own server may speak plain HTTP" in diagnosis.causes[0].because[1]
    assert "another network" in diagnosis.causes[0].explanation
    assert diagnosis.verdict != "compatible"


def test_one_that_does_so_without_the_proxy_too_is_down() -> None:
    world = World(inside=spoilt(SECURE[0], UNREAD), outside={SECURE[0].id: (b"", b"", "reset")})
    assert causes(world.judged()) == {"endpoint.down": ("info", "strong", ids(SECURE[0]))}


@pytest.mark.parametrize(
    "world",
    [
        World(inside=spoilt(SECURE[:2], UNREAD)),
        World(inside=spoilt(SECURE[0], UNREAD), nonexistent=OPEN, in_nonexistent=UNREAD),
        World(inside=spoilt(SECURE[0], UNREAD), own_page=answer(503, "<h1>no such host</h1>", Server="nginx")),
        World(inside=spoilt(SECURE[0], UNREAD), outside={SECURE[0].id: (b"", b"", b"")}),
        World(inside=spoilt(SECURE[0], answer(400, "<h1>Blocked by policy</h1>"))),
    ],
    ids=["two-owners", "no-such-name-too", "the-proxys-author", "another-without-the-proxy", "a-policy"],
)
def test_a_page_that_is_known_not_to_be_the_hosts_stays_a_block_page(world: World) -> None:
    severity, confidence, hosts = causes(world.judged())["tunnel.block-page"]
    assert (severity, confidence) == ("blocker", "conclusive")
    assert SECURE[0].id in hosts


@pytest.mark.parametrize("end", DEAD)
@pytest.mark.parametrize("names", ["pass", "cut", "unknown"])
def test_a_domain_whose_tunnels_die_whatever_is_said_is_one_policy_unless_its_names_are_cut(
    end: End, names: str
) -> None:
    whole = (SECURE[0], PLAIN[0])
    said: dict[str, Answer] = {"pass": b"", "cut": "reset"}
    server_names = {SECURE[0].host: said[names]} if names in said else {}
    world = World(inside=spoilt(whole, end), server_names=server_names, nonexistent=answer(503))
    found = causes(world.judged())
    if names == "pass":
        assert found == {"tunnel.dead": ("blocker", "strong", ids(whole))}
    else:
        assert found["tls.blocked"][2] == ids(SECURE[0])


def test_a_domain_of_which_some_tunnels_live_has_no_such_policy() -> None:
    lives = endpoint("other.alpha.example")
    world = World(
        endpoints=(*ALL, lives),
        inside=spoilt((SECURE[0], PLAIN[0]), "empty"),
        server_names={SECURE[0].host: b""},
        nonexistent=answer(503),
    )
    assert causes(world.judged()) == {"tunnel.dead": ("degraded", "weak", ids(SECURE[0], PLAIN[0]))}


@pytest.mark.parametrize("content", [b"<h1>This site is blocked</h1>", b'{"error":"blocked"}'], ids=["page", "json"])
@pytest.mark.parametrize("where", [PLAIN[:1], PLAIN[:2], PLAIN], ids=["one", "two", "all"])
def test_the_content_of_a_200_is_a_block_page_in_a_plain_tunnel_too(
    content: bytes, where: tuple[Endpoint, ...]
) -> None:
    success = f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\n\r\n".encode()
    world = World(connect=lambda what: success if what in where else OPEN, inside=spoilt(where, content))
    diagnosis = world.judged()
    assert causes(diagnosis)["tunnel.block-page"] == ("blocker", "conclusive", ids(where))
    assert "200 itself announced" in diagnosis.causes[0].because[0]
    assert "tunnel.dead" not in causes(diagnosis)


def test_what_a_host_says_without_the_head_of_an_answer_is_nobodys_block_page() -> None:
    found = causes(World(inside=spoilt(PLAIN[0], b"welcome")).judged())
    assert set(found) == {"tunnel.dead"}


def test_the_page_for_a_name_that_cannot_exist_tells_of_a_failure() -> None:
    page = answer(502, "<h1>cannot find the host</h1>")
    world = World(inside=spoilt(SECURE[0], page), nonexistent=OPEN, in_nonexistent=page)
    assert causes(world.judged()) == {"connect.dns-failure": ("degraded", "weak", ids(SECURE[0]))}


DENIALS = {
    "403": answer(403, "<h1>Sorry</h1>"),
    "401": answer(401, "<h1>Sorry</h1>"),
    "407": answer(407, "<h1>Sorry</h1>"),
    "words-in-a-200": answer(200, "<h1>Access denied</h1>"),
    "words-in-a-503": answer(503, "<h1>Blocked by company policy</h1>"),
    "login": answer(200, "<h1>Welcome</h1><input type=password>"),
}


@pytest.mark.parametrize("page", DENIALS.values(), ids=DENIALS)
@pytest.mark.parametrize("where", [SECURE[:1], SECURE[:4], TLS], ids=["one", "half", "all"])
def test_a_page_that_denies_is_a_block_page_for_a_name_that_cannot_exist_too(
    page: bytes, where: tuple[Endpoint, ...]
) -> None:
    diagnosis = World(inside=spoilt(where, page), nonexistent=OPEN, in_nonexistent=page).judged()
    assert causes(diagnosis) == {"tunnel.block-page": ("blocker", "conclusive", ids(where))}
    assert any("cannot exist" in line for line in diagnosis.causes[0].because)


@pytest.mark.parametrize("page", [answer(404, "<h1>none</h1>"), answer(200, "<h1>no such host</h1>")])
def test_a_page_that_only_says_that_there_is_no_such_host_is_none(page: bytes) -> None:
    world = World(inside=spoilt(SECURE[0], page), nonexistent=OPEN, in_nonexistent=page)
    assert set(causes(world.judged())) == {"connect.dns-failure"}


def test_the_page_for_a_name_that_cannot_exist_is_down_where_that_is_known() -> None:
    page = answer(502, "<h1>cannot find the host</h1>")
    world = World(
        inside=spoilt(SECURE[0], page),
        nonexistent=OPEN,
        in_nonexistent=page,
        outside={SECURE[0].id: ("unresolvable",)},
    )
    assert causes(world.judged()) == {"endpoint.down": ("info", "strong", ids(SECURE[0]))}


@pytest.mark.parametrize(
    ("own_address", "code"),
    [(OPEN, "connect.dns-failure"), (answer(503), "connect.upstream-error"), (None, "connect.upstream-error")],
)
def test_the_same_page_for_every_name_is_one_failure(own_address: Answer | None, code: str) -> None:
    page = answer(502, "<h1>cannot find the host</h1>")
    world = World(
        inside=lambda what: page if what.speaks == "tls" else "empty",
        nonexistent=OPEN,
        in_nonexistent=page,
        own_address=own_address,
    )
    assert causes(world.judged()) == {code: ("blocker", "strong", ids(ALL))}


def test_a_page_inside_tls_by_the_author_of_the_proxys_own_is_a_block_page() -> None:
    own = answer(503, "<h1>no such host</h1>", Server="gate")
    world = World(own_page=own, in_tls={SECURE[0].id: answer(403, "<h1>Blocked</h1>", Server="gate")})
    assert causes(world.judged()) == {"tunnel.block-page": ("blocker", "conclusive", ids(SECURE[0]))}


OWN_TLS = {
    "by-its-field": answer(503, "<h1>sorry</h1>", Server="gate", X_Error="ERR_SECURE_CONNECT_FAIL 0"),
    "in-words": answer(502, "<h1>The certificate of the server is not trusted</h1>", Server="gate", X_Error="71"),
}


@pytest.mark.parametrize("shown", OWN_TLS.values(), ids=OWN_TLS)
@pytest.mark.parametrize(
    ("hosts", "grave"), [(SECURE[:3], ("blocker", "strong")), (SECURE[:1], ("degraded", "weak"))], ids=["some", "one"]
)
def test_a_page_inside_tls_about_the_proxys_own_tls_is_no_matter_of_names(
    shown: bytes, hosts: tuple[Endpoint, ...], grave: tuple[str, str]
) -> None:
    """A proxy that has no authorities of its own to verify hosts by says so in each connection that it opens."""
    own = answer(503, "<h1>no such host</h1>", Server="gate", X_Error="ERR_DNS_FAIL 0")
    diagnosis = World(own_page=own, in_tls={each.id: shown for each in hosts}).judged()
    assert causes(diagnosis) == {"tunnel.block-page": (*grave, ids(hosts))}
    assert diagnosis.causes[0].title == "The proxy ends TLS, and its own TLS to the host fails"


@pytest.mark.parametrize(
    ("reason", "code"),
    [("ERR_DNS_FAIL 0", "connect.dns-failure"), ("ERR_CONNECT_FAIL 111", "connect.upstream-refused")],
)
def test_a_page_inside_tls_that_names_another_reason_is_told_as_that(reason: str, code: str) -> None:
    own = answer(503, "<h1>no such host</h1>", Server="gate", X_Error="ERR_DNS_FAIL 0")
    shown = answer(503, "<h1>a secure connection was wanted</h1>", Server="gate", X_Error=reason)
    diagnosis = World(own_page=own, in_tls={each.id: shown for each in SECURE[:2]}).judged()
    assert causes(diagnosis) == {code: ("degraded", "weak", ids(SECURE[:2]))}


@pytest.mark.parametrize("opens", [True, False])
def test_where_tunnels_open_before_anything_is_known_a_firewall_behind_the_proxy_may_be_the_reason(opens: bool) -> None:
    control = OPEN if opens else answer(503)
    inside = lambda what: "empty" if what.speaks == "tls" else alive(what)  # noqa: E731  as the fields of a world are
    diagnosis = World(inside=inside, nonexistent=control, own_address=control).judged()
    assert set(causes(diagnosis)) == {"tls.blocked"}
    assert ("a firewall behind it" in diagnosis.causes[0].explanation) is opens


def test_a_redirect_inside_tls_to_a_products_block_page_is_one() -> None:
    away = answer(307, "", Location=f"https://gateway.zscaler.net/?url=https://{SECURE[0].host}/&reason=blocked")
    found = causes(World(in_tls={SECURE[0].id: away}).judged())
    assert found == {"tunnel.block-page": ("blocker", "conclusive", ids(SECURE[0]))}


@pytest.mark.parametrize(
    "page",
    [
        answer(403, "<h1>Blocked</h1>", Server="origin"),
        answer(404, "<h1>No such page</h1>"),
        answer(200, "<h1>Welcome</h1>", Server="gate"),
    ],
)
def test_what_a_host_answers_inside_tls_is_its_own_business(page: bytes) -> None:
    own = answer(503, "<h1>no such host</h1>", Server="gate")
    assert causes(World(own_page=own, in_tls={SECURE[0].id: page}).judged()) == {}


CLEAR = {
    "400": answer(400, "<h1>Bad Request</h1>", Server="core"),
    "400-bare": b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n",
    "200": answer(200, "<h1>Welcome</h1>", Server="core"),
    "no-head": b"<html><h1>nothing here</h1></html>",
}


@pytest.mark.parametrize("page", CLEAR.values(), ids=CLEAR)
@pytest.mark.parametrize("lost", [SECURE[:1], SECURE[:3], SECURE], ids=["one", "some", "all"])
def test_one_page_whatever_is_said_in_the_tunnels_is_one_cause(lost: tuple[Endpoint, ...], page: bytes) -> None:
    """A proxy that opens each tunnel and answers in those that it has no way for."""
    hosts = {what.host for what in lost}
    members = tuple(what for what in (*SECURE, *PLAIN) if what.host in hosts)
    elsewhere = endpoint("www.kilo.example", 443)
    world = World(endpoints=(*ALL, elsewhere), inside=spoilt(members, page))
    found = {cause.code: cause for cause in world.judged().causes if cause.severity != "info"}
    weak = len(hosts) == 1 and page.startswith(b"HTTP/1.1 400")
    if weak:  # a server of the host's own may take a ClientHello for a request
        assert frozenset(found["tunnel.block-page"].endpoints) == ids(lost)
        return
    assert {code: frozenset(cause.endpoints) for code, cause in found.items()} == {"tunnel.block-page": ids(members)}


def test_pages_of_their_own_in_plain_tunnels_stay_the_hosts() -> None:
    page = answer(200, "<h1>Welcome</h1>", Server="core")
    found = causes(World(inside=spoilt(SECURE[:3], page)).judged())
    assert found == {"tunnel.block-page": ("blocker", "conclusive", ids(SECURE[:3]))}


VIEWER = endpoint("router.kilo.example", 5938, speaks="teamviewer")


@pytest.mark.parametrize("end", DEAD)
def test_silence_of_teamviewer_proves_nothing(end: End) -> None:
    diagnosis = World(endpoints=(*ALL, VIEWER), inside=spoilt(VIEWER, end)).judged()
    assert causes(diagnosis) == {}
    verdict = {e.observation.id: (e.verdict, e.reason) for e in diagnosis.endpoints}[VIEWER.id]
    assert verdict == ("warn", "the tunnel opens; the far end said nothing, so nothing is proved")


OTHER_WAYS = tuple(structs.replace(endpoint(VIEWER.host, port), any_of="viewer") for port in (443, 80))
VIEWERS = (structs.replace(VIEWER, any_of="viewer"), *OTHER_WAYS)
NO_VIEWER = {"zeros": bytes(8), "echo": GREETING, "half an echo": GREETING[:7], "a number": b"421\r\n"}
"""Bytes of which nothing says that TeamViewer sent them."""


def viewing(said: Answer, *, others: bool) -> Diagnosis:
    """What comes to TeamViewer's greeting, where the other ways to its host are open or denied."""
    refused = only(OTHER_WAYS, answer(403, "<h1>no remote tools</h1>"), OPEN)
    connect = (lambda _: OPEN) if others else refused
    return World(endpoints=(*ALL, *VIEWERS), connect=connect, inside=spoilt(VIEWER, said)).judged()


@pytest.mark.parametrize("said", NO_VIEWER.values(), ids=NO_VIEWER)
def test_bytes_of_no_known_kind_are_no_proof_of_teamviewer_and_no_page(said: bytes) -> None:
    diagnosis = World(endpoints=(*ALL, VIEWER), inside=spoilt(VIEWER, said)).judged()
    assert (diagnosis.verdict, causes(diagnosis)) == ("compatible", {})
    [judged] = [e for e in diagnosis.endpoints if e.observation.id == VIEWER.id]
    assert (judged.verdict, judged.proved) == ("inconclusive", False)
    assert judged.reason == "something answered, and nothing proves that it was the host"


@pytest.mark.parametrize("said", NO_VIEWER.values(), ids=NO_VIEWER)
def test_an_older_report_that_calls_such_bytes_an_answer_proves_nothing_either(said: bytes) -> None:
    world = World(endpoints=(*ALL, VIEWER))
    records = [
        structs.replace(e, received=said.decode("latin-1"))
        if e.endpoint == VIEWER.id and e.operation == "tunnel"
        else e
        for e in world.evidence()
    ]
    case = open_case(device("tunnel"), world.endpoints, PROXY, records, known.knowledge())
    [judged] = [e for e in diagnose(case, trust()).endpoints if e.observation.id == VIEWER.id]
    assert (judged.verdict, judged.proved) == ("inconclusive", False)


@pytest.mark.parametrize("said", [*DEAD, *NO_VIEWER.values()], ids=[*DEAD, *NO_VIEWER])
def test_of_teamviewers_ways_one_without_proof_makes_up_for_none_that_is_denied(said: Answer) -> None:
    diagnosis = viewing(said, others=False)
    assert "connect.host-denied" in causes(diagnosis)
    [judged] = [e for e in diagnosis.endpoints if e.observation.id == VIEWER.id]
    assert (judged.verdict, judged.proved) == ("inconclusive", False)


@pytest.mark.parametrize("said", [*DEAD, *NO_VIEWER.values()], ids=[*DEAD, *NO_VIEWER])
def test_teamviewer_without_proof_costs_nothing_where_another_way_works(said: Answer) -> None:
    diagnosis = viewing(said, others=True)
    assert (diagnosis.verdict, causes(diagnosis)) == ("compatible", {})
    assert {e.verdict for e in diagnosis.endpoints if e.observation.endpoint in OTHER_WAYS} == {"pass"}


def test_a_message_of_teamviewers_is_the_proof() -> None:
    diagnosis = viewing(VIEWER_MESSAGE, others=False)
    assert {e.observation.id: e.verdict for e in diagnosis.endpoints}[VIEWER.id] == "pass"
    assert diagnosis.verdict == "compatible"


def test_a_page_in_place_of_teamviewer_is_a_block_page() -> None:
    diagnosis = World(endpoints=(*ALL, VIEWER), inside=spoilt(VIEWER, PAGE)).judged()
    assert causes(diagnosis) == {"tunnel.block-page": ("blocker", "conclusive", ids(VIEWER))}
    assert "ClientHello" not in diagnosis.causes[0].because[0]


def test_a_tls_alert_in_place_of_teamviewer_is_told() -> None:
    found = causes(World(endpoints=(*ALL, VIEWER), inside=spoilt(VIEWER, "tls-alert")).judged())
    assert found == {"tunnel.dead": ("degraded", "weak", ids(VIEWER))}


def test_plain_http_that_is_not_http_is_told() -> None:
    found = causes(World(inside=spoilt(PLAIN[0], b"\x15\x03\x01\x00\x02\x02\x28")).judged())
    assert found == {"tunnel.dead": ("degraded", "weak", ids(PLAIN[0]))}


@pytest.mark.parametrize("before", [b"\r\n", b"\n", b"\r\n\r\n"])
def test_an_empty_line_before_the_hosts_own_tls_is_no_page(before: bytes) -> None:
    found = causes(World(inside=spoilt(TLS, before + b"\x16\x03\x03\x00\x7a\x02\x00")).judged())
    assert found == {"connect.nonstandard-success": ("blocker", "conclusive", ids(TLS))}
    page = causes(World(inside=spoilt(TLS, before + b"<html>Blocked")).judged())
    assert page == {"tunnel.block-page": ("blocker", "conclusive", ids(TLS))}


LINE = b"Connection opened!\r\n"
GREETING_200 = b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n" + LINE


def test_content_that_the_device_throws_away_is_a_note() -> None:
    world = World(connect=lambda _: GREETING_200)
    case = open_case(known.device("sendpro-c"), world.endpoints, PROXY, world.evidence(), known.knowledge())
    diagnosis = diagnose(case, trust())
    assert causes(diagnosis) == {"connect.nonstandard-success": ("info", "strong", frozenset())}
    assert diagnosis.verdict == "compatible"


def test_what_is_answered_behind_a_page_that_no_host_is_reached_with_proves_nothing() -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<h1>Denied</h1>"
    said = answer(400, "<h1>Bad request</h1>", Server="gate")
    diagnosis = World(connect=only(PLAIN[0], page, OPEN), inside=spoilt(PLAIN[0], said)).judged()
    assert causes(diagnosis) == {"tunnel.block-page": ("blocker", "conclusive", ids(PLAIN[0]))}


def test_a_line_before_what_the_host_says_is_one_odd_success_for_all() -> None:
    def inside(what: Endpoint) -> Answer | None:
        host = alive(what) if what.speaks == "http" else b"\x16\x03\x03\x00\x7a\x02\x00"
        return LINE + host if isinstance(host, bytes) else host

    diagnosis = World(inside=inside).judged()
    assert causes(diagnosis) == {"connect.nonstandard-success": ("blocker", "conclusive", ids(ALL))}
    assert 'the line "Connection opened!" comes' in diagnosis.causes[0].because[0]


def test_where_no_handshake_completes_neither_words_nor_remedy_speak_of_a_rule_about_hosts() -> None:
    [cause] = World(inside=spoilt(TLS, "timeout")).judged().causes
    assert cause.code == "tls.blocked"
    told = " ".join((cause.title, cause.explanation, *(r.text for r in cause.remedies)))
    assert "other hosts complete theirs" not in told
    assert not any(host.host in told for host in TLS)
    [cause] = World(inside=spoilt(SECURE[1], "timeout")).judged().causes
    assert "other hosts complete theirs" in cause.explanation
    assert SECURE[1].host in cause.remedies[0].text


@pytest.mark.parametrize(
    ("said", "unknown", "code"),
    [(b"", OPEN, "tunnel.dead"), (b"", answer(503), "tls.blocked"), ("reset", OPEN, "tls.blocked")],
)
def test_hosts_of_a_domain_that_end_alike_are_told_alike_though_few_names_are_compared(
    said: Answer, unknown: Answer, code: str
) -> None:
    family = tuple(endpoint(f"{name}.golf.example") for name in ("maps", "play", "push"))
    stranger = SECURE[1]
    world = World(
        endpoints=(*ALL, *family),
        inside=spoilt((*family, stranger), "reset"),
        server_names={family[0].host: said},
        nonexistent=unknown,
    )
    naming = [cause for cause in world.judged().causes if ids(family) & set(cause.endpoints)]
    assert [(cause.code, ids(family) <= set(cause.endpoints)) for cause in naming] == [(code, True)]


def test_the_second_answer_of_a_second_proxy_is_one_odd_success_for_all() -> None:
    def inside(what: Endpoint) -> Answer | None:
        host = alive(what) if what.speaks == "http" else b"\x16\x03\x03\x00\x7a\x02\x00"
        return OPEN + host if isinstance(host, bytes) else host

    diagnosis = World(inside=inside, tunnel_for_no_name=answer(503), nonexistent=answer(503)).judged()
    assert causes(diagnosis) == {"connect.nonstandard-success": ("blocker", "conclusive", ids(ALL))}
    assert 'the line "HTTP/1.1 200 Connection established" comes' in diagnosis.causes[0].because[0]
