"""Hosts that the proxy does not reach: the proxy's fault, the host's, or nobody knows."""

import pytest
from msgspec import structs

from proxycheck.diagnosis.judgement import diagnose
from proxycheck.diagnosis.observation import open_case
from proxycheck.model.device import Endpoint
from tests.diagnosis.synthetic import (
    ALL,
    PLAIN,
    PROXY,
    SECURE,
    Answer,
    End,
    World,
    causes,
    device,
    endpoint,
    ids,
    only,
    trust,
)
from tests.support import known
from tests.support.answers import OPEN, answer

LOST = SECURE[2]
ERROR = answer(503, "<h1>error</h1>")


@pytest.mark.parametrize(
    ("page", "code"),
    [
        ("Unable to determine IP address from host name", "connect.dns-failure"),
        ("The name could not be resolved", "connect.dns-failure"),
        ("failed to resolve the host", "connect.dns-failure"),
        ("Name or service not known", "connect.dns-failure"),
        ("getaddrinfo: nodename nor servname provided", "connect.dns-failure"),
        ("NXDOMAIN", "connect.dns-failure"),
        ("Unknown host", "connect.dns-failure"),
        ("DNS lookup failure", "connect.dns-failure"),
        ("(111) Connection refused", "connect.upstream-refused"),
        ("ECONNREFUSED", "connect.upstream-refused"),
        ("(110) Connection timed out", "connect.upstream-timeout"),
        ("Gateway time-out", "connect.upstream-timeout"),
        ("The operation timed out", "connect.upstream-timeout"),
        ("Timed out waiting for the server", "connect.upstream-timeout"),
        ("Your session will time out after 30 minutes", "connect.upstream-error"),
        ("This page has a timeout", "connect.upstream-error"),
        ("<style>.dns{}</style>something else", "connect.upstream-error"),
        ("the adnsense of it", "connect.upstream-error"),
    ],
)
def test_the_reason_is_read_from_the_words(page: str, code: str) -> None:
    found = causes(World(connect=only(LOST, answer(502, f"<p>{page}</p>"), OPEN)).judged())
    assert found == {code: ("degraded", "weak", ids(LOST))}


def test_the_reason_may_stand_in_a_field() -> None:
    page = answer(503, "", X_Squid_Error="ERR_DNS_FAIL 0")
    assert set(causes(World(connect=only(LOST, page, OPEN)).judged())) == {"connect.dns-failure"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"X_Squid_Error": "ERR_CANNOT_FORWARD 0"}, ["the proxy's own reason: X-Squid-Error: ERR_CANNOT_FORWARD 0"]),
        ({"Proxy_Status": "p; error=x\x1b[31m" + "y" * 200}, None),
        ({}, []),
    ],
)
@pytest.mark.parametrize("everywhere", [True, False])
def test_a_reason_in_the_proxys_own_word_is_told(
    fields: dict[str, str], told: list[str] | None, everywhere: bool
) -> None:
    failed = answer(500, "", **fields)
    (found,) = World(connect=lambda what: failed if everywhere or what == LOST else OPEN).judged().causes
    assert found.code == "connect.upstream-error"
    reasons = [words for words in found.because if words.startswith("the proxy's own reason")]
    if told is None:
        (words,) = reasons
        assert words.isprintable()
        assert len(words) <= 130
    else:
        assert reasons == told


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Keep_Alive": "timeout=5, max=100"}, "connect.upstream-error"),
        ({"Via": "1.1 dns-gw.corp.example"}, "connect.upstream-error"),
        ({"Server": "dns"}, "connect.upstream-error"),
        ({"X_Error": "dns"}, "connect.dns-failure"),
        ({"Proxy_Status": "gate; error=dns_timeout"}, "connect.dns-failure"),
        ({"Proxy_Status": "gate; error=connection_refused"}, "connect.upstream-refused"),
        ({"Proxy_Status": "gate; error=connection_timeout"}, "connect.upstream-timeout"),
        ({"Warning": '199 gate "timeout"'}, "connect.upstream-timeout"),
    ],
)
def test_the_reason_is_read_from_fields_for_errors_alone(fields: dict[str, str], code: str) -> None:
    page = answer(503, "<h1>sorry</h1>", **fields)
    assert set(causes(World(connect=only(LOST, page, OPEN)).judged())) == {code}


@pytest.mark.parametrize("words", ["Blocked by the DNS security policy", "Not permitted. Requests time out at noon."])
def test_a_rule_that_is_named_comes_before_other_words(words: str) -> None:
    page = answer(502, f"<h1>{words}</h1>")
    assert set(causes(World(connect=only(LOST, page, OPEN)).judged())) == {"connect.host-denied"}
    world = World(connect=only(PLAIN, page, OPEN), endpoints=(*SECURE, *PLAIN))
    assert set(causes(world.judged())) == {"connect.port-denied"}


KINDS: dict[str, tuple[Answer, str]] = {
    "no-name": (answer(502, "cannot resolve host"), "connect.dns-failure"),
    "refused": (answer(503, "Connection refused"), "connect.upstream-refused"),
    "late": (answer(504), "connect.upstream-timeout"),
    "error": (ERROR, "connect.upstream-error"),
    "silent": ("timeout", "connect.timeout"),
    "cut": ("reset", "connect.reset"),
    "closed": ("empty", "connect.empty-reply"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("outside", [("unresolvable",), (b"", "refused"), (b"", "timeout")])
def test_a_host_that_fails_without_the_proxy_too_is_down(kind: str, outside: tuple[Answer, ...]) -> None:
    said, _ = KINDS[kind]
    if kind == "no-name":
        outside = ("unresolvable",)  # of a name that resolves elsewhere it does not matter what listens there
    diagnosis = World(connect=only(LOST, said, OPEN), outside={LOST.id: outside}).judged()
    assert causes(diagnosis) == {"endpoint.down": ("info", "strong", ids(LOST))}
    assert diagnosis.verdict == "compatible"
    assert {e.observation.id: e.verdict for e in diagnosis.endpoints}[LOST.id] == "warn"


@pytest.mark.parametrize(("said", "code"), KINDS.values(), ids=KINDS)
def test_a_host_that_answers_without_the_proxy_is_a_blocker(said: Answer, code: str) -> None:
    diagnosis = World(connect=only(LOST, said, OPEN), outside={LOST.id: (b"", b"")}).judged()
    assert causes(diagnosis) == {code: ("blocker", "strong", ids(LOST))}
    assert diagnosis.verdict == "incompatible"


def test_a_name_that_resolves_only_without_the_proxy_is_a_blocker_even_when_nothing_listens() -> None:
    said, code = KINDS["no-name"]
    found = causes(World(connect=only(LOST, said, OPEN), outside={LOST.id: (b"", "refused")}).judged())
    assert found == {code: ("blocker", "strong", ids(LOST))}


@pytest.mark.parametrize("said", [said for said, _ in KINDS.values()], ids=KINDS)
@pytest.mark.parametrize("outside", [("timeout",), ("unreachable",)])
def test_a_network_without_dns_settles_nothing(said: Answer, outside: tuple[End, ...]) -> None:
    found = causes(World(connect=only(LOST, said, OPEN), outside={LOST.id: outside}).judged())
    assert [cause[:2] for cause in found.values()] == [("degraded", "weak")]


@pytest.mark.parametrize(("said", "code"), KINDS.values(), ids=KINDS)
def test_many_hosts_that_are_not_reached_are_no_ageing_guide(said: Answer, code: str) -> None:
    few, many = SECURE[:4], SECURE[:5]
    assert 3 * len(few) < len(ALL) < 3 * len(many)
    assert causes(World(connect=only(few, said, OPEN)).judged()) == {code: ("degraded", "weak", ids(few))}
    assert causes(World(connect=only(many, said, OPEN)).judged()) == {code: ("blocker", "strong", ids(many))}


@pytest.mark.parametrize(("count", "due"), [(2, ("degraded", "weak")), (3, ("blocker", "strong"))])
def test_a_whole_domain_that_is_not_reached_is_no_ageing_guide(count: int, due: tuple[str, str]) -> None:
    lost = tuple(endpoint(f"{name}.lost.example") for name in ("one", "two", "three")[:count])
    found = causes(World(endpoints=(*ALL, *lost), connect=only(lost, ERROR, OPEN)).judged())
    assert found == {"connect.upstream-error": (*due, ids(lost))}


def test_three_of_a_domain_of_which_another_opens_are_an_ageing_guide() -> None:
    lost = tuple(endpoint(f"{name}.lost.example") for name in ("one", "two", "three"))
    neighbour = endpoint("four.lost.example")
    world = World(endpoints=(*ALL, *lost, neighbour), connect=only(lost, ERROR, OPEN))
    assert causes(world.judged()) == {"connect.upstream-error": ("degraded", "weak", ids(lost))}


def test_a_port_that_the_proxy_cannot_reach_is_not_one_that_it_denies() -> None:
    refused = answer(503, "Connection refused")
    world = World(connect=only(PLAIN, refused, OPEN), endpoints=(*SECURE, *PLAIN), own_address=refused)
    found = causes(world.judged())
    assert found == {"connect.upstream-refused": ("blocker", "strong", ids(PLAIN))}


@pytest.mark.parametrize("kind", ["no-name", "error", "silent"])
def test_hosts_that_open_on_other_ports_are_known_by_name(kind: str) -> None:
    """Beside them, a host that no longer exists stays one."""
    said, code = KINDS[kind]
    own = answer(503, "<h1>error</h1>")
    gone = endpoint("www.gone.example")
    world = World(connect=only((*PLAIN, gone), said, OPEN), endpoints=(*SECURE, *PLAIN, gone), own_address=own)
    diagnosis = world.judged()
    found = {(cause.code, cause.severity, cause.confidence): set(cause.endpoints) for cause in diagnosis.causes}
    at_ports = code if kind == "silent" else "connect.upstream-error"
    assert found == {(at_ports, "blocker", "strong"): ids(PLAIN), (code, "degraded", "weak"): ids(gone)}
    first = diagnosis.causes[0]
    assert any("the same hosts open on other ports" in line and "80" in line for line in first.because)
    assert ("the proxy knows their addresses" in first.explanation) is (kind != "silent")


def test_several_reasons_are_several_causes() -> None:
    table = {SECURE[0].id: "empty", SECURE[1].id: answer(504), SECURE[2].id: answer(502, "unknown host")}
    found = causes(World(connect=lambda what: table.get(what.id, OPEN)).judged())  # type: ignore[arg-type,return-value]
    assert {code: cause[2] for code, cause in found.items()} == {
        "connect.empty-reply": ids(SECURE[0]),
        "connect.upstream-timeout": ids(SECURE[1]),
        "connect.dns-failure": ids(SECURE[2]),
    }
    assert {cause[:2] for cause in found.values()} == {("degraded", "weak")}


def test_an_optional_host_only_degrades_even_when_it_is_surely_the_proxy() -> None:
    spare = endpoint("www.lost.example", tier="optional")
    world = World(
        endpoints=(*ALL, spare), connect=only(spare, answer(502, "unknown host"), OPEN), outside={spare.id: (b"", b"")}
    )
    diagnosis = world.judged()
    assert causes(diagnosis) == {"connect.dns-failure": ("degraded", "strong", ids(spare))}
    assert diagnosis.verdict == "degraded"


@pytest.mark.parametrize("lost", [ALL, SECURE[:5], (LOST,)], ids=["all", "many", "one"])
def test_what_its_page_says_of_an_error_is_quoted(lost: tuple[Endpoint, ...]) -> None:
    page = answer(500, f"<style>h1{{}}</style><h1>Licence\x00 exceeded</h1>\n<p>{'x' * 300}</p>")
    (cause,) = World(connect=only(lost, page, OPEN)).judged().causes
    (line,) = (line for line in cause.because if "its page begins" in line)
    assert "Licence\\x00 exceeded xxx" in line
    assert len(line) < 200


NOT_LISTED = answer(404, "<h1>not in the list</h1>")


@pytest.mark.parametrize(
    ("lost", "own_address", "due"),
    [
        (SECURE[:5], NOT_LISTED, ("connect.host-denied", "blocker", "strong")),
        (SECURE[:5], ERROR, ("connect.dns-failure", "blocker", "strong")),
        ((LOST,), NOT_LISTED, ("connect.upstream-error", "degraded", "weak")),
    ],
    ids=["many", "an-address-is-told-otherwise", "one"],
)
def test_a_client_error_for_all_that_is_not_listed_is_no_gateway_error(
    lost: tuple[Endpoint, ...], own_address: Answer, due: tuple[str, str, str]
) -> None:
    world = World(connect=only(lost, NOT_LISTED, OPEN), nonexistent=NOT_LISTED, own_address=own_address)
    code, *judged = due
    assert causes(world.judged()) == {code: (*judged, ids(lost))}


ORIGIN = answer(200, "<h1>hello</h1>", Server="origin")
NO_PARENT = answer(502, "dial tcp 192.0.2.201:3128: connect: connection refused")


def test_tunnels_that_take_another_way_than_plain_http_are_not_denied_to_the_method() -> None:
    """goproxy with a parent for tunnels that nobody listens at."""
    world = World(
        connect=lambda _: NO_PARENT,
        forward=lambda what: answer(204) if what.expect else ORIGIN,
        own_page=answer(500, "no such host"),
        nonexistent=NO_PARENT,
    )
    diagnosis = world.judged()
    assert causes(diagnosis) == {"connect.upstream-refused": ("blocker", "strong", ids(ALL))}
    assert "even to the same host and port" in " ".join(diagnosis.causes[0].because)


@pytest.mark.parametrize(
    ("own_s", "unknown_s", "code"),
    [(0.1, 0.1, "connect.timeout"), (9.6, 9.6, "connect.timeout"), (0.1, 9.6, "connect.dns-failure")],
)
def test_a_comparison_that_takes_as_long_as_the_silence_is_not_answered_at_once(
    own_s: float, unknown_s: float, code: str
) -> None:
    refused = answer(502, "no")
    world = World(connect=lambda _: "timeout", own_address=refused, own_port=refused, nonexistent=answer(503, "gone"))
    took = {"own-address": own_s, "own-port": own_s, "nonexistent-name": unknown_s}
    records = [structs.replace(e, duration_s=took.get(e.variant or "", e.duration_s)) for e in world.evidence()]
    diagnosis = diagnose(open_case(device("tunnel"), ALL, PROXY, records, known.knowledge()), trust())
    assert set(causes(diagnosis)) == {code}
    assert any("at once" in line for line in diagnosis.causes[0].because) is (own_s < 1)
